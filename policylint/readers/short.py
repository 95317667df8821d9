"""Live state in short, as examples write it, to the bytes of a sealed snapshot."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from policylint.readers.sealed import FORMAT
from policylint.strict_json import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Value: TypeAlias = "str | bool | Sequence[str] | None"
    Row: TypeAlias = Mapping[str, Value]

ALWAYS: Final = ("deviceAccessRules", "mobileDeviceMailboxPolicies", "mailboxes")
"""The sections that every snapshot has, before the devices; others may follow them."""

HEADER: Final[Mapping[str, Any]] = {
    "tool": "0.1.0",
    "edition": "exchange-online",
    "tenant": "11111111-2222-4333-8444-555555555555",
    "organization": "contoso.onmicrosoft.com",
    "organizationGuid": "99999999-2222-4333-8444-555555555555",
    "takenAt": "2026-11-23T08:00:00Z",
    "redacted": False,
}
"""The header of a snapshot without its format."""

_OBJECTS = ("header", "organization", "complete")


def sealed_text(text: str) -> bytes:
    """Return the bytes of a sealed snapshot: the text itself where it is one, else of what it says in short.

    In short, each section is an object or a list of objects; what is left out is empty, and of the header usual.
    Raises ValueError where it is neither.
    """
    value = parse_json(text)
    if not isinstance(value, dict):
        raise ValueError("live state is an object, with sections such as `devices`")
    if "seal" in value:
        return text.encode()
    for name, section in value.items():
        if name in _OBJECTS and not isinstance(section, dict):
            raise ValueError(f"{json.dumps(name[:80])} is an object")
        if name not in _OBJECTS and not (isinstance(section, list) and all(isinstance(row, dict) for row in section)):
            raise ValueError(f"{json.dumps(name[:80])} is a list of objects")
    organization, complete = value.pop("organization", None), value.pop("complete", None)
    return seal(HEADER | value.pop("header", {}), organization=organization, complete=complete, sections=value)


def seal(
    header: Row = HEADER,
    *,
    organization: Row | None = None,
    complete: Mapping[str, bool | str] | None = None,
    sections: Mapping[str, Sequence[Row]],
) -> bytes:
    """Return the bytes of a sealed snapshot, each object on a line of its own; sections left out are empty.

    `complete` holds the sections that are not whole, with a text that says why.
    """
    sections = {**dict.fromkeys(ALWAYS, ()), **sections}
    sections["devices"] = sections.pop("devices", ())
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
        yield f"{json.dumps(name)}: ["
        for number, row in enumerate(rows, start=1):
            yield json.dumps(row) + ("," if number < len(rows) else "")
        yield "],"
