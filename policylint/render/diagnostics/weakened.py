"""How a branch makes less be found, in the words of every format that reviewers read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from policylint.diagnostic import Severity
from policylint.lint.weakening import BASELINE, COMMENT, FILE, SETTING
from policylint.phrases import count
from policylint.render.annotations import Annotation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.lint.run import LintResult

_NOUNS = {
    COMMENT: ("new ignore comment", "new ignore comments"),
    BASELINE: ("rule with more in the baseline", "rules with more in the baseline"),
    FILE: ("file no longer read", "files no longer read"),
    SETTING: ("setting", "settings"),
}
MOST = 20
"""How many of these changes of one kind are told one by one."""


def head(result: LintResult) -> str:
    """Return what the lines are about."""
    return f"may find less than at {result.base}"


def lines(result: LintResult, most: int = MOST) -> Iterator[str]:
    """Yield each change in words, and of each kind how many more there are."""
    shown: Counter[str] = Counter()
    total = Counter(each.kind for each in result.weakened)
    for each in result.weakened:
        shown[each.kind] += 1
        if shown[each.kind] <= most:
            yield each.words
    for kind, noun in _NOUNS.items():
        if (left := total[kind] - most) > 0:
            yield f"{count(left, 'more ' + noun[0], 'more ' + noun[1])}"


def numbers(result: LintResult) -> str:
    """Return how many changes of each kind there are, empty where there is none."""
    total = Counter(each.kind for each in result.weakened)
    return ", ".join(count(total[kind], *noun) for kind, noun in _NOUNS.items() if total[kind])


def weakened_annotations(result: LintResult) -> Iterator[Annotation]:
    """Yield a warning for each change, at the comment where it is one."""
    for each in result.weakened:
        yield Annotation(Severity.WARNING, "weakened", (f"{head(result)}: {each.words}",), each.span)
