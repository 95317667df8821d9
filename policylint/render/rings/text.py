"""A change in stages as text: what all plans do together, then each ring, its refusals, and what to expect after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.impact import owners_in_words
from policylint.escape import clean, command_line
from policylint.phrases import count
from policylint.plan.reached import states_in_words
from policylint.render.phrases import ring_words
from policylint.render.plan.text import proceed_anyway

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policylint.access.impact import Impact
    from policylint.plan.plan import Plan
    from policylint.plan.refusal import Refusal
    from policylint.plan.stages import RingPlans
    from policylint.render.style import Style


def render_rings(found: RingPlans, files: Sequence[str], *, style: Style) -> str:
    """Return a staged roll-out as text, ending in a line end; `files` are those of the plans, none if not saved."""
    return "".join(f"{line}\n" for line in _lines(found, files, style))


def _lines(found: RingPlans, files: Sequence[str], style: Style) -> Iterator[str]:
    steps = sum(len(plan.steps) for plan in found.plans)
    refusals = len({refusal for plan in found.plans for refusal in plan.refusals})
    tail = f"; {count(refusals, 'refusal')}" if refusals else ""
    verdict = f"{count(len(found.plans), 'ring')}, {count(steps, 'step')}: {_impact(found.impact)}{tail}"
    yield style.paint(verdict, "bold", "red" if refusals else "yellow" if steps else "green")
    shown: set[Refusal] = set()
    for plan in found.plans:
        yield from _ring(plan, style, shown)
    yield from (f"\n{style.paint('note', 'blue')}: {clean(note)}" for note in found.notes)
    for number, file in enumerate(files[:-1], start=1):
        check = command_line("policylint show plan", file)
        if check is not None and number == 1:
            yield f"\nbefore the next ring, export again: `{check} --check` says whether this one is done"


def _ring(plan: Plan, style: Style, shown: set[Refusal]) -> Iterator[str]:
    """Yield what is said of a ring; refusals that were shown before are only counted."""
    ring = plan.ring
    assert ring is not None
    parts = [ring_words(ring), count(len(plan.steps), "step") if plan.steps else "nothing to do"]
    if plan.steps:
        parts.append(_impact(plan.impact))
    if ring.held:
        parts.append(f"then {count(len(ring.held), 'temporary exemption')}")
    yield f"\n{clean('; '.join(parts))}"
    yield f"  expect after: {states_in_words(ring.expect.all)}"
    again = sum(refusal in shown for refusal in plan.refusals)
    if again:
        yield f"  {style.paint('refused', 'bold', 'red')}: {count(again, 'refusal')} of a ring before"
    for refusal in plan.refusals:
        if refusal in shown:
            continue
        shown.add(refusal)
        yield f"  {style.paint('refused', 'bold', 'red')}: {clean(refusal.message)} [{refusal.guard}]"
        if refusal.acknowledge is not None:
            yield f"  {proceed_anyway(refusal)}"
    for refusal, reason in plan.acknowledged:
        yield f"  acknowledged: {clean(refusal.message)} [{refusal.guard}]: {clean(reason)}"


def _impact(impact: Impact) -> str:
    numbers = (
        (impact.newly_allowed, "allowed"),
        (impact.newly_quarantined, "quarantined"),
        (impact.newly_blocked, "blocked"),
    )
    words = ", ".join(f"{number:,} newly {state}" for number, state in numbers if number)
    if not words:
        return f"no device of {impact.devices:,} changes access"
    return words + owners_in_words(impact.mailboxes, impact.unknown_owner, "in")
