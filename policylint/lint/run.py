"""What is found in policy files to the result of a run: which rules apply, what they find, and what is held back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.diagnostic import Diagnostic, Severity
from policylint.lint.check import active_rules, check
from policylint.lint.live import check_live
from policylint.lint.predicate import SAID_BY
from policylint.lint.suppress import suppress
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from policylint.lint.baseline import Baseline, Entry
    from policylint.lint.facts import Facts
    from policylint.lint.rule import Rule
    from policylint.lint.weakening import Weakening
    from policylint.model.config import Config
    from policylint.syntax.suppression import Suppression


class LintResult(NamedTuple):
    """What is wrong with a policy, what its comments hide, both sorted; by which rules, and in how many files.

    `skipped` are the rules that compare with live state, where there is none. `known` are the findings that the
    `baseline` holds, `gone` its entries that are found no longer, with how often. `earlier` are the findings that the
    revision `base` has too, which with `shows_earlier` are among the `diagnostics`; `unselected` those that the command
    line leaves out. `weakened` is how less is found, or less of it shown, than by the configuration and the comments of
    that revision.
    """

    diagnostics: tuple[Diagnostic, ...]
    suppressed: tuple[Diagnostic, ...]
    rules: tuple[Rule, ...]
    files: int
    skipped: tuple[Rule, ...] = ()
    baseline: Baseline | None = None
    known: tuple[Diagnostic, ...] = ()
    gone: tuple[Entry, ...] = ()
    earlier: tuple[Diagnostic, ...] = ()
    base: str = ""
    unselected: tuple[Diagnostic, ...] = ()
    weakened: tuple[Weakening, ...] = ()
    shows_earlier: bool = False

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Return the findings that fail a run."""
        return tuple(found for found in self.diagnostics if found.severity is Severity.ERROR)

    @property
    def with_earlier(self) -> LintResult:
        """Return the result with the findings that the base has too among all others."""
        every = sorted((*self.diagnostics, *self.earlier), key=lambda each: each.sort_key)
        return self._replace(diagnostics=tuple(every), earlier=(), shows_earlier=True)

    def only(self, paths: Collection[str], declared: Collection[tuple[str, str]] = ()) -> LintResult:
        """Return the findings in some of the files, with those elsewhere as left out.

        `declared` are the kinds and folded names of what the files declare. What is held back elsewhere is not counted.
        """
        elsewhere = tuple(each for each in self.diagnostics if each.span.path not in paths)
        return self._replace(
            diagnostics=tuple(each for each in self.diagnostics if each.span.path in paths),
            suppressed=tuple(each for each in self.suppressed if each.span.path in paths),
            known=tuple(each for each in self.known if each.span.path in paths),
            earlier=tuple(each for each in self.earlier if each.span.path in paths),
            unselected=(*(each for each in self.unselected if each.span.path in paths), *elsewhere),
            weakened=tuple(each for each in self.weakened if each.span is None or each.span.path in paths),
            gone=tuple(each for each in self.gone if (each.about.kind, fold(each.about.name)) in declared),
            files=len(paths),
        )


def lint(
    found: Iterable[Diagnostic],
    comments: Iterable[Suppression],
    rules: Sequence[Rule],
    facts: Facts,
    *,
    files: int,
    baseline: Baseline | None = None,
    selected: Collection[str] = frozenset(),
    only_errors: bool = False,
) -> LintResult:
    """Return what was found in the files and what the rules find that the configuration switches on.

    `found` and `comments` are those of all the policy files, of which there are `files`. `selected` are the ids of
    rules that apply whatever the configuration says. With `only_errors`, all that fails a run is among the findings,
    and little else.
    """
    active = active_rules(rules, facts.config, selected)
    fixed = fixed_rules(rules, facts.config)
    names = {name: rule.id for rule in rules for name in rule.names}
    checked = check([rule for rule in active if rule.finds_errors or not only_errors], facts)
    of_all = (*found, *checked, *(check_live(active, facts, checked) if not only_errors else ()))
    shown, hidden = suppress(of_all, comments, names, fixed, facts.today)
    shown = _said_once(shown, active, fixed.union(selected))
    without = facts.snapshot is None
    skipped = tuple(rule for rule in active if without and rule.predicate and rule.predicate.needs_snapshot)
    result = LintResult(shown, hidden, active, files, skipped)
    if baseline is None:
        return result
    runs = {rule.id for rule in active if sees_all_it_needs(rule, facts)}
    whole = not any(each.severity is Severity.ERROR and each.about is None for each in shown)
    known = set(names.values())
    matched = baseline.match(
        shown, names, lambda entry: whole and (entry.rule in runs or entry.rule not in known), fixed=fixed
    )
    return result._replace(diagnostics=matched.shown, baseline=baseline, known=matched.known, gone=matched.gone)


def _said_once(shown: tuple[Diagnostic, ...], rules: Iterable[Rule], always: Collection[str]) -> tuple[Diagnostic, ...]:
    """Return the findings without those of rules, but for some of them, that another rule has of the same object."""
    others = {rule.id: rule.params[SAID_BY] for rule in rules if SAID_BY in rule.params and rule.id not in always}
    if not others:
        return shown
    said = {(each.rule, each.about[:2]) for each in shown if each.about is not None}
    return tuple(
        each
        for each in shown
        if each.rule not in others or each.about is None or (others[each.rule], each.about[:2]) not in said
    )


def fixed_rules(rules: Iterable[Rule], config: Config) -> frozenset[str]:
    """Return the ids of the rules whose findings no comment and no baseline holds back."""
    return frozenset(rule.id for rule in rules if rule.mandatory or {*rule.names} & {*config.not_ignorable})


def errors_about(objects: Collection[tuple[str, str]], rules: Sequence[Rule], facts: Facts) -> tuple[Diagnostic, ...]:
    """Return the errors that rules about single objects find in some of them, which are given by kind and key.

    They are those of the facts, which are used for nothing else.
    """
    facts.only = objects
    kinds = {kind for kind, _ in objects}
    asked = [rule for rule in active_rules(rules, facts.config) if rule.subject in kinds]
    return tuple(found for found in check(asked, facts) if found.severity is Severity.ERROR)


def sees_all_it_needs(rule: Rule, facts: Facts) -> bool:
    """Return whether a rule that finds nothing says that there is nothing to find."""
    if rule.predicate is None or facts.sees_all:
        return True
    return not rule.predicate.needs_snapshot and (facts.snapshot is None or not rule.predicate.needs_whole)
