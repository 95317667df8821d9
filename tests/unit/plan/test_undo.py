"""What cannot be taken back as it was is said, and what nobody knows is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from policylint.errors import PlanError
from policylint.model.device_table import DeviceTable
from policylint.model.snapshot import Header, Snapshot
from policylint.model.state import MAILBOX, POLICY, RULE, State
from policylint.plan.journal import read_journal
from policylint.plan.make_back import make_plan_back
from policylint.plan.planfile import plan_of, plan_record
from policylint.source import Source
from tests.journals import Scribe
from tests.laws.reference_exchange import CONFIG, steps
from tests.texts import LIVE, TODAY
from tests.worlds import FREE, STORE, by_key, config, device, entity, plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.model.config import Config
    from policylint.model.device import Device
    from policylint.model.entity import Entity
    from policylint.plan.plan import Plan

EXACT = config(
    edition="exchange-2019",
    guards=FREE,
    manage={"deviceAccessRules": "exact", "mobileDeviceMailboxPolicies": "exact"},
)
ONLINE = config(edition="exchange-online", guards=FREE)
DEFAULT = {"Name": "Default", "IsDefault": True}
BEFORE_IT, AFTER_IT = "2026-11-23T08:00:00Z", "2026-11-23T08:50:00Z"


def states(*kinds: tuple[str, dict[str, Any]], path: str = LIVE) -> State:
    """Return the state of some objects."""
    found: dict[str, list[Entity]] = {}
    for kind, settings in kinds:
        found.setdefault(kind, []).append(entity(kind, path, **settings))
    return State({kind: by_key(each) for kind, each in found.items()})


def made_back(live: State, declared: State, settings: Config = EXACT, shown: State | None = None) -> Plan:
    """Return what takes back all that there is to do, given the snapshot of before or another one."""
    made = plan(declared, live, (), settings)
    scribe = Scribe(made, live).run(range(len(made.steps)))
    for line in scribe.lines:
        line.get("object", {}).pop("default", None)
    return back(scribe.text, live if shown is None else shown, settings)


def back(
    text: str, shown: State, settings: Config = EXACT, taken: str = BEFORE_IT, devices: Sequence[Device] = ()
) -> Plan:
    header = Header(settings.edition, None, None, "g", taken, "0", redacted=False)
    there = Snapshot(LIVE, "", header, shown, DeviceTable(tuple(devices)), {})
    return make_plan_back(read_journal(Source("j.jsonl", text), STORE), there, settings, STORE, now=TODAY)


def changes(made: Plan) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the action, the object and the new values of each step."""
    return [
        (step["action"], step["identity"], {change["property"]: change["after"] for change in step["changes"]})
        for step in steps(made)
    ]


def rule(level: str) -> tuple[str, dict[str, Any]]:
    return RULE, {"Characteristic": "DeviceType", "QueryString": "iPhone", "AccessLevel": level}


def policy(name: str, **settings: Any) -> tuple[str, dict[str, Any]]:
    return POLICY, {"Name": name, "IsDefault": False, **settings}


def test_a_value_that_no_script_sets_stays_and_is_said() -> None:
    made = made_back(states(rule("Escalate")), states(rule("Block"), path="policy.yaml"))
    assert () == made.steps
    assert "device access rule iPhone (DeviceType): AccessLevel was `Escalate`, which no script can set" in str(
        made.warnings
    )


def test_an_object_is_made_again_without_what_no_script_sets() -> None:
    live = states((POLICY, DEFAULT), policy("Kiosk", MinPasswordLength=99, PasswordEnabled=True))
    made = made_back(live, states((POLICY, DEFAULT), path="policy.yaml"))
    assert [("create", "Kiosk", {"Name": "Kiosk", "PasswordEnabled": True})] == changes(made)
    assert [None] == [step.target["Guid"] for step in made.steps]
    assert "mobile device mailbox policy Kiosk: MinPasswordLength was `99`, which no script can set" in str(
        made.warnings
    )


def test_an_object_is_not_made_again_without_what_it_needs() -> None:
    made = made_back(states(rule("Escalate")), State({RULE: {}}))
    assert () == made.steps
    assert "device access rule iPhone (DeviceType) is not made again: what it needs cannot be set" in made.warnings


def test_what_exchange_sets_along_is_said() -> None:
    live = states(policy("Default", RequireStorageCardEncryption=True, DeviceEncryptionEnabled=False))
    declared = states(policy("Default", RequireStorageCardEncryption=False), path="policy.yaml")
    made = made_back(live, declared)
    ((_, _, values),) = changes(made)
    assert {"RequireStorageCardEncryption": True, "DeviceEncryptionEnabled": True} == values
    assert "Exchange sets DeviceEncryptionEnabled along" in str(made.warnings)


def test_an_object_that_the_snapshot_does_not_hold_is_said() -> None:
    live = states((MAILBOX, {"Identity": "ann@contoso.com", "ActiveSyncEnabled": True}))
    wanted = states((MAILBOX, {"Identity": "ann@contoso.com", "ActiveSyncEnabled": False}), path="policy.yaml")
    made = made_back(live, wanted, shown=State({MAILBOX: {}}))
    assert [("update", "ann@contoso.com", {"ActiveSyncEnabled": True})] == changes(made)
    assert "mailbox ann@contoso.com is not in the snapshot: whose access" in str(made.warnings)


def test_kinds_that_decide_about_no_device_are_taken_back_too() -> None:
    identity = {"Identity": "ExchangeOnlineEnterprise"}
    live = states(("mailboxPlan", {**identity, "ActiveSyncEnabled": True}))
    wanted = states(("mailboxPlan", {**identity, "ActiveSyncEnabled": False}), path="policy.yaml")
    made = made_back(live, wanted, ONLINE)
    assert [("update", "ExchangeOnlineEnterprise", {"ActiveSyncEnabled": True})] == changes(made)


PROMOTED = states(policy("Default"), policy("Strict", IsDefault=True), path="policy.yaml")
BEFORE = states((POLICY, DEFAULT), policy("Strict"))


def test_the_default_mailbox_policy_is_that_of_the_snapshot_of_before() -> None:
    assert [("update", "Default", {"IsDefault": True})] == changes(made_back(BEFORE, PROMOTED))


def test_a_default_mailbox_policy_that_nobody_knows_is_refused() -> None:
    later = states(policy("Default"), policy("Strict", IsDefault=True))
    with pytest.raises(PlanError, match="neither the journal nor the snapshot says which one was it before") as refused:
        made_back(BEFORE, PROMOTED, shown=later)
    assert "--snapshot" in str(refused.value.help)


def test_a_policy_that_became_the_default_one_since_is_not_removed() -> None:
    live = states((POLICY, DEFAULT))
    wanted = states((POLICY, DEFAULT), policy("Strict"), path="policy.yaml")
    later = states(policy("Default"), policy("Strict", IsDefault=True))
    made = made_back(live, wanted, shown=later)
    assert () == made.steps
    assert "policy Strict, which step s001 made, stays: it is the default one now" in str(made.warnings)


def test_steps_that_do_not_follow_one_another_are_refused() -> None:
    live, wanted = State({RULE: {}}), states(rule("Block"), path="policy.yaml")
    made = plan(wanted, live, (), CONFIG)
    scribe = Scribe(made, live).run([0])
    again = scribe.text.replace('"s001"', '"s002"')
    with pytest.raises(PlanError, match=r"line 2: step s001 cannot be taken back: iPhone \(DeviceType\) is not there"):
        back(scribe.text + again, live)


def ann(**settings: Any) -> tuple[str, dict[str, Any]]:
    return MAILBOX, {"Identity": "ann@contoso.com", **settings}


def since(live: State, declared: State, shown: State, settings: Config = EXACT) -> Plan:
    """Return what takes back all that there is to do, given what was live after it."""
    made = plan(declared, live, (), settings)
    scribe = Scribe(made, live).run(range(len(made.steps)))
    return back(scribe.text, shown, settings, AFTER_IT, [phone("X"), phone("K")])


def phone(device_id: str) -> Device:
    return device("ann@contoso.com", DeviceId=device_id, DeviceType="iPhone")


ALLOWED = "ActiveSyncAllowedDeviceIDs"
LIVE_SINCE: list[tuple[str, State, State, State, list[Any], str]] = [
    (
        "an-item-that-somebody-took-away",
        states(rule("Allow"), ann(**{ALLOWED: ("K",)})),
        states(rule("Block"), ann(**{ALLOWED: ("K", "X")}), path="policy.yaml"),
        states(rule("Block"), ann(**{ALLOWED: ()})),
        [("update", "iPhone (DeviceType)", {"AccessLevel": "Allow"})],
        "1 object is not as the journal left it",
    ),
    (
        "a-value-that-is-back",
        states(rule("Allow")),
        states(rule("Block"), path="policy.yaml"),
        states(rule("Allow")),
        [],
        "leaves out what is taken back already",
    ),
    (
        "a-third-value",
        states(rule("Allow")),
        states(rule("Block"), path="policy.yaml"),
        states(rule("Quarantine")),
        [("update", "iPhone (DeviceType)", {"AccessLevel": "Allow"})],
        "the plan starts from the snapshot",
    ),
    (
        "an-object-that-is-gone",
        states(ann(ActiveSyncEnabled=True)),
        states(ann(ActiveSyncEnabled=False), path="policy.yaml"),
        State({MAILBOX: {}}),
        [],
        "mailbox ann@contoso.com is not in the snapshot any more, so step s001 is not taken back",
    ),
    (
        "an-object-that-was-made-again",
        states(rule("Block")),
        State({RULE: {}}),
        states(rule("Quarantine")),
        [],
        "was made again since, with another AccessLevel: it stays as it is",
    ),
    (
        "a-new-object-that-is-gone",
        State({RULE: {}}),
        states(rule("Block"), path="policy.yaml"),
        State({RULE: {}}),
        [],
        "not as the journal left it",
    ),
    (
        "an-earlier-default-policy-that-is-gone",
        states((POLICY, DEFAULT), policy("Strict"), rule("Allow")),
        states(policy("Default"), policy("Strict", IsDefault=True), rule("Block"), path="policy.yaml"),
        states(policy("Strict", IsDefault=True), rule("Block")),
        [("update", "iPhone (DeviceType)", {"AccessLevel": "Allow"})],
        "policy Strict stays the default one: Default, which was it before step s00",
    ),
    (
        "a-new-policy-that-is-in-use",
        states((POLICY, DEFAULT), rule("Allow"), ann(ActiveSyncMailboxPolicy="Default")),
        states((POLICY, DEFAULT), policy("New"), rule("Block"), path="policy.yaml"),
        states((POLICY, DEFAULT), policy("New"), rule("Block"), ann(ActiveSyncMailboxPolicy="New")),
        [("update", "iPhone (DeviceType)", {"AccessLevel": "Allow"})],
        "mobile device mailbox policy New stays: 1 mailbox has it",
    ),
]


@pytest.mark.parametrize(
    ("live", "declared", "shown", "wanted", "said"), [each[1:] for each in LIVE_SINCE], ids=[e[0] for e in LIVE_SINCE]
)
def test_a_snapshot_of_after_the_run_is_where_it_starts(
    live: State, declared: State, shown: State, wanted: list[Any], said: str
) -> None:
    made = since(live, declared, shown)
    assert wanted == changes(made)
    assert said in str(made.warnings)
    assert not made.refusals
    assert made == plan_of(plan_record(made))


def test_devices_are_counted_from_what_the_snapshot_has() -> None:
    _, live, declared, shown, *_ = LIVE_SINCE[0]
    made = since(live, declared, shown)
    assert 2 == len(made.affected or ())
    assert [2] == [step.opens for step in made.steps]


def test_a_policy_of_the_same_name_is_another_object() -> None:
    live, wanted, later = (
        states(policy("Kiosk", PasswordEnabled=on), path=path)
        for on, path in ((True, LIVE), (False, "y"), (False, LIVE))
    )
    one, other = (with_guid(state, guid) for state, guid in ((live, "1"), (later, "2")))
    made = since(one, wanted, other)
    assert () == made.steps
    assert "Kiosk is another object now, so step s001 is not taken back" in str(made.warnings)


def with_guid(state: State, guid: str) -> State:
    return state.with_kind(
        POLICY, {key: each._replace(ids={**each.ids, "Guid": guid}) for key, each in state.of_kind(POLICY).items()}
    )


def test_blocks_that_go_are_said() -> None:
    name, ids = {"Identity": "ann@contoso.com"}, {"ActiveSyncBlockedDeviceIDs": ("LOST",)}
    before = states((MAILBOX, {**name, "ActiveSyncBlockedDeviceIDs": ()}))
    wanted = states((MAILBOX, {**name, **ids}), path="policy.yaml")
    made = made_back(before, wanted, ONLINE, states((MAILBOX, {**name, **ids})))
    assert "1 blocked ID is no longer blocked after this plan (one is LOST of ann@contoso.com)" in made.warnings
