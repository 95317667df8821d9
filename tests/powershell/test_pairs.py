"""Random pairs of what is live and what is declared, planned by the product, taken by its script in a bad session.

Either the script says that all is done, and it is: a plan from what is live now has no step. Or it says that it
stopped: then each setting is as it was or as the plan wants it, and running it again in a session that behaves
converges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st

from tests.powershell import scenes
from tests.powershell.exchange import ONLINE, read_state
from tests.powershell.pairs import (
    EVENLY,
    FAULTS,
    GO,
    NAMES,
    SERVER,
    Fault,
    World,
    live_of,
    lost,
    no_fault,
    paged,
    renamed,
    shadowed,
    shown_otherwise,
    transient,
    values_of,
)
from tests.strategies import declared_states, live_states
from tests.worlds import read_sealed

if TYPE_CHECKING:
    from policylint.model.state import State
    from tests.powershell.exchange import Exchange

EXAMPLES = 2 if settings.get_current_profile_name() == "default" else settings().max_examples
"""Each takes a second or two in the real engine, so the default profile has few."""


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(st.data(), live_states(), declared_states())
def test_random_pairs(exchange: Exchange, data: st.DataObject, live: State, declared: State) -> None:
    names = data.draw(st.sampled_from(NAMES), label="names")
    edition = data.draw(st.sampled_from([ONLINE, SERVER]), label="edition")
    shown = live_of(renamed(live, names), edition)
    world = World(exchange, exchange.case(), edition, renamed(declared, names), shown, names)
    fault = FAULTS[data.draw(EVENLY, label="fault") % len(FAULTS)](data.draw, world)
    event(fault.name)
    before = world.values(shown)
    result = world.run(shown, fault.options)
    assert result.thrown is None
    assert result.exit_code in {0, 1}, fault
    after = world.values(result.state)
    left = world.plan_from(result.state).steps
    if result.exit_code == 0:
        assert [] == [step for step in left if not is_foreign(step, fault)], (fault, result.warnings)
    else:
        assert not fault.must_finish, (fault, result.errors, result.warnings)
    done = world.run(shown, {})
    assert (0, []) == (done.exit_code, done.errors)
    assert () == world.plan_from(done.state).steps
    wanted = world.values(done.state)
    third = {
        key: value
        for key, value in after.items()
        if (key[0], key[2]) not in fault.foreign
        and not (
            key[2] == "IsDefault" and not value
        )  # of a new policy, and of the old default one once there is another
        and value not in (before.get(key), wanted.get(key), *world.between.get(key, ()))
    }
    assert {} == third, fault
    if result.exit_code == 1 and not fault.foreign:
        again = world.run(result.state, {})
        assert (0, []) == (again.exit_code, again.errors), fault
        assert wanted == world.values(again.state)


def is_foreign(step: Any, fault: Fault) -> bool:
    """Return whether a step is about no more than what the misbehavior changes."""
    return all((step.kind, change.property) in fault.foreign for change in step.changes)


READING = (no_fault, transient, lost, paged, shown_otherwise, shadowed)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(st.data(), live_states())
def test_random_readings(exchange: Exchange, data: st.DataObject, live: State) -> None:
    """What the exporter seals is whole, whatever went wrong on the way; or there is no file."""
    edition = data.draw(st.sampled_from([ONLINE, SERVER]), label="edition")
    names = data.draw(st.sampled_from(NAMES), label="names")
    shown = live_of(renamed(live, names), edition)
    shown["devices"] = [scenes.device(number, "ann") for number in range(data.draw(st.integers(0, 3)))]
    world = World(exchange, exchange.case(), edition, live, shown)
    fault = READING[data.draw(EVENLY, label="fault") % len(READING)](data.draw, world)
    event(fault.name)
    assume(fault.options.get("reference") != "path" or "\\" not in "".join(names.values()))  # a path may mean either
    path = world.folder / "live.json"
    options = fault.options if edition == ONLINE else {"edition": edition} | fault.options
    script = scenes.exporter(edition)
    result = exchange.run(script, shown, {"Path": str(path)}, options=options, folder=world.folder)
    assert result.thrown is None
    assert [] == result.calls
    assert path.exists() == (result.exit_code == 0)
    if result.exit_code != 0:
        assert 1 == result.exit_code
        assert not fault.must_finish or fault.name.startswith("transient"), (fault, result.errors)
        return
    found = read_sealed(path.read_bytes())
    there = read_state(path)
    assert len(shown["devices"]) == len(there["devices"]), fault
    assert values_of(found.state) == world.values(shown), fault


@pytest.mark.parametrize("action", ["create", "delete"])
def test_a_rule_that_is_shown_in_other_letters(exchange: Exchange, action: str) -> None:
    made_now = action == "create"
    target = {"Characteristic": "DeviceType", "QueryString": "TbSync"} if made_now else scenes.ANDROID
    values = {"Characteristic": "enum", "QueryString": "string"}
    known = [
        scenes.change(name, kind, None if made_now else target[name], target[name] if made_now else None)
        for name, kind in values.items()
    ]
    level = scenes.change("AccessLevel", "enum", None if made_now else "Block", "Block" if made_now else None)
    made = scenes.plan(scenes.step(action, "deviceAccessRule", target, *known, level))
    result = exchange.run(scenes.converge(made), scenes.scene(), GO, options={"valueCase": "upper"})
    assert (0, []) == (result.exit_code, result.errors)
    assert 1 == len(result.calls)
