"""Which findings the command line leaves out: by rule, and by severity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.diagnostic import Severity
from policylint.errors import UsageError
from policylint.lint.rule import with_included
from policylint.named_tuple import NamedTuple
from policylint.phrases import did_you_mean, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.lint.rule import Rule
    from policylint.lint.run import LintResult

PACK = "pack:"
"""What is before the name of a pack where a rule could be named."""

SELECT = "--select"

_RANKS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


class Selection(NamedTuple):
    """What a run is about: only the rules of `select` where there are some, none of `ignore`, nothing less severe.

    The rules are ids. `fixed` are those whose findings are never left out by rule, `kept` never at all. An error of a
    mandatory rule is never left out.
    """

    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    least: Severity = Severity.INFO
    mandatory: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()

    @property
    def not_left_out(self) -> tuple[str, ...]:
        """Return the rules that are to be left out and may not be, sorted."""
        return tuple(sorted(self.ignore & (self.mandatory | self.kept)))

    def has(self, found: Diagnostic) -> bool:
        """Return whether a run is about a finding."""
        if found.rule in self.kept:
            return True
        severe = rank(found.severity) >= rank(self.least)
        if found.rule in self.mandatory:
            return severe or found.severity is Severity.ERROR
        named = found.rule in self.select if self.select else True
        return severe and named and found.rule not in self.ignore

    def of(self, result: LintResult) -> LintResult:
        """Return a result with what the run is not about counted and not shown."""
        left_out = tuple(each for each in result.diagnostics if not self.has(each))
        shown = tuple(filter(self.has, result.diagnostics))
        return result._replace(diagnostics=shown, unselected=(*result.unselected, *left_out))


def rank(severity: Severity | None) -> int:
    """Return how severe a finding is, more than another one's where the number is larger; None is no finding."""
    return _RANKS[severity] if severity is not None else -1


def selection(
    select: Iterable[str], ignore: Iterable[str], least: str | None, rules: Sequence[Rule], not_ignorable: Iterable[str]
) -> Selection:
    """Return what a run is about, from names as they are typed: ids, earlier ids, `pack:NAME`, several with commas.

    Raises UsageError where there is no such rule or pack.
    """
    ids = {name: rule.id for rule in rules for name in rule.names}
    return Selection(
        _named(SELECT, select, rules, ids),
        _named("--ignore", ignore, rules, ids),
        Severity(least) if least is not None else Severity.INFO,
        frozenset(rule.id for rule in rules if rule.mandatory),
        frozenset(ids[name] for name in not_ignorable if name in ids),
    )


def _named(option: str, texts: Iterable[str], rules: Sequence[Rule], ids: dict[str, str]) -> frozenset[str]:
    found: set[str] = set()
    for text in texts:
        names = [name.strip() for name in text.split(",")]
        if not all(names):
            raise UsageError(f"{option} {quoted(text)}: a name is empty", help="write ids of rules with commas")
        for name in names:
            found |= _rules_of(option, name, rules, ids)
    return frozenset(found)


def _rules_of(option: str, name: str, rules: Sequence[Rule], ids: dict[str, str]) -> frozenset[str]:
    """Return the ids of the rules that a name stands for; a pack is selected with those that it includes."""
    if name.startswith(PACK):
        pack = name.removeprefix(PACK)
        packs = sorted({each for rule in rules for each in rule.packs})
        if pack not in packs:
            raise UsageError(f"{option}: no pack {quoted(pack)}", help=_hint(pack, packs, f"packs: {', '.join(packs)}"))
        every = with_included([pack]) if option == SELECT else {pack}
        return frozenset(rule.id for rule in rules if not every.isdisjoint(rule.packs))
    if name not in ids:
        raise UsageError(f"{option}: no rule {quoted(name)}", help=_hint(name, ids, "see `policylint rules`"))
    return frozenset([ids[name]])


def _hint(name: str, known: Iterable[str], otherwise: str) -> str:
    return did_you_mean(name, known) or otherwise
