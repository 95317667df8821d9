"""An exemption as the cells that every format shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.steps import ALLOWED, BLOCKED, REFERENCE
from policylint.model.state import RULE
from policylint.named_tuple import NamedTuple
from policylint.phrases import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from policylint.analysis.exemption_list import Granted, Key
    from policylint.model.commit import Commit
    from policylint.source import Span

NOT_COMMITTED = "not committed"

_KINDS = {ALLOWED: "allowed ID", BLOCKED: "blocked ID", REFERENCE: "policy of its own"}


class Row(NamedTuple):
    """What is shown of an exemption. `since` and `by` are of the commit that added it, empty where nobody knows."""

    found: Granted
    since: str = ""
    by: str = ""
    days_left: int | None = None

    @property
    def kind(self) -> str:
        """Return what it is: `allowed ID`, `Allow rule`, `switched off`."""
        if self.found.kind == RULE:
            return f"{self.found.value} rule"
        return _KINDS.get(self.found.what, "switched off")

    @property
    def value(self) -> str:
        """Return the ID, the name of the policy or the client; of a rule nothing, its name says it."""
        if self.found.kind == RULE:
            return ""
        return self.found.value if self.found.what in _KINDS else self.found.what

    @property
    def ends(self) -> str:
        """Return the last day in words: `2027-03-31, 123 days left`."""
        if self.days_left is None:
            return ""
        day = self.found.notes["expires"]
        left = count(abs(self.days_left), "day")
        return f"{day}, expired {left} ago" if self.days_left < 0 else f"{day}, {left} left"

    @property
    def place(self) -> str:
        """Return where it is declared, and what an entry with `matches` names; empty where it is not."""
        words = f", from matches: {self.found.pattern}" if self.found.pattern else ""
        return f"{self.found.at}{words}" if self.found.at is not None else ""

    def note(self, name: str) -> str:
        """Return what the policy says of it: its owner or its reason."""
        return self.found.notes.get(name, "")


def rows_of(
    found: Iterable[Granted],
    added: Mapping[Key, Commit | None],
    lines: Mapping[str, Sequence[tuple[str, str] | None]],
    today: date,
) -> tuple[Row, ...]:
    """Return rows. `added` says in which commit each exemption was added, None of one that is not committed.

    For others `lines` are, by file, who wrote each line and on which day, None of a line that is not committed.
    """
    return tuple(Row(each, *_since(each, added, lines), each.days_left(today)) for each in found)


def _since(
    each: Granted, added: Mapping[Key, Commit | None], lines: Mapping[str, Sequence[tuple[str, str] | None]]
) -> tuple[str, str]:
    if each.key is None or each.key not in added:
        return _written(each.at, lines)
    commit = added[each.key]
    return (commit.day, commit.author) if commit is not None else (NOT_COMMITTED, "")


def _written(at: Span | None, lines: Mapping[str, Sequence[tuple[str, str] | None]]) -> tuple[str, str]:
    known = lines.get(at.path) if at is not None else None
    number = at.begin.line if at is not None else 0
    if known is None or number > len(known):
        return "", ""
    line = known[number - 1]
    return (line[1], line[0]) if line is not None else (NOT_COMMITTED, "")


def verdict(rows: Sequence[Row]) -> str:
    """Return how many exemptions there are, of which kinds, and what an auditor asks first."""
    if not rows:
        return "no exemptions"
    expired = sum(row.days_left is not None and row.days_left < 0 for row in rows)
    live = sum(row.found.where == "only live" for row in rows)
    never = sum(row.found.last_used == "never seen" for row in rows)
    parts = [
        f"{expired:,} expired" if expired else "",
        f"{live:,} only live: no file declares {'it' if live == 1 else 'them'}" if live else "",
        f"{count(never, 'device')} never seen" if never else "",
    ]
    found = "; ".join(filter(None, parts))
    return count(len(rows), "exemption") + (f": {found}" if found else "")
