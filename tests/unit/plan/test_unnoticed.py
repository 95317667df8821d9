"""The refusals of plans that change more than who gets in."""

from __future__ import annotations

import re
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from policylint.access.strictness import is_stricter, stricter_settings
from policylint.bind.config import bind_config
from policylint.plan.asked import Asked
from policylint.plan.make import make_plan
from tests.sealed import HEADER, seal
from tests.texts import TODAY
from tests.worlds import FREE, STORE, bind, entity, read_sealed, state

if TYPE_CHECKING:
    from policylint.plan.plan import Plan
    from policylint.schema.store import Setting

POLICY = STORE.object_type("mobileDeviceMailboxPolicy")
LIVE_ORGANIZATION = {"DefaultAccessLevel": "Allow", "AdminMailRecipients": ["ann@contoso.com", "bob@contoso.com"]}
LIVE_POLICY = {
    "Name": "Default",
    "Guid": "p1",
    "IsDefault": "True",
    "AllowCamera": "True",
    "MaxInactivityTimeLock": "Unlimited",
    "MinPasswordLength": "4",
    "PasswordEnabled": "True",
}
LIVE_POLICIES = [
    LIVE_POLICY,
    {**LIVE_POLICY, "Name": "Strict", "Guid": "p2", "IsDefault": "False", "MinPasswordLength": "6"},
]


def mailbox(name: str, **settings: Any) -> dict[str, Any]:
    return {
        "PrimarySmtpAddress": f"{name}@contoso.com",
        "Identity": name,
        "Guid": name,
        "ActiveSyncEnabled": "True",
        "ActiveSyncAllowedDeviceIDs": [],
        "ActiveSyncBlockedDeviceIDs": [],
        "ActiveSyncMailboxPolicy": "Default",
        "ActiveSyncMailboxPolicyIsDefaulted": "True",
        **settings,
    }


def device(name: str, device_id: str, **values: str) -> dict[str, Any]:
    return {
        "mailbox": f"{name}@contoso.com",
        "DeviceId": device_id,
        "DeviceType": "iPhone",
        "DeviceOS": "iOS 18",
        "ClientType": "EAS",
        "ClientVersion": "16.1",
        **values,
    }


MAILBOXES = [
    mailbox("ann", ActiveSyncAllowedDeviceIDs=["OLD", "NEW", "GONE"]),
    mailbox("bob", ActiveSyncMailboxPolicy="Strict", ActiveSyncMailboxPolicyIsDefaulted="False"),
]
DEVICES = [
    device("ann", "OLD", LastSuccessSync="2026-11-20T08:00:00Z"),
    device("ann", "NEW"),
    device("bob", "THIRD"),
]


def plan(policy: str, *, config: dict[str, Any] | None = None, before: str | None = None, **guards: Any) -> Plan:
    """Return a plan of an organization with two mailboxes and three phones, under some guards alone."""
    sections: dict[str, Any] = {
        "header": HEADER,
        "organization": LIVE_ORGANIZATION,
        "mobileDeviceMailboxPolicies": LIVE_POLICIES,
        "mailboxes": MAILBOXES,
        "devices": DEVICES,
    }
    limits = {name.replace("_", "-"): value for name, value in guards.items()}
    manage = {"mobileDeviceMailboxPolicies": "additive", "deviceAccessRules": "additive"}
    settings = bind_config({"guards": {**FREE, **limits}, "manage": manage, **(config or {})}, None, None, STORE)
    declared = bind(policy)
    asked = Asked(declared.state, state(before) if before is not None else None)
    return make_plan(declared, read_sealed(seal(**sections)), settings, STORE, now=TODAY, asked=asked)


def refused(made: Plan) -> list[tuple[str, str]]:
    """Return the guards that refuse, each with the number in the text that lifts it."""
    assert all(each.acknowledge is not None for each in made.refusals)
    return [(each.guard, re.sub(r"^[^=]+=|:[0-9a-f]{12}$", "", each.acknowledge or "")) for each in made.refusals]


def policies(name: str, **settings: object) -> str:
    described = ", ".join(f"{key}: {value}" for key, value in settings.items())
    return f"mobileDeviceMailboxPolicies: [{{Name: {name}, {described}}}]"


NEW = policies("New", DeviceEncryptionEnabled="true")
LONGER = policies("Default", PasswordEnabled="true", MinPasswordLength=6)


@pytest.mark.parametrize(("policy", "devices"), [
    (LONGER, 2),
    (policies("Default", PasswordEnabled="true", MinPasswordLength=5, MaxInactivityTimeLock="00:05:00"), 2),
    (policies("Default", PasswordEnabled="true", MinPasswordLength=3), 0),
    (policies("Default", PasswordEnabled="false", MinPasswordLength=8), 0),
    (policies("Default", PasswordEnabled="true", MinPasswordLength=4, AllowCamera="false"), 2),
    (policies("Strict", IsDefault="true"), 2),
    ("mailboxes: [{Identity: ann@contoso.com, ActiveSyncMailboxPolicy: Strict}]", 2),
    ("mailboxes: [{Identity: bob@contoso.com, ActiveSyncMailboxPolicy: null}]", 0),
    ("mailboxes: [{Identity: bob@contoso.com, ActiveSyncMailboxPolicy: New}]\n" + NEW, 1),
    ("organization: {DefaultAccessLevel: Block}\n" + LONGER, 2),
], ids=["longer", "two", "shorter", "idle", "camera", "default", "assigned", "looser", "new", "kept-out"])  # fmt: skip
def test_a_stricter_mailbox_policy_is_counted_by_its_devices(policy: str, devices: int) -> None:
    expected = [("max-stricter-policy", str(devices))] if devices else []
    assert expected == refused(plan(policy, max_stricter_policy=0))
    assert [] == refused(plan(policy, max_stricter_policy=devices))


def test_what_gets_stricter_is_said_and_acknowledged_with_the_devices() -> None:
    longer, longest = (plan(LONGER.replace("6", each), max_stricter_policy=1).refusals[0] for each in ("6", "16"))
    what = "a stricter mailbox policy (Default with MinPasswordLength 4 -> 6)"
    assert f"2 devices would have to follow {what}, the limit is 1" == longer.message
    assert longer.acknowledge != longest.acknowledge


@pytest.mark.parametrize(("name", "before", "after", "expected"), [
    ("PasswordEnabled", False, True, True),
    ("PasswordEnabled", True, False, False),
    ("AllowCamera", True, False, True),
    ("AllowCamera", False, True, False),
    ("MinPasswordLength", None, 4, True),
    ("MinPasswordLength", 4, None, False),
    ("MaxInactivityTimeLock", "Unlimited", "00:15:00", True),
    ("MaxInactivityTimeLock", "00:15:00", "Unlimited", False),
    ("MaxInactivityTimeLock", "01:00:00", "00:15:00", True),
    ("PasswordExpiration", "9.00:00:00", "10.00:00:00", False),
    ("MaxAttachmentSize", 1024, 2048, False),
    ("MaxAttachmentSize", 2048, 1024, True),
    ("AllowBluetooth", "HandsfreeOnly", "Disable", True),
    ("AllowBluetooth", "Disable", "HandsfreeOnly", False),
    ("AllowBluetooth", "Sometimes", "Allow", True),
    ("AllowBluetooth", "Allow", "ALLOW", False),
    ("MaxEmailAgeFilter", "OneMonth", "ThreeDays", True),
    ("UnapprovedInROMApplicationList", ("a",), ("A", "b"), True),
    ("UnapprovedInROMApplicationList", ("a", "b"), ("A",), False),
    ("RequireSignedSMIMEAlgorithm", "SHA1", "MD5", False),
    ("PasswordEnabled", "perhaps", True, True),
])  # fmt: skip
def test_which_of_two_values_is_stricter(name: str, before: Any, after: Any, expected: bool) -> None:
    assert expected == is_stricter(POLICY.settings[name], before, after)


SAMPLES: dict[str, tuple[Any, ...]] = {
    "bool": (False, True),
    "int": (1, 2, 4),
    "nullable-int": (None, 1, 4),
    "unlimited-int": (4, 16, "Unlimited"),
    "unlimited-bytes": (0, 1024, "Unlimited"),
    "unlimited-timespan": ("00:01:00", "00:10:00", "9.00:00:00", "10.00:00:00", "Unlimited"),
}


@pytest.mark.parametrize(
    "setting",
    [setting for setting in POLICY.settings.values() if setting.stricter not in {None, "more"}],
    ids=lambda setting: setting.name,
)
def test_of_two_values_one_is_stricter(setting: Setting) -> None:
    values = setting.members or SAMPLES[setting.kind]
    for one, other in permutations(values, 2):
        assert is_stricter(setting, one, other) != is_stricter(setting, other, one), (one, other)
    assert not any(is_stricter(setting, value, value) for value in values)


def test_a_setting_that_is_not_known_is_that_of_a_new_policy() -> None:
    known = entity(POLICY.name, Name="A", AttachmentsEnabled=False, MaxAttachmentSize=1, MinPasswordLength=4)
    assert {"AttachmentsEnabled": (True, False)} == stricter_settings(None, known, POLICY)
    assert {} == stricter_settings(known, None, POLICY)


def test_every_setting_of_a_mailbox_policy_has_a_strict_side_or_is_known_to_have_none() -> None:
    without = {name for name, setting in POLICY.settings.items() if setting.stricter is None}
    assert without == {
        *("Name", "IsDefault", "AllowMobileOTAUpdate", "ApprovedApplicationList", "DevicePolicyRefreshInterval"),
        *("PasswordRecoveryEnabled", "RequireEncryptionSMIMEAlgorithm", "RequireSignedSMIMEAlgorithm"),
    }
    for setting in POLICY.settings.values():
        if isinstance(setting.stricter, tuple):
            assert set(setting.members) == set(setting.stricter)
        elif setting.stricter is not None:
            assert isinstance(setting.stricter, bool) == (setting.kind == "bool")
        assert all(POLICY.settings[name].can_be(value) for name, value in setting.only_with.items())


def allowed(*ids: str, **more: str) -> str:
    settings = {"ActiveSyncAllowedDeviceIDs": f"[{', '.join(ids)}]", **more}
    return f"mailboxes: [{{Identity: ann@contoso.com, {', '.join(f'{k}: {v}' for k, v in settings.items())}}}]"


REMOVE = "mailboxes: [{Identity: ann@contoso.com, ActiveSyncAllowedDeviceIDs: {Remove: [NEW, OLD]}}]"


@pytest.mark.parametrize(("policy", "before", "ids"), [
    (allowed("MORE"), None, 2),
    (allowed("old"), None, 1),
    (allowed("OLD", "NEW"), None, 0),
    (allowed("OLD", ActiveSyncBlockedDeviceIDs="[NEW]"), None, 0),
    (REMOVE, None, 0),
    (allowed("MORE"), allowed("OLD"), 1),
    (allowed("MORE"), allowed("OLD", "NEW"), 0),
], ids=["all", "one", "not-seen", "blocked", "named", "one-declared-before", "declared-before"])  # fmt: skip
def test_allowed_ids_that_a_list_leaves_out_are_counted(policy: str, before: str | None, ids: int) -> None:
    expected = [("max-allowed-ids-dropped", str(ids))] if ids else []
    assert expected == refused(plan(policy, before=before, max_allowed_ids_dropped=0))
    assert [] == refused(plan(policy, before=before, max_allowed_ids_dropped=2))


@pytest.mark.parametrize(("last", "expected"), [("2026-10-25T08:00:00Z", 1), ("2026-10-20T08:00:00Z", 0), ("", 1)])
def test_a_device_that_no_longer_syncs_is_not_counted(
    last: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DEVICES[1], "LastSuccessSync", last)
    assert expected == len(plan(allowed("OLD"), max_allowed_ids_dropped=0).refusals)


BLOCKS = "ActiveSyncBlockedDeviceIDs"


def blocked(*ids: str, **more: str) -> str:
    return allowed("OLD", "NEW", "GONE", **{BLOCKS: f"[{', '.join(ids)}]", **more})


@pytest.mark.parametrize(("policy", "before", "ids"), [
    (blocked(), None, 2),
    (blocked("lost"), None, 1),
    (blocked("LOST", "STOLEN", "MORE"), None, 0),
    (blocked("LOST", ActiveSyncAllowedDeviceIDs="[OLD, NEW, GONE, STOLEN]"), None, 0),
    (blocked(ActiveSyncBlockedDeviceIDs="{Remove: [LOST, STOLEN]}"), None, 0),
    (blocked(), blocked("LOST"), 1),
    (blocked(), blocked("LOST", "STOLEN"), 0),
], ids=["all", "one", "none", "allowed", "named", "one-declared-before", "declared-before"])  # fmt: skip
def test_blocked_ids_that_a_list_leaves_out_are_counted_whether_or_not_they_are_seen(
    policy: str, before: str | None, ids: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MAILBOXES[0], BLOCKS, ["LOST", "STOLEN"])
    made = plan(policy, before=before, max_blocked_ids_dropped=0)
    assert ([("max-blocked-ids-dropped", str(ids))] if ids else []) == refused(made)
    assert [] == refused(plan(policy, before=before, max_blocked_ids_dropped=2))
    assert all("ann@contoso.com" in each.message and "ann@" not in each.summary for each in made.refusals)


def recipients(*addresses: str) -> str:
    return f"organization: {{AdminMailRecipients: [{', '.join(addresses)}]}}"


REMOVED, OUTSIDE = "max-recipients-removed", "max-recipients-outside"
BOTH = ("ann@contoso.com", "bob@contoso.com")


@pytest.mark.parametrize(("policy", "config", "expected"), [
    (recipients(*BOTH), {}, []),
    (recipients("Ann@contoso.com"), {}, [(REMOVED, "1")]),
    (recipients(), {}, [(REMOVED, "2")]),
    (recipients(*BOTH, "help@CONTOSO.com"), {}, []),
    (recipients(*BOTH, "help@mail.contoso.com", "x@fabrikam.com"), {}, [(OUTSIDE, "2")]),
    (recipients(*BOTH, "x@fabrikam.com"), {"domains": ["@Fabrikam.com"]}, []),
    (recipients(*BOTH, "x@mail.contoso.com"), {"domains": ["*.contoso.com"]}, []),
    (recipients(*BOTH, "x@contoso.com"), {"domains": ["*.contoso.com"]}, [(OUTSIDE, "1")]),
    (recipients("bob@contoso.com", "x@adatum.com"), {}, [(REMOVED, "1"), (OUTSIDE, "1")]),
], ids=str)  # fmt: skip
def test_who_is_told_of_quarantined_devices(policy: str, config: dict[str, Any], expected: object) -> None:
    assert expected == refused(plan(policy, config=config, max_recipients_removed=0, max_recipients_outside=0))
    assert [] == refused(plan(policy, config=config, max_recipients_removed=2, max_recipients_outside=2))


def rules(*rows: str) -> str:
    return f"deviceAccessRules: [{', '.join(rows)}]"


BLOCK_SYSTEM = "{Characteristic: DeviceOS, QueryString: iOS 18, AccessLevel: Block}"
ALLOW_TYPE = "{Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}"
ALLOW_SYSTEM = "{Characteristic: DeviceOS, QueryString: iOS 18, AccessLevel: Allow}"
BLOCK_TYPE = "{Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Block}"


@pytest.mark.parametrize(("policy", "devices"), [
    (rules(ALLOW_SYSTEM), 0),
    (rules(BLOCK_SYSTEM, ALLOW_TYPE), 0),
    (rules(ALLOW_SYSTEM, BLOCK_TYPE), 1),
    (rules(ALLOW_SYSTEM, BLOCK_TYPE) + "\norganization: {DefaultAccessLevel: Block}", 1),
], ids=["agree", "both-readings-agree", "depends", "whatever-the-default"])  # fmt: skip
def test_outcomes_that_rest_on_one_reading_of_the_order(policy: str, devices: int) -> None:
    """The two phones of ann are on her list, which comes before every rule."""
    expected = [("max-newly-disputed", str(devices))] if devices else []
    assert expected == refused(plan(policy, max_newly_disputed=0))
    assert [] == refused(plan(policy, max_newly_disputed=devices))


def test_an_organization_that_is_not_named_is_named_by_the_refusal() -> None:
    made = plan(LONGER, require_target=True)
    (refusal,) = made.refusals
    assert "write `target: contoso.onmicrosoft.com` if it is that one" in refusal.message
    assert f"require-target={HEADER['tenant']}" == refusal.acknowledge
    assert not any("target" in note for note in made.warnings)
    assert () == plan(LONGER, require_target=True, config={"target": "contoso.onmicrosoft.com"}).refusals


def test_a_plan_without_steps_needs_no_organization() -> None:
    made = plan("organization: {DefaultAccessLevel: Allow}", require_target=True)
    assert ((), ()) == (made.steps, made.refusals)
    assert any(note.startswith("no `target`") for note in made.warnings)
