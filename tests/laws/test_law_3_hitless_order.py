"""Law 3: after every step each device is in its old or in its new state, and switches at most once."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from hypothesis import given, settings

from policylint.desired.overlay import overlay
from tests.examples import examples
from tests.laws.reference_exchange import CONFIG, apply, outcomes, planned, steps
from tests.strategies import declared_states, live_states
from tests.worlds import STORE

if TYPE_CHECKING:
    from policylint.model.state import State
    from policylint.plan.plan import Plan


def courses(live: State, made: Plan) -> list[tuple[str | None, ...]]:
    """Return for each device what it gets before the first step and after each."""
    states = accumulate(steps(made), apply, initial=live)
    return list(zip(*map(outcomes, states), strict=True))


def wanted(live: State, declared: State) -> tuple[str | None, ...]:
    """Return what each device gets once the policy is in force."""
    return outcomes(overlay(declared, live, CONFIG.manage, STORE).state)


def is_hit(course: tuple[str | None, ...], final: str | None) -> bool:
    """Return whether a device passes through a third state, or switches more than once."""
    switches = [after for before, after in pairwise(course) if after != before]
    return len(switches) > 1 or any(state != final for state in switches)


@settings(max_examples=examples(80))
@given(live_states(policies=False), declared_states(policies=False))
def test_no_device_is_ever_in_a_third_state(live: State, declared: State) -> None:
    made = planned(live, declared)
    found, final = courses(live, made), wanted(live, declared)
    assert all(refusal.guard != "hitless" for refusal in made.refusals)
    assert [] == [course for course, state in zip(found, final, strict=True) if is_hit(course, state)]
    assert [course[-1] for course in found] == list(final)
    for number, step in enumerate(made.steps):
        switched = [course[number : number + 2] for course in found if course[number] != course[number + 1]]
        opens = sum(after == "Allowed" for _, after in switched)
        closes = sum(before == "Allowed" for before, _ in switched)
        assert (opens, closes) == (step.opens, step.closes)


@settings(max_examples=examples(80))
@given(live_states(), declared_states())
def test_where_no_order_does_it_the_plan_is_refused(live: State, declared: State) -> None:
    """With mailbox policies there are changes that no order makes hitless: the plan counts the devices it would hit."""
    made = planned(live, declared)
    hit = sum(map(is_hit, courses(live, made), wanted(live, declared)))
    texts = [refusal.acknowledge or "" for refusal in made.refusals if refusal.guard == "hitless"]
    refused = [text.rpartition(":")[0] for text in texts]
    assert refused == ([f"hitless={hit}"] if hit else [])
