"""What people write as the name of a mailbox where they mean several.

Source: Set-CASMailbox changes the one mailbox that Identity names,
https://learn.microsoft.com/powershell/module/exchangepowershell/set-casmailbox
"""

from __future__ import annotations

import re

from policylint.devices.confusables import invisible
from policylint.regex import regex

_ALL = regex(
    r"(?:all|any|every|each)(?:one|body)?(?:[ _-]?(?:users?|mailbox(?:es)?|staff|people|employees))?|default",
    re.I,
)
_GROUP = regex(
    r"(?:(?:security |distribution |dynamic |mail )*(?:group|list)|dl|members? ?of)\s*[:=\s].*",
    re.I,
)
_UNIT = regex(r"(?:OU|DC)=.*", re.I)
_FILTER = regex(r"(?:^|\s)-(?:eq|like|ne|in|match)\s|^\{.*\}$", re.I)
_LOCAL = r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*"
_ADDRESS = regex(rf"{_LOCAL}@\w[\w-]*(?:\.\w[\w-]*)*")
"""An address, [RFC 5321] 4.1.2, with the letters of all languages; of a local part in quotes nobody makes a mailbox."""
_OF_A_DIRECTORY = regex(r"[\\/=]")
"""What only distinguished names, canonical names and logon names hold, which may be those of a mailbox."""
_TEMPLATE = regex(r"\{\{.*\}\}|\$\{.*\}|^<[^@]*>$|^%.+%$")
_DOMAIN = regex(r"(?:[a-z0-9-]+\.)+(?:com|net|org|info|local|onmicrosoft\.com)", re.I)
_LONGEST_LOCAL = 64
"""How many characters an address has before its sign at most, [RFC 5321] 4.5.3.1.1."""
_LONGEST = 500
"""How long a text is at most in which an address is looked for; an address has 320 characters at most."""
_MAIL = regex(r"^(?:mailto|smtp|sip):", re.I)
_BETWEEN = regex(r"[,;\s]+")


def not_one_mailbox(identity: str) -> str | None:
    """Return in words what a name means that cannot be the name of one mailbox; None where it may be one."""
    text = identity.strip()
    if ("{" in text or text[:1] in {"<", "%"}) and _TEMPLATE.search(text):
        return "is a placeholder"
    if _ADDRESS.fullmatch(text) and not set("*?") & set(text) and text.index("@") <= _LONGEST_LOCAL:
        return None
    if "§" in text or "ExchangeActiveSyncDevices" in text:
        return "is a device"
    if "@" not in text and _DOMAIN.fullmatch(text):
        return "is a domain"
    parts = [part for part in _BETWEEN.split(text) if "@" in part.strip("<>")[1:]]
    if len(parts) > 1:
        return f"holds {len(parts)} addresses"
    if _FILTER.search(text):
        return "is a filter"
    if "*" in text or "?" in text or text == "%":
        return "is a pattern"
    if text.startswith("@"):
        return "is a domain"
    if _UNIT.fullmatch(text):
        return "is an organizational unit"
    if _GROUP.fullmatch(text):
        return "is a group"
    if _ALL.fullmatch(text):
        return "means all mailboxes"
    if "@" in text and _OF_A_DIRECTORY.search(text) is None and not invisible(text):
        return "is no address"
    return None


def address_in(identity: str) -> str | None:
    """Return the address that is meant by a text which is none: the one that it holds; None where it holds none."""
    if len(identity) > _LONGEST:
        return None
    identity = re.sub(r",(?=[A-Za-z]{2,}$)", ".", identity.strip()) if identity.count("@") == 1 else identity
    text = _MAIL.sub("", re.sub(r"@+", "@", re.sub(r"\s*@\s*", "@", identity)))
    found = _ADDRESS.search(re.sub(r"\.{2,}", ".", text).strip(" .\"'"))
    return found.group().strip("'") if found is not None else None
