"""Writes sealed snapshots (`policylint-snapshot/1`) for the example and for tests."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Value: TypeAlias = "str | bool | Sequence[str] | None"
Row: TypeAlias = "Mapping[str, Value]"

FORMAT: Final = "policylint-snapshot/1"
ALWAYS: Final = ("deviceAccessRules", "mobileDeviceMailboxPolicies", "mailboxes")
"""The sections that every snapshot has, before the devices; others may follow them."""

HEADER: Final[Row] = {
    "tool": "0.1.0",
    "edition": "exchange-online",
    "tenant": "11111111-2222-4333-8444-555555555555",
    "organization": "contoso.onmicrosoft.com",
    "organizationGuid": "99999999-2222-4333-8444-555555555555",
    "takenAt": "2026-11-23T08:00:00Z",
    "redacted": False,
}
"""The header of a snapshot without its format."""


def seal(
    header: Row = HEADER,
    *,
    organization: Row | None = None,
    devices: Sequence[Row] = (),
    complete: Mapping[str, bool | str] | None = None,
    **sections: Sequence[Row],
) -> bytes:
    """Return the bytes of a sealed snapshot, each object on a line of its own; sections left out are empty.

    `complete` holds the sections that are not whole, with a text that says why.
    """
    sections = {**dict.fromkeys(ALWAYS, ()), **sections, "devices": devices}
    lines = _lines({"format": FORMAT, **header}, organization or {}, sections)
    sealed = "".join(f"{line}\n" for line in lines).encode("ascii")
    end = {
        "counts": {name: len(rows) for name, rows in sections.items()},
        "complete": dict.fromkeys(("organization", *sections), True) | dict(complete or {}),
        "sha256": hashlib.sha256(sealed).hexdigest(),
    }
    return sealed + f'"seal": {json.dumps(end)}\n}}\n'.encode("ascii")


def _lines(header: Row, organization: Row, sections: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """Yield the lines before the seal."""
    yield '{"header": ' + json.dumps(header) + ","
    yield '"organization": ' + json.dumps(organization) + ","
    for name, rows in sections.items():
        yield f'"{name}": ['
        for number, row in enumerate(rows, start=1):
            yield json.dumps(row) + ("," if number < len(rows) else "")
        yield "],"
