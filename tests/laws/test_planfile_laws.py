"""A saved plan comes back as the plan that it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import given, settings

from policylint.plan.planfile import fingerprint, plan_record, read_plan
from tests.examples import examples
from tests.laws.reference_exchange import planned
from tests.strategies import declared_states, live_states
from tests.texts import TODAY
from tests.worlds import STORE

if TYPE_CHECKING:
    from policylint.model.state import State


@settings(max_examples=examples(100))
@given(live_states(), declared_states())
def test_a_saved_plan_comes_back_as_the_plan_it_was(live: State, declared: State) -> None:
    made = planned(live, declared)
    text = json.dumps(plan_record(made), indent=1)
    assert made == read_plan(text, "plan.json", STORE, TODAY)
    assert fingerprint(json.loads(text)) == plan_record(made)["fingerprint"]
