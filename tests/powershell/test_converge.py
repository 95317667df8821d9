"""Laws 2, 4 and 5 for the converging script: it converges, survives being stopped anywhere, and stops at drift."""

from __future__ import annotations

import copy
import getpass
import hashlib
import itertools
import json
import platform
import re
import signal
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from policylint.plan.rollback import TakesBack, takes_back_record
from tests.powershell import scenes
from tests.powershell.exchange import Exchange, Result, State, read_state
from tests.powershell.scenes import change, converge, full_plan, plan, scene, step
from tests.thorough import THOROUGH

QUICK = {"Confirm": False, "PaceMilliseconds": 0, "ReadBackSeconds": 2}
SHAPES: dict[str, dict[str, Any]] = {
    "online": {},
    "on-premises": {"edition": "exchange-2019"},
    "on-premises, references as dn": {"edition": "exchange-2019", "reference": "dn"},
    "on-premises, references as guid": {"edition": "exchange-2019", "reference": "guid"},
    "on-premises, references as path": {"edition": "exchange-2019", "reference": "path"},
    "lists shown as single values": {"lists": "single"},
    "objects shown as hashtables": {"hashtables": True},
    "no identity but names": {"hide": ["Identity", "ExternalDirectoryObjectId"]},
    "changes show late": {"lag": 2},
}


def find(state: State, section: str, **values: Any) -> dict[str, Any] | None:
    """Return the one object with these values."""
    found = [row for row in state[section] if all(row.get(key) == value for key, value in values.items())]
    assert len(found) <= 1
    return found[0] if found else None


def assert_converged(state: State) -> None:
    """Assert that the state is what `full_plan` wants."""
    organization = state["organization"]
    assert organization["DefaultAccessLevel"] == "Quarantine"
    assert organization["UserMailInsert"] == "Wait for approval \u2013 it's quick."
    assert organization["AdminMailRecipients"] == ["mobile@contoso.com"]
    levels = {(row["Characteristic"], row["QueryString"]): row["AccessLevel"] for row in state["deviceAccessRules"]}
    odd = (scenes.ODD["Characteristic"], scenes.ODD["QueryString"])
    assert levels == {("DeviceType", "iPhone"): "Quarantine", odd: "Block"}
    policies = {row["Name"]: row for row in state["mobileDeviceMailboxPolicies"]}
    assert set(policies) == {"Default", "Staff"}
    assert policies["Staff"]["PasswordExpiration"] == "90.00:00:00"
    assert policies["Staff"]["MaxEmailAgeFilter"] == "OneWeek"
    default = policies["Default"]
    assert default["MaxAttachmentSize"] == "5 MB (5,242,880 bytes)"
    assert (default["MinPasswordLength"], default["MaxInactivityTimeLock"]) == ("6", "00:15:00")
    assert (default["PasswordEnabled"], default["MaxPasswordFailedAttempts"]) == ("True", "16")
    john, kim, lee = state["mailboxes"]
    assert sorted(john["ActiveSyncAllowedDeviceIDs"]) == ["DEVICE1", "NEW1"]
    assert (kim["ActiveSyncMailboxPolicy"], kim["OutlookMobileEnabled"]) == ("Staff", "False")
    assert (lee["ActiveSyncMailboxPolicy"], lee["ActiveSyncMailboxPolicyIsDefaulted"]) == ("Default", "False")


def for_edition(made: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Return the plan as it is for the edition of the options: no tenant and no cloud-only switch on-premises."""
    if options.get("edition") is None:
        return made
    made = copy.deepcopy(made) | {"edition": options["edition"], "tenant": None}
    for one in made["steps"]:
        one["changes"] = [item for item in one["changes"] if item["property"] != "OutlookMobileEnabled"]
    return made


def start_of(options: dict[str, Any]) -> State:
    """Return the scene, with what the plan for that edition leaves alone as it will be."""
    state = scene()
    if options.get("edition"):
        state["mailboxes"][1]["OutlookMobileEnabled"] = "False"
    return state


@pytest.mark.parametrize("options", SHAPES.values(), ids=SHAPES.keys())
def test_law_2_converges_and_then_changes_nothing(exchange: Exchange, options: dict[str, Any]) -> None:
    script = converge(for_edition(full_plan(), options))
    first = exchange.run(script, start_of(options), options=options)
    assert (0, [], None) == (first.exit_code, first.errors, first.thrown)
    assert_converged(first.state)
    assert 11 == len(first.calls)
    second = exchange.run(script, first.state, options=options)
    assert (0, [], None) == (second.exit_code, second.errors, second.thrown)
    assert [] == second.calls
    assert first.state == second.state
    assert {"start", "already-so", "end"} == {event for _, event in second.events}


def test_lists_are_edited_never_replaced(exchange: Exchange) -> None:
    result = exchange.run(converge(full_plan()), scene())
    edits = [
        call["parameters"]["ActiveSyncAllowedDeviceIDs"]
        for call in result.calls
        if "ActiveSyncAllowedDeviceIDs" in call["parameters"]
    ]
    assert [{"Add": ["NEW1"]}, {"Remove": ["OLD1"]}] == edits


def test_acts_through_what_was_read_back(exchange: Exchange) -> None:
    result = exchange.run(converge(full_plan()), scene())
    others = {scenes.guid(number) for number in (1, 2, 11, 12)}
    mailboxes = {scenes.guid(number) for number in (21, 22, 23)}
    assert others | mailboxes == {call["parameters"].get("Identity") for call in result.calls} - {None}


# ---- -WhatIf ---------------------------------------------------------------------------------------------------------


def test_what_if_touches_nothing(exchange: Exchange) -> None:
    folder = exchange.case()
    result = exchange.run(converge(full_plan()), scene(), {"WhatIf": True}, folder=folder)
    assert (0, []) == (result.exit_code, result.errors)
    assert [] == result.calls
    assert scene() == result.state
    assert [] == list(folder.glob("*.jsonl"))
    assert 11 == sum("What if" in line for line in result.host)
    edits = [line for line in result.host if "ActiveSyncAllowedDeviceIDs" in line]
    assert ['s002 update: ActiveSyncAllowedDeviceIDs +"NEW1"', 's010 update: ActiveSyncAllowedDeviceIDs -"OLD1"'] == [
        line.split('"', 1)[1].rpartition('" on target')[0] for line in edits
    ]


def test_what_if_from_the_command_line(exchange: Exchange) -> None:
    process, folder = exchange.run_file(converge(full_plan()), scene(), ["-WhatIf"])
    assert 0 == process.returncode, process.stderr
    assert 11 == process.stdout.count("What if")
    assert scene() == {key: value for key, value in read_state(folder / "state.json").items() if key != "seal"}
    assert [] == list(folder.glob("*.jsonl"))


def test_a_question_that_nobody_can_answer(exchange: Exchange) -> None:
    process, folder = exchange.run_file(converge(full_plan()), scene(), [])
    assert 1 == process.returncode
    shown = " ".join(process.stderr.split())
    assert (
        "nobody can answer the question whether to do this; run it with -Unattended or -Confirm:$false"
        in shown.replace("| ", "")
    )
    assert scene() == {key: value for key, value in read_state(folder / "state.json").items() if key != "seal"}


def test_what_if_sees_drift(exchange: Exchange) -> None:
    state = scene()
    state["organization"]["DefaultAccessLevel"] = "Block"
    result = exchange.run(converge(full_plan()), state, {"WhatIf": True})
    assert 1 == result.exit_code
    assert "DefaultAccessLevel" in result.errors[0]


# ---- drift -----------------------------------------------------------------------------------------------------------

Spoil = Callable[[State], Any]
DRIFTS: dict[str, tuple[str, list[str], Spoil]] = {
    "policy exists": (
        "s001",
        ["PasswordEnabled", "true", "false"],
        lambda s: s["mobileDeviceMailboxPolicies"].append(scenes.policy(13, "staff", PasswordExpiration="90.00:00:00")),
    ),
    "device added": (
        "s002",
        ["ActiveSyncAllowedDeviceIDs", "not expected", "STRANGE"],
        lambda s: s["mailboxes"][0]["ActiveSyncAllowedDeviceIDs"].append("STRANGE"),
    ),
    "device removed": (
        "s002",
        ["ActiveSyncAllowedDeviceIDs", "DEVICE1"],
        lambda s: s["mailboxes"][0]["ActiveSyncAllowedDeviceIDs"].remove("DEVICE1"),
    ),
    "rule exists": (
        "s003",
        ["AccessLevel", '"Block"', '"Allow"'],
        lambda s: s["deviceAccessRules"].append(
            scenes.rule(3, "DeviceModel", scenes.ODD["QueryString"].upper(), "Allow")
        ),
    ),
    "rule changed": (
        "s004",
        ["AccessLevel", '"Allow"', '"Block"'],
        lambda s: s["deviceAccessRules"][0].update(AccessLevel="Block"),
    ),
    "rule gone": ("s004", ["gone"], lambda s: s["deviceAccessRules"].pop(0)),
    "organization changed": (
        "s005",
        ["UserMailInsert", "null", '"Hello"'],
        lambda s: s["organization"].update(UserMailInsert="Hello"),
    ),
    "recipient added": (
        "s005",
        ["AdminMailRecipients", "x@contoso.com"],
        lambda s: s["organization"]["AdminMailRecipients"].append("x@contoso.com"),
    ),
    "policy changed": (
        "s006",
        ["MaxAttachmentSize", "Unlimited", "found 1024"],
        lambda s: s["mobileDeviceMailboxPolicies"][0].update(MaxAttachmentSize="1 KB (1,024 bytes)"),
    ),
    "policy replaced": (
        "s006",
        ["replaced"],
        lambda s: s["mobileDeviceMailboxPolicies"][0].update(Guid=scenes.guid(99)),
    ),
    "assignment changed": (
        "s007",
        ["ActiveSyncMailboxPolicy", '"Kiosk"', "found null"],
        lambda s: s["mailboxes"][1].update(
            ActiveSyncMailboxPolicy="Default", ActiveSyncMailboxPolicyIsDefaulted="True"
        ),
    ),
    "mailbox gone": ("s007", ["couldn't be found"], lambda s: s["mailboxes"].pop(1)),
    "rule to delete changed": (
        "s009",
        ["AccessLevel", '"Block"', '"Allow"'],
        lambda s: s["deviceAccessRules"][1].update(AccessLevel="Allow"),
    ),
}


@pytest.mark.parametrize("drift", DRIFTS.values(), ids=DRIFTS.keys())
def test_law_5_stops_before_the_step_that_finds_drift(exchange: Exchange, drift: tuple[str, list[str], Spoil]) -> None:
    where, words, spoil = drift
    state = scene()
    spoil(state)
    result = exchange.run(converge(full_plan()), state)
    assert 1 == result.exit_code
    (message,) = result.errors
    assert all(word in message for word in [where, *words]), message
    done = int(where[1:]) - 1
    assert done == len(result.calls)
    assert (where, "failed" if "found" in words[0] else "conflict") == result.events[-1] or "replaced" in words
    assert message.endswith(result.journal[-1]["message"])


def test_a_rule_to_delete_that_is_gone_is_no_drift(exchange: Exchange) -> None:
    state = scene()
    state["deviceAccessRules"].pop(1)
    result = exchange.run(converge(full_plan()), state)
    assert 0 == result.exit_code
    assert ("s009", "already-so") in result.events


def test_half_a_step_is_completed(exchange: Exchange) -> None:
    state = scene()
    state["mobileDeviceMailboxPolicies"][0] |= {
        "PasswordEnabled": "True",
        "MaxAttachmentSize": "5 MB (5.242.880 bytes)",
    }
    result = exchange.run(converge(full_plan()), state, QUICK | {"StepId": "s006"})
    assert 0 == result.exit_code
    (call,) = result.calls
    assert {"Identity", "MinPasswordLength", "MaxInactivityTimeLock", "MaxPasswordFailedAttempts"} == set(
        call["parameters"]
    ) - {"ErrorVariable"}


def test_drift_between_two_steps_of_one_list(exchange: Exchange) -> None:
    behind = {
        "at": 9,
        "section": "mailboxes",
        "match": {"Name": "john.doe"},
        "set": {"ActiveSyncAllowedDeviceIDs": ["DEVICE1", "OLD1"]},
    }
    result = exchange.run(converge(full_plan()), scene(), options={"interfere": [behind]})
    assert 1 == result.exit_code
    assert "s010" in result.errors[0]
    assert "NEW1" in result.errors[0]


@pytest.mark.parametrize(
    ("live", "converges"),
    [
        *((["KEEP", *removed, *added], True) for removed in ([], ["OUT"]) for added in ([], ["in"])),
        (["OUT"], False),
        (["KEEP", "OUT", "STRANGE"], False),
        ([], False),
    ],
)
def test_a_list_lies_between_what_the_plan_saw_and_wants(exchange: Exchange, live: list[str], converges: bool) -> None:
    lists = [["KEEP", "OUT"], ["KEEP", "OUT", "IN"], ["KEEP", "IN"]]
    edits = [
        step("update", "mailbox", scenes.JOHN, change("ActiveSyncBlockedDeviceIDs", "strings", before, after))
        for before, after in itertools.pairwise(lists)
    ]
    state = scene()
    state["mailboxes"][0]["ActiveSyncBlockedDeviceIDs"] = live
    result = exchange.run(converge(plan(*edits)), state)
    assert converges == (result.exit_code == 0), result.errors
    found = result.state["mailboxes"][0]["ActiveSyncBlockedDeviceIDs"]
    assert ["IN", "KEEP"] == sorted(map(str.upper, found)) if converges else live == found


def test_texts_that_culture_takes_for_equal_are_not(exchange: Exchange) -> None:
    # The rule that is there differs by a soft hyphen, which linguistic comparison ignores.
    state = scene()
    state["deviceAccessRules"] = [scenes.rule(1, "DeviceType", "iPho\u00adne", "Allow")]
    made = plan(step("create", "deviceAccessRule", scenes.IPHONE, change("AccessLevel", "enum", None, "Block")))
    result = exchange.run(converge(made), state)
    assert 0 == result.exit_code
    assert ["Allow", "Block"] == [row["AccessLevel"] for row in result.state["deviceAccessRules"]]


# ---- stopped anywhere ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "number"),
    [
        *(("failAt", number) for number in range(1, 12, 1 if THOROUGH else 2)),
        *(("failAfter", number) for number in range(1, 12, 3)),
    ],
)
def test_law_4_stopped_at_any_change_and_run_again(exchange: Exchange, number: int, how: str) -> None:
    folder = exchange.case()
    script = converge(full_plan())
    final = {"at": number, "after": how == "failAfter", "message": "You don't have access.", "reason": "AccessDenied"}
    first = exchange.run(script, scene(), options={"errors": [final]}, folder=folder)
    if how == "failAfter" and number == 1:
        # What was made is found when it is looked for.
        assert (0, []) == (first.exit_code, first.errors)
        return
    assert 1 == first.exit_code
    assert (f"s{number:03d}", "failed") == first.events[-1]
    assert f"s{number:03d}" in first.errors[0]
    second = exchange.run(script, first.state, folder=folder)
    assert (0, []) == (second.exit_code, second.errors)
    assert_converged(second.state)
    assert 11 == len(first.calls) + len(second.calls)
    assert first.journal == second.journal[: len(first.journal)]


@pytest.mark.parametrize("how", ["throttleAt", "throttleAfter"])
def test_throttled_changes_are_tried_again_after_a_look(exchange: Exchange, how: str) -> None:
    result = exchange.run(converge(full_plan()), scene(), options={how: [1, 4, 9]})
    assert (0, []) == (result.exit_code, result.errors)
    assert_converged(result.state)
    assert 11 == len(result.calls)
    assert 3 == sum("trying again" in warning for warning in result.warnings)
    assert {"changed", "verified"} <= {event for one, event in result.events if one == "s001"}


def test_throttled_reads_are_tried_again(exchange: Exchange) -> None:
    result = exchange.run(converge(full_plan()), scene(), options={"throttleReadAt": [1, 5]})
    assert 0 == result.exit_code
    assert_converged(result.state)


def test_a_change_that_does_not_show_stops_the_run(exchange: Exchange) -> None:
    result = exchange.run(converge(full_plan()), scene(), QUICK | {"StepId": "s004"}, options={"ignoreAt": [1]})
    assert 1 == result.exit_code
    assert 'AccessLevel: expected "Quarantine", found "Allow"' in result.errors[0]
    assert [("s004", "start"), ("s004", "changed"), ("s004", "failed")] == result.events[1:]
    assert result.output[-1].startswith("0 changed, 0 already so, 1 left; journal: ")
    assert result.output[-1].endswith(".journal.jsonl")


def test_a_forced_side_effect_is_found_out(exchange: Exchange) -> None:
    encrypted = [
        change("RequireStorageCardEncryption", "bool", None, True),
        change("DeviceEncryptionEnabled", "bool", None, False),
    ]
    made = plan(step("create", "mobileDeviceMailboxPolicy", scenes.STAFF, *encrypted))
    result = exchange.run(converge(made), scene())
    assert 1 == result.exit_code
    assert "s001" in result.errors[0]
    assert "DeviceEncryptionEnabled" in result.errors[0]


def test_law_4_killed_and_run_again(exchange: Exchange) -> None:
    folder = exchange.case()
    script = converge(full_plan())
    command, environment = exchange.prepare_file(
        script, scene(), ["-Confirm:$false", "-PaceMilliseconds", "0"], options={"slow": 300}, folder=folder
    )
    process = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.PIPE, encoding="utf-8")
    assert process.stdout
    for line in process.stdout:
        if line.startswith("s003"):
            process.send_signal(signal.SIGINT)
            break
    process.stdout.read()
    assert 0 != process.wait(30)
    process.stdout.close()
    state = read_state(folder / "state.json")
    calls = state.pop("calls")
    assert 3 <= len(calls) < 11
    again = exchange.run(script, state, folder=folder)
    assert 0 == again.exit_code
    assert_converged(again.state)
    assert ("failed", "interrupted") in [(line["event"], line["message"]) for line in again.journal]


# ---- choosing steps --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"StepId": "s004"}, ["s004"]),
        ({"StepId": ["s009", "S003"]}, ["s003", "s009"]),
        ({"StepId": "s009, s003"}, ["s003", "s009"]),
        ({"Until": "s002"}, ["s001", "s002"]),
        ({"Until": "s003", "StepId": "s003,s004"}, ["s003"]),
    ],
)
def test_chosen_steps(exchange: Exchange, arguments: dict[str, Any], expected: list[str]) -> None:
    result = exchange.run(converge(full_plan()), scene(), QUICK | arguments)
    assert 0 == result.exit_code
    assert expected == [one for one, event in result.events if event == "verified"]
    assert f"{len(expected)} of 11 steps" in result.output[0]


@pytest.mark.parametrize("arguments", [{"StepId": "s004,s999"}, {"Until": "s999"}])
def test_unknown_steps(exchange: Exchange, arguments: dict[str, Any]) -> None:
    result = exchange.run(converge(full_plan()), scene(), QUICK | arguments)
    assert (1, []) == (result.exit_code, result.calls)
    assert "s999" in result.errors[0]


def test_chosen_steps_from_the_command_line(exchange: Exchange) -> None:
    process, folder = exchange.run_file(
        converge(full_plan()), scene(), ["-StepId", "s003,s004", "-Confirm:$false", "-JournalPath", "here.jsonl"]
    )
    assert 0 == process.returncode, process.stderr
    lines = [json.loads(line) for line in (folder / "here.jsonl").read_text("ascii").splitlines()]
    assert ["s003", "s004"] == [line["step"] for line in lines if line["event"] == "verified"]
    assert 2 == len(read_state(folder / "state.json")["calls"])


def test_law_4_every_prefix_then_the_rest(exchange: Exchange) -> None:
    script = converge(full_plan())
    state = scene()
    for number in range(1, 12):
        result = exchange.run(script, state, QUICK | {"Until": f"s{number:03d}"})
        assert (0, 1) == (result.exit_code, len(result.calls)), result.errors
        state = result.state
    assert_converged(state)


# ---- pins ------------------------------------------------------------------------------------------------------------

ROW = {"TenantID": scenes.TENANT, "State": "Connected", "TokenStatus": "Active"}
PINS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "other tenant": ({}, {"connections": [ROW | {"TenantID": scenes.ORGANIZATION}]}, "connected to tenant"),
    "not connected": ({}, {"connections": []}, "found 0"),
    "two, one of which expired": ({}, {"connections": [ROW, ROW | {"TokenStatus": "Expired"}]}, "found 2"),
    "no module": ({"organizationGuid": None}, {"connections": [ROW | {"ModuleName": ""}]}, "which module"),
    "another module": ({}, {"connections": [ROW | {"ModuleName": "tmpEXO_other.abc"}]}, "belongs to the module"),
    "a prefix": ({}, {"connections": [ROW | {"ModulePrefix": "EXO"}]}, "have the prefix EXO"),
    "delegated": ({}, {"connections": [ROW | {"DelegatedOrganization": "fabrikam.com"}]}, "fabrikam.com by delegation"),
    "old module": ({}, {"moduleVersion": "3.1.0"}, "3.7.0 or later is needed"),
    "no tenant on either side": (
        {"organizationGuid": None},
        {"connections": [ROW | {"TenantID": ""}]},
        "does not say its tenant, and the plan names nothing else",
    ),
    "a session without connections": ({}, {"without": ["Get-ConnectionInformation"]}, "found 0"),
    "broken": ({}, {"connections": [ROW | {"State": "Broken"}]}, "found 0"),
    "two of one tenant": ({}, {"connections": [ROW, ROW]}, "found 2"),
    "other organization": ({"organizationGuid": scenes.guid(7)}, {}, "another organization"),
    "organization without guid": ({}, {"hide": ["Guid"]}, "another organization"),
    "too old": ({"notAfter": "2026-11-23T09:00:01Z"}, {}, "too old"),
    "cmdlet missing": ({}, {"without": ["Remove-ActiveSyncDeviceAccessRule"]}, "Remove-ActiveSyncDeviceAccessRule"),
    "parameter missing": (
        {},
        {"without": ["Set-CASMailbox -OutlookMobileEnabled", "Get-CASMailbox"]},
        "Get-CASMailbox, Set-CASMailbox -OutlookMobileEnabled",
    ),
}


@pytest.mark.parametrize("case", PINS.values(), ids=PINS.keys())
def test_refuses(exchange: Exchange, case: tuple[dict[str, Any], dict[str, Any], str]) -> None:
    values, options, words = case
    result = exchange.run(converge(full_plan() | values), scene(), options=options)
    assert (1, []) == (result.exit_code, result.calls)
    assert words in result.errors[0]
    assert ("failed", "refused") == (result.journal[-1]["event"], result.journal[-1]["outcome"])


def test_a_script_that_is_pinned_to_nothing(exchange: Exchange) -> None:
    """No such script is made; one that was edited is refused all the same, also where it does not see to that."""
    script = converge(full_plan()).replace("    Assert-Table\r\n", "")
    for pin in (scenes.TENANT, scenes.ORGANIZATION):
        script = script.replace(f"'{pin}'", "$null")
    result = exchange.run(script, scene())
    assert (1, []) == (result.exit_code, result.calls)
    assert "neither a tenant nor an organization" in result.errors[0]


def test_only_what_the_chosen_steps_need_must_be_there(exchange: Exchange) -> None:
    options = {"without": ["Set-CASMailbox -OutlookMobileEnabled", "New-MobileDeviceMailboxPolicy"]}
    result = exchange.run(converge(full_plan()), scene(), QUICK | {"StepId": "s002"}, options=options)
    assert 0 == result.exit_code


def test_one_inactive_row_besides_the_active_one(exchange: Exchange) -> None:
    result = exchange.run(converge(full_plan()), scene(), options={"connections": [ROW, ROW | {"State": "Broken"}]})
    assert 0 == result.exit_code


@pytest.mark.parametrize("tenant", ["", " ", None])
def test_a_connection_that_does_not_tell_its_tenant(exchange: Exchange, tenant: str | None) -> None:
    result = exchange.run(converge(full_plan()), scene(), options={"connections": [ROW | {"TenantID": tenant}]})
    assert 0 == result.exit_code, result.errors
    assert "the connection does not say its tenant; the organization settings are compared" in result.warnings[0]


CONNECTIONS: dict[str, list[dict[str, Any]]] = {
    "an expired token is renewed": [ROW | {"TokenStatus": "Expired"}],
    "a session of the compliance portal": [ROW, ROW | {"IsEopSession": True, "ModuleName": "tmpEXO_other.abc"}],
    "it does not say its module": [ROW | {"ModuleName": ""}],
    "asked for by delegation": [ROW | {"DelegatedOrganization": "Contoso.onmicrosoft.com"}],
}


@pytest.mark.parametrize("rows", CONNECTIONS.values(), ids=CONNECTIONS.keys())
def test_takes(exchange: Exchange, rows: list[dict[str, Any]]) -> None:
    result = exchange.run(converge(full_plan()), scene(), options={"connections": rows})
    assert (0, []) == (result.exit_code, result.errors)


def test_a_server_is_not_a_connection_with_exchange_online(exchange: Exchange) -> None:
    online = converge(for_edition(full_plan(), {"edition": "exchange-2019"}))
    result = exchange.run(online, scene())
    assert (1, []) == (result.exit_code, result.calls)
    assert "is a cmdlet of a connection with Exchange Online" in result.errors[0]


def test_connect_is_for_exchange_online(exchange: Exchange) -> None:
    made = plan(edition="exchange-2016", tenant=None)
    result = exchange.run(converge(made), scene(), QUICK | {"Connect": True}, options={"edition": "exchange-2016"})
    assert 1 == result.exit_code
    assert "Exchange Management Shell" in result.errors[0]


# ---- prompts and messages --------------------------------------------------------------------------------------------


def test_a_no_at_the_prompt_stops_the_run(exchange: Exchange) -> None:
    state = scene()
    state["mailboxes"][0]["PrimarySmtpAddress"] = "John.Doe@contoso.com"
    made = full_plan()
    made["steps"][3] |= {"opens": 1, "closes": 1200}
    arguments = ["-PaceMilliseconds", "0", "-StepId", "s002,s004,s009"]
    process, folder = exchange.run_file(converge(made), state, arguments, answers="y\ny\nn\n")
    assert 1 == process.returncode
    assert "s009" in process.stderr
    assert "declined" in process.stderr
    assert 2 == len(read_state(folder / "state.json")["calls"])
    shown = " ".join(process.stdout.split())
    for words in (
        's002 update, step 1 of 3: ActiveSyncAllowedDeviceIDs +"NEW1"" on target "mailbox "John.Doe@contoso.com""',
        's004 update, step 2 of 3: AccessLevel "Allow" -> "Quarantine" (lets 1 device in, keeps 1,200 devices out)"',
        's009 delete, step 3 of 3: AccessLevel was "Block""',
    ):
        assert words in shown


def test_no_one_to_ask_is_a_refusal(exchange: Exchange) -> None:
    process, folder = exchange.run_file(converge(full_plan()), scene(), [])
    assert 1 == process.returncode
    assert "s001" in process.stderr
    assert "calls" not in read_state(folder / "state.json")


def test_messages_have_no_stack_trace(exchange: Exchange) -> None:
    process, _ = exchange.run_file(
        converge(full_plan() | {"notAfter": "2026-11-23T09:00:01Z"}), scene(), ["-Confirm:$false"]
    )
    assert 1 == process.returncode
    assert 1 == len(process.stderr.strip().splitlines())
    assert not re.search(r"at line|\.ps1:\s*\d|\+ ", process.stderr)


def test_hostile_text_is_shown_escaped(exchange: Exchange) -> None:
    target = {"Characteristic": "UserAgent", "QueryString": "\u001b]0;x\u0007\u202e'; Remove-Item *"}
    made = plan(step("create", "deviceAccessRule", target, change("AccessLevel", "enum", None, "Block")))
    result = exchange.run(converge(made), scene())
    assert 0 == result.exit_code
    assert target["QueryString"] == result.state["deviceAccessRules"][-1]["QueryString"]
    assert all(text.isascii() and text.isprintable() for text in result.output)


# ---- journal ---------------------------------------------------------------------------------------------------------


def test_journal_is_complete(exchange: Exchange) -> None:
    folder = exchange.case()
    state = scene()
    state["mobileDeviceMailboxPolicies"][1] |= {"MaxAttachmentSize": "5 MB (5,242,880 bytes)"}
    state["mobileDeviceMailboxPolicies"][0] |= {"MaxPasswordFailedAttempts": "16"}
    result = exchange.run(converge(full_plan()), state, folder=folder)
    fingerprint = scenes.fingerprint(full_plan())
    assert [f"policylint-{fingerprint[7:19]}.journal.jsonl"] == [path.name for path in folder.glob("*.jsonl")]
    for line in result.journal:
        extra = ["outcome", "summary"] if line is result.journal[-1] else []
        if line["event"] == "start":
            extra = ["run"] if line["step"] is None else ["object"]
        assert ["time", "fingerprint", "step", "event", "before", "after", "message", *extra] == list(line)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
        assert line["fingerprint"] == fingerprint
    steps = [(f"s{number:03d}", event) for number in range(1, 12) for event in ("start", "changed", "verified")]
    assert [(None, "start"), *steps, (None, "end")] == result.events
    changed = {line["step"]: line for line in result.journal if line["event"] == "changed"}
    assert changed["s004"]["before"] == {"AccessLevel": "Allow"}
    assert changed["s004"]["after"] == {"AccessLevel": "Quarantine"}
    verified = {line["step"]: line for line in result.journal if line["event"] == "verified"}
    assert {"ActiveSyncAllowedDeviceIDs"} == verified["s002"]["after"].keys()
    assert {"DEVICE1", "OLD1", "NEW1"} == {*verified["s002"]["after"]["ActiveSyncAllowedDeviceIDs"]}
    assert changed["s002"]["before"] == {"ActiveSyncAllowedDeviceIDs": ["DEVICE1", "OLD1"]}
    assert changed["s011"]["before"] == {"ActiveSyncMailboxPolicy": None}
    assert changed["s008"]["before"]["MaxInactivityTimeLock"] == "Unlimited"
    assert changed["s009"]["before"]["QueryString"] == "Android 9"
    summary = result.journal[-1]["summary"]
    assert {"changed": 11, "alreadySo": 0, "left": 0, "seconds": summary["seconds"]} == summary
    assert_takes_back(result)


def assert_takes_back(result: Result) -> None:
    """Assert that the journal has each object as it was read and as its step leaves it."""
    found = {line["step"]: line["object"] for line in result.journal if "object" in line}
    made = {row["id"]: row for row in full_plan()["steps"]}
    for name, each in found.items():
        assert ["action", "kind", "identity", "target", "changes"] == list(each)
        assert {key: made[name][key] for key in ("action", "kind", "identity", "target")} == {
            key: each[key] for key in ("action", "kind", "identity", "target")
        }
        assert all(["property", "kind", "before", "after"] == list(change_) for change_ in each["changes"])
    for name in ("s001", "s003", "s004", "s005", "s007", "s011"):
        expected = [{key: one[key] for key in ("property", "kind", "before", "after")} for one in made[name]["changes"]]
        assert expected == found[name]["changes"]
    # What was already so is not this run's to take back.
    assert [one["property"] for one in made["s006"]["changes"][:-1]] == [
        one["property"] for one in found["s006"]["changes"]
    ]
    listed = {one["property"]: (one["before"], one["after"]) for one in found["s010"]["changes"]}
    assert {"ActiveSyncAllowedDeviceIDs": (["DEVICE1", "OLD1", "NEW1"], ["DEVICE1", "NEW1"])} == listed
    deleted = {one["property"]: one["before"] for one in found["s008"]["changes"]}
    assert (5242880, None, "Unlimited", False, []) == tuple(
        deleted[name]
        for name in (
            "MaxAttachmentSize",
            "MinPasswordLength",
            "MaxInactivityTimeLock",
            "IsDefault",
            "UnapprovedInROMApplicationList",
        )
    )
    assert {None} == {one["after"] for one in found["s008"]["changes"]}
    assert {"AccessLevel": "Block", "Characteristic": "DeviceOS", "QueryString": "Android 9"} == {
        one["property"]: one["before"] for one in found["s009"]["changes"]
    }


def test_the_journal_says_who_ran_what_and_where(exchange: Exchange) -> None:
    folder = exchange.case()
    rows = [ROW | {"UserPrincipalName": "ada@contoso.com"}]
    undone = TakesBack("j.jsonl", "0" * 64, "sha256:" + "1" * 64)
    made = full_plan() | {"takesBack": takes_back_record(undone)}
    script = converge(made)
    result = exchange.run(script, scene(), QUICK | {"StepId": "s004"}, options={"connections": rows}, folder=folder)
    run = result.journal[0]["run"]
    digest = hashlib.sha256((folder / "script.ps1").read_bytes()).hexdigest()
    assert {
        "format": "policylint-journal/1",
        "tool": "0.1.0",
        "edition": "exchange-online",
        "tenant": scenes.TENANT,
        "organization": "contoso.onmicrosoft.com",
        "organizationGuid": scenes.ORGANIZATION,
        "createdAt": "2026-11-23T09:00:00Z",
        "notAfter": "2999-01-01T00:00:00Z",
        "takesBack": "sha256:" + "1" * 64,
        "steps": ["s004"],
        "by": "ada@contoso.com",
        "machine": platform.node(),
        "shell": run["shell"],
        "module": "ExchangeOnlineManagement 3.7.1",
        "script": f"sha256:{digest}",
    } == run
    assert re.fullmatch(r"PowerShell 7\.[\d.]+ Core", run["shell"])
    refused = exchange.run(script, scene(), options={"connections": [ROW | {"AppId": "36ee4c6c"}, ROW]})
    assert [(None, "start"), (None, "failed")] == refused.events
    assert (None, 11) == (refused.journal[0]["run"]["by"], refused.journal[1]["summary"]["left"])
    edition = {"edition": "exchange-2019"}
    server = exchange.run(
        converge(for_edition(full_plan(), edition)), start_of(edition), QUICK | {"StepId": "s004"}, options=edition
    )
    run = server.journal[0]["run"]
    assert (None, None) == (run["module"], run["takesBack"])
    assert run["by"].endswith("\\" + getpass.getuser())
    rows = [ROW | {"UserPrincipalName": "", "AppId": "36ee"}]
    app = exchange.run(script, scene(), QUICK | {"StepId": "s004"}, options={"connections": rows})
    assert "36ee" == app.journal[0]["run"]["by"]


def test_half_a_line_in_the_journal_is_ended(exchange: Exchange) -> None:
    folder = exchange.case()
    path = folder / f"policylint-{scenes.fingerprint(plan())[7:19]}.journal.jsonl"
    path.write_bytes(b'{"time": "2026-11-23T0')
    with pytest.raises(json.JSONDecodeError):
        exchange.run(converge(plan()), scene(), folder=folder)
    lines = path.read_text("ascii").splitlines()
    assert ["start", "end"] == [json.loads(line)["event"] for line in lines[1:]]


def test_a_journal_that_cannot_be_written(exchange: Exchange) -> None:
    folder = exchange.case()
    result = exchange.run(
        converge(full_plan()), scene(), QUICK | {"JournalPath": str(folder / "none" / "x.jsonl")}, folder=folder
    )
    assert (1, []) == (result.exit_code, result.calls)
    assert "journal" in result.errors[0]


def test_pace(exchange: Exchange) -> None:
    arguments = {"Confirm": False, "PaceMilliseconds": 200, "Until": "s003"}
    result = exchange.run(converge(full_plan()), scene(), arguments)
    assert 0 == result.exit_code
    times = {(line["step"], line["event"]): datetime.fromisoformat(line["time"]) for line in result.journal}
    for last, following in (("s001", "s002"), ("s002", "s003")):
        assert times[following, "start"] - times[last, "verified"] >= timedelta(milliseconds=200)


# ---- -Connect --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tenant", "code"), [(scenes.TENANT, 0), (scenes.ORGANIZATION, 1)])
def test_connects_for_this_run_only(exchange: Exchange, tenant: str, code: int) -> None:
    options = {"connected": False}
    made = full_plan() | {"tenant": tenant}
    result = exchange.run(converge(made), scene(), QUICK | {"Connect": True, "StepId": "s004"}, options=options)
    assert code == result.exit_code, result.errors
    reading = "Get-ActiveSyncDeviceAccessRule,Get-ActiveSyncOrganizationSettings,Get-MobileDeviceMailboxPolicy"
    connected, closed = result.connecting
    assert f"{reading},Set-ActiveSyncDeviceAccessRule".split(",") == connected["parameters"]["CommandName"]
    assert {"ConnectionId"} == set(closed["parameters"])
    assert (1 - code) == len(result.calls)


def test_a_connection_that_is_made_by_half_is_closed(exchange: Exchange) -> None:
    options = {"connected": False, "connectFails": True}
    result = exchange.run(converge(full_plan()), scene(), QUICK | {"Connect": True}, options=options)
    assert (1, []) == (result.exit_code, result.calls)
    assert "could not be loaded" in result.errors[0]
    assert ["Connect-ExchangeOnline", "Disconnect-ExchangeOnline"] == [call["cmdlet"] for call in result.connecting]
    assert result.connecting[1]["parameters"]["ConnectionId"]


def test_a_session_of_the_compliance_portal_stays_open(exchange: Exchange) -> None:
    portal: dict[str, Any] = {"IsEopSession": True, "ConnectionId": "c0000000-0000-4000-8000-000000000099"}
    options: dict[str, Any] = {"connected": False, "connections": [portal]}
    arguments = QUICK | {"Connect": True, "StepId": "s004"}
    result = exchange.run(converge(full_plan()), scene(), arguments, options=options)
    closed = [call["parameters"]["ConnectionId"] for call in result.connecting[1:]]
    assert portal["ConnectionId"] not in json.dumps(closed)
    assert 1 == len(closed)


def test_does_not_connect_twice(exchange: Exchange) -> None:
    result = exchange.run(converge(full_plan()), scene(), QUICK | {"Connect": True})
    assert (1, []) == (result.exit_code, result.connecting)
    assert "connected already" in result.errors[0]
