"""Writes sealed snapshots (`policylint-snapshot/1`) for the example and for tests."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Value: TypeAlias = "str | bool | Sequence[str] | None"
Row: TypeAlias = "Mapping[str, Value]"

FORMAT = "policylint-snapshot/1"
SECTIONS = ("deviceAccessRules", "mobileDeviceMailboxPolicies", "mailboxes", "devices")


def seal(
    header: Row,
    organization: Row,
    rules: Sequence[Row],
    policies: Sequence[Row],
    mailboxes: Sequence[Row],
    devices: Sequence[Row],
    *,
    complete: Mapping[str, bool | str] | None = None,
    more: Mapping[str, Sequence[Row]] | None = None,
) -> bytes:
    """Return the bytes of a sealed snapshot, each object on a line of its own.

    `header` needs no `format`. `complete` holds the sections that are not whole, with a text that says why. `more`
    are the sections that a snapshot may do without, in their order.
    """
    sections: dict[str, Sequence[Row]] = dict(zip(SECTIONS[:-1], (rules, policies, mailboxes), strict=True))
    sections |= {**(more or {}), SECTIONS[-1]: devices}
    lines = _lines({"format": FORMAT, **header}, organization, sections)
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
        for place, row in enumerate(rows, start=1):
            yield json.dumps(row) + ("," if place < len(rows) else "")
        yield "],"
