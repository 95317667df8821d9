"""The plan as text: the verdict, the steps in order, whose access changes, and what stands against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.model.state import RULE
from policylint.phrases import count
from policylint.render.phrases import ARROW, left_out, state_words
from policylint.render.style import Column, Style, clean, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.access.impact import Impact
    from policylint.plan.change import PlanStep, PropertyChange
    from policylint.plan.plan import Plan
    from policylint.schema.store import SchemaStore

_SIGNS = {"create": ("+", "green"), "update": ("~", "yellow"), "delete": ("-", "red")}
_LISTED = 12


def render_plan(plan: Plan, store: SchemaStore, *, style: Style, full: bool) -> str:
    """Return the plan as text, ending in a line end."""
    return "".join(f"{line}\n" for line in _lines(plan, store, style, full))


def _lines(plan: Plan, store: SchemaStore, style: Style, full: bool) -> Iterator[str]:
    yield style.paint(verdict(plan), "bold", "red" if plan.refusals else "green" if plan.in_sync else "yellow")
    for refusal in plan.refusals:
        yield ""
        yield f"{style.paint('refused', 'bold', 'red')}: {clean(refusal.message)} [{refusal.guard}]"
        if refusal.acknowledge is not None:
            yield proceed_anyway(refusal.acknowledge)
    for refusal, reason in plan.acknowledged:
        yield ""
        yield f"acknowledged: {clean(refusal.message)} [{refusal.guard}]: {clean(reason)}"
    if plan.steps:
        yield ""
        yield "steps, in the order they are taken"
        shown = plan.steps if full else plan.steps[:60]
        for step in shown:
            yield from _step(step, store, style)
        if len(shown) < len(plan.steps):
            yield f"  ... and {len(plan.steps) - len(shown)} more; --full shows all"
    yield from _impact(plan.impact, style, full)
    if plan.drift:
        yield ""
        yield f"not managed: {count(len(plan.drift), 'live difference')}"
        for drift in plan.drift if full else plan.drift[:_LISTED]:
            what = (
                f"{drift.identity}.{drift.property}"
                if drift.property
                else f"{store.object_type(drift.kind).title} {drift.identity}"
            )
            value = f": {_shown(drift.live)}" if drift.property or drift.live is not None else ""
            yield f"  {clean(what + value)} ({drift.why})"
    for warning in plan.warnings:
        yield ""
        yield f"{style.paint('note', 'blue')}: {clean(warning)}"


def proceed_anyway(acknowledge: str, command: str = "") -> str:
    """Return the line that says which options of a command lift a refusal."""
    return f'  = to proceed anyway: {command}--acknowledge "{clean(acknowledge)}" --reason "..."'


def verdict(plan: Plan) -> str:
    """Return one line that says what would happen."""
    if plan.in_sync:
        return "in sync: live state is as the policy says"
    if not plan.steps:
        return f"not in sync: nothing to change, but {count(len(plan.refusals), 'refusal')}"
    impact = plan.impact
    numbers = (
        (impact.newly_allowed, "allowed"),
        (impact.newly_quarantined, "quarantined"),
        (impact.newly_blocked, "blocked"),
    )
    words = ", ".join(f"{number} newly {state}" for number, state in numbers if number)
    line = f"{count(len(plan.steps), 'step')}: "
    line += (
        f"{words} in {count(impact.mailboxes, 'mailbox')}"
        if words
        else (f"no device of {impact.devices} changes access")
    )
    return line + (f"; {count(len(plan.refusals), 'refusal')}, no script" if plan.refusals else "")


def _step(step: PlanStep, store: SchemaStore, style: Style) -> Iterator[str]:
    sign, color = _SIGNS[step.action]
    effect = [f"lets {step.opens} in" if step.opens else "", f"keeps {step.closes} out" if step.closes else ""]
    tail = f"  ({', '.join(word for word in effect if word)})" if any(effect) else ""
    described = store.object_type(step.kind)
    name = described.title if described.single else f"{described.title} {style.paint(clean(step.identity), 'bold')}"
    yield f"  {style.paint(step.id, 'dim')} {style.paint(sign, color)} {name}{tail}"
    if step.action == "create" and step.kind == RULE:
        yield f"         AccessLevel: {clean(_shown(step.changes[-1].after))}"
        return
    if step.action == "delete" and not step.changes:
        yield "         with all its settings"
    for change in step.changes:
        yield f"         {change.property}: {clean(_change(change, step))}"


def _change(change: PropertyChange, step: PlanStep) -> str:
    if change.kind == "strings" and isinstance(change.before, tuple) and isinstance(change.after, tuple):
        added = [f"+{item}" for item in change.after if item not in change.before]
        removed = [f"-{item}" for item in change.before if item not in change.after]
        return ", ".join([*added, *removed])
    if step.action == "create":
        return _shown(change.after)
    if step.action == "delete":
        return _shown(change.before)
    return f"{_shown(change.before)} {ARROW} {_shown(change.after)}"


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(value) + "]"
    return str(value)


def _impact(impact: Impact, style: Style, full: bool) -> Iterator[str]:
    if not impact.by_class:
        return
    yield "\nwhose access changes"
    shown = impact.by_class if full else impact.by_class[:_LISTED]
    columns = (Column(right=True), Column(paint=style.word), Column(), Column(paint=style.word))
    rows = (
        (
            f"{change.devices:,}",
            state_words(change.before),
            ARROW,
            state_words(change.after),
            ", ".join(filter(None, change.device_class[:3])) or "no values reported",
        )
        for change in shown
    )
    yield table(rows, columns).rstrip("\n")
    if len(shown) < len(impact.by_class):
        yield f"  {left_out(len(impact.by_class) - len(shown))}"
