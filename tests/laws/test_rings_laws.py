"""A change in stages reaches what the plan reaches, and each device switches at most once on the way."""

from __future__ import annotations

from functools import reduce
from itertools import accumulate
from typing import TYPE_CHECKING

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from policylint.access.request import facts_of
from policylint.checker import problems
from policylint.desired.overlay import overlay
from policylint.model.device_table import DeviceTable
from policylint.model.snapshot import Header, Snapshot
from policylint.model.state import MAILBOX
from policylint.plan.check import flaws
from policylint.plan.closures import closures_of
from policylint.plan.planfile import fingerprint_of, plan_of, plan_record
from policylint.plan.reached import Reached, reached
from policylint.plan.ring import StateCounts, counts_of
from policylint.plan.rings import Bridging, roll_out
from policylint.plan.stages import plan_stages
from policylint.text import fold
from tests.examples import examples
from tests.laws.reference_exchange import CONFIG, apply, outcomes, steps
from tests.laws.test_law_2_convergence import settings_of
from tests.laws.test_law_3_hitless_order import is_hit, wanted
from tests.strategies import EVERY_DEVICE, USERS, declared_states, live_states
from tests.texts import LIVE, TODAY
from tests.worlds import STORE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from policylint.model.device import Device
    from policylint.model.state import State
    from policylint.plan.plan import Plan

RINGS = st.sampled_from([(1, 2), (2, 1), (1, 3), (2, 3), (3, 3), (1, 1)])
"""The rings of the two mailboxes, of three rings."""


def staged(
    live: State,
    declared: State,
    rings: Sequence[int],
    *,
    bridge: bool = False,
    devices: tuple[Device, ...] = EVERY_DEVICE,
) -> tuple[Plan, ...]:
    """Return the plans of a change in three stages."""
    there = Snapshot(
        LIVE, "", Header(CONFIG.edition, None, None, "g", "2026-11-23T08:00:00Z", "0", redacted=False),
        live, DeviceTable(devices), {},
    )  # fmt: skip
    desired = overlay(declared, live, CONFIG.manage, STORE)
    asked = dict(zip(map(fold, USERS), rings, strict=True))
    names = ("first", "second", "all other")
    found = roll_out(live, desired.state, there.devices, facts_of(CONFIG), asked, names, Bridging(bridge))
    return plan_stages(found, there, desired, CONFIG, STORE, now=TODAY)


def course(live: State, plans: Sequence[Plan]) -> list[list[tuple[str | None, ...]]]:
    """Return what each device gets before the first step of each plan and after each of its steps."""
    state, found = live, []
    for plan in plans:
        states = list(accumulate(steps(plan), apply, initial=state))
        found.append(list(map(outcomes, states)))
        state = states[-1]
    return found


def is_refused(plans: Sequence[Plan], guard: str) -> bool:
    return any(refusal.guard == guard for plan in plans for refusal in plan.refusals)


def counted(states: Mapping[int, str | None]) -> StateCounts:
    return counts_of({state: list(states.values()).count(state) for state in states.values()})  # type: ignore[misc]


@settings(max_examples=examples(50))
@given(live_states(), declared_states(), RINGS, st.booleans())
def test_the_plans_one_after_the_other_reach_what_the_plan_reaches(
    live: State, declared: State, rings: tuple[int, int], bridge: bool
) -> None:
    plans = staged(live, declared, rings, bridge=bridge)
    done = reduce(apply, (step for plan in plans for step in steps(plan)), live)
    assert settings_of(overlay(declared, live, CONFIG.manage, STORE).state) == settings_of(done)
    assert [None, *map(fingerprint_of, plans[:-1])] == [plan.ring.previous for plan in plans if plan.ring is not None]
    for plan in plans:
        assert [] == list(flaws(plan, STORE, TODAY))
        assert [] == list(problems(plan_record(plan)))
        assert plan == plan_of(plan_record(plan))


@settings(max_examples=examples(50))
@given(live_states(), declared_states(), RINGS)
def test_each_device_switches_at_most_once_over_all_rings(live: State, declared: State, rings: tuple[int, int]) -> None:
    plans = staged(live, declared, rings)
    assume(not is_refused(plans, "rings-hitless"))
    found = [device for plan in course(live, plans) for device in plan]
    paths = zip(*found, strict=True)
    assert not [path for path, final in zip(paths, wanted(live, declared), strict=True) if is_hit(path, final)]


@settings(max_examples=examples(50))
@given(live_states(), declared_states(), RINGS, st.booleans())
def test_after_each_ring_devices_are_in_the_states_that_are_expected(
    live: State, declared: State, rings: tuple[int, int], bridge: bool
) -> None:
    plans = staged(live, declared, rings, bridge=bridge)
    in_other: set[str] = set()
    for plan in plans[:-1]:
        assert plan.ring is not None
        in_other |= set(plan.ring.names or ())
    for plan, states in zip(plans, course(live, plans), strict=True):
        assert plan.ring is not None
        names = plan.ring.names if plan.ring.names is not None else set(USERS) - in_other
        inside = {n: state for n, state in enumerate(states[-1]) if EVERY_DEVICE[n].owner in names}
        outside = {n: state for n, state in enumerate(states[-1]) if EVERY_DEVICE[n].owner not in names}
        assert (plan.ring.expect.ring, plan.ring.expect.others) == (counted(inside), counted(outside))
        assert len(inside) == plan.ring.devices


SOME = st.tuples(
    *(
        st.sampled_from([device for device in EVERY_DEVICE if (device.owner, device.device_id) == place])
        for place in dict.fromkeys((device.owner, device.device_id) for device in EVERY_DEVICE)
    )
)
"""One device of each ID in each mailbox."""


@settings(max_examples=examples(50))
@given(live_states(policies=False), declared_states(policies=False), RINGS, SOME)
def test_with_exemptions_devices_change_in_their_own_ring(
    live: State, declared: State, rings: tuple[int, int], devices: tuple[Device, ...]
) -> None:
    """Those that no exemption holds change in the first ring, and each is counted; what is blocked by name is there."""
    plans = staged(live, declared, rings, bridge=True, devices=devices)
    assume(not is_refused(plans, "rings-hitless"))
    places = [EVERY_DEVICE.index(device) for device in devices]
    found = [[tuple(states[place] for place in places) for states in plan] for plan in course(live, plans)]
    final = [wanted(live, declared)[place] for place in places]
    paths = zip(*(states for plan in found for states in plan), strict=True)
    assert not [path for path, last in zip(paths, final, strict=True) if is_hit(path, last)]
    asked = dict(zip(USERS, rings, strict=True))
    mailboxes = live.of_kind(MAILBOX)
    closures = closures_of(live, overlay(declared, live, CONFIG.manage, STORE).state)
    closed = outcomes(live.with_kind(MAILBOX, {**mailboxes, **closures}))
    early = 0
    for number, device in enumerate(devices):
        if closed[places[number]] != found[0][0][number]:
            assert {"Blocked"} == {closed[places[number]], final[number], found[0][-1][number]}
            continue
        changes = [ring for ring, plan in enumerate(found, start=1) if plan[0][number] != plan[-1][number]]
        if changes == [1] and asked[device.owner] > 1:
            early += 1
            assert found[0][0][number] == "Quarantined" or moved(plans, device.owner, asked)
    texts = [refusal.acknowledge or "" for refusal in plans[0].refusals if refusal.guard == "not-bridged"]
    assert [text.split(":")[0] for text in texts] == ([f"not-bridged={early}"] if early else [])
    assert not plans[-1].ring.held if plans[-1].ring is not None else False


def moved(plans: Sequence[Plan], owner: str, asked: Mapping[str, int]) -> bool:
    """Return whether a mailbox changes in another ring than the one asked for."""
    ring = plans[asked[owner] - 1].ring
    own = ring.names if ring is not None else None
    if own is None:
        return any(owner in (plan.ring.names or ()) for plan in plans if plan.ring is not None)
    return owner not in own


@settings(max_examples=examples(50))
@given(live_states(), declared_states(), RINGS, st.booleans())
def test_a_plan_is_done_once_its_steps_were_taken_and_not_before(
    live: State, declared: State, rings: tuple[int, int], bridge: bool
) -> None:
    state = live
    for plan in staged(live, declared, rings, bridge=bridge):
        for step in steps(plan):
            assert reached(plan, later(state), facts_of(CONFIG), STORE).differences
            state = apply(state, step)
        assert Reached((), ()) == reached(plan, later(state), facts_of(CONFIG), STORE)


def later(state: State) -> Snapshot:
    """Return a snapshot that was taken the day after."""
    header = Header(CONFIG.edition, None, None, "g", "2026-11-24T08:00:00Z", "0", redacted=False)
    return Snapshot(LIVE, "", header, state, DeviceTable(EVERY_DEVICE), {})
