"""Whose an object of Exchange Online is, as the names say it that the directory gives it."""

from __future__ import annotations

import re

from policylint.regex import regex

_TENANT = regex(
    r"(?:Microsoft Exchange Hosted Organizations|/ConfigurationUnits)/(?P<path>[^/\s]+)"
    r"|(?:^|(?<=[,;])) *OU=(?P<unit>[^,]+), *OU=Microsoft Exchange Hosted Organizations(?=,|$)"
    r"|(?:^|(?<=[,;])) *CN=(?P<configuration>[^,]+), *CN=ConfigurationUnits(?=,|$)",
    re.IGNORECASE,
)
"""The name of an organization in an OrganizationId, in a path and in a distinguished name.

Source: published exports, such as the sample report of ScubaGear,
https://github.com/cisagov/ScubaGear/blob/main/PowerShell/ScubaGear/Sample-Reports/ProviderSettingsExport.json
"""


def tenant_of(text: str) -> str | None:
    """Return the organization of Exchange Online whose an object is, by its OrganizationId, path or distinguished name.

    Returns None where the text does not say it, as that of a server does not.
    """
    match = _TENANT.search(text)
    return match[match.lastgroup].strip() if match is not None and match.lastgroup is not None else None
