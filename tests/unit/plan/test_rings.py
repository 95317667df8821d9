"""Which mailbox is in which ring, what changes in which one, and what temporary exemptions hold."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from policylint.access.request import facts_of
from policylint.access.steps import ALLOWED
from policylint.checker import problems
from policylint.desired.overlay import overlay
from policylint.errors import SnapshotError, UsageError
from policylint.model.state import MAILBOX
from policylint.plan.check import flaws
from policylint.plan.planfile import plan_record
from policylint.plan.ring import Held, StateCounts
from policylint.plan.ring_members import RingSpec, members_of, ring_spec
from policylint.plan.rings import Bridging, Rollout, roll_out
from policylint.plan.stages import plan_stages
from policylint.text import fold
from tests.texts import TODAY
from tests.worlds import FREE, STORE, bind, config, snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.model.entity import Entity
    from policylint.plan.plan import Plan

CONFIG = config(edition="exchange-online", guards=FREE)
FACTS = facts_of(CONFIG)


def mailboxes(*names: str) -> Mapping[str, Entity]:
    entries = ", ".join(f"{{Identity: {name}@contoso.com}}" for name in names)
    return snapshot(f"mailboxes: [{entries}]").state.of_kind(MAILBOX)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ann@contoso.com", RingSpec("ann@contoso.com", ("ann@contoso.com",))),
        (" a*, b@contoso.com,", RingSpec("a*, b@contoso.com,", ("a*", "b@contoso.com"))),
        ("10%", RingSpec("10%", share=Fraction(1, 10))),
        (" 2.5 % ", RingSpec("2.5 %", share=Fraction(1, 40))),
    ],
)
def test_a_ring_is_names_or_a_share(words: str, expected: RingSpec) -> None:
    assert expected == ring_spec(words)


@pytest.mark.parametrize("words", ["", " , ", "0%", "100%", "a*,10%", "-5%", "10 %%"])
def test_what_is_neither_is_refused(words: str) -> None:
    with pytest.raises(UsageError, match="names no mailbox"):
        ring_spec(words)


def test_a_mailbox_is_in_the_first_ring_that_names_it() -> None:
    known = mailboxes("ann", "bob", "eve")
    found = members_of([ring_spec("a*"), ring_spec("ann@contoso.com, bob@contoso.com")], known)
    assert {fold(f"{name}@contoso.com"): ring for name, ring in (("ann", 1), ("bob", 2), ("eve", 3))} == found


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        (["x*"], "`x\\*` of --rings matches no mailbox"),
        (["bobb@contoso.com"], "`bobb@contoso.com` of --rings is no mailbox"),
        (["ann@contoso.com", "ann@contoso.com"], "ring 2, `ann@contoso.com`, has no mailbox: 1 mailbox"),
        (["0.001%"], "ring 1, `0.001%`, has no mailbox: 2 mailboxes"),
    ],
)
def test_a_ring_without_mailboxes_is_refused(specs: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        members_of([ring_spec(each) for each in specs], mailboxes("ann", "bob"))


def test_a_share_is_about_what_it_says_and_moves_nobody_when_others_come_or_go() -> None:
    names = [f"user{number}" for number in range(2000)]
    specs = [ring_spec("user1?@contoso.com"), ring_spec("10%"), ring_spec("50%")]
    all_of_them, some = members_of(specs, mailboxes(*names)), members_of(specs, mailboxes(*names[:1000]))
    counts = [list(all_of_them.values()).count(ring) for ring in (1, 2, 3, 4)]
    assert counts[0] == 10
    assert 150 < counts[1] < 250
    assert 800 < counts[2] < 1000
    assert some.items() <= all_of_them.items()


LIVE = """\
organization: {DefaultAccessLevel: Quarantine, UserMailInsert: Wait.}
deviceAccessRules:
- {Characteristic: DeviceType, QueryString: Android, AccessLevel: Allow}
- {Characteristic: DeviceType, QueryString: TbSync, AccessLevel: Block}
mobileDeviceMailboxPolicies:
- {Name: Default, IsDefault: true, AllowNonProvisionableDevices: true, MinPasswordLength: 4}
- {Name: Spare, IsDefault: false, AllowNonProvisionableDevices: true, MinPasswordLength: 4}
mailboxes:
"""
POLICY = """\
organization: {DefaultAccessLevel: Quarantine, UserMailInsert: Call us.}
deviceAccessRules:
- {Characteristic: DeviceType, QueryString: Android, AccessLevel: Block}
- {Characteristic: DeviceType, QueryString: TbSync, AccessLevel: Allow}
- {Characteristic: DeviceType, QueryString: iPad, AccessLevel: Allow}
mobileDeviceMailboxPolicies:
- {Name: Default, MinPasswordLength: 6}
- {Name: Spare, MinPasswordLength: 8}
- {Name: Strict, AllowNonProvisionableDevices: false}
"""


def mailbox(name: str, *, allowed: str = "[]", blocked: str = "[]", policy: str = "null") -> str:
    return (
        f"- {{Identity: {name}@contoso.com, ActiveSyncEnabled: true, ActiveSyncMailboxPolicy: {policy},"
        f" ActiveSyncAllowedDeviceIDs: {allowed}, ActiveSyncBlockedDeviceIDs: {blocked}}}\n"
    )


def phone(owner: str | None, device_id: str, kind: str) -> dict[str, Any]:
    of = {"mailbox": f"{owner}@contoso.com"} if owner is not None else {}
    return {**of, "DeviceId": device_id, "DeviceType": kind, "ClientType": "EAS", "ClientVersion": "16.1"}


def staged(
    live: str,
    policy: str,
    devices: list[dict[str, Any]],
    *,
    bridge: bool = False,
    rings: str = "ann@contoso.com",
    unread: str = "",
    left: tuple[Held, ...] = (),
) -> tuple[Rollout, tuple[Plan, ...]]:
    """Return a change in stages; `unread` is a setting of mailboxes that the snapshot does not hold."""
    there = snapshot(live, devices)
    known = {
        key: each._replace(settings={name: value for name, value in each.settings.items() if name != unread})
        for key, each in there.state.of_kind(MAILBOX).items()
    }
    there = there._replace(state=there.state.with_kind(MAILBOX, known))
    specs = [ring_spec(each) for each in rings.split(";")]
    desired = overlay(bind(policy).state, there.state, CONFIG.manage, STORE)
    asked = members_of(specs, there.state.of_kind(MAILBOX))
    names = (*(spec.words for spec in specs), "rest")
    found = roll_out(
        there.state, desired.state, there.devices, FACTS, asked, names, Bridging(bridge, "2026-10-24T08:00:00Z", left)
    )
    return found, plan_stages(found, there, desired, CONFIG, STORE, now=TODAY)


def words(plan: Plan) -> list[str]:
    return [f"{step.action} {step.identity}" for step in plan.steps]


BOTH = LIVE + mailbox("ann") + mailbox("bob")
BOTH_GET = "mailboxes:\n" + "".join(
    f"- {{Identity: {name}@contoso.com, ActiveSyncMailboxPolicy: {policy}, ActiveSyncAllowedDeviceIDs: [{name}1]}}\n"
    for name, policy in (("ann", "Strict"), ("bob", "Spare"))
)


def test_what_is_for_everybody_is_last_and_a_policy_of_nobody_is_where_it_is_needed() -> None:
    _, (first, last) = staged(BOTH, POLICY + BOTH_GET, [phone("ann", "ann1", "X")])
    assert ["create Strict", "update ann@contoso.com", "update ann@contoso.com"] == words(first)
    assert "update Spare" in words(last)
    assert {"update Default", "update Android (DeviceType)", "update bob@contoso.com"} <= {*words(last)}
    assert {"create Strict", "update ann@contoso.com"}.isdisjoint(words(last))
    assert (1, 0) == (first.impact.newly_allowed, last.impact.newly_allowed)


def test_a_policy_that_nobody_has_changes_before_the_first_mailbox_gets_it() -> None:
    _, (_, second, last) = staged(BOTH, POLICY + BOTH_GET, [], rings="ann@contoso.com;bob@contoso.com")
    assert ["update Spare", "update bob@contoso.com", "update bob@contoso.com"] == words(second)
    assert "update Spare" not in words(last)


def test_where_it_is_not_known_what_policies_mailboxes_have_they_change_last() -> None:
    rings = "ann@contoso.com;bob@contoso.com"
    _, (_, second, last) = staged(BOTH, POLICY + BOTH_GET, [], rings=rings, unread="ActiveSyncMailboxPolicy")
    assert "update Spare" not in words(second)
    assert "update Spare" in words(last)


def test_a_mailbox_whose_exemption_must_outlast_the_rules_changes_with_them() -> None:
    live = LIVE + mailbox("ann", allowed="[T1]") + mailbox("bob")
    policy = POLICY + "mailboxes: [{Identity: ann@contoso.com, ActiveSyncAllowedDeviceIDs: []}]"
    found, (first, last) = staged(live, policy, [phone("ann", "T1", "TbSync")])
    assert (1, []) == (found.moved, words(first))
    note = "1 mailbox of another ring changes in ring 2, along with what is for everybody: a device would be"
    assert [True, True] == [any(each.startswith(note) for each in plan.warnings) for plan in (first, last)]
    assert "update ann@contoso.com" in words(last)
    assert [] == [refusal for plan in (first, last) for refusal in plan.refusals]
    assert last.impact.by_class == ()


def test_what_to_expect_counts_the_ring_and_all_others() -> None:
    devices = [phone("ann", "ann1", "X"), phone("bob", "B1", "Android"), phone("bob", "B2", "X"), phone(None, "C", "X")]
    found, (first, _) = staged(BOTH, POLICY + BOTH_GET, devices)
    one, last = found.rings
    assert (1, 1, ("ann@contoso.com",)) == (one.mailboxes, one.devices, one.names)
    assert (1, 3, None) == (last.mailboxes, last.devices, last.names)
    assert (StateCounts(1, 0), StateCounts(1, 2)) == one.expect
    assert (StateCounts(0, 2, 1), StateCounts(1, 0)) == last.expect
    assert found.rings[0] == first.ring


HELD = [phone("ann", "A1", "Android"), phone("bob", "B1", "Android"), phone("bob", "B2", "TbSync")]


def test_exemptions_hold_allowed_and_blocked_devices_until_their_ring() -> None:
    found, (first, last) = staged(BOTH, POLICY, HELD, bridge=True)
    assert [
        ("bob@contoso.com", "ActiveSyncAllowedDeviceIDs", "B1"),
        ("bob@contoso.com", "ActiveSyncBlockedDeviceIDs", "B2"),
    ] == [tuple(held) for held in found.rings[0].held]
    assert (2, ()) == (found.held, found.rings[1].held)
    assert ["temporary, until ring 2"] * 2 == [step.reason for step in first.steps if step.kind == MAILBOX]
    assert ("ann@contoso.com", "A1") == (first.affected or ())[0][:2]
    assert {"B1": "Blocked", "B2": "Allowed"} == {each.device_id: each.after for each in last.affected or ()}
    assert not first.refusals


@pytest.mark.parametrize(
    ("devices", "counted", "words"),
    [
        ([phone("bob", "B3", "iPad")], 1, "1 in quarantine"),
        ([phone(None, "C1", "Android")], 1, "1 of unknown owner"),
        ([phone("bob", "B1", "Android"), phone("bob", "B1", "X")], 1, "hold"),
        ([phone("bob", "B1", "Android"), phone("bob", "B1", "TbSync")], 2, "hold"),
        ([phone("bob", "", "Android")], 1, "hold"),
    ],
    ids=["quarantined", "unknown-owner", "id-of-one-more", "id-of-both-states", "without-id"],
)
def test_what_no_exemption_holds_is_counted_and_refused(
    devices: list[dict[str, Any]], counted: int, words: str
) -> None:
    found, plans = staged(BOTH, POLICY, devices, bridge=True)
    (refusal,) = found.refusals
    assert refusal.guard == "not-bridged"
    assert f"{counted} device" in refusal.message
    assert words in refusal.message
    assert all(refusal in plan.refusals for plan in plans)
    assert not found.held


def test_without_anything_to_hold_nothing_is_refused() -> None:
    found, _ = staged(BOTH, POLICY, [phone("bob", "B1", "X"), phone("ann", "A1", "Android")], bridge=True)
    assert ((), 0) == (found.refusals, found.held)


def test_a_list_that_was_not_read_holds_nobody() -> None:
    with pytest.raises(SnapshotError, match=r"ActiveSyncAllowedDeviceIDs of 1 mailbox, such as bob@contoso\.com"):
        staged(BOTH, POLICY, HELD, bridge=True, unread="ActiveSyncAllowedDeviceIDs")


def test_an_exemption_that_the_policy_declares_stays() -> None:
    policy = POLICY + "mailboxes: [{Identity: bob@contoso.com, ActiveSyncAllowedDeviceIDs: [B1]}]"
    _, (first, last) = staged(BOTH, policy, HELD, bridge=True)
    assert ["update bob@contoso.com"] == [each for each in words(last) if "bob" in each]
    assert {"B2": "Allowed"} == {each.device_id: each.after for each in last.affected or ()}
    assert 2 == sum("bob" in each for each in words(first))


def test_a_phone_that_is_blocked_by_name_and_a_leaver_wait_for_no_ring() -> None:
    policy = POLICY + (
        "mailboxes: [{Identity: bob@contoso.com, ActiveSyncBlockedDeviceIDs: [B1]},"
        " {Identity: eve@contoso.com, ActiveSyncEnabled: false, ActiveSyncAllowedDeviceIDs: [E9]}]"
    )
    phones = [*HELD, phone("eve", "E1", "Android")]
    for bridge in (False, True):
        found, (first, last) = staged(BOTH + mailbox("eve"), policy, phones, bridge=bridge)
        blocked = {each.device_id for each in first.affected or () if each.after == "Blocked"}
        assert {"B1", "E1"} <= blocked
        assert {"B1", "E1"}.isdisjoint({each.device_id for each in found.rings[0].held})
        assert {"B1", "E1"}.isdisjoint({each.device_id for each in last.affected or ()})
        assert "update eve@contoso.com" in words(last)
        assert ((), True) == (found.refusals, any("2 mailboxes of later rings is" in each for each in first.warnings))


def test_a_phone_that_nobody_uses_is_not_held() -> None:
    idle = [*HELD, phone("bob", "B4", "Android") | {"LastSuccessSync": "2026-01-01T00:00:00Z"}]
    found, (first, _) = staged(BOTH, POLICY, idle, bridge=True)
    assert ({"B1", "B2"}, ()) == ({each.device_id for each in found.rings[0].held}, found.refusals)
    assert any("1 device of later rings, which has not synced" in each for each in first.warnings)
    policy = POLICY + "mailboxes: [{Identity: bob@contoso.com, ActiveSyncAllowedDeviceIDs: [B4]}]"
    found, _ = staged(BOTH, policy, idle, bridge=True)
    assert {"B1", "B2", "B4"} == {each.device_id for each in found.rings[0].held}


def test_a_mailbox_that_is_moved_keeps_its_phones_as_they_are() -> None:
    live = LIVE + mailbox("ann", policy="Spare") + mailbox("bob", policy="Default")
    policy = POLICY.replace("Default, Min", "Default, AllowNonProvisionableDevices: false, Min") + (
        "mailboxes: [{Identity: ann@contoso.com, ActiveSyncMailboxPolicy: Default}]"
    )
    policy = policy.replace("Spare, Min", "Spare, AllowNonProvisionableDevices: false, Min")
    live = live.replace("Spare, IsDefault: false, AllowNonProvisionableDevices: true", "Spare, IsDefault: false,"
                        " AllowNonProvisionableDevices: false")  # fmt: skip
    lacking = {"DevicePolicyApplicationStatus": "NotApplied"}
    phones = [phone("ann", "A1", "Android"), phone("ann", "A2", "iPad") | lacking]
    found, (first, last) = staged(live, policy, phones, bridge=True)
    assert (1, ["A1"]) == (found.moved, [each.device_id for each in found.rings[0].held])
    assert "A1" not in {each.device_id for each in first.affected or ()}
    assert "A1" in {each.device_id for each in last.affected or ()}


def test_what_an_earlier_roll_out_left_is_known_until_its_ring() -> None:
    held = Held("bob@contoso.com", ALLOWED, "B1")
    live = LIVE.replace("Android, AccessLevel: Allow", "Android, AccessLevel: Block")
    live += mailbox("ann") + mailbox("bob", allowed="[B1]")
    for left, known in (((held,), (held,)), ((held._replace(device_id="X"),), ())):
        policy = POLICY + "mailboxes: [{Identity: bob@contoso.com, ActiveSyncAllowedDeviceIDs: []}]"
        found, (first, last) = staged(live, policy, HELD[:2], left=left)
        assert (known, ()) == (found.rings[0].held, found.rings[1].held)
        assert [] == [flaw for plan in (first, last) for flaw in flaws(plan, STORE, TODAY)]
        assert not [each for each in last.warnings if "temporary" in each]
        assert bool(known) == any("temporary exemption" in each for each in first.warnings)


def test_a_plan_of_a_roll_out_that_is_not_hitless_can_be_read() -> None:
    live = LIVE.replace("DefaultAccessLevel: Quarantine", "DefaultAccessLevel: Allow")
    live += mailbox("ann", policy="Default") + mailbox("bob", policy="Default")
    policy = POLICY.replace("Name: Default,", "Name: Default, AllowNonProvisionableDevices: false,")
    lacking = {"DevicePolicyApplicationStatus": "NotApplied"}
    found, plans = staged(live, policy, [phone("ann", "", "X") | lacking], bridge=True)
    (refusal,) = found.refusals
    assert refusal.guard == "rings-hitless"
    for plan in plans:
        others = tuple(each for each in plan.refusals if each != refusal)
        for each in (plan, plan._replace(refusals=others, acknowledged=((refusal, "agreed"),))):
            assert [] == [*flaws(each, STORE, TODAY), *problems(plan_record(each))]
