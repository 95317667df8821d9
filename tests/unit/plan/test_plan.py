"""The plan: what changes, what stays, what is refused and how that is lifted."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from policylint.adapters.resources import read_script
from policylint.bind.config import bind_config
from policylint.diagnostic import Diagnostic, error
from policylint.errors import PlanError, SnapshotError, UsageError
from policylint.plan.guard import _percent
from policylint.plan.make import make_plan
from policylint.plan.planfile import fingerprint, plan_record, read_plan
from policylint.render.plan.text import render_plan
from policylint.render.powershell import render_converge_script
from policylint.render.style import Style
from policylint.source import Source, Span
from tests.sealed import HEADER, seal
from tests.worlds import FREE, STORE, bind, read_sealed

if TYPE_CHECKING:
    from policylint.plan.plan import Plan

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ORGANIZATION = {
    "Guid": "99999999-2222-4333-8444-555555555555",
    "DefaultAccessLevel": "Allow",
    "AdminMailRecipients": [],
}
DEFAULT = {
    "Name": "Default",
    "Guid": "p1",
    "IsDefault": "True",
    "AllowNonProvisionableDevices": "True",
    "MaxAttachmentSize": "Unlimited",
}
ANN = {
    "PrimarySmtpAddress": "ann@contoso.com",
    "Identity": "ann",
    "Guid": "m1",
    "ActiveSyncEnabled": "True",
    "ActiveSyncAllowedDeviceIDs": [],
    "ActiveSyncBlockedDeviceIDs": [],
    "ActiveSyncMailboxPolicy": "Default",
    "ActiveSyncMailboxPolicyIsDefaulted": "True",
}


def device(number: int, **values: str) -> dict[str, Any]:
    return {
        "mailbox": "ann@contoso.com",
        "DeviceId": f"ID{number}",
        "DeviceType": "iPhone",
        "ClientType": "EAS",
        "ClientVersion": "16.1",
        **values,
    }


def plan(
    policy: str, *, guards: dict[str, Any] | None = None, config: dict[str, Any] | None = None, **options: Any
) -> Plan:
    live: dict[str, Any] = {
        "header": {**HEADER, **options.pop("header", {})},
        "organization": ORGANIZATION,
        "mobileDeviceMailboxPolicies": [DEFAULT],
        "mailboxes": [ANN],
    }
    acknowledge = options.pop("acknowledge", ())
    reason = options.pop("reason", "")
    live.update(options)
    settings = bind_config({"guards": {**FREE, **(guards or {})}, **(config or {})}, None, None, STORE)
    return make_plan(
        bind(policy),
        read_sealed(seal(**live), allow_incomplete=options.get("complete", ())),
        settings,
        STORE,
        now=NOW,
        acknowledge=acknowledge,
        reason=reason,
    )


def guards_of(made: Plan) -> list[tuple[str, str | None]]:
    """Return each refusal with the text that lifts it, without the digest of what it counts."""
    return [
        (refusal.guard, re.sub(r":[0-9a-f]{12}$", "", refusal.acknowledge) if refusal.acknowledge else None)
        for refusal in made.refusals
    ]


def texts_of(made: Plan) -> list[str]:
    """Return the texts that lift the refusals."""
    return [refusal.acknowledge for refusal in made.refusals if refusal.acknowledge is not None]


def changes_of(made: Plan) -> list[tuple[str, str, str, object, object]]:
    return [
        (step.action, step.identity, change.property, change.before, change.after)
        for step in made.steps
        for change in step.changes
    ]


TEN = [device(number) for number in range(10)]
BLOCK_ALL = "organization: {DefaultAccessLevel: Block}"


@pytest.mark.parametrize(
    ("guards", "expected"),
    [
        ({"max-newly-denied": 9}, [("max-newly-denied", "max-newly-denied=10")]),
        ({"max-newly-denied": 10}, []),
        ({"max-newly-denied-percent": 99}, [("max-newly-denied-percent", "max-newly-denied-percent=10")]),
        ({"max-newly-denied-percent": 100}, []),
        ({"protect": ["Ann@Contoso.com"]}, [("protect", "protect=Ann@Contoso.com:10")]),
        ({"protect": ["bob@contoso.com"]}, []),
        ({"snapshot-max-age-hours": 3}, [("snapshot-max-age-hours", "snapshot-max-age-hours=2026-11-23T08:00:00Z")]),
        ({"snapshot-max-age-hours": 4}, []),
    ],
    ids=str,
)
def test_a_limit_refuses_what_passes_it_and_nothing_else(guards: dict[str, Any], expected: list[object]) -> None:
    assert expected == guards_of(plan(BLOCK_ALL, guards=guards, devices=TEN))


def test_gaining_access_is_limited_too() -> None:
    live = {**ORGANIZATION, "DefaultAccessLevel": "Block"}
    made = plan(
        "organization: {DefaultAccessLevel: Allow}",
        guards={"max-newly-allowed-percent": 50},
        organization=live,
        devices=TEN,
    )
    assert [("max-newly-allowed-percent", "max-newly-allowed-percent=10")] == guards_of(made)


STRICT = {"Name": "Strict", "Guid": "p2", "IsDefault": "False", "AllowNonProvisionableDevices": "False"}
BOB = {**ANN, "PrimarySmtpAddress": "bob@contoso.com", "Identity": "bob", "Guid": "m2"}
LAX = "mobileDeviceMailboxPolicies: [{Name: Default, IsDefault: true, AllowNonProvisionableDevices: true}]\n"
HARD = "mobileDeviceMailboxPolicies: [{Name: Default, IsDefault: true, AllowNonProvisionableDevices: false}]\n"
KEEP = {"config": {"manage": {"mobileDeviceMailboxPolicies": "additive"}}}


@pytest.mark.parametrize(
    ("policy", "refused"),
    [
        (HARD, 2),
        ("mobileDeviceMailboxPolicies: [{Name: Strict, IsDefault: true}]\n", 2),
        ("mailboxes: [{Identity: ann@contoso.com, ActiveSyncMailboxPolicy: Strict}]\n", 2),
        ("mailboxes: [{Identity: bob@contoso.com, ActiveSyncMailboxPolicy: null, ActiveSyncEnabled: false}]\n", 0),
        ("organization: {DefaultAccessLevel: Quarantine}\n", 0),
        (HARD + "organization: {DefaultAccessLevel: Block}\n", 0),
        (LAX, 0),
        ("mobileDeviceMailboxPolicies: [{Name: Strict, PasswordEnabled: true}]\n", 1),
        ("mobileDeviceMailboxPolicies: [{Name: Strict, PasswordEnabled: false}]\n", 0),
    ],
)
def test_a_plan_that_raises_enforcement_needs_to_know_who_enforces(policy: str, refused: int) -> None:
    options: dict[str, Any] = {
        **KEEP,
        "mobileDeviceMailboxPolicies": [DEFAULT, {**STRICT, "PasswordEnabled": "False"}],
        "mailboxes": [
            ANN,
            {**BOB, "ActiveSyncMailboxPolicy": "Strict", "ActiveSyncMailboxPolicyIsDefaulted": "False"},
        ],
        "devices": [
            device(1),
            device(2, DevicePolicyApplicationStatus="Unknown"),
            device(3, DevicePolicyApplicationStatus="AppliedInFull"),
            device(4, DeviceAccessState="Blocked", DeviceAccessStateReason="Policy"),
            device(5, ClientType="Outlook"),
            device(6, mailbox="bob@contoso.com"),
        ],
    }
    made = plan(policy, **options)
    text = f"enforcement-not-read={refused}"
    assert ([("enforcement-not-read", text)] if refused else []) == guards_of(made)
    if refused:
        texts = texts_of(made)
        lifted = plan(policy, **options, acknowledge=texts, reason="all phones are new")
        assert () == lifted.refusals
        assert texts == [refusal.acknowledge for refusal, _ in lifted.acknowledged]


def test_who_is_under_enforcement_already_is_noted_and_no_more() -> None:
    options: dict[str, Any] = {"mobileDeviceMailboxPolicies": [{**DEFAULT, "AllowNonProvisionableDevices": "False"}]}
    made = plan(BLOCK_ALL.replace("Block", "Quarantine"), **options, devices=[device(1)])
    assert ([], 1) == (guards_of(made), sum("1 device enforces its mailbox policy" in note for note in made.warnings))
    (pin,) = plan(HARD, devices=[device(1)]).warnings  # the refusal says the rest
    assert pin.startswith("no `target`")


def test_deleting_most_rules_is_refused() -> None:
    rules = [{"Characteristic": "DeviceType", "QueryString": name, "AccessLevel": "Block"} for name in ("WP", "WP8")]
    made = plan("deviceAccessRules: []", guards={"max-deletes-percent": 30}, deviceAccessRules=rules)
    assert [("max-deletes-percent", "max-deletes-percent=deviceAccessRule:2")] == guards_of(made)
    assert ["delete", "delete"] == [step.action for step in made.steps]


@pytest.mark.parametrize(("guards", "refused"), [
    ({"deletes-floor": 1}, True),
    ({"deletes-floor": 2}, False),
    ({"percent-floor": 2}, True),
], ids=str)  # fmt: skip
def test_a_few_deletes_are_no_share_of_the_objects(guards: dict[str, int], refused: bool) -> None:
    rules = [{"Characteristic": "DeviceType", "QueryString": name, "AccessLevel": "Block"} for name in ("WP", "WP8")]
    made = plan("deviceAccessRules: []", guards={"max-deletes-percent": 0, **guards}, deviceAccessRules=rules)
    assert refused == bool(made.refusals)


def test_a_refusal_is_lifted_by_its_text_and_a_reason() -> None:
    options: dict[str, Any] = {"guards": {"max-newly-denied": 1}, "devices": TEN}
    texts = texts_of(plan(BLOCK_ALL, **options))
    made = plan(BLOCK_ALL, **options, acknowledge=texts, reason="change 4711")
    assert () == made.refusals
    assert [("max-newly-denied", "change 4711")] == [(refusal.guard, reason) for refusal, reason in made.acknowledged]


TEXTS = texts_of(plan(BLOCK_ALL, guards={"max-newly-denied": 1}, devices=TEN))
TEN_OTHERS = [device(number) for number in range(10, 20)]
OTHER_RULES = [
    {"Characteristic": "DeviceType", "QueryString": name, "AccessLevel": "Block"} for name in ("a", "b", "c")
]


@pytest.mark.parametrize(
    ("guards", "one", "other"),
    [
        ({"max-newly-denied": 1}, {"devices": TEN}, {"devices": TEN_OTHERS}),
        ({"max-newly-denied-percent": 1}, {"devices": TEN}, {"devices": TEN_OTHERS}),
        ({"protect": ["ann@contoso.com"]}, {"devices": TEN}, {"devices": TEN_OTHERS}),
        ({"protect": ["*"]}, {"devices": TEN}, {"devices": [{**device(1), "mailbox": f"{n}@x.y"} for n in range(10)]}),
        (
            {"max-deletes-percent": 1},
            {"deviceAccessRules": OTHER_RULES[:2]},
            {"deviceAccessRules": OTHER_RULES[1:]},
        ),
    ],
    ids=str,
)
def test_a_text_lifts_no_plan_with_the_same_number_of_others(
    guards: dict[str, Any], one: dict[str, Any], other: dict[str, Any]
) -> None:
    policy = BLOCK_ALL + "\ndeviceAccessRules: []"
    first, again, second = (plan(policy, guards=guards, **options) for options in (one, one, other))
    assert texts_of(first) == texts_of(again)
    assert guards_of(first) == guards_of(second)
    assert not {*texts_of(first)} & {*texts_of(second)}
    assert re.fullmatch(r"[A-Za-z0-9:=._@*-]+", texts_of(first)[0])


def test_the_order_of_the_devices_is_no_part_of_a_text() -> None:
    guards = {"max-newly-denied": 1}
    assert texts_of(plan(BLOCK_ALL, guards=guards, devices=TEN)) == texts_of(
        plan(BLOCK_ALL, guards=guards, devices=TEN[::-1])
    )


@pytest.mark.parametrize(
    ("texts", "reason", "message"),
    [
        (["max-newly-denied=9"], "x", "nothing to acknowledge with `max-newly-denied=9`"),
        (["max-newly-denied=10"], "x", "nothing to acknowledge with `max-newly-denied=10`"),
        (["max-newly-denied=10:000000000000"], "x", "nothing to acknowledge with `max-newly-denied=10:000000000000`"),
        (TEXTS, " ", "--acknowledge needs --reason"),
    ],
)
def test_a_wrong_acknowledgement_is_an_error(texts: list[str], reason: str, message: str) -> None:
    with pytest.raises(UsageError, match="^" + message.replace("`", ".")):
        plan(BLOCK_ALL, guards={"max-newly-denied": 1}, devices=TEN, acknowledge=texts, reason=reason)


def test_a_redacted_snapshot_can_never_become_a_script() -> None:
    assert [("redacted-snapshot", None)] == guards_of(plan(BLOCK_ALL, header={"redacted": True}))


def test_a_mailbox_that_is_not_live_is_refused() -> None:
    made = plan("mailboxes: [{Identity: jon@contoso.com, ActiveSyncEnabled: false}]")
    assert [("unknown-mailbox", "unknown-mailbox=jon@contoso.com")] == guards_of(made)
    assert () == made.steps


def test_a_section_that_was_not_read_is_not_planned() -> None:
    with pytest.raises(SnapshotError, match="declares `mailboxPlans`, which the snapshot does not hold"):
        plan("mailboxPlans: [{Identity: ExchangeOnlineEnterprise, ActiveSyncEnabled: false}]")


PLAN = {
    "DisplayName": "ExchangeOnlineEnterprise",
    "Name": "ExchangeOnlineEnterprise-1f",
    "Guid": "c1",
    "ActiveSyncEnabled": "True",
}
THRESHOLD = {
    "Identity": "UserAgentsChanges",
    "BehaviorTypeIncidenceLimit": "10",
    "BehaviorTypeIncidenceDuration": "1440",
    "DeviceBlockDuration": "00:10:00",
    "AdminEmailInsert": "",
}


@pytest.mark.parametrize("name", ["ExchangeOnlineEnterprise", "exchangeonlineenterprise-1F", "c1"])
def test_a_mailbox_plan_is_planned_by_any_of_its_names(name: str) -> None:
    policy = f"mailboxPlans: [{{Identity: {name}, ActiveSyncEnabled: false}}]"
    made = plan(policy, mailboxPlans=[PLAN])
    assert [("update", "ExchangeOnlineEnterprise", "ActiveSyncEnabled", True, False)] == changes_of(made)
    assert {"Name": PLAN["Name"], "Guid": "c1", "DisplayName": PLAN["DisplayName"]} == made.steps[0].target


def test_an_autoblock_threshold_is_planned_on_a_server() -> None:
    policy = (
        "deviceAutoblockThresholds: [{Identity: UserAgentsChanges, BehaviorTypeIncidenceDuration: 1.00:00:00,"
        " DeviceBlockDuration: 00:20:00, AdminEmailInsert: null}]"
    )
    made = plan(
        policy,
        config={"edition": "exchange-2019"},
        header={"edition": "exchange-2019"},
        deviceAutoblockThresholds=[THRESHOLD],
    )
    assert [("update", "UserAgentsChanges", "DeviceBlockDuration", "00:10:00", "00:20:00")] == changes_of(made)


KIOSK = {
    "Name": "Kiosk",
    "Guid": "p2",
    "IsDefault": "False",
    "PasswordEnabled": "Maybe",
    "MinPasswordLength": None,
    "MaxAttachmentSize": "5 MB (5,242,880 bytes)",
    "UnapprovedInROMApplicationList": ["a.exe", "b.exe"],
}


@pytest.mark.parametrize(
    ("policy", "is_default"),
    [
        ("mobileDeviceMailboxPolicies:\n- {Name: Default}\n", False),
        ("mobileDeviceMailboxPolicies:\n- {Name: Default, IsDefault: true}\n", True),
        ("mobileDeviceMailboxPolicies:\n- {Name: New, IsDefault: true}\n- {Name: Default}\n", True),
    ],
)
def test_deleting_a_policy_says_all_that_was_read_of_it(policy: str, is_default: bool) -> None:
    """Whoever changed it since must be noticed; a policy that is no longer the default one is shown as that."""
    rows = [DEFAULT | {"IsDefault": str(not is_default)}, KIOSK | {"IsDefault": str(is_default)}]
    made = plan(policy, mobileDeviceMailboxPolicies=rows)
    (gone,) = (step for step in made.steps if step.action == "delete")
    assert {
        "Name": "Kiosk",
        "IsDefault": False,
        "MaxAttachmentSize": 5242880,
        "MinPasswordLength": None,
        "PasswordEnabled": "Maybe",
        "UnapprovedInROMApplicationList": ("a.exe", "b.exe"),
    } == {change.property: change.before for change in gone.changes}
    assert [None] * len(gone.changes) == [change.after for change in gone.changes]
    assert made == read_plan(json.dumps(plan_record(made)), "plan.json", STORE, NOW)
    script = render_converge_script(read_script("converge.ps1"), made, STORE)
    assert "@('UnapprovedInROMApplicationList', @('a.exe', 'b.exe'), $null)" in script


CARD, WHOLE = "RequireStorageCardEncryption", "DeviceEncryptionEnabled"


@pytest.mark.parametrize(
    ("live", "declared", "expected"),
    [
        ("False False", f"{CARD}: true", {CARD: (False, True), WHOLE: (False, True)}),
        ("False True", f"{CARD}: true", {CARD: (False, True)}),
        ("False False", f"{CARD}: true, {WHOLE}: true", {CARD: (False, True), WHOLE: (False, True)}),
        ("False False", f"{CARD}: true, {WHOLE}: false", {CARD: (False, True)}),
        ("True False", f"{CARD}: true", {}),
        ("False False", f"{CARD}: false", {}),
        ("True True", f"{CARD}: false", {CARD: (True, False)}),
        (None, f"{CARD}: true", {"Name": (None, "Kiosk"), CARD: (None, True), WHOLE: (None, True)}),
        (None, f"{CARD}: false", {"Name": (None, "Kiosk"), CARD: (None, False)}),
    ],
)
def test_a_plan_says_what_exchange_sets_along(live: str | None, declared: str, expected: dict[str, Any]) -> None:
    """Source: https://learn.microsoft.com/powershell/module/exchangepowershell/set-mobiledevicemailboxpolicy"""
    kiosk = [KIOSK | dict(zip((CARD, WHOLE), live.split(), strict=True))] if live is not None else []
    policy = f"mobileDeviceMailboxPolicies:\n- {{Name: Default}}\n- {{Name: Kiosk, {declared}}}\n"
    made = plan(policy, mobileDeviceMailboxPolicies=[DEFAULT, *kiosk])
    changes = [change for step in made.steps for change in step.changes]
    assert expected == {change.property: (change.before, change.after) for change in changes}
    assert len(made.steps) <= 1
    assert () == made.refusals


def test_what_exchange_sets_along_must_have_been_read() -> None:
    policy = f"mobileDeviceMailboxPolicies:\n- {{Name: Default}}\n- {{Name: Kiosk, {CARD}: true}}\n"
    made = plan(policy, mobileDeviceMailboxPolicies=[DEFAULT, KIOSK | {CARD: "False"}])
    assert ["setting-not-read"] == [refusal.guard for refusal in made.refusals]
    assert made.refusals[0].message.startswith(f"{WHOLE} of mobile device mailbox policy Kiosk was not read")


@pytest.mark.parametrize("shown", [{}, {"PasswordEnabled": "True"}, {"IsDefault": None}, {"IsDefault": ""}])
def test_a_policy_that_may_be_the_default_one_is_not_deleted(shown: dict[str, Any]) -> None:
    made = plan("mobileDeviceMailboxPolicies: []\n", mobileDeviceMailboxPolicies=[{"Identity": "Kiosk"} | shown])
    (refusal,) = (each for each in made.refusals if each.guard == "setting-not-read")
    assert refusal.message.startswith("IsDefault of mobile device mailbox policy Kiosk was not read")
    assert made == read_plan(json.dumps(plan_record(made)), "plan.json", STORE, NOW)


def test_deleting_a_rule_says_all_that_was_read_of_it() -> None:
    row = {"Characteristic": "DeviceType", "QueryString": "iPhone", "AccessLevel": "Block", "Guid": "r1"}
    (gone,) = plan("deviceAccessRules: []\n", deviceAccessRules=[row]).steps
    assert {"Characteristic": "DeviceType", "QueryString": "iPhone", "AccessLevel": "Block"} == {
        change.property: change.before for change in gone.changes
    }


@pytest.mark.parametrize("full", [False, True])
def test_what_a_deleted_policy_had_is_shown_in_full_only(full: bool) -> None:
    made = plan("mobileDeviceMailboxPolicies:\n- {Name: Default}\n", mobileDeviceMailboxPolicies=[DEFAULT, KIOSK])
    text = render_plan(made, STORE, style=Style(color=False), full=full)
    assert ("UnapprovedInROMApplicationList: [a.exe, b.exe]" in text) == full
    assert ("with all its settings" in text) != full


GUID, TENANT = HEADER["organizationGuid"], HEADER["tenant"]


@pytest.mark.parametrize(
    ("edition", "tenant", "guid", "pinned"),
    [
        ("exchange-online", TENANT, GUID, True),
        ("exchange-online", None, GUID, True),
        ("exchange-online", TENANT, None, True),
        ("exchange-online", None, None, False),
        ("exchange-online", "", " ", False),
        ("exchange-online", None, "00000000-0000-0000-0000-000000000000", False),
        ("exchange-online", "{00000000-0000-0000-0000-000000000000}", GUID, True),
        ("exchange-2019", None, GUID, True),
        ("exchange-2019", None, None, False),
        ("exchange-2019", TENANT, None, False),
    ],
)
def test_no_script_without_a_name_of_the_organization(
    edition: str, tenant: str | None, guid: str | None, pinned: bool
) -> None:
    header = {"edition": edition, "tenant": tenant, "organizationGuid": guid}
    made = plan("organization: {DefaultAccessLevel: Block}\n", header=header, config={"edition": edition})
    assert pinned != any("there can be no script" in warning for warning in made.warnings)
    saved = read_plan(json.dumps(plan_record(made)), "plan.json", STORE, NOW)
    if pinned:
        assert "$Plan = @{" in render_converge_script(read_script("converge.ps1"), saved, STORE)
        return
    with pytest.raises(PlanError, match="does not say which organization it is for") as caught:
        render_converge_script(read_script("converge.ps1"), saved, STORE)
    assert "export again" in str(caught.value.help)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("live", "declared", "expected"),
    [
        ("East\\West", "West", ("East\\West", "West")),
        ("West", "East\\West", ("West", "East\\West")),
        ("CN=East\\West", "West", ("East\\West", "West")),
        ("contoso.com/West", "West", None),
        ("contoso.com/West", "East\\West", ("West", "East\\West")),
        ("East\\West", "east\\west", None),
        ("contoso.com/East\\West", "West", ("contoso.com/East\\West", "West")),
    ],
)
def test_a_mailbox_goes_from_the_policy_it_has_to_the_declared_one(
    live: str, declared: str, expected: tuple[str, str] | None, turned: bool
) -> None:
    rows = [DEFAULT, *({"Name": name, "DistinguishedName": f"CN={name}"} for name in ("West", "East\\West"))]
    mailbox = ANN | {"ActiveSyncMailboxPolicy": live, "ActiveSyncMailboxPolicyIsDefaulted": "False"}
    made = plan(
        f"mailboxes: [{{Identity: ann@contoso.com, ActiveSyncMailboxPolicy: {declared}}}]\n",
        mobileDeviceMailboxPolicies=rows[::-1] if turned else rows,
        mailboxes=[mailbox],
    )
    changes = [(change.before, change.after) for step in made.steps for change in step.changes]
    assert ([] if expected is None else [expected]) == changes


def test_a_policy_is_not_deleted_while_mailboxes_have_it() -> None:
    field = {"Name": "Field", "Guid": "p2", "IsDefault": "False"}
    pinned = {**ANN, "ActiveSyncMailboxPolicy": "Field", "ActiveSyncMailboxPolicyIsDefaulted": "False"}
    made = plan(
        "mobileDeviceMailboxPolicies: [{Name: Default}]",
        mobileDeviceMailboxPolicies=[DEFAULT, field],
        mailboxes=[pinned],
    )
    assert [("policy-in-use", None)] == guards_of(made)
    freed = plan(
        "mobileDeviceMailboxPolicies: [{Name: Default}]\n"
        "mailboxes: [{Identity: ann@contoso.com, ActiveSyncMailboxPolicy: null}]",
        mobileDeviceMailboxPolicies=[DEFAULT, field],
        mailboxes=[pinned],
    )
    assert [] == guards_of(freed)
    assert ["update", "delete"] == [step.action for step in freed.steps]


def test_a_policy_is_not_deleted_while_a_mailbox_may_have_it() -> None:
    rows = [DEFAULT, *({"Name": name, "IsDefault": "False"} for name in ("West", "East\\West"))]
    mailbox = ANN | {"ActiveSyncMailboxPolicy": "contoso.com/East\\West", "ActiveSyncMailboxPolicyIsDefaulted": "False"}
    declared = "mobileDeviceMailboxPolicies: [{Name: Default}, {Name: West}]\n"
    made = plan(declared, mobileDeviceMailboxPolicies=rows, mailboxes=[mailbox])
    assert ["policy-in-use"] == [refusal.guard for refusal in made.refusals]


def test_the_snapshot_must_be_of_the_edition_of_the_policy() -> None:
    with pytest.raises(SnapshotError, match="live state is of exchange-online, the policy is for exchange-2019"):
        plan(BLOCK_ALL, config={"edition": "exchange-2019"})


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("organization: {}", []),
        ("deviceAccessRules: []", []),
        ("mailboxes: []", []),
        ("organization: {UserMailInsert: null}", []),
        ("organization: {AdminMailRecipients: []}", []),
        ("mailboxes: [{Identity: ANN@contoso.com, ActiveSyncMailboxPolicy: null}]", []),
        (
            "mailboxes: [{Identity: ann, ActiveSyncMailboxPolicy: Default}]",
            [("update", "ann@contoso.com", "ActiveSyncMailboxPolicy", None, "Default")],
        ),
        (
            "mailboxes: [{Identity: m1, ActiveSyncAllowedDeviceIDs: [B, a, b]}]",
            [("update", "ann@contoso.com", "ActiveSyncAllowedDeviceIDs", (), ("B", "a"))],
        ),
        (
            "deviceAccessRules: [{Characteristic: DeviceOS, QueryString: 16.10, AccessLevel: Block}]",
            [
                ("create", "16.10 (DeviceOS)", "Characteristic", None, "DeviceOS"),
                ("create", "16.10 (DeviceOS)", "QueryString", None, "16.10"),
                ("create", "16.10 (DeviceOS)", "AccessLevel", None, "Block"),
            ],
        ),
        (
            "mobileDeviceMailboxPolicies: [{Name: default, MaxAttachmentSize: 5 MB}]",
            [("update", "Default", "MaxAttachmentSize", "Unlimited", 5242880)],
        ),
        ("organization: {TenantAdminPreference: x}", []),
    ],
    ids=str,
)
def test_only_what_differs_changes(policy: str, expected: list[object]) -> None:
    assert expected == changes_of(plan(policy))


def test_an_undeclared_default_policy_stays_and_is_shown() -> None:
    made = plan("mobileDeviceMailboxPolicies: [{Name: Field}]")
    assert [("create", "Field")] == [(step.action, step.identity) for step in made.steps]
    assert [("Default", "not declared")] == [(drift.identity, drift.why) for drift in made.drift]


def test_additive_leaves_live_rules_alone_and_shows_them() -> None:
    rules = [{"Characteristic": "DeviceType", "QueryString": "WP", "AccessLevel": "Block"}]
    made = plan("deviceAccessRules: []", config={"manage": {"deviceAccessRules": "additive"}}, deviceAccessRules=rules)
    assert ((), False) == (made.steps, made.in_sync)
    assert [("WP (DeviceType)", "Block")] == [(drift.identity, drift.live) for drift in made.drift]


def test_an_incomplete_section_is_left_alone_when_asked_for_by_name() -> None:
    made = plan(
        "deviceAccessRules: []\norganization: {DefaultAccessLevel: Block}", complete={"deviceAccessRules": "denied"}
    )
    assert ["Mobile Mailbox Settings"] == [step.identity for step in made.steps]
    assert any("deviceAccessRules is not managed" in warning for warning in made.warnings)


def test_a_saved_plan_comes_back_as_it_was() -> None:
    made = plan(BLOCK_ALL, guards={"max-newly-denied": 1}, devices=TEN)
    record = plan_record(made)
    assert made == read_plan(json.dumps(record), "plan.json", STORE, NOW)
    assert fingerprint(record) == record["fingerprint"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "policylint-plan/2"}, "its format is"),
        ({"inSync": True}, "changed after it was made"),
        ({"refusals": []}, "changed after it was made"),
        ({"fingerprint": "sha256:0"}, "changed after it was made"),
    ],
    ids=str,
)
def test_an_edited_plan_is_refused(change: dict[str, Any], message: str) -> None:
    record = plan_record(plan(BLOCK_ALL, guards={"max-newly-denied": 1}, devices=TEN))
    with pytest.raises(PlanError, match=message):
        read_plan(json.dumps({**record, **change}), "plan.json", STORE, NOW)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inSync": True}, "`inSync` is not what"),
        ({"createdAt": "now"}, "time data 'now' does not match"),
        ({"notAfter": "soon"}, "time data 'soon' does not match"),
        ({"notAfter": "2026-11-23T9:00:00Z"}, "not a plan: time"),
        ({"tool": 1}, r"\$.tool: 1 is not of type 'string'"),
        ({"steps": [{}]}, r"\$.steps\[0\]: 'id' is a required property"),
        ({"impact": {}}, r"\$.impact: 'devices' is a required property"),
        ({"approvedBy": "ann"}, "not a plan: .*approvedBy"),
    ],
    ids=str,
)
def test_what_is_sealed_and_still_no_plan_is_refused(change: dict[str, Any], message: str) -> None:
    record = {**plan_record(plan(BLOCK_ALL, devices=TEN)), **change}
    record["fingerprint"] = fingerprint(record)
    with pytest.raises(PlanError, match=f"^plan.json: .*{message}"):
        read_plan(json.dumps(record), "plan.json", STORE, NOW)


@pytest.mark.parametrize("text", ["", "[]", "{}", "not json", "[" * 100_000, '{"format": 1'])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(PlanError):
        read_plan(text, "plan.json", STORE, NOW)


def test_an_old_snapshot_is_refused_also_where_nothing_would_change() -> None:
    """A nightly job whose export fails would be green for ever."""
    made = plan("organization: {}", guards={"snapshot-max-age-hours": 3})
    assert () == made.steps
    assert [("snapshot-max-age-hours", "snapshot-max-age-hours=2026-11-23T08:00:00Z")] == guards_of(made)
    assert not made.in_sync


@pytest.mark.parametrize(
    ("taken", "refused"),
    [("2026-11-23T12:09:00Z", False), ("2026-11-23T12:11:00Z", True), ("2027-01-01T00:00:00Z", True)],
)
def test_a_snapshot_of_the_future_is_refused(taken: str, refused: bool) -> None:
    made = plan("organization: {}", header={"takenAt": taken})
    assert ([("snapshot-from-future", None)] if refused else []) == guards_of(made)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("ann@contoso.com", "protect=ann@contoso.com:10"),
        ("*@CONTOSO.com", "protect=*@CONTOSO.com:10"),
        ("a?n@*", "protect=a?n@*:10"),
        ("bob@*", None),
    ],
)
def test_mailboxes_are_protected_by_pattern(pattern: str, text: str | None) -> None:
    expected = [] if text is None else [("protect", text)]
    assert expected == guards_of(plan(BLOCK_ALL, guards={"protect": [pattern]}, devices=TEN))


@pytest.mark.parametrize(("floor", "refused"), [(9, True), (10, False), (11, False)])
def test_few_devices_pass_no_limit_in_percent(floor: int, refused: bool) -> None:
    guards = {"max-newly-denied-percent": 2, "percent-floor": floor}
    assert refused is bool(guards_of(plan(BLOCK_ALL, guards=guards, devices=TEN)))


def test_errors_of_lint_refuse_a_plan_until_they_are_acknowledged() -> None:
    def found(line: int) -> Diagnostic:
        return error("some-rule", Span(Source("a.yaml", "\n" * 9), line, line), "it is wrong")

    def made(*findings: Diagnostic, acknowledge: tuple[str, ...] = ()) -> Plan:
        settings = bind_config({"guards": FREE}, None, None, STORE)
        live = read_sealed(seal(header=HEADER, organization=ORGANIZATION))
        return make_plan(
            bind(BLOCK_ALL), live, settings, STORE, now=NOW, findings=findings, acknowledge=acknowledge, reason="agreed"
        )

    assert [("lint-errors", "lint-errors=some-rule:2")] == guards_of(made(found(1), found(2)))
    assert "a.yaml:2:1: it is wrong (and 1 more): an error of lint rule some-rule" in str(made(found(1), found(2)))
    (text,) = texts_of(made(found(1)))
    assert [] == guards_of(made(found(1), acknowledge=(text,)))
    assert texts_of(made(found(2))) == [text]  # lines move


@pytest.mark.parametrize(("part", "whole", "words"), [
    (21, 1_028, "21 of 1,028 devices would lose access (2.04 %), the limit is 2 %"),
    (30, 1_000, "30 of 1,000 devices would lose access (3.0 %), the limit is 2 %"),
    (20_001, 1_000_000, "20,001 of 1,000,000 devices would lose access (2.0001 %), the limit is 2 %"),
])  # fmt: skip
def test_a_share_is_told_from_its_limit(part: int, whole: int, words: str) -> None:
    assert words == _percent("max-newly-denied-percent", part, whole, 2, "lose access", "x").message
