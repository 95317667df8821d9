"""How often each rule finds something."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from policylint.escape import clean
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policylint.diagnostic import Diagnostic, Severity
    from policylint.render.style import Style


class Times(NamedTuple):
    """How often a rule finds something of a severity, and how many of these findings can be fixed."""

    rule: str
    severity: Severity
    times: int
    fixable: int


def statistics(found: Iterable[Diagnostic]) -> tuple[Times, ...]:
    """Return how often each rule finds something, the most frequent first, then by rule."""
    times: Counter[tuple[str, Severity]] = Counter()
    fixable: Counter[tuple[str, Severity]] = Counter()
    for each in found:
        times[each.rule, each.severity] += 1
        fixable[each.rule, each.severity] += each.fix is not None and bool(each.fix.edits)
    rows = (Times(*key, number, fixable[key]) for key, number in times.items())
    return tuple(sorted(rows, key=lambda row: (-row.times, row.rule, row.severity)))


def statistics_record(found: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Return how often each rule finds something, as plain data."""
    return [
        {"rule": row.rule, "severity": str(row.severity), "count": row.times, "fixable": row.fixable}
        for row in statistics(found)
    ]


def render_statistics(found: Iterable[Diagnostic], style: Style) -> str:
    """Return a line for each rule: how often it finds something, how severe that is, and its id; empty without any."""
    rows = statistics(found)
    wide = max((len(f"{row.times:,}") for row in rows), default=0)
    longest = max((len(row.severity) for row in rows), default=0)
    return "".join(
        f"{row.times:>{wide},}  {style.word(row.severity)}{'':{longest - len(row.severity)}}  {clean(row.rule)}"
        f"{f'  ({row.fixable:,} fixable)' if row.fixable else ''}\n"
        for row in rows
    )
