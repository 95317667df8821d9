"""The findings of a run that are not shown, counted in the words of every format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.escape import clean
from policylint.named_tuple import NamedTuple
from policylint.phrases import count
from policylint.render.diagnostics.weakened import head, numbers

if TYPE_CHECKING:
    from policylint.lint.run import LintResult


class HeldBack(NamedTuple):
    """How many findings are not shown for one reason: the reason as a key and in words."""

    key: str
    words: str
    number: int


def held_back(result: LintResult) -> tuple[HeldBack, ...]:
    """Return why findings are not shown and how many, without the reasons that hold none back."""
    found = (
        HeldBack("ignored", "ignored by comments", len(result.suppressed)),
        HeldBack("baseline", "in the baseline", len(result.known)),
        HeldBack("base", f"already at {clean(result.base)}", len(result.earlier)),
        HeldBack("unselected", "left out by options", len(result.unselected)),
    )
    return tuple(each for each in found if each.number)


def verdict_words(result: LintResult) -> str:
    """Return what the verdict says in brackets: what is not shown, and how the branch makes less be found."""
    changes = f"{head(result)}: {numbers(result)}" if result.weakened else ""
    return "; ".join(filter(None, (held_back_words(result), clean(changes))))


def held_back_words(result: LintResult) -> str:
    """Return how many findings are not shown, and why; empty where all are."""
    return ", ".join(f"{count(each.number, 'finding')} {each.words}" for each in held_back(result))
