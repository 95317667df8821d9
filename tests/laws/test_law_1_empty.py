"""Law 1: what is declared as it is live plans to nothing, and so does a plan after its own application."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.plan.diff import diff
from tests.examples import examples
from tests.laws.reference_exchange import apply, managed, planned, steps
from tests.strategies import EVERY_DEVICE, declared_states, live_states, partial_states
from tests.worlds import STORE, plan

if TYPE_CHECKING:
    from policylint.model.state import State


@given(live_states())
def test_a_state_plans_to_nothing_against_itself(live: State) -> None:
    assert () == diff(live, live, STORE)
    made = planned(live, live)
    assert ((), ()) == (made.steps, made.refusals)
    assert all(drift.why == "not declared" or drift.property is not None for drift in made.drift)


@given(live_states(), declared_states())
def test_a_plan_after_its_own_application_is_empty(live: State, declared: State) -> None:
    done = reduce(apply, steps(planned(live, declared)), live)
    assert [] == steps(planned(done, declared))


@settings(max_examples=examples(60))
@given(live_states(), partial_states(), partial_states(), st.sampled_from(["exact", "owned", "additive"]))
def test_one_plan_takes_away_all_that_was_declared_before(live: State, previous: State, now: State, mode: str) -> None:
    config = managed(mode)
    done = reduce(apply, steps(plan(now, live, EVERY_DEVICE, config, previous=previous)), live)
    for applied in (previous, now):
        assert () == plan(now, done, EVERY_DEVICE, config, previous=applied).steps
