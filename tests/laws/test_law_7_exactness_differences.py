"""Law 7: what the comparison of two configurations says is what brute force over every kind of device says."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policylint.access.decide import AccessModel
from policylint.analysis.compare import compare
from policylint.model.device import Device, DeviceClass
from policylint.text import fold
from tests.examples import examples
from tests.strategies import DEVICE_IDS, VALUES, World, devices, worlds

if TYPE_CHECKING:
    from policylint.access.decision import Decision

lawful = settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])

NAMES = ("DeviceType", "DeviceModel", "DeviceOS", "UserAgent")
JOHN = fold("john.doe@contoso.com")


def model(world: World) -> AccessModel:
    return AccessModel(world.state, world.facts)


def tells_apart(before: Decision, after: Decision) -> bool:
    """Return whether a device can tell two decisions apart: by its state, or by who decides instead."""
    if before.state is None and after.state is None:
        return before.step != after.step
    return before.state != after.state


def every_class() -> list[DeviceClass]:
    """Return a class of every combination of values: each that a rule may name, and one that none does."""
    values = [sorted({fold(value) for value in VALUES[name]}) for name in NAMES]
    return [(one, two, three, four) for one, two, three, four in product(*((*value, None) for value in values))]


SITUATIONS = [
    (client, version, managed, provisionable)
    for client, version in (("EAS", "16.1"), ("EAS", "14.1"), ("Outlook", ""), ("MOWA", ""), ("UniversalOutlook", ""))
    for managed in (False, True)
    for provisionable in ("full", "none", "external")
]
OWNERS = [(JOHN, each) for each in (*DEVICE_IDS, "OTHER")] + [(None, "OTHER"), (fold("else@contoso.com"), "SEC2")]


def every_device(device_class: DeviceClass) -> list[Device]:
    return [
        Device(
            device_id=device_id,
            mailbox=mailbox,
            device_class=device_class,
            client_type=client,
            client_version=version,
            managed=managed,
            provisionable=provisionable,  # type: ignore[arg-type]
        )
        for (client, version, managed, provisionable), (mailbox, device_id) in product(SITUATIONS, OWNERS)
    ]


@lawful
@given(worlds(), worlds(), st.lists(st.sampled_from(every_class()), min_size=1, max_size=6, unique=True))
def test_each_difference_is_in_exactly_one_region(old: World, new: World, some: list[DeviceClass]) -> None:
    before, after = model(old), model(new)
    cohort = [device for device_class in some for device in every_device(device_class)]
    different = [device for device in cohort if tells_apart(before.decide(device), after.decide(device))]
    found = compare(before, after, devices=cohort)
    assert len(different) == sum(region.devices for region in found.regions)


@lawful
@given(worlds(), worlds())
def test_nothing_is_said_where_no_device_can_tell(old: World, new: World) -> None:
    before, after = model(old), model(new)
    different = any(
        tells_apart(before.decide(device), after.decide(device))
        for device_class in every_class()
        for device in every_device(device_class)
    )
    found = compare(before, after)
    assert bool(found.regions) == different
    assert ("equal" == found.verdict) == (not different)


@lawful
@given(worlds(), worlds())
def test_each_region_has_a_witness_that_gets_what_is_said(old: World, new: World) -> None:
    before, after = model(old), model(new)
    for region in compare(before, after).regions:
        assert (region.before, region.after) == (before.decide(region.witness), after.decide(region.witness))
        assert tells_apart(region.before, region.after)


@lawful
@given(worlds(), worlds(), st.lists(devices(), max_size=20))
def test_any_devices_are_counted_once(old: World, new: World, some: list[Device]) -> None:
    before, after = model(old), model(new)
    different = [device for device in some if tells_apart(before.decide(device), after.decide(device))]
    found = compare(before, after, devices=some)
    assert len(different) == sum(region.devices for region in found.regions)
    assert len(some) == found.devices


@lawful
@given(worlds())
def test_a_configuration_is_equal_to_itself(world: World) -> None:
    found = compare(model(world), model(world))
    assert ("equal", (), (), ()) == (found.verdict, found.regions, found.reasons, found.rules)
