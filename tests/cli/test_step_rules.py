"""The organization's own rules about the steps of a plan."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.sealed import seal

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

CONFIG = """\
version: 1
target: contoso.onmicrosoft.com
snapshot: live.json
packs: []
custom-rules: [lint]
severity: {house-rule: SEVERITY}
manage: {deviceAccessRules: exact, mailboxes: additive}
guards:
  max-newly-denied: null
  max-newly-denied-percent: null
  max-newly-allowed-percent: null
  max-deletes-percent: null
  max-recipients-removed: null
  snapshot-max-age-hours: null
"""
POLICY = """\
organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: [help@contoso.com]}
deviceAccessRules:
  - {Characteristic: DeviceModel, QueryString: Surface Hub, AccessLevel: Allow, reason: meeting rooms, owner: Desk}
  - {Characteristic: DeviceOS, QueryString: Android 11, AccessLevel: Block}
mailboxes:
  - {Identity: ann@contoso.com, ActiveSyncAllowedDeviceIDs: {Add: [NEW]}, owner: desk}
"""
LIVE = {
    "organization": {"DefaultAccessLevel": "Quarantine", "AdminMailRecipients": ["old@contoso.com"]},
    "deviceAccessRules": [
        {"Characteristic": "DeviceType", "QueryString": "iPhone", "AccessLevel": "Allow", "Guid": "r1"},
        {"Characteristic": "DeviceOS", "QueryString": "Android 11", "AccessLevel": "Allow", "Guid": "r2"},
    ],
    "mailboxes": [
        {"PrimarySmtpAddress": "ann@contoso.com", "Identity": "ann", "Guid": "m1", "ActiveSyncAllowedDeviceIDs": []}
    ],
    "devices": [
        {"mailbox": "ann@contoso.com", "DeviceId": f"ID{n}", "DeviceType": "iPhone", "ClientType": "EAS"}
        for n in range(3)
    ],
}
RULE = """\
title: A step that the house forbids
severity: error
subject: step
predicate: step-is
params: PARAMS
message: "{action} of {kind} {identity}: {property} {before} -> {after}, +[{added}] -[{removed}], {closes} out"
help: ask {owner}
"""


@pytest.fixture
def house(folder: Folder) -> Folder:
    folder.write("policylint.yaml", CONFIG.replace("SEVERITY", "error"))
    folder.write("policy/a.yaml", POLICY)
    folder.write("live.json", seal(**LIVE))  # type: ignore[arg-type]
    folder.write("lint/house/house-rule/rule.md", "# house-rule\n\nThe board decided it.\n")
    return folder


def plan(house: Folder, params: object, *arguments: str) -> dict[str, Any]:
    """Return the plan under a rule with some parameters."""
    house.write("lint/house/house-rule/rule.yaml", RULE.replace("PARAMS", json.dumps(params)))
    done = house.run("plan", "--format", "json", *arguments)
    assert not done.stderr, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    assert (1 if made["refusals"] else 0) == done.returncode
    return made


RULES = {"kind": "deviceAccessRule"}
ALLOW, BLOCK, HUB = "iPhone (DeviceType)", "Android 11 (DeviceOS)", "Surface Hub (DeviceModel)"
SETTINGS, ANN = "Mobile Mailbox Settings", "ann@contoso.com"


@pytest.mark.parametrize(("params", "found"), [
    ({"action": ["create"]}, [HUB]),
    ({"action": ["create", "delete"]}, [ALLOW, HUB]),
    (RULES, [BLOCK, ALLOW, HUB]),
    ({"identity": ["*(deviceos)", "ann@*"]}, [BLOCK, ANN]),
    ({"kind": "organization", "property": ["AdminMailRecipients", "UserMailInsert"]}, [SETTINGS]),
    ({"kind": "organization", "property": ["UserMailInsert"]}, []),
    ({"after": {"Characteristic": ["DeviceModel", "DeviceOS"]}, **RULES}, [BLOCK, HUB]),
    ({"after": {"Characteristic": ["DeviceOS"]}, "action": ["create"], **RULES}, []),
    ({"before": {"AccessLevel": ["Allow"]}, **RULES}, [BLOCK, ALLOW]),
    ({"before": {"AccessLevel": ["Allow"]}, "after": {"AccessLevel": ["Block"]}, **RULES}, [BLOCK]),
    ({"before": {"AccessLevel": ["Allow"]}, "keeps-out-more-than": 2, **RULES}, [ALLOW]),
    ({"keeps-out-more-than": 3}, []),
    ({"lets-in-more-than": 0}, []),
    ({"kind": "organization", "adds": {"AdminMailRecipients": ["*@contoso.com"]}}, [SETTINGS]),
    ({"kind": "organization", "adds": {"AdminMailRecipients": ["old@*"]}}, []),
    ({"kind": "organization", "removes": {"AdminMailRecipients": ["OLD@*"]}}, [SETTINGS]),
    ({"kind": "mailbox", "adds": {"ActiveSyncAllowedDeviceIDs": ["NEW"], "ActiveSyncBlockedDeviceIDs": ["*"]}}, [ANN]),
    ({"without": ["reason"], "action": ["create", "update"]}, [SETTINGS, BLOCK, ANN]),
    ({"without": ["reason", "owner"], "action": ["create", "update"]}, [SETTINGS, BLOCK, ANN]),
    ({"owner": ["DESK"]}, [ANN, HUB]),
    ({"reason": ["meeting *"]}, [HUB]),
    ({"action": ["create", "update"], "unless": {"reason": ["*rooms"]}}, [SETTINGS, BLOCK, ANN]),
    ({"unless": {"after": {"AccessLevel": ["Allow"]}}, **RULES}, [BLOCK, ALLOW]),
    ({"action": ["create", "update"], "unless": {"kind": "deviceAccessRule"}}, [SETTINGS, ANN]),
], ids=str)  # fmt: skip
def test_which_steps_a_rule_finds(house: Folder, params: dict[str, Any], found: list[str]) -> None:
    made = plan(house, params)
    by_name = {step["identity"]: step["id"] for step in made["steps"]}
    assert {SETTINGS, BLOCK, ALLOW, HUB, ANN} == by_name.keys()
    if not found:
        assert [] == made["refusals"]
        return
    (refusal,) = made["refusals"]
    assert "house-rule" == refusal["guard"]
    assert refusal["acknowledge"].startswith(f"house-rule={len(found)}:")
    first = min(found, key=lambda name: by_name[name])
    assert refusal["message"].startswith(f"{by_name[first]}: ")
    assert f" {first}: " in refusal["message"]
    more = f" (and {len(found) - 1} more)"
    assert (len(found) > 1) == (more in refusal["message"])


def test_what_a_rule_says(house: Folder) -> None:
    deleted = plan(house, {"action": ["delete"]})["refusals"][0]["message"]
    said = re.sub(r"^s\d+: ", "", deleted)
    assert said.startswith(f"delete of device access rule {ALLOW}: Characteristic DeviceType -> null")
    assert deleted.endswith(", 3 out: ask ")
    mailed = plan(house, {"kind": "organization", "removes": {"AdminMailRecipients": ["*"]}})["refusals"][0]["message"]
    assert (
        "AdminMailRecipients [old@contoso.com] -> [help@contoso.com], +[help@contoso.com] -[old@contoso.com]" in mailed
    )


def test_a_comment_names_no_mailbox(house: Folder) -> None:
    plan(house, {"kind": "mailbox"})
    comment = house.run("plan", "--format", "markdown").stdout
    assert "1 step found by the rule house-rule" in comment
    assert "ann@" not in comment
    plan(house, {"action": ["create"]})
    assert "create of device access rule Surface Hub" in house.run("plan", "--format", "markdown").stdout


def test_an_acknowledged_rule_covers_these_steps_alone(house: Folder) -> None:
    text = plan(house, {"action": ["create"]})["refusals"][0]["acknowledge"]
    lifted = plan(house, {"action": ["create"]}, "--acknowledge", text, "--reason", "agreed")
    assert ([], [text]) == (lifted["refusals"], [each["acknowledge"] for each in lifted["acknowledged"]])
    house.write("policy/a.yaml", POLICY.replace("Surface Hub", "Surface Hub 2"))
    assert 3 == house.run("plan", "--acknowledge", text, "--reason", "agreed").returncode


@pytest.mark.parametrize(("value", "found"), [(True, 1), (False, 0)])
def test_a_new_object_has_what_exchange_gives_it(house: Folder, value: bool, found: int) -> None:
    house.write("policy/b.yaml", "mobileDeviceMailboxPolicies: [{Name: Loose, PasswordEnabled: true}]\n")
    house.write("live.json", seal(**LIVE, mobileDeviceMailboxPolicies=[]))  # type: ignore[arg-type]
    params = {"kind": "mobileDeviceMailboxPolicy", "after": {"AllowNonProvisionableDevices": [value]}}
    assert found == len(plan(house, params)["refusals"])


@pytest.mark.parametrize("severity", ["warning", "info", "off"])
def test_a_rule_that_is_no_error_is_a_note(house: Folder, severity: str) -> None:
    house.write("policylint.yaml", CONFIG.replace("SEVERITY", '"off"' if severity == "off" else severity))
    made = plan(house, RULES)
    notes = [note for note in made["warnings"] if note.endswith("[house-rule]")]
    assert ([], 0 if severity == "off" else 1) == (made["refusals"], len(notes))
    assert 0 == house.run("apply-script", "-o", "converge.ps1").returncode


def test_lint_finds_nothing_by_it_and_explain_shows_it(house: Folder) -> None:
    assert plan(house, RULES)["refusals"]
    done = house.run("lint")
    assert (0, False) == (done.returncode, "house-rule" in done.stdout), done.stdout
    assert "The board decided it." in house.run("explain", "house-rule").stdout
    assert 1 == house.run("apply-script", "-o", "converge.ps1").returncode
    assert not (house.path / "converge.ps1").exists()


@pytest.mark.parametrize(("params", "problem"), [
    ({}, "it finds every step"),
    ({"before": {"AccessLevel": ["Allow"]}}, "`before` needs `kind`"),
    ({"action": ["create"], "unless": {"before": {"AccessLevel": ["Allow"]}}}, "`before` needs `kind`"),
    ({"action": ["create"], "unless": {"unless": {}}}, "unknown key `unless`"),
    ({"before": {"AccessLevel": ["Alow"]}, **RULES}, "Alow"),
    ({"after": {"AccesLevel": ["Allow"]}, **RULES}, "AccesLevel"),
    ({"after": {"AdminMailRecipients": ["x"]}, "kind": "organization"}, "AdminMailRecipients"),
    ({"adds": {"DefaultAccessLevel": ["x"]}, "kind": "organization"}, "DefaultAccessLevel"),
    ({"action": ["remove"]}, "remove"),
    ({"kind": "deviceRule"}, "deviceRule"),
    ({"keeps-out-more-than": -1}, "-1"),
], ids=str)  # fmt: skip
def test_a_rule_that_is_not_well_formed_is_refused(house: Folder, params: dict[str, Any], problem: str) -> None:
    house.write("lint/house/house-rule/rule.yaml", RULE.replace("PARAMS", json.dumps(params)))
    done = house.run("lint")
    assert 4 == done.returncode
    assert problem in done.stderr
    assert "rule.yaml:" in done.stderr


@pytest.mark.parametrize(("old", "new", "problem"), [
    ("predicate: step-is", "predicate: field-in", "`field-in` is not about `step`"),
    ("subject: step", "subject: mailbox", "`step-is` is not about `mailbox`"),
    ("{closes}", "{devices}", "`step-is` does not give `devices`"),
])  # fmt: skip
def test_a_rule_about_steps_has_the_subject_and_the_words_of_steps(
    house: Folder, old: str, new: str, problem: str
) -> None:
    text = RULE.replace("PARAMS", "{action: [create]}").replace(old, new)
    house.write("lint/house/house-rule/rule.yaml", text)
    done = house.run("lint")
    assert 4 == done.returncode
    assert problem in done.stderr
