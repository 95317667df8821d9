"""The plan as text: the verdict, the steps in order, whose access changes, and the refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.impact import owners_in_words
from policylint.documentation import Page, docs_line
from policylint.escape import clean
from policylint.model.state import RULE
from policylint.phrases import count, show
from policylint.plan.attribution import PartOfClass, classes_by_part
from policylint.plan.audit import Told
from policylint.plan.drift import READ_ONLY
from policylint.render.phrases import ARROW, left_out, state_words
from policylint.render.plan.head import head_lines
from policylint.render.plan.parts import (
    PART_WORDS,
    audit_lines,
    audit_words,
    base_words,
    change_part_words,
    dropped_lines,
    mark,
    summary,
)
from policylint.render.style import Column, Style, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policylint.access.impact import ClassChange
    from policylint.plan.change import PlanStep, PropertyChange
    from policylint.plan.plan import Drift, Plan
    from policylint.plan.refusal import Refusal
    from policylint.schema.store import SchemaStore

_SIGNS = {"create": ("+", "green"), "update": ("~", "yellow"), "delete": ("-", "red")}
_MOST_STEPS, _MOST_LISTED, _MOST_ALIKE = 60, 12, 3


def render_plan(plan: Plan, store: SchemaStore, *, style: Style, full: bool, saved: Sequence[str] = ()) -> str:
    """Return the plan as text, ending in a line end; without `full`, what a screen takes.

    `saved` are the lines about the file that it is saved in.
    """
    return "".join(f"{line}\n" for line in _lines(plan, store, style, full, saved))


def _lines(plan: Plan, store: SchemaStore, style: Style, full: bool, saved: Sequence[str]) -> Iterator[str]:
    yield style.paint(verdict(plan), "bold", "red" if plan.refusals else "green" if plan.in_sync else "yellow")
    if plan.attribution is not None:
        yield from summary(plan, plan.attribution)
    yield from (f"  {style.paint(clean(line), 'dim')}" for line in (*head_lines(plan), *saved))
    yield from _changed_settings(plan, style)
    for refusal in plan.refusals:
        yield f"\n{style.paint('refused', 'bold', 'red')}: {clean(refusal.message)} [{refusal.guard}]"
        if refusal.acknowledge is not None:
            yield proceed_anyway(refusal)
    if plan.refusals:
        yield docs_line(Page.GUARDS)
    for refusal, reason in plan.acknowledged:
        yield f"\nacknowledged: {clean(refusal.message)} [{refusal.guard}]: {clean(reason)}"
    if plan.steps:
        yield "\nsteps, in the order they are taken"
        most = None if full else _MOST_STEPS
        told = Told(plan)
        for step in plan.steps[:most]:
            yield from _step(step, store, style, full)
            yield from (f"         live: {audit_words(each)}" for each in told.at(step))
        yield from _more(plan.steps, most)
    if plan.impact.by_class:
        yield "\nwhose access changes"
        most = None if full else _MOST_LISTED
        classes = plan.impact.by_class if plan.attribution is None else classes_by_part(plan.affected or ())
        yield _classes(classes[:most], style).rstrip("\n")
        yield from _more(classes, most)
    if plan.attribution is not None and plan.attribution.no_longer_needed:
        yield f"\nno longer needed: what only {base_words(plan.attribution)} would change"
        yield from dropped_lines(plan.attribution, store, None if full else _MOST_LISTED)
    if plan.drift:
        yield f"\ndrift: {count(len(plan.drift), 'live difference')} that no step changes"
        yield from _drift_lines(plan.drift, store, full)
    if plan.audit is not None and (lines := [*audit_lines(plan, store, None if full else _MOST_LISTED)]):
        yield f"\nwho changed that, by {clean(plan.audit.path)}"
        yield from lines
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
    if not plan.steps and plan.ring is not None and not plan.refusals:
        return "nothing to do in this ring"
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
    tail += style.paint(mark(step), "dim")
    yield f"  {style.paint(clean(step.id), 'dim')} {style.paint(sign, color)} {name}{tail}"
    if step.declared:
        yield f"         {style.paint(clean(step.declared), 'dim')}"
    for name, words in shown_changes(step, full):
        yield f"         {clean(f'{name}: {words}' if name else words)}"
    yield from _said(step, style)


def shown_changes(step: PlanStep, full: bool) -> Iterator[tuple[str, str]]:
    """Yield the settings that a step changes, with words; without `full`, of a deleted object one without a name."""
    if step.action == "delete" and step.kind != RULE and not full:
        yield "", "with all its settings"
        return
    for change in step.changes:
        if step.action == "update" or step.kind != RULE or change.property == "AccessLevel":  # its name says the rest
            part = change_part_words(change) if step.action == "update" else ""
            yield change.property, change_words(change, step) + (f"  [{part}]" if part else "")


def _said(step: PlanStep, style: Style) -> Iterator[str]:
    """Yield what the files say of the object of a step."""
    for name, text in (("reason", step.reason), ("owner", step.owner)):
        if text:
            yield f"         {style.paint(clean(f'{name}: {text}'), 'dim')}"


def change_words(change: PropertyChange, step: PlanStep) -> str:
    """Return what a step makes of a setting; of a list, what comes and what goes."""
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
            lines.extend(f"  {drift_words(each, store)} ({why})" for each in found)
            continue
        described = store.object_type(kind)
        what = f"{name} of {count(len(found), described.title, described.plural)}" if name else ""
        what = what or count(len(found), described.title, described.plural)
        lines.append(f"  {what}, such as {drift_words(found[0], store)} ({why})")
    most = None if full else _MOST_LISTED
    yield from map(clean, lines[:most])
    yield from _more(lines, most)


def drift_words(drift: Drift, store: SchemaStore) -> str:
    """Return what is live and stays, and what the files say instead where they do."""
    value = show(drift.live, None)
    described = store.object_type(drift.kind)
    name = described.title if described.single else f"{described.title} {drift.identity}"
    if drift.property:
        expected = f", declared {show(drift.desired, None)}" if drift.why == READ_ONLY else ""
        return f"{name}.{drift.property}: {value}{expected}"
    return name if drift.live is None else f"{name}: {value}"


def _classes(changes: Sequence[ClassChange | PartOfClass], style: Style) -> str:
    columns = (Column(right=True), Column(paint=style.word), Column(), Column(paint=style.word))
    rows = (
        (
            f"{change.devices:,}",
            state_words(change.before),
            ARROW,
            state_words(change.after),
            *((f"[{PART_WORDS[change.part]}]",) if isinstance(change, PartOfClass) else ()),
            ", ".join(filter(None, change.device_class[:3])) or "no values reported",
        )
        for change in changes
    )
    return table(rows, columns, screen=style.screen)
