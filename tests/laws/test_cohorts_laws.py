"""Laws of counted cohorts: they can be added in any order, and give what each snapshot alone gives together."""

from __future__ import annotations

import pickle
from collections import Counter
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.access.counts import Cohorts
from policylint.access.decide import AccessModel
from policylint.access.simulate import transitions
from policylint.model.device_table import DeviceTable
from tests.examples import examples
from tests.strategies import World, devices, worlds

if TYPE_CHECKING:
    from policylint.model.device import Device

SNAPSHOTS = st.tuples(st.one_of(st.none(), worlds()), worlds(), st.lists(devices(), max_size=6))


def model(world: World) -> AccessModel:
    return AccessModel(world.state, world.facts)


def counted(snapshot: tuple[World | None, World, list[Device]]) -> Cohorts:
    live, desired, some = snapshot
    return Cohorts.of(model(live) if live is not None else None, model(desired), DeviceTable(some))


def one_by_one(snapshots: list[tuple[World | None, World, list[Device]]]) -> Counter[object]:
    """Return how many devices go from which decision to which, each decided about alone."""
    found: Counter[object] = Counter()
    for live, desired, some in snapshots:
        for device in some:
            before = model(live).decide(device) if live is not None else None
            after = model(desired).decide(device)
            found[device.device_class, before and (before.state, before.reason), after.state, after.reason] += 1
    return found


@settings(max_examples=examples(100))
@given(st.lists(SNAPSHOTS, max_size=4))
def test_a_sum_of_cohorts_gives_what_each_device_gets(
    snapshots: list[tuple[World | None, World, list[Device]]],
) -> None:
    simulation = sum(map(counted, snapshots), Cohorts()).simulate()
    found = simulation.tally(
        lambda each: (
            each.device.device_class,
            each.live and (each.live.state, each.live.reason),
            each.desired.state,
            each.desired.reason,
        )
    )
    assert one_by_one(snapshots) == found
    assert sum(len(some) for _, _, some in snapshots) == simulation.total


@settings(max_examples=examples(100))
@given(st.lists(SNAPSHOTS, min_size=3, max_size=3))
def test_cohorts_are_a_commutative_monoid(snapshots: list[tuple[World | None, World, list[Device]]]) -> None:
    one, two, three = map(counted, snapshots)
    assert one + two == two + one
    assert (one + two) + three == one + (two + three)
    assert one + Cohorts() == one == Cohorts() + one
    assert reduce(add, [one, two, three]) == sum([three, one, two], Cohorts())
    assert (one + two).total == one.total + two.total
    assert sum([one, two]) == one + two


@settings(max_examples=examples(30))
@given(SNAPSHOTS)
def test_cohorts_of_parts_are_the_cohorts_of_the_whole(snapshot: tuple[World | None, World, list[Device]]) -> None:
    live, desired, some = snapshot
    parts = [counted((live, desired, some[:2])), counted((live, desired, some[2:]))]
    whole = counted(snapshot)
    assert whole == sum(parts, Cohorts())
    again = pickle.loads(pickle.dumps(whole))
    assert whole == again
    assert transitions(whole.simulate().cohorts) == again.simulate().transitions


@settings(max_examples=examples(30))
@given(SNAPSHOTS)
def test_cohorts_name_nobody(snapshot: tuple[World | None, World, list[Device]]) -> None:
    found = counted(snapshot).simulate().cohorts
    assert {("", None, "", "")} >= {
        (each.device.device_id, each.device.mailbox, each.device.owner, each.device.guid) for each in found
    }
