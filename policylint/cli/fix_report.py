"""What `policylint lint --fix` says: what it fixed, file by file, and what it did not."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from policylint.cli import terminal
from policylint.phrases import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.project.fix import Fixed

MOST_SHOWN = 20
"""How many fixes of a file, and how many that were not applied, are shown."""


def note_fixes(fixed: Fixed, before: int, left: Sequence[Diagnostic], *, written: bool) -> None:
    """Say how many findings are fixed, of those `before` and those found since, with a line for each fix by file."""
    number = len(fixed.applied)
    verb = "fixed" if written else "would fix"
    terminal.say(f"{verb} {number:,} of {count(max(before, number + len(left)), 'finding')}", err=True)
    ordered = sorted(fixed.applied, key=lambda found: found.span.path)
    for path, group in groupby(ordered, key=lambda found: found.span.path):
        terminal.say(f"{path}:", err=True)
        found = list(group)
        for each in found[:MOST_SHOWN]:
            terminal.say(f"  - line {each.span.begin.line}: {_title(each)} [{each.rule}]", err=True)
        if len(found) > MOST_SHOWN:
            terminal.say(f"  - {count(len(found) - MOST_SHOWN, 'more fix')}", err=True)
    for refused in fixed.left[:MOST_SHOWN]:
        terminal.note(f"{refused.finding.span}: not fixed [{refused.finding.rule}]: {refused.why}")
    if len(fixed.left) > MOST_SHOWN:
        terminal.note(f"{count(len(fixed.left) - MOST_SHOWN, 'more fix')} not applied")


def _title(found: Diagnostic) -> str:
    return found.fix.title if found.fix is not None else ""
