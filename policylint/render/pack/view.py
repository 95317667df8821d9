"""A pack as every format shows it: what the report is of, its controls, and what was found of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from policylint.lint.controls import OUTCOMES
from policylint.named_tuple import NamedTuple
from policylint.render.facts import policy_revision_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from policylint.diagnostic import Diagnostic, Ignored
    from policylint.lint.controls import Checked, Outcome
    from policylint.plan.plan import Revision

Standing: TypeAlias = Literal["open", "baseline", "accepted"]
"""Whether a finding counts, is in the baseline, or is ignored by a comment."""


class PackReport(NamedTuple):
    """The controls of a pack, and what the report rests on.

    `revision` is that of the files, None where it is not known. `has_live` says whether there is live state.
    """

    pack: str
    purpose: str
    controls: tuple[Checked, ...]
    today: date
    revision: Revision | None = None
    has_live: bool = True

    def number(self, outcome: Outcome) -> int:
        """Return how many controls have an outcome."""
        return sum(each.outcome == outcome for each in self.controls)

    @property
    def verdict(self) -> str:
        """Return how many controls have each outcome, those first that somebody has to act on."""
        counts = [f"{number:,} {outcome}" for outcome in OUTCOMES if (number := self.number(outcome))]
        return f"{self.pack}: {', '.join(counts)}"

    @property
    def rests_on(self) -> str:
        """Return for which day and which commit it is, as far as that is known, and whether live state is missing."""
        words = [f"as of {self.today}"]
        if self.revision is not None:
            words.append(policy_revision_words(self.revision))
        return ", ".join([*words, *([] if self.has_live else ["without live state"])])


def findings_of(checked: Checked) -> Iterator[tuple[Standing, Diagnostic]]:
    """Yield the findings of a control, those that count first."""
    standings: Sequence[tuple[Standing, tuple[Diagnostic, ...]]] = (
        ("open", checked.open),
        ("baseline", checked.known),
        ("accepted", checked.accepted),
    )
    for standing, found in standings:
        yield from ((standing, each) for each in found)


def ignored_words(ignored: Ignored | None) -> str:
    """Return what the comment says that accepts a finding: its reason, until when, and who answers for it."""
    if ignored is None:
        return ""
    parts = (
        ignored.reason,
        f"until {ignored.until}" if ignored.until else "",
        f"owner {ignored.owner}" if ignored.owner else "",
    )
    return ", ".join(filter(None, parts))
