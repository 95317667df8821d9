"""Whether live state is as a plan leaves it, as text and as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.escape import clean
from policylint.phrases import count
from policylint.plan.planfile import fingerprint_of
from policylint.render.phrases import left_out, ring_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.plan.plan import Plan
    from policylint.plan.reached import Reached
    from policylint.render.style import Style

_MOST = 40


def render_check(found: Reached, plan: Plan, *, style: Style, full: bool) -> str:
    """Return whether a plan is done, and what differs; without `full`, what a screen takes."""
    return "".join(f"{line}\n" for line in _lines(found, plan, style, None if full else _MOST))


def check_record(found: Reached, plan: Plan) -> dict[str, Any]:
    """Return whether a plan is done, and what differs, as plain data."""
    return {
        "format": "policylint-plan-check/1",
        "fingerprint": fingerprint_of(plan),
        "ring": {"number": plan.ring.number, "of": plan.ring.of} if plan.ring is not None else None,
        "steps": len(plan.steps),
        "done": not found.differences,
        "differences": list(found.differences),
        "notes": list(found.notes),
    }


def _lines(found: Reached, plan: Plan, style: Style, most: int | None) -> Iterator[str]:
    steps = count(len(plan.steps), "step")
    if found.differences:
        yield style.paint(f"not done: {count(len(found.differences), 'difference')}, {steps}", "bold", "red")
    else:
        yield style.paint(f"done: live state is as {steps} of the plan leave it", "bold", "green")
    if plan.ring is not None:
        yield clean(ring_words(plan.ring))
    yield from (f"  {clean(each)}" for each in found.differences[:most])
    if most is not None and len(found.differences) > most:
        yield f"  {left_out(len(found.differences) - most)}"
    yield from (f"\n{style.paint('note', 'blue')}: {clean(note)}" for note in found.notes)
