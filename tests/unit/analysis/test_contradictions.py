"""Devices of a simulation whose values contradict each other."""

from __future__ import annotations

from policylint.access.simulate import simulate
from policylint.analysis.contradictions import Contradictions, contradictions
from tests.worlds import access, device

RULES = (
    "organization: {DefaultAccessLevel: Quarantine}\n"
    "deviceAccessRules:\n- {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}\n"
)
PHONE = device("ann.lee@contoso.com", DeviceId="1", DeviceType="iPhone", DeviceUserAgent="Apple-iPhone15C2/2208.31")
KEPT_OUT = device("ann.lee@contoso.com", DeviceId="2", DeviceType="Android", DeviceModel="iPhone15C2")
WALKS_IN = device("bob.ray@contoso.com", DeviceId="3", DeviceType="iPhone", DeviceUserAgent="Thunderbird-EAS/1.0")


def test_they_are_counted_with_one_that_gets_in() -> None:
    model = access(RULES)
    found = contradictions(simulate(model, model, [PHONE, KEPT_OUT, WALKS_IN]))
    assert (2, 1, "3") == (found.devices, found.admitted, found.example and found.example.device_id)
    assert found.note.startswith(
        "2 devices report values that contradict each other and 1 of these is let in, such as 3 of bob.ray@contoso.com"
        " (DeviceType iPhone, but DeviceUserAgent Thunderbird-EAS/1.0): "
    )


def test_where_there_are_none_there_is_no_note() -> None:
    model = access(RULES)
    found = contradictions(simulate(model, model, [PHONE]))
    assert Contradictions(0, 0) == found
    assert not found.note
