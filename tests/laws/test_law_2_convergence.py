"""Law 2: from any live state, taking the steps of the plan reaches the desired state."""

from __future__ import annotations

from functools import reduce
from typing import Any

from hypothesis import assume, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from policylint.desired.overlay import overlay
from policylint.model.state import POLICY, State
from tests.examples import examples
from tests.laws.reference_exchange import CONFIG, apply, managed, planned, steps
from tests.strategies import declared_states, live_states
from tests.texts import LIVE
from tests.worlds import STORE, by_key, entity, plan


def settings_of(state: State) -> dict[tuple[str, str], dict[str, object]]:
    """Return the settings of every object; the order of what is a set does not count."""
    return {
        (entity.kind, entity.key): {
            name: sorted(value) if isinstance(value, tuple) else value for name, value in entity.settings.items()
        }
        for entity in state.entities()
    }


@tries(max_examples=examples(150))
@given(live_states(), declared_states())
def test_taking_every_step_reaches_the_desired_state(live: State, declared: State) -> None:
    done = reduce(apply, steps(planned(live, declared)), live)
    assert settings_of(overlay(declared, live, CONFIG.manage, STORE).state) == settings_of(done)


SWITCHES = st.fixed_dictionaries(
    {},
    optional={"RequireStorageCardEncryption": st.booleans(), "DeviceEncryptionEnabled": st.booleans()},
)
WHOLE = st.tuples(st.booleans(), st.booleans()).filter(lambda both: not both[0] or both[1])


@given(st.none() | WHOLE, SWITCHES, st.sampled_from(["additive", "owned", "exact"]), st.none() | SWITCHES)
def test_a_plan_names_what_exchange_sets_along_and_the_next_one_is_empty(
    there: tuple[bool, bool] | None, wanted: dict[str, Any], mode: str, was: dict[str, Any] | None
) -> None:
    """The reference Exchange turns the encryption of the device on with that of the card."""
    assume(not {"RequireStorageCardEncryption": True, "DeviceEncryptionEnabled": False}.items() <= wanted.items())
    names = ("RequireStorageCardEncryption", "DeviceEncryptionEnabled")
    kiosk: list[dict[str, Any]] = [] if there is None else [dict(zip(names, there, strict=True))]
    default = entity(POLICY, LIVE, Name="Default", IsDefault=True)
    live = State.of(
        policies=by_key([default, *(entity(POLICY, LIVE, Name="Kiosk", IsDefault=False, **each) for each in kiosk)])
    )
    declared = State.of(policies=by_key([entity(POLICY, Name="Kiosk", IsDefault=False, **wanted)]))
    before = None if was is None else State.of(policies=by_key([entity(POLICY, Name="Kiosk", IsDefault=False, **was)]))
    settings = managed(mode)
    made = plan(declared, live, (), settings, before)
    done = reduce(apply, steps(made), live)
    assert settings_of(overlay(declared, live, settings.manage, STORE, before).state) == settings_of(done)
    again = plan(declared, done, (), settings, declared)
    assert () == again.steps
    if wanted.get("RequireStorageCardEncryption"):
        assert "DeviceEncryptionEnabled" not in {drift.property for drift in again.drift}
