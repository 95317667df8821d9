"""What refuses a plan, as annotations of a run: they go to everybody who watches, so nobody is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.diagnostic import Severity
from policylint.render.annotations import Annotation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.render.plan.view import PlanView, RefusalShown


def annotations_of(view: PlanView) -> Iterator[Annotation]:
    """Yield an error for each refusal, with what lifts it, and a note that says what the plan does."""
    for refusal in view.refusals:
        yield Annotation(Severity.ERROR, refusal.guard, (refusal.message, _way_out(refusal)))
    yield Annotation(Severity.INFO, "plan", tuple(filter(None, (view.verdict, view.access, view.warning))))


def _way_out(refusal: RefusalShown) -> str:
    if not refusal.words:
        return "this cannot be acknowledged"
    more = f" and {len(refusal.words) - 1:,} more" if len(refusal.words) > 1 else ""
    return f'to proceed anyway: --acknowledge {refusal.words[0]} --reason "..."{more}'
