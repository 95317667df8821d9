"""Law 2: from any live state, taking the steps of the plan reaches the desired state."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from hypothesis import given, settings

from policylint.desired.overlay import overlay
from tests.laws.reference_exchange import CONFIG, apply, planned, steps
from tests.strategies import declared_states, live_states
from tests.worlds import STORE

if TYPE_CHECKING:
    from policylint.model.state import State


def settings_of(state: State) -> dict[tuple[str, str], dict[str, object]]:
    """Return the settings of every object; the order of what is a set does not count."""
    return {
        (entity.kind, entity.key): {
            name: sorted(value) if isinstance(value, tuple) else value for name, value in entity.settings.items()
        }
        for entity in state.entities()
    }


@settings(max_examples=150)
@given(live_states(), declared_states())
def test_taking_every_step_reaches_the_desired_state(live: State, declared: State) -> None:
    done = reduce(apply, steps(planned(live, declared)), live)
    assert settings_of(overlay(declared, live, CONFIG.manage, STORE).state) == settings_of(done)
