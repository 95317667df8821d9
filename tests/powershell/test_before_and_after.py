"""What is read before a change and after it: not shown, found late, changed by somebody else, or taken along."""

from __future__ import annotations

import json
import re
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.powershell import scenes
from tests.powershell.exchange import read_state
from tests.powershell.scenes import change, converge, full_plan, mailbox, plan, policy, rule, scene, step
from tests.powershell.test_converge import assert_converged

if TYPE_CHECKING:
    from tests.powershell.exchange import Exchange, State

QUICK = {"Confirm": False, "PaceMilliseconds": 0, "ReadBackSeconds": 2}
SERVERS = {"edition": "exchange-2019"}
JOHN, IPHONE, KIOSK = scenes.JOHN, scenes.IPHONE, scenes.KIOSK


def servers(*steps: dict[str, Any], **values: Any) -> str:
    """Return the script of a plan for servers."""
    return converge(plan(*steps, edition="exchange-2019", tenant=None, **values))


# ---- the time between reading and changing ---------------------------------------------------------------------------

LEVEL = change("AccessLevel", "enum", "Allow", "Quarantine")


def blocks_iphones(**when: Any) -> dict[str, Any]:
    """Return what a colleague does meanwhile."""
    return when | {"section": "deviceAccessRules", "match": {"QueryString": "iPhone"}, "set": {"AccessLevel": "Block"}}


def test_a_pause_comes_before_the_reading(exchange: Exchange) -> None:
    # The first change is made, then comes the pace, and in it somebody else is quicker.
    made = plan(
        step("update", "organization", {}, change("DefaultAccessLevel", "enum", "Allow", "Quarantine")),
        step("update", "deviceAccessRule", IPHONE, LEVEL),
    )
    deed = blocks_iphones(afterRead=3, milliseconds=400)
    arguments = QUICK | {"PaceMilliseconds": 1000}
    result = exchange.run(converge(made), scene(), arguments, options={"interfere": [deed]})
    assert 1 == result.exit_code
    assert ["Set-ActiveSyncOrganizationSettings"] == result.cmdlets
    assert ("s002", "conflict") == result.events[-1]


class Answering:
    """A script that is asked and answered some seconds later."""

    def __init__(self, exchange: Exchange, script: str, options: dict[str, Any], seconds: float) -> None:
        folder = exchange.case()
        arguments = ["-PaceMilliseconds", "0"]
        command, environment = exchange.prepare_file(script, scene(), arguments, options=options, folder=folder)
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, encoding="utf-8", env=environment, cwd=folder
        )
        assert process.stdin
        assert process.stdout
        shown = ""
        while "s001 update" not in shown:
            character = process.stdout.read(1)
            assert character, shown
            shown += character
        time.sleep(seconds)
        (folder / "answered").touch()
        self.output, self.errors = process.communicate("y\n" * 20, timeout=60)
        self.exit_code = process.returncode
        self.state = read_state(folder / "state.json")


@pytest.mark.parametrize("level", ["Block", "Quarantine", "Allow"])
def test_an_answer_that_comes_late_is_about_what_was_shown(exchange: Exchange, level: str) -> None:
    made = plan(step("update", "deviceAccessRule", IPHONE, LEVEL))
    deed = blocks_iphones(afterRead=3, milliseconds=1000) | {"set": {"AccessLevel": level}}
    done = Answering(exchange, converge(made), {"interfere": [deed]}, 3)
    assert (level == "Allow") == bool(done.state.get("calls"))
    assert (1 if level == "Block" else 0) == done.exit_code, done.errors
    assert ("conflict" in done.errors) == (level == "Block")


def test_what_a_decision_needs_is_read_before_the_object(exchange: Exchange) -> None:
    """A slow listing of policies leaves no time between reading a mailbox and changing it."""
    throttled = {"atRead": [2, 3], "message": "HttpStatusCode=429"}
    deed = {
        "atRead": 4,
        "section": "mailboxes",
        "match": {"Name": "kim.ray"},
        "set": {"ActiveSyncMailboxPolicy": "Default", "ActiveSyncMailboxPolicyIsDefaulted": "True"},
    }
    options = {"errors": [throttled], "interfere": [deed]}
    result = exchange.run(converge(plan(assign("Kiosk", "Default"))), scene(), options=options)
    assert (1, []) == (result.exit_code, result.calls)
    assert ("s001", "conflict") == result.events[-1]


def test_a_policy_that_changes_while_its_mailboxes_are_looked_for(exchange: Exchange) -> None:
    state = scene()
    state["mailboxes"][1] |= {"ActiveSyncMailboxPolicy": "Default", "ActiveSyncMailboxPolicyIsDefaulted": "True"}
    deed = {"section": "mobileDeviceMailboxPolicies", "match": {"Name": "Kiosk"}, "set": {"PasswordEnabled": "True"}}
    options = {"interfere": [deed | {"atRead": 3}]}
    result = exchange.run(converge(plan(GONE[1])), state, options=options)
    assert (1, []) == (result.exit_code, result.calls)
    assert ("s001", "conflict") == result.events[-1]


def test_a_plan_that_becomes_too_old_at_the_prompt(exchange: Exchange) -> None:
    script = converge(plan(step("update", "deviceAccessRule", IPHONE, LEVEL)))
    answered = "[System.IO.File]::Exists([System.IO.Path]::Combine($PSScriptRoot, 'answered'))"
    later = script.replace("[datetime]::UtcNow -gt", f"[datetime]::UtcNow.AddYears(1000 * {answered}) -gt")
    assert script != later
    done = Answering(exchange, later, {}, 3)
    assert 1 == done.exit_code
    assert "too old" in done.errors
    assert not done.state.get("calls")


def test_a_session_that_becomes_another_one(exchange: Exchange) -> None:
    """Who is asked for long may connect anew meanwhile; here the session is looked at again before each change."""
    script = converge(full_plan())
    often = script.replace("[timespan]::FromMinutes(2)", "[timespan]::Zero")
    assert script != often
    options = {"reconnected": {"asked": 3, "TenantID": scenes.ORGANIZATION}}
    result = exchange.run(often, scene(), options=options)
    assert (1, ["New-MobileDeviceMailboxPolicy"]) == (result.exit_code, result.cmdlets)
    assert f"connected to tenant {scenes.ORGANIZATION}" in result.errors[0]


# ---- readings that are not whole -------------------------------------------------------------------------------------

GONE = [
    step("delete", "deviceAccessRule", scenes.ANDROID, change("AccessLevel", "enum", "Block", None)),
    step("delete", "mobileDeviceMailboxPolicy", KIOSK, *scenes.kiosk_values()),
]


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("style", ["swallowed", "silent"])
@pytest.mark.parametrize("status", [False, True])
def test_a_reading_that_fails_without_an_exception_finds_nothing_gone(
    exchange: Exchange, number: int, style: str, status: bool
) -> None:
    cmdlet = ["Get-ActiveSyncDeviceAccessRule", "Get-MobileDeviceMailboxPolicy"][number]
    error = {"of": cmdlet, "style": style, "status": status, "message": "You don't have access."}
    state = scene()
    state["mailboxes"][1] |= {"ActiveSyncMailboxPolicy": "Default", "ActiveSyncMailboxPolicyIsDefaulted": "True"}
    result = exchange.run(converge(plan(GONE[number])), state, options={"errors": [error]})
    assert (1, state) == (result.exit_code, result.state)


def test_nothing_read_is_not_nothing_there(exchange: Exchange) -> None:
    state = scene()
    state["deviceAccessRules"] = []
    saw = plan(GONE[0])["snapshot"]
    result = exchange.run(converge(plan(GONE[0], snapshot=saw | {"objects": {"deviceAccessRules": 2}})), state)
    assert 1 == result.exit_code
    assert "found 0 of kind device access rule, though the plan saw 2 and leaves 1" in result.errors[0]
    state["deviceAccessRules"] = [rule(1, "DeviceType", "iPhone", "Allow")]
    result = exchange.run(converge(plan(GONE[0], snapshot=saw | {"objects": {"deviceAccessRules": 3}})), state)
    assert "found 1 of kind device access rule, though the plan saw 3 and leaves 2" in result.errors[0]
    state["deviceAccessRules"] = []
    result = exchange.run(converge(plan(GONE[0], snapshot=saw | {"objects": {"deviceAccessRules": 1}})), state)
    assert 0 == result.exit_code


def test_gone_is_what_two_readings_do_not_show(exchange: Exchange) -> None:
    back = {"atRead": 3, "section": "deviceAccessRules", "add": rule(2, "DeviceOS", "Android 9", "Block")}
    state = scene()
    del state["deviceAccessRules"][1]
    result = exchange.run(converge(plan(GONE[0])), state, options={"interfere": [back]})
    assert (0, ["Remove-ActiveSyncDeviceAccessRule"]) == (result.exit_code, result.cmdlets)


def test_a_rule_that_was_made_again_is_there(exchange: Exchange) -> None:
    made = plan(GONE[0], step("delete", "deviceAccessRule", IPHONE, change("AccessLevel", "enum", "Allow", None)))
    state = scene()
    state["deviceAccessRules"].append(rule(3, "DeviceModel", "X", "Allow"))
    match = {"section": "deviceAccessRules", "match": {"QueryString": "iPhone"}}
    deeds = [
        match | {"afterRead": 2, "remove": True},
        match | {"afterRead": 2, "add": rule(9, "DeviceType", "iPhone", "Allow")},
    ]
    result = exchange.run(converge(made), state, options={"interfere": deeds})
    assert (0, 2) == (result.exit_code, len(result.calls)), result.errors
    assert ["X"] == [row["QueryString"] for row in result.state["deviceAccessRules"]]


@pytest.mark.parametrize("style", ["swallowed", "silent"])
def test_a_change_that_fails_without_an_exception_is_none(exchange: Exchange, style: str) -> None:
    error = {
        "at": [1, 2, 3],
        "style": style,
        "status": True,
        "message": "You don't have access.",
        "reason": "AccessDenied",
    }
    result = exchange.run(converge(full_plan()), scene(), options={"errors": [error]})
    assert (1, scene()) == (result.exit_code, result.state)


# ---- which policy a mailbox has --------------------------------------------------------------------------------------


def assign(before: str | None, after: str | None) -> dict[str, Any]:
    return step("update", "mailbox", scenes.KIM, change("ActiveSyncMailboxPolicy", "policy-ref", before, after))


def with_policies(*names: str, has: str) -> State:
    state = scene()
    state["mobileDeviceMailboxPolicies"] = [
        policy(11, "Default", IsDefault="True"),
        *(policy(20 + number, name) for number, name in enumerate(names)),
    ]
    state["mailboxes"][1]["ActiveSyncMailboxPolicy"] = has
    return state


@pytest.mark.parametrize("names", [["West", "East\\West"], ["East\\West", "West"]])
@pytest.mark.parametrize(("before", "after"), [("East\\West", "West"), ("West", "East\\West")])
@pytest.mark.parametrize("reference", ["name", "dn", "guid"])
def test_a_whole_name_comes_before_the_end_of_a_path(
    exchange: Exchange, names: list[str], before: str, after: str, reference: str
) -> None:
    options = SERVERS | {"reference": reference}
    result = exchange.run(servers(assign(before, after)), with_policies(*names, has=before), options=options)
    assert (0, 1) == (result.exit_code, len(result.calls)), result.errors
    assert after == result.state["mailboxes"][1]["ActiveSyncMailboxPolicy"]


def test_the_end_of_a_path_that_two_policies_have_says_nothing(exchange: Exchange) -> None:
    state = with_policies("West", "EAST/West", has="x/EAST/West")
    result = exchange.run(servers(assign("North", "South")), state, options=SERVERS)
    assert (1, state["mailboxes"]) == (result.exit_code, result.state["mailboxes"])
    assert "which may be any of: " in result.errors[0]


# ---- what is not shown -----------------------------------------------------------------------------------------------

HIDDEN = {
    "a list to empty": ("Get-CASMailbox", step("update", "mailbox", JOHN, change(
        "ActiveSyncAllowedDeviceIDs", "strings", ["DEVICE1", "OLD1"], []))),
    "a text to clear": ("Get-ActiveSyncOrganizationSettings", step("update", "organization", {}, change(
        "UserMailInsert", "string", "Hello", None))),
    "a switch": ("Get-CASMailbox", step("update", "mailbox", JOHN, change("ActiveSyncEnabled", "bool", None, False))),
    "a policy that is there": ("Get-MobileDeviceMailboxPolicy", step("create", "mobileDeviceMailboxPolicy", {
        "Name": "Kiosk", "Guid": None}, change("MinPasswordLength", "nullable-int", None, None))),
    "a policy to delete": ("Get-MobileDeviceMailboxPolicy", step("delete", "mobileDeviceMailboxPolicy", KIOSK, change(
        "PasswordEnabled", "bool", None, None))),
    "a policy of a mailbox": ("Get-CASMailbox", assign(None, "Default")),
}  # fmt: skip


@pytest.mark.parametrize("case", HIDDEN.values(), ids=HIDDEN.keys())
def test_what_is_not_shown_is_not_empty(exchange: Exchange, case: tuple[str, dict[str, Any]]) -> None:
    cmdlet, wanted = case
    name = wanted["changes"][0]["property"]
    state = scene()
    state["mailboxes"][1] |= {"ActiveSyncMailboxPolicyIsDefaulted": "False"}
    options = {"hideOf": {cmdlet: [name]}}
    result = exchange.run(converge(plan(wanted)), state, options=options)
    assert (1, state) == (result.exit_code, result.state)
    assert f"this session does not show {name}" in result.errors[0]


@pytest.mark.parametrize(
    ("before", "after", "has", "words"),
    [
        (None, "Default", "Default", "does not show ActiveSyncMailboxPolicyIsDefaulted"),
        ("Default", "Kiosk", "Default", "does not show ActiveSyncMailboxPolicyIsDefaulted"),
        (None, "Kiosk", "Default", None),
        ("Kiosk", None, "Kiosk", None),
    ],
)
def test_where_a_session_does_not_say_whose_the_policy_is(
    exchange: Exchange, before: str | None, after: str | None, has: str, words: str | None
) -> None:
    state = scene()
    own = {"ActiveSyncMailboxPolicy": has, "ActiveSyncMailboxPolicyIsDefaulted": str(before is None)}
    state["mailboxes"][1] |= own
    options = {"hideOf": {"Get-CASMailbox": ["ActiveSyncMailboxPolicyIsDefaulted"]}}
    result = exchange.run(converge(plan(assign(before, after))), state, options=options)
    if words is None:
        assert (0, 1) == (result.exit_code, len(result.calls)), result.errors
    else:
        assert (1, []) == (result.exit_code, result.calls)
        assert words in result.errors[0]


# ---- deleting a policy -----------------------------------------------------------------------------------------------


def test_a_policy_that_changed_is_not_deleted(exchange: Exchange) -> None:
    before = [change("PasswordEnabled", "bool", False, None), change("IsDefault", "bool", False, None)]
    script = converge(plan(step("delete", "mobileDeviceMailboxPolicy", scenes.KIOSK, *before)))
    spoils: dict[str, tuple[dict[str, Any], str]] = {
        "tightened": ({"PasswordEnabled": "True"}, "PasswordEnabled: expected false, found"),
        "renamed": ({"Name": "Executives"}, 'has another name now: expected "Kiosk", found "Executives"'),
    }
    for values, words in spoils.values():
        state = scene()
        state["mailboxes"][1] |= {"ActiveSyncMailboxPolicy": "Default", "ActiveSyncMailboxPolicyIsDefaulted": "True"}
        state["mobileDeviceMailboxPolicies"][1] |= values
        result = exchange.run(script, state)
        assert (1, [], "conflict") == (result.exit_code, result.calls, result.journal[-1]["event"])
        assert words in result.errors[0]


@pytest.mark.parametrize("options", [{}, {"filterIgnored": True}, {"without": ["Get-CASMailbox -Filter"]}, SERVERS])
def test_a_policy_that_somebody_has_is_not_deleted(exchange: Exchange, options: dict[str, Any]) -> None:
    made = plan(step("delete", "mobileDeviceMailboxPolicy", scenes.KIOSK))
    if options is SERVERS:
        made |= {"edition": "exchange-2019", "tenant": None}
    for default, words in ((False, "1 mailbox has this policy: kim.ray@contoso.com"), (True, "the default one now")):
        state = scene()
        if default:
            state["mobileDeviceMailboxPolicies"][0]["IsDefault"] = "False"
            state["mobileDeviceMailboxPolicies"][1]["IsDefault"] = "True"
            state["mailboxes"][1]["ActiveSyncMailboxPolicyIsDefaulted"] = "True"
        result = exchange.run(converge(made), state, options=options | {"removeAssigned": True})
        assert (1, [], state) == (result.exit_code, result.calls, result.state)
        assert words in result.errors[0]
        state["mailboxes"][1] |= {"ActiveSyncMailboxPolicy": "Default", "ActiveSyncMailboxPolicyIsDefaulted": "True"}
        if not default:
            assert 0 == exchange.run(converge(made), state, options=options).exit_code


UNSEEN: dict[str, tuple[dict[str, Any], str]] = {
    "no references": (
        {"hideOf": {"Get-CASMailbox": ["ActiveSyncMailboxPolicy"]}},
        "does not show ActiveSyncMailboxPolicy",
    ),
    "some mailboxes": (
        {"without": ["Get-CASMailbox -ResultSize"], "resultSize": 1, "filterIgnored": True},
        "Get-CASMailbox does not show all objects",
    ),
    "one domain": (SERVERS | {"viewEntireForest": False}, "not of the entire forest: run Set-ADServerSettings"),
    "no word of domains": (SERVERS | {"without": ["Get-ADServerSettings"]}, "1 mailbox has this policy"),
    "not which is the default": (
        {"hideOf": {"Get-MobileDeviceMailboxPolicy": ["IsDefault"]}},
        "does not show IsDefault",
    ),
}


@pytest.mark.parametrize("case", UNSEEN.values(), ids=UNSEEN.keys())
def test_a_policy_is_not_deleted_where_not_all_is_seen(exchange: Exchange, case: tuple[dict[str, Any], str]) -> None:
    options, words = case
    made = plan(step("delete", "mobileDeviceMailboxPolicy", KIOSK))
    if options.get("edition"):
        made |= {"edition": options["edition"], "tenant": None}
    state = scene()
    result = exchange.run(converge(made), state, options=options | {"removeAssigned": True})
    assert (1, [], state) == (result.exit_code, result.calls, result.state)
    assert words in result.errors[0]


# ---- what a change takes along ---------------------------------------------------------------------------------------


def test_what_a_change_takes_along_is_found_out(exchange: Exchange) -> None:
    wanted = step("update", "mailbox", JOHN, change("ActiveSyncEnabled", "bool", True, False))
    options = {"couple": {"ActiveSyncEnabled": {"OutlookMobileEnabled": "False"}}}
    begun = time.monotonic()
    result = exchange.run(converge(plan(wanted)), scene(), QUICK | {"ReadBackSeconds": 60}, options=options)
    assert 1 == result.exit_code
    assert 'also changed: OutlookMobileEnabled: was "True", is "False"' in result.errors[0]
    assert time.monotonic() - begun < 20


def test_a_list_that_a_change_takes_along(exchange: Exchange) -> None:
    wanted = step("update", "mailbox", JOHN, change("ActiveSyncEnabled", "bool", True, False))
    options = {"couple": {"ActiveSyncEnabled": {"ActiveSyncAllowedDeviceIDs": ["DEVICE1"]}}}
    result = exchange.run(converge(plan(wanted)), scene(), options=options)
    assert 1 == result.exit_code
    assert 'also changed: ActiveSyncAllowedDeviceIDs: -"OLD1"' in result.errors[0]


ITEMS: dict[str, tuple[list[str], list[str], bool]] = {
    "another order": (["X1", "X2"], ["X2", "X1"], True),
    "other letters": (["x1"], ["X1"], True),
    "a blank": (["a b"], ["a", "b"], False),
    "empty": (["x"], [], False),
    "was empty": ([], ["x"], False),
}


@pytest.mark.parametrize("case", ITEMS.values(), ids=ITEMS.keys())
def test_lists_that_are_left_alone_are_compared_as_lists(
    exchange: Exchange, case: tuple[list[str], list[str], bool]
) -> None:
    before, after, same = case
    wanted = step("update", "mailbox", JOHN, change("ActiveSyncEnabled", "bool", True, False))
    state = scene()
    state["mailboxes"][0]["ActiveSyncBlockedDeviceIDs"] = before
    options = {"couple": {"ActiveSyncEnabled": {"ActiveSyncBlockedDeviceIDs": after}}}
    result = exchange.run(converge(plan(wanted)), state, options=options)
    assert same == (result.exit_code == 0), result.errors


# ---- title and target ------------------------------------------------------------------------------------------------


def test_an_address_that_moved_to_another_mailbox(exchange: Exchange) -> None:
    state = scene()
    state["mailboxes"][0]["PrimarySmtpAddress"] = "old.john@contoso.com"
    state["mailboxes"][2]["PrimarySmtpAddress"] = JOHN["PrimarySmtpAddress"]
    wanted = step("update", "mailbox", JOHN, change("ActiveSyncEnabled", "bool", True, False))
    result = exchange.run(converge(plan(wanted)), state)
    assert (1, [], state) == (result.exit_code, result.calls, result.state)
    assert 'expected "john.doe@contoso.com", found "old.john@contoso.com"' in result.errors[0]
    assert ("s001", "conflict") == result.events[-1]


def test_a_policy_that_was_renamed(exchange: Exchange) -> None:
    state = scene()
    state["mobileDeviceMailboxPolicies"][0]["Name"] = "Standard"
    result = exchange.run(converge(full_plan()), state, QUICK | {"StepId": "s006"})
    assert (1, [], state) == (result.exit_code, result.calls, result.state)
    assert 'expected "Default", found "Standard"' in result.errors[0]


def test_a_mailbox_that_does_not_show_its_address(exchange: Exchange) -> None:
    wanted = step("update", "mailbox", JOHN, change("ActiveSyncEnabled", "bool", True, False))
    options = {"hideOf": {"Get-CASMailbox": ["PrimarySmtpAddress"]}}
    result = exchange.run(converge(plan(wanted)), scene(), options=options)
    assert (1, []) == (result.exit_code, result.calls)
    assert "does not show PrimarySmtpAddress" in result.errors[0]


# ---- waiting for a change to show ------------------------------------------------------------------------------------


def test_a_change_that_shows_late_is_waited_for(exchange: Exchange) -> None:
    arguments = QUICK | {"ReadBackSeconds": 60, "StepId": "s004"}
    result = exchange.run(converge(full_plan()), scene(), arguments, options={"lag": 5})
    assert (0, []) == (result.exit_code, result.errors)
    assert any("s004 waiting up to 60 s for the change to show" in line for line in result.output)


@pytest.mark.parametrize("seconds", [0, 1])
def test_how_long_is_said(exchange: Exchange, seconds: int) -> None:
    begun = time.monotonic()
    arguments = QUICK | {"ReadBackSeconds": seconds, "StepId": "s004"}
    result = exchange.run(converge(full_plan()), scene(), arguments, options={"lag": 50})
    assert 1 == result.exit_code
    assert f"the change does not show after {seconds} s" in result.errors[0]
    assert seconds <= time.monotonic() - begun < seconds + 5


def test_servers_are_read_where_the_change_was_made(exchange: Exchange) -> None:
    made = plan(
        step("update", "organization", {}, change("DefaultAccessLevel", "enum", "Allow", "Block")),
        step("update", "deviceAccessRule", IPHONE, LEVEL),
        step("create", "deviceAccessRule", scenes.ODD, change("AccessLevel", "enum", None, "Block")),
        step("update", "mailbox", JOHN, change("ActiveSyncEnabled", "bool", True, False)),
        edition="exchange-2019", tenant=None,
    )  # fmt: skip
    state = scene()
    state["organization"]["DistinguishedName"] = "CN=Mobile Mailbox Settings,DC=contoso,DC=com"
    options = SERVERS | {"domainControllers": 2, "lag": 50}
    result = exchange.run(converge(made), state, options=options)
    assert (0, []) == (result.exit_code, result.errors)
    assert all(call["parameters"].get("DomainController") for call in result.calls)


def test_a_domain_controller_of_another_domain_is_not_asked(exchange: Exchange) -> None:
    state = scene()
    state["mailboxes"][0]["DistinguishedName"] = "CN=john.doe,OU=Users,DC=emea,DC=contoso,DC=com"
    state["mailboxes"][0]["OriginatingServer"] = "dc01.contoso.com"
    wanted = step("update", "mailbox", JOHN, change("ActiveSyncEnabled", "bool", True, False))
    result = exchange.run(servers(wanted), state, options=SERVERS)
    assert (0, []) == (result.exit_code, result.errors)
    assert "DomainController" not in result.calls[0]["parameters"]


# ---- many rules ------------------------------------------------------------------------------------------------------


def level(before: str | None, after: str | None) -> dict[str, Any]:
    """Return the change of the level of a rule."""
    return change("AccessLevel", "enum", before, after)


def test_rules_are_read_as_a_whole_a_few_times_only(exchange: Exchange) -> None:
    state = scene()
    state["deviceAccessRules"] = [rule(100 + n, "DeviceModel", f"M{n}", "Block") for n in range(60)]
    targets = [{"Characteristic": "DeviceModel", "QueryString": f"M{n}"} for n in range(90)]
    made = plan(
        *(step("create", "deviceAccessRule", each, level(None, "Block")) for each in targets[60:]),
        *(step("update", "deviceAccessRule", each, level("Block", "Allow")) for each in targets[:30]),
        *(step("delete", "deviceAccessRule", each, level("Block", None)) for each in targets[30:60]),
    )
    # The organization is read first, then all rules; any later reading of all of them, in pages, would fail. The steps
    # take 150 readings, and then all rules are looked at once more.
    later = {"atRead": list(range(3, 140)), "page": 2, "message": "x", "reason": "AccessDenied"}
    result = exchange.run(converge(made), state, options={"pageSize": 10, "errors": [later]})
    assert (0, []) == (result.exit_code, result.errors)
    levels = sorted((row["QueryString"], row["AccessLevel"]) for row in result.state["deviceAccessRules"])
    assert sorted([*((f"M{n}", "Allow") for n in range(30)), *((f"M{n}", "Block") for n in range(60, 90))]) == levels


# ---- judging without changing ----------------------------------------------------------------------------------------


def spoiled() -> State:
    state = scene()
    state["organization"]["UserMailInsert"] = "Hello | <b>you</b> `x` @team"
    state["deviceAccessRules"][0]["AccessLevel"] = "Quarantine"
    state["mailboxes"].pop(1)
    return state


def test_a_report_judges_every_step(exchange: Exchange) -> None:
    folder = exchange.case()
    path = folder / "report.json"
    result = exchange.run(converge(full_plan()), spoiled(), {"Report": str(path)}, folder=folder)
    assert (1, [], []) == (result.exit_code, result.calls, result.journal)
    assert spoiled() == result.state
    report = json.loads(path.read_text("ascii"))
    assert "policylint-report/1" == report["format"]
    assert scenes.fingerprint(full_plan()) == report["fingerprint"]
    verdicts = {row["id"]: row["verdict"] for row in report["steps"]}
    assert [f"s{number:03d}" for number in range(1, 12)] == list(verdicts)
    assert {"s004": "already-so", "s005": "conflict", "s007": "failed"} == {
        key: value for key, value in verdicts.items() if value != "would-change"
    }
    assert (8, 1, 2) == tuple(report[key] for key in ("wouldChange", "alreadySo", "wouldStop"))
    conflict = next(row for row in report["steps"] if row["id"] == "s005")
    assert [{"property": "UserMailInsert", "expected": None, "found": "Hello | <b>you</b> `x` @team"}] == conflict[
        "changes"
    ]
    change_ = next(row for row in report["steps"] if row["id"] == "s009")
    assert "would-change" == change_["verdict"]
    assert "would stop at s005, conflict" in result.errors[0]
    listed = next(row for row in report["steps"] if row["id"] == "s002")["changes"]
    seen, wanted = ["DEVICE1", "OLD1"], ["DEVICE1", "OLD1", "NEW1"]
    assert [{"property": "ActiveSyncAllowedDeviceIDs", "found": seen, "after": wanted}] == listed
    assert report["stop"] == result.errors[0]
    assert {"opens", "closes"} <= change_.keys()
    assert [{"property": "AccessLevel", "found": "Block", "after": None}] == change_["changes"]
    assert "nothing was changed: 8 would change, 1 already so, 2 would stop the run" in result.output


def test_a_report_for_people(exchange: Exchange) -> None:
    folder = exchange.case()
    path = folder / "report.MD"
    for _ in range(2):
        result = exchange.run(converge(full_plan()), spoiled(), {"Report": str(path)}, folder=folder)
        assert 1 == result.exit_code
    text = path.read_text("ascii")
    assert text.startswith("# policylint report\n\nPlan sha256:")
    rows = [line for line in text.splitlines() if line.startswith("| s0")]
    assert 11 == len(rows)
    assert all(7 == row.count("|") for row in rows)
    assert not re.search(r"<b>|`|@team", text)
    assert "&#60;b&#62;you" in text
    assert 'ActiveSyncAllowedDeviceIDs: +"NEW1" |' in text


def test_a_report_of_a_session_that_is_refused(exchange: Exchange) -> None:
    folder = exchange.case()
    path = folder / "report.json"
    path.touch()
    old = converge(full_plan() | {"notAfter": "2026-11-23T09:00:01Z"})
    result = exchange.run(old, scene(), {"Report": str(path)}, folder=folder)
    assert 1 == result.exit_code
    report = json.loads(path.read_text("ascii"))
    assert ([], "stopped: the plan is too old") == (report["steps"], report["summary"][:28])


def test_a_report_ends_with_the_connection(exchange: Exchange) -> None:
    script = converge(full_plan())
    quick = script.replace("$MaximumRetries = 6", "$MaximumRetries = 1")
    assert quick != script
    folder = exchange.case()
    lost = {"of": "Get-CASMailbox", "message": "The underlying connection was closed."}
    arguments = {"Report": str(folder / "report.json")}
    result = exchange.run(quick, scene(), arguments, options={"errors": [lost]}, folder=folder)
    assert (1, 1) == (result.exit_code, len(result.warnings))
    assert ["s001"] == [row["id"] for row in json.loads((folder / "report.json").read_text("ascii"))["steps"]]


def test_a_report_of_what_would_go_through(exchange: Exchange) -> None:
    folder = exchange.case()
    path = folder / "report.json"
    arguments = {"Report": str(path), "WhatIf": True}
    result = exchange.run(converge(full_plan()), scene(), arguments, folder=folder)
    assert (0, [], []) == (result.exit_code, result.errors, result.calls)
    assert 11 == json.loads(path.read_text("ascii"))["wouldChange"]
    done = exchange.run(converge(full_plan()), scene())
    again = exchange.run(converge(full_plan()), done.state, {"Report": str(path)}, folder=folder)
    assert (0, 11) == (again.exit_code, json.loads(path.read_text("ascii"))["alreadySo"])


def test_a_report_of_steps_that_lead_to_each_other(exchange: Exchange) -> None:
    """A policy is replaced as the default one, loses its mailboxes, and is deleted."""
    state = scene()
    state["mailboxes"].append(
        mailbox(24, "mia", ActiveSyncMailboxPolicy="Kiosk", ActiveSyncMailboxPolicyIsDefaulted="False")
    )
    state["mobileDeviceMailboxPolicies"][0]["IsDefault"] = "False"
    state["mobileDeviceMailboxPolicies"][1]["IsDefault"] = "True"
    mia = {"PrimarySmtpAddress": "mia@contoso.com", "Guid": scenes.guid(24), "Identity": "mia"}
    default = {"Name": "Default", "Guid": scenes.guid(11)}
    made = plan(
        step("update", "mobileDeviceMailboxPolicy", default, change("IsDefault", "bool", False, True)),
        assign("Kiosk", None),
        step("update", "mailbox", mia, change("ActiveSyncMailboxPolicy", "policy-ref", "Kiosk", "Default")),
        step("delete", "mobileDeviceMailboxPolicy", scenes.KIOSK, change("IsDefault", "bool", False, None)),
    )
    state["mailboxes"][1] |= {"ActiveSyncMailboxPolicy": "Kiosk", "ActiveSyncMailboxPolicyIsDefaulted": "False"}
    folder = exchange.case()
    result = exchange.run(converge(made), state, {"Report": str(folder / "r.json")}, folder=folder)
    assert (0, []) == (result.exit_code, result.errors)
    result = exchange.run(converge(made), state)
    assert (0, []) == (result.exit_code, result.errors)


def test_everything_at_once(exchange: Exchange) -> None:
    options = SERVERS | {"domainControllers": 3, "lag": 3, "listOrder": "reverse", "valueCase": "upper", "pageSize": 1}
    made = full_plan()
    for one in made["steps"]:
        one["changes"] = [item for item in one["changes"] if item["property"] != "OutlookMobileEnabled"]
    state = scene()
    state["mailboxes"][1]["OutlookMobileEnabled"] = "False"
    script = converge(made | {"edition": "exchange-2019", "tenant": None})
    result = exchange.run(script, state, options=options)
    assert (0, []) == (result.exit_code, result.errors)
    assert_converged(result.state)
