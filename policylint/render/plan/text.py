"""The plan as text: the verdict, the steps in order, whose access changes, and the refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.impact import owners_in_words
from policylint.escape import clean
from policylint.model.state import RULE
from policylint.phrases import count, show
from policylint.plan.drift import READ_ONLY
from policylint.render.phrases import ARROW, left_out, state_words
from policylint.render.style import Column, Style, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policylint.access.impact import ClassChange
    from policylint.plan.change import PlanStep, PropertyChange
    from policylint.plan.guard import Refusal
    from policylint.plan.plan import Drift, Plan
    from policylint.schema.store import SchemaStore

_SIGNS = {"create": ("+", "green"), "update": ("~", "yellow"), "delete": ("-", "red")}
_MOST_STEPS, _MOST_LISTED, _MOST_ALIKE = 60, 12, 3


def render_plan(plan: Plan, store: SchemaStore, *, style: Style, full: bool) -> str:
    """Return the plan as text, ending in a line end; without `full`, what a screen takes."""
    return "".join(f"{line}\n" for line in _lines(plan, store, style, full))


def _lines(plan: Plan, store: SchemaStore, style: Style, full: bool) -> Iterator[str]:
    yield style.paint(verdict(plan), "bold", "red" if plan.refusals else "green" if plan.in_sync else "yellow")
    yield from _changed_settings(plan, style)
    for refusal in plan.refusals:
        yield f"\n{style.paint('refused', 'bold', 'red')}: {clean(refusal.message)} [{refusal.guard}]"
        if refusal.acknowledge is not None:
            yield proceed_anyway(refusal)
    for refusal, reason in plan.acknowledged:
        yield f"\nacknowledged: {clean(refusal.message)} [{refusal.guard}]: {clean(reason)}"
    if plan.steps:
        yield "\nsteps, in the order they are taken"
        most = None if full else _MOST_STEPS
        for step in plan.steps[:most]:
            yield from _step(step, store, style, full)
        yield from _more(plan.steps, most)
    if plan.impact.by_class:
        yield "\nwhose access changes"
        most = None if full else _MOST_LISTED
        yield _classes(plan.impact.by_class[:most], style).rstrip("\n")
        yield from _more(plan.impact.by_class, most)
    if plan.drift:
        yield f"\ndrift: {count(len(plan.drift), 'live difference')} that no step changes"
        yield from _drift_lines(plan.drift, store, full)
    yield from (f"\n{style.paint('note', 'blue')}: {clean(warning)}" for warning in plan.warnings)


def _changed_settings(plan: Plan, style: Style) -> Iterator[str]:
    """Yield what these files change of the settings that bound a plan: a reviewer must not overlook it."""
    for number, change in enumerate(plan.provenance.changed):
        head = "" if number else "\n"
        words = f"{change.key}: {change.before} {ARROW} {change.after} (against {change.against})"
        yield f"{head}{style.paint('policylint.yaml changes', 'bold', 'yellow')} {clean(words)}"


def _more(rows: Sequence[object], most: int | None) -> Iterator[str]:
    if most is not None and len(rows) > most:
        yield f"  {left_out(len(rows) - most)}"


def proceed_anyway(refusal: Refusal, command: str = "") -> str:
    """Return the line that says which options of a command lift a refusal, as they may be copied into a shell."""
    return f'  = to proceed anyway: {command}--acknowledge {refusal.word} --reason "..."'


def verdict(plan: Plan) -> str:
    """Return one line that says what would happen."""
    if plan.in_sync:
        return "in sync: live state is as the policy says"
    if not plan.steps:
        why = [
            count(len(plan.refusals), "refusal") if plan.refusals else "",
            count(len(plan.drift), "live difference") if plan.drift else "",
        ]
        return f"not in sync: nothing to change, but {' and '.join(filter(None, why))}"
    impact = plan.impact
    numbers = (
        (impact.newly_allowed, "allowed"),
        (impact.newly_quarantined, "quarantined"),
        (impact.newly_blocked, "blocked"),
    )
    words = ", ".join(f"{number:,} newly {state}" for number, state in numbers if number)
    affected = words + owners_in_words(impact.mailboxes, impact.unknown_owner, "in") if words else ""
    line = f"{count(len(plan.steps), 'step')}: {affected or f'no device of {impact.devices:,} changes access'}"
    return line + (f"; {count(len(plan.refusals), 'refusal')}, no script" if plan.refusals else "")


def _step(step: PlanStep, store: SchemaStore, style: Style, full: bool) -> Iterator[str]:
    sign, color = _SIGNS[step.action]
    effect = [f"lets {step.opens} in" if step.opens else "", f"keeps {step.closes} out" if step.closes else ""]
    tail = f"  ({', '.join(word for word in effect if word)})" if any(effect) else ""
    described = store.object_type(step.kind)
    name = described.title if described.single else f"{described.title} {style.paint(clean(step.identity), 'bold')}"
    yield f"  {style.paint(clean(step.id), 'dim')} {style.paint(sign, color)} {name}{tail}"
    if step.declared:
        yield f"         {style.paint(clean(step.declared), 'dim')}"
    if step.action == "delete" and step.kind != RULE and not full:
        yield "         with all its settings"
        return
    for change in step.changes:
        if step.action != "update" and step.kind == RULE and change.property != "AccessLevel":
            continue  # its name says the rest
        yield f"         {clean(f'{change.property}: {_change(change, step)}')}"


def _change(change: PropertyChange, step: PlanStep) -> str:
    if change.kind == "strings" and isinstance(change.before, tuple) and isinstance(change.after, tuple):
        added = [f"+{item}" for item in change.after if item not in change.before]
        removed = [f"-{item}" for item in change.before if item not in change.after]
        return ", ".join([*added, *removed])
    if step.action == "create":
        return show(change.after, None)
    if step.action == "delete":
        return show(change.before, None)
    return f"{show(change.before, None)} {ARROW} {show(change.after, None)}"


def _drift_lines(drift: Sequence[Drift], store: SchemaStore, full: bool) -> Iterator[str]:
    """Yield a line for each drift; without `full`, one for the same setting of many objects."""
    groups: dict[tuple[str, str | None, str], list[Drift]] = {}
    for each in drift:
        groups.setdefault((each.kind, each.property, each.why), []).append(each)
    lines: list[str] = []
    for (kind, name, why), found in groups.items():
        if full or len(found) <= _MOST_ALIKE:
            lines.extend(f"  {_drift(each, store)} ({why})" for each in found)
            continue
        described = store.object_type(kind)
        what = f"{name} of {count(len(found), described.title, described.plural)}" if name else ""
        what = what or count(len(found), described.title, described.plural)
        lines.append(f"  {what}, such as {_drift(found[0], store)} ({why})")
    most = None if full else _MOST_LISTED
    yield from map(clean, lines[:most])
    yield from _more(lines, most)


def _drift(drift: Drift, store: SchemaStore) -> str:
    value = show(drift.live, None)
    described = store.object_type(drift.kind)
    name = described.title if described.single else f"{described.title} {drift.identity}"
    if drift.property:
        expected = f", declared {show(drift.desired, None)}" if drift.why == READ_ONLY else ""
        return f"{name}.{drift.property}: {value}{expected}"
    return name if drift.live is None else f"{name}: {value}"


def _classes(changes: Sequence[ClassChange], style: Style) -> str:
    columns = (Column(right=True), Column(paint=style.word), Column(), Column(paint=style.word))
    rows = (
        (
            f"{change.devices:,}",
            state_words(change.before),
            ARROW,
            state_words(change.after),
            ", ".join(filter(None, change.device_class[:3])) or "no values reported",
        )
        for change in changes
    )
    return table(rows, columns, screen=style.screen)
