"""Law 1: what is declared as it is live plans to nothing, and so does a plan after its own application."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from hypothesis import given

from policylint.plan.diff import diff
from tests.laws.reference_exchange import apply, planned, steps
from tests.strategies import declared_states, live_states
from tests.worlds import STORE

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
