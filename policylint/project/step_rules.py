"""The rules of a project about steps, asked of the steps of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.desired.ownership import without
from policylint.diagnostic import Severity
from policylint.lint.check import active_rules
from policylint.lint.predicates.steps import OF_A_KIND, STEP, UNLESS
from policylint.named_tuple import NamedTuple
from policylint.phrases import listed, show
from policylint.plan.asked import Asked
from policylint.plan.step_findings import StepFinding
from policylint.text import fold, matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from policylint.lint.predicate import Params
    from policylint.lint.rule import Rule
    from policylint.model.entity import Value
    from policylint.plan.change import PlanStep, PropertyChange
    from policylint.plan.step_findings import FindSteps
    from policylint.project.project import Project
    from policylint.schema.store import ObjectType, SchemaStore


def step_finder(rules: Iterable[Rule], store: SchemaStore) -> FindSteps:
    """Return what finds the steps that rules are about; rules about anything else find none."""
    asked = [rule for rule in rules if rule.subject == STEP]

    def find(steps: Sequence[PlanStep]) -> tuple[StepFinding, ...]:
        seen = [_Seen.of(step, store) for step in steps] if asked else []
        return tuple(_finding(rule, each) for rule in asked for each in seen if _is_found(rule.params, each))

    return find


def asked_of(project: Project) -> Asked:
    """Return what the policy of a project asks of its plans."""
    return Asked(project.policy.state, project.since.state, find_steps=finder_of(project))


def finder_of(project: Project) -> FindSteps:
    """Return what asks the rules of a project about steps."""
    return step_finder(active_rules(project.rules, project.config), project.store)


class _Seen(NamedTuple):
    """A step with its changes by setting."""

    step: PlanStep
    described: ObjectType
    changes: Mapping[str, PropertyChange]

    @classmethod
    def of(cls, step: PlanStep, store: SchemaStore) -> _Seen:
        return cls(step, store.object_type(step.kind), {change.property: change for change in step.changes})

    def before(self, name: str) -> Iterator[Value]:
        """Yield what a setting is before the step; nothing where that is not known or there is no object."""
        if self.step.action != "create":
            yield from self._value(name, lambda change: change.before)

    def after(self, name: str) -> Iterator[Value]:
        """Yield what a setting is after the step; nothing where that is not known or there is no object any more.

        A new object has what Exchange gives it where the step says nothing.
        """
        if self.step.action == "delete":
            return
        found = [*self._value(name, lambda change: change.after)]
        schema = self.described.settings[name].schema if name in self.described.settings else {}
        if not found and self.step.action == "create" and "default" in schema:
            found = [schema["default"]]
        yield from found

    def _value(self, name: str, side: Callable[[PropertyChange], Value]) -> Iterator[Value]:
        if name in self.changes:
            yield side(self.changes[name])
        elif name in self.described.key and name in self.step.target:
            yield self.step.target[name]

    def added(self, name: str) -> tuple[str, ...]:
        """Return the items that the step puts into a list."""
        change = self.changes.get(name)
        return without(change.after, change.before) if change is not None else ()

    def removed(self, name: str) -> tuple[str, ...]:
        """Return the items that the step takes out of a list."""
        change = self.changes.get(name)
        return without(change.before, change.after) if change is not None else ()


def _is_found(params: Params, seen: _Seen) -> bool:
    """Return whether a step is as the parameters of a rule say in every respect, and not as its `unless` says."""
    if params.get("kind", seen.step.kind) != seen.step.kind:
        return False
    unless = params.get(UNLESS)
    return _is_as(params, seen) and not (unless and _is_found(unless, seen))


def _is_as(params: Params, seen: _Seen) -> bool:
    return all(_RESPECTS[name](wanted, seen) for name, wanted in params.items() if name not in {"kind", UNLESS})


def _is_any(text: str, patterns: Iterable[str]) -> bool:
    return any(fold(text) == fold(pattern) or matches(text, pattern) for pattern in patterns)


def _is_each(wanted: Mapping[str, Sequence[Value]], values: Callable[[str], Iterable[Value]], seen: _Seen) -> bool:
    settings = seen.described.settings
    return all(
        any(settings[name].same(value, each) for value in values(name) for each in among)
        for name, among in wanted.items()
    )


def _is_some(wanted: Mapping[str, Sequence[str]], items: Callable[[str], Iterable[str]]) -> bool:
    return any(_is_any(item, patterns) for name, patterns in wanted.items() for item in items(name))


_RESPECTS: Mapping[str, Callable[[Any, _Seen], bool]] = {
    "action": lambda wanted, seen: seen.step.action in wanted,
    "identity": lambda wanted, seen: _is_any(seen.step.identity, wanted),
    "property": lambda wanted, seen: not seen.changes.keys().isdisjoint(wanted),
    "before": lambda wanted, seen: _is_each(wanted, seen.before, seen),
    "after": lambda wanted, seen: _is_each(wanted, seen.after, seen),
    "adds": lambda wanted, seen: _is_some(wanted, seen.added),
    "removes": lambda wanted, seen: _is_some(wanted, seen.removed),
    "lets-in-more-than": lambda wanted, seen: seen.step.opens > wanted,
    "keeps-out-more-than": lambda wanted, seen: seen.step.closes > wanted,
    "without": lambda wanted, seen: any(not getattr(seen.step, name).strip() for name in wanted),
    "reason": lambda wanted, seen: _is_any(seen.step.reason, wanted),
    "owner": lambda wanted, seen: _is_any(seen.step.owner, wanted),
}
"""Whether a step is as a parameter says; those that name settings are asked of the kind of object that has them."""


def _finding(rule: Rule, seen: _Seen) -> StepFinding:
    words = {**rule.params, **_words(rule.params, seen)}
    return StepFinding(
        rule=rule.id,
        step=seen.step,
        message=rule.message.format_map(words),
        help=rule.help.format_map(words),
        is_error=rule.severity is Severity.ERROR,
    )


def _words(params: Params, seen: _Seen) -> dict[str, str]:
    """Return what the placeholders of a message stand for."""
    step = seen.step
    named = [name for part in OF_A_KIND for name in params.get(part, ())]
    first = next((name for name in (*named, *seen.changes) if name in seen.changes), "")
    change = seen.changes.get(first)
    return {
        "step": step.id,
        "action": step.action,
        "kind": seen.described.title,
        "identity": show(step.identity),
        "property": first,
        "before": show(change.before) if change is not None else "",
        "after": show(change.after) if change is not None else "",
        "added": listed(map(show, seen.added(first)), 3),
        "removed": listed(map(show, seen.removed(first)), 3),
        "opens": f"{step.opens:,}",
        "closes": f"{step.closes:,}",
        "reason": show(step.reason),
        "owner": show(step.owner),
    }
