"""Groups of devices count what they hold."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.access.decide import AccessModel
from policylint.access.grouping import BY, group
from policylint.access.request import Facts
from policylint.access.simulate import CohortAccess, simulate
from policylint.model.state import State
from policylint.text import fold
from tests.examples import examples
from tests.strategies import World, devices, worlds
from tests.worlds import access, device

if TYPE_CHECKING:
    from policylint.model.device import Device


@settings(max_examples=examples(60), deadline=None)
@given(worlds(), worlds(), st.lists(devices(), max_size=15), st.sampled_from(sorted(BY)))
def test_every_device_is_in_the_group_of_its_value(live: World, new: World, some: list[Device], by: str) -> None:
    simulation = simulate(AccessModel(live.state, live.facts), AccessModel(new.state, new.facts), some)
    groups, found = group(simulation, by), simulation.devices
    values = Counter(
        fold(value)
        if (value := BY[by](CohortAccess(access.device, 1, access.live, access.desired))) is not None
        else None
        for access in found
    )
    assert values == {
        fold(each.value) if each.value is not None else None: each.devices for each in groups if each.devices
    }
    assert sum(access.changed for access in found) == sum(each.changed for each in groups)
    for side in ("live", "desired"):
        counts: Counter[str | None] = Counter()
        for each in groups:
            counts.update(getattr(each, side))
        assert counts == Counter(getattr(access, side).state for access in found)
    assert list(groups) == sorted(groups, key=lambda each: (-each.changed, -each.devices, each.value or ""))


@pytest.mark.parametrize("by", sorted(BY))
def test_of_nothing_there_are_no_groups(by: str) -> None:
    nobody = AccessModel(State.of(None, {}, {}, {}), Facts())
    assert () == group(simulate(nobody, nobody, []), by)


def test_by_rule_shows_what_decides_and_the_rules_that_decide_nothing() -> None:
    model = access("""\
        organization: {DefaultAccessLevel: Quarantine}
        deviceAccessRules:
        - {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}
        - {Characteristic: DeviceOS, QueryString: iOS 6, AccessLevel: Block}
        mailboxes:
        - {Identity: ann@contoso.com, ActiveSyncAllowedDeviceIDs: [ID1]}
        """)
    some = [device(DeviceType="iPhone"), device(DeviceType="IPHONE"), device(DeviceType="iPad"),
            device("ann@contoso.com", DeviceId="id1", DeviceType="iPad")]  # fmt: skip
    assert [
        ("iPhone (DeviceType): Allow", 2),
        ("ActiveSyncAllowedDeviceIDs of the mailbox", 1),
        ("DefaultAccessLevel Quarantine", 1),
        ("iOS 6 (DeviceOS): Block", 0),
    ] == [(each.value, each.devices) for each in group(simulate(model, model, some), "rule")]


def test_a_mailbox_has_its_partnerships() -> None:
    model = access("organization: {DefaultAccessLevel: Allow}\n")
    box = "ann.lee@contoso.com"
    of_box = [
        device(box, DeviceId="1", DeviceType="iPhone"),
        device(box.upper(), DeviceId="2", DeviceType="Android"),
        device(box, DeviceId="3", DeviceType="Outlook", ClientType="Outlook"),
        device(DeviceId="4", DeviceType="iPhone"),
    ]
    found = group(simulate(model, model, of_box), "mailbox")
    assert [(box, (2, 1)), (None, None)] == [
        (each.value, each.partnerships and each.partnerships[1:]) for each in found
    ]
    assert {None} == {each.partnerships for each in group(simulate(model, model, of_box), "type")}
