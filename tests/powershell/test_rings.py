"""The scripts of a change in stages, one after the other, reach what the plan reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st

from policylint.access.request import Facts
from policylint.desired.overlay import overlay
from policylint.model.device_table import DeviceTable
from policylint.plan.reached import reached
from policylint.plan.rings import Bridging, roll_out
from policylint.plan.stages import plan_stages
from policylint.text import fold
from tests.powershell.exchange import ONLINE
from tests.powershell.pairs import EXACT, World, is_hitless, live_of, script_of
from tests.strategies import EVERY_DEVICE, USERS, declared_states, live_states
from tests.texts import TODAY
from tests.worlds import FREE, STORE, config

if TYPE_CHECKING:
    from policylint.model.state import State
    from policylint.plan.plan import Plan
    from tests.powershell.exchange import Exchange

EXAMPLES = 1 if settings.get_current_profile_name() == "default" else settings().max_examples
"""Each runs up to three scripts in the real engine, so the default profile has one."""

SOME = tuple({(device.owner, device.device_id): device for device in EVERY_DEVICE}.values())
"""One device of each ID in each mailbox."""


def plans_of(world: World, *, bridge: bool) -> tuple[Plan, ...]:
    """Return the plans of a change in three stages: of the first user, of the second, and of what is for everybody."""
    there = world.read(world.live)._replace(devices=DeviceTable(SOME))
    made = config(edition=world.edition, guards=FREE, manage=dict.fromkeys(EXACT, "exact"))
    desired = overlay(world.declared, there.state, made.manage, STORE)
    asked = {fold(user): number for number, user in enumerate(USERS, start=1)}
    names = ("first", "second", "all other")
    found = roll_out(there.state, desired.state, there.devices, Facts(world.edition), asked, names, Bridging(bridge))
    return plan_stages(found, there, desired, made, STORE, now=TODAY)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(live_states(), declared_states(), st.booleans())
def test_random_pairs_in_stages(exchange: Exchange, live: State, declared: State, bridge: bool) -> None:
    world = World(exchange, exchange.case(), ONLINE, declared, live_of(live, ONLINE))
    plans = plans_of(world, bridge=bridge)
    assume(all(map(is_hitless, plans)) and sum(bool(plan.steps) for plan in plans) > 1)
    event(f"bridge {bridge}, {len([plan for plan in plans if plan.steps])} scripts")
    state = world.live
    for plan in plans:
        if plan.steps:
            result = world.run(state, {}, script=script_of(plan))
            assert (0, []) == (result.exit_code, result.errors), result.warnings
            assert len(plan.steps) == len(result.calls)
            state = result.state
        shown = world.read(state)._replace(devices=DeviceTable(SOME))
        shown = shown._replace(header=shown.header._replace(taken_at="2026-11-24T08:00:00Z"))
        assert () == reached(plan, shown, Facts(world.edition), STORE).differences
    assert () == world.plan_from(state).steps
