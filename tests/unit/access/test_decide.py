"""One device at a time: which step decides, with which words and which place."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from policylint.access.decide import AccessModel
from policylint.access.decision import Decision
from policylint.access.request import Facts, client_of
from policylint.access.steps import STEPS, governing_switch
from policylint.model.state import State
from tests.worlds import access, bind, device, snapshot

POLICY = dedent("""\
    organization: {DefaultAccessLevel: Quarantine}
    deviceAccessRules:
    - {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}
    - {Characteristic: DeviceModel, QueryString: iPhone14C2, AccessLevel: Allow}
    - {Characteristic: DeviceOS, QueryString: iOS 6.1 10B142, AccessLevel: Block}
    - {Characteristic: UserAgent, QueryString: Old/1.0, AccessLevel: Quarantine}
    mobileDeviceMailboxPolicies:
    - {Name: Default, IsDefault: true, AllowNonProvisionableDevices: true}
    - {Name: Strict, AllowNonProvisionableDevices: false}
    mailboxes:
    - {Identity: john@contoso.com, ActiveSyncBlockedDeviceIDs: [BAD, BOTH], ActiveSyncAllowedDeviceIDs: [GOOD, BOTH]}
    - {Identity: off@contoso.com, ActiveSyncEnabled: false, OutlookMobileEnabled: false, OWAforDevicesEnabled: false,
       ActiveSyncAllowedDeviceIDs: [GOOD]}
    - {Identity: strict@contoso.com, ActiveSyncMailboxPolicy: strict, ActiveSyncAllowedDeviceIDs: [GOOD]}
    - {Identity: lost@contoso.com, ActiveSyncMailboxPolicy: Gone}
    """)
IPHONE = {"DeviceType": "iPhone", "DeviceModel": "iPhone14C2", "DeviceOS": "iOS 17.4 21E219", "ClientVersion": "16.1"}
OUTLOOK = {"DeviceType": "Outlook", "DeviceModel": "Outlook for iOS and Android", "ClientType": "Outlook"}

Outcome = tuple[str | None, str | None, str]

DECISIONS: list[tuple[str, str | None, dict[str, Any], Outcome]] = [
    # id, mailbox, device, (state, reason, step)
    ("nothing-known", None, {}, ("Quarantined", "Global", "default")),
    ("rule-allows", None, IPHONE, ("Allowed", "DeviceRule", "rule-allow")),
    ("rule-in-another-case", None, {"DeviceType": "IPHONE"}, ("Allowed", "DeviceRule", "rule-allow")),
    ("part-of-a-value", None, {"DeviceType": "iPhone "}, ("Quarantined", "Global", "default")),
    ("value-of-another-characteristic", None, {"DeviceModel": "iPhone"}, ("Quarantined", "Global", "default")),
    ("block-before-allow", None, {**IPHONE, "DeviceOS": "iOS 6.1 10B142"}, ("Blocked", "DeviceRule", "rule-block")),
    ("quarantine-before-allow", None, {**IPHONE, "DeviceUserAgent": "Old/1.0"},
     ("Quarantined", "DeviceRule", "rule-quarantine")),
    ("personal-block", "john@contoso.com", {**IPHONE, "DeviceId": "bad"}, ("Blocked", "Individual", "personal-block")),
    ("personal-allow", "john@contoso.com", {"DeviceId": "good"}, ("Allowed", "Individual", "personal-allow")),
    ("personal-both", "john@contoso.com", {"DeviceId": "BOTH"}, ("Blocked", "Individual", "personal-block")),
    ("personal-allow-beats-block-rule", "john@contoso.com", {"DeviceOS": "iOS 6.1 10B142", "DeviceId": "GOOD"},
     ("Allowed", "Individual", "personal-allow")),
    ("no-id-is-in-no-list", "john@contoso.com", {"DeviceId": ""}, ("Quarantined", "Global", "default")),
    ("id-of-another-mailbox", "strict@contoso.com", {"DeviceId": "BAD"}, ("Quarantined", "Global", "default")),
    ("switched-off", "off@contoso.com", {**IPHONE, "DeviceId": "GOOD"}, ("Blocked", None, "mailbox-switch")),
    ("outlook-switched-off", "off@contoso.com", OUTLOOK, ("Blocked", None, "mailbox-switch")),
    ("owa-switched-off", "off@contoso.com", {"ClientType": "MOWA"}, ("Blocked", None, "mailbox-switch")),
    ("mailbox-in-another-case", "OFF@contoso.com", IPHONE, ("Blocked", None, "mailbox-switch")),
    ("policy-enforced", "strict@contoso.com", IPHONE, ("Allowed", "DeviceRule", "rule-allow")),
    ("policy-enforced-in-part", "strict@contoso.com", {**IPHONE, "provisionable": "partial", "DeviceId": "GOOD"},
     ("Blocked", "Policy", "mailbox-policy")),
    ("policy-not-enforced", "strict@contoso.com", {**IPHONE, "provisionable": "none"},
     ("Blocked", "Policy", "mailbox-policy")),
    ("policy-not-for-outlook", "strict@contoso.com", {**OUTLOOK, "provisionable": "none"},
     ("Quarantined", "Global", "default")),
    ("policy-lenient", "john@contoso.com", {**IPHONE, "provisionable": "none"},
     ("Allowed", "DeviceRule", "rule-allow")),
    ("policy-not-known", "lost@contoso.com", {**IPHONE, "provisionable": "none"},
     ("Allowed", "DeviceRule", "rule-allow")),
    ("old-protocol", None, {**IPHONE, "ClientVersion": "14.1"}, ("Blocked", None, "service")),
    ("old-protocol-before-the-lists", "john@contoso.com", {"ClientVersion": "16.0", "DeviceId": "GOOD"},
     ("Blocked", None, "service")),
    ("protocol-of-three-parts", None, {**IPHONE, "ClientVersion": "16.1.2"}, ("Allowed", "DeviceRule", "rule-allow")),
    ("protocol-not-a-number", None, {**IPHONE, "ClientVersion": "\u00b2"}, ("Allowed", "DeviceRule", "rule-allow")),
    ("protocol-beyond-reason", None, {**IPHONE, "ClientVersion": "9" * 5000}, ("Allowed", "DeviceRule", "rule-allow")),
    ("outlook-has-no-protocol", None, {**OUTLOOK, "ClientVersion": "1.0"}, ("Quarantined", "Global", "default")),
    ("windows-mail", "off@contoso.com", {"ClientType": "UniversalOutlook"}, (None, None, "windows-mail")),
    ("managed", "john@contoso.com", {**IPHONE, "IsManaged": True, "DeviceId": "BAD"}, (None, None, "managed-device")),
    ("managed-but-switched-off", "off@contoso.com", {**IPHONE, "IsManaged": True}, ("Blocked", None, "mailbox-switch")),
    ("client-type-in-another-case", "off@contoso.com", {"ClientType": "outlook"}, ("Blocked", None, "mailbox-switch")),
]  # fmt: skip


def outcome(decision: Decision) -> Outcome:
    return decision.state, decision.reason, decision.step


@pytest.mark.parametrize(
    ("mailbox", "facts", "expected"), [case[1:] for case in DECISIONS], ids=[case[0] for case in DECISIONS]
)
def test_decide(mailbox: str | None, facts: dict[str, Any], expected: Outcome) -> None:
    assert expected == outcome(access(POLICY).decide(device(mailbox, **facts)))


@pytest.mark.parametrize(("facts", "mailbox", "expected"), [
    ({**IPHONE, "ClientVersion": "14.1"}, None, ("Allowed", "DeviceRule", "rule-allow")),
    (OUTLOOK, "off@contoso.com", ("Blocked", None, "mailbox-switch")),
    ({**IPHONE, "IsManaged": True}, None, ("Allowed", "DeviceRule", "rule-allow")),
], ids=["old-protocol", "outlook-uses-activesync", "no-device-management"])  # fmt: skip
def test_decide_on_premises(facts: dict[str, Any], mailbox: str | None, expected: Outcome) -> None:
    model = access(POLICY, edition="exchange-2019")
    assert expected == outcome(model.decide(device(mailbox, **facts)))


@pytest.mark.parametrize(("facts", "expected"), [
    (OUTLOOK, (None, None, "conditional-access")),
    ({**OUTLOOK, "ClientType": "REST"}, (None, None, "conditional-access")),
    ({**OUTLOOK, "DeviceId": "BAD"}, ("Blocked", "Individual", "personal-block")),
    (IPHONE, ("Allowed", "DeviceRule", "rule-allow")),
])  # fmt: skip
def test_conditional_access_decides_about_outlook_mobile(facts: dict[str, Any], expected: Outcome) -> None:
    model = access(POLICY, conditional_access=True)
    assert expected == outcome(model.decide(device("john@contoso.com", **facts)))


@pytest.mark.parametrize(("client", "edition", "expected"), [
    ("EAS", "exchange-online", "ActiveSyncEnabled"), ("EAS", "exchange-2019", "ActiveSyncEnabled"),
    ("Outlook", "exchange-online", "OutlookMobileEnabled"), ("REST", "exchange-online", "OutlookMobileEnabled"),
    ("Outlook", "exchange-2019", "ActiveSyncEnabled"), ("MOWA", "exchange-online", "OWAforDevicesEnabled"),
    ("Other", "exchange-online", "ActiveSyncEnabled"),
])  # fmt: skip
def test_the_switch_of_a_client(client: str, edition: str, expected: str) -> None:
    assert expected == governing_switch(client_of(device(ClientType=client)), Facts(edition))


def test_a_disputed_decision_says_so_and_names_every_rule_the_deciding_first() -> None:
    decision = access(POLICY).decide(device(**{**IPHONE, "DeviceOS": "iOS 6.1 10B142", "DeviceUserAgent": "Old/1.0"}))
    assert decision.disputed
    assert [
        "iOS 6.1 10B142 (DeviceOS)",
        "Old/1.0 (UserAgent)",
        "iPhone (DeviceType)",
        "iPhone14C2 (DeviceModel)",
    ] == [rule.identity for rule in decision.matched]
    assert "different levels" in decision.notes[0]


def test_rules_of_one_level_are_not_disputed() -> None:
    decision = access(POLICY).decide(device(**IPHONE))
    assert (False, ()) == (decision.disputed, decision.notes)
    assert ["iPhone (DeviceType)", "iPhone14C2 (DeviceModel)"] == [rule.identity for rule in decision.matched]


@pytest.mark.parametrize(("default", "rule", "noted"), [
    ("Allow", "Block", True), ("Allow", "Allow", True), ("Block", "Allow", True), ("Quarantine", "Block", True),
])  # fmt: skip
def test_a_rule_on_a_header_that_no_record_shows_is_noted(default: str, rule: str, noted: bool) -> None:
    model = access(
        f"organization: {{DefaultAccessLevel: {default}}}\n"
        f"deviceAccessRules: [{{Characteristic: XMSWLHeader, QueryString: x, AccessLevel: {rule}}}]"
    )
    assert noted == any("x (XMSWLHeader) is not decided here" in note for note in model.decide(device()).notes)


@pytest.mark.parametrize(("level", "noted"), [("Block", True), ("Quarantine", True), ("Allow", False)])
def test_a_rule_on_a_header_matters_where_it_is_stricter_than_the_rule_that_matched(level: str, noted: bool) -> None:
    model = access(
        "deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow},"
        f" {{Characteristic: XMSWLHeader, QueryString: x, AccessLevel: {level}}}]"
    )
    assert noted == bool(model.decide(device(DeviceType="iPhone")).notes)


def test_a_default_that_nobody_knows_is_assumed_and_said_to_be() -> None:
    for model in (access("{}"), access("organization: {UserMailInsert: a}")):
        decision = model.decide(device())
        assert ("Allowed", "Global", "default") == outcome(decision)
        assert "assumed" in decision.notes[0]


@pytest.mark.parametrize(("mailbox", "facts", "path", "line", "identity"), [
    (None, {}, "policy/0.yaml", 1, "Mobile Mailbox Settings"),
    (None, IPHONE, "policy/0.yaml", 3, "iPhone (DeviceType)"),
    ("john@contoso.com", {"DeviceId": "GOOD"}, "policy/0.yaml", 11, "john@contoso.com"),
    ("off@contoso.com", OUTLOOK, "policy/0.yaml", 12, "off@contoso.com"),
    ("strict@contoso.com", {"provisionable": "none"}, "policy/0.yaml", 9, "Strict"),
])  # fmt: skip
def test_where_the_deciding_setting_stands(
    mailbox: str | None, facts: dict[str, Any], path: str, line: int, identity: str
) -> None:
    decision = access(POLICY).decide(device(mailbox, **facts))
    assert decision.origin is not None
    assert decision.decided_by is not None
    assert (path, line, identity) == (decision.origin.path, decision.line, decision.decided_by.identity)


def test_a_live_setting_has_a_path_and_no_line() -> None:
    decision = AccessModel(snapshot(POLICY).state, Facts()).decide(device(**IPHONE))
    assert decision.origin is not None
    assert ("live.json", None) == (decision.origin.path, decision.line)


def test_what_is_decided_elsewhere_has_no_place() -> None:
    decision = access(POLICY).decide(device(ClientType="UniversalOutlook"))
    assert (None, None) == (decision.origin, decision.line)


@pytest.mark.parametrize(("one", "other", "same"), [
    (Decision(state="Allowed", reason="Global", step="default"),
     Decision(state="Allowed", reason="DeviceRule", step="rule-allow"), True),
    (Decision(state="Allowed", reason="Global", step="default"),
     Decision(state="Blocked", reason="Global", step="default"), False),
    (Decision(state=None, reason=None, step="windows-mail"),
     Decision(state=None, reason=None, step="managed-device"), False),
    (Decision(state=None, reason=None, step="windows-mail"),
     Decision(state=None, reason=None, step="windows-mail", notes=("x",)), True),
    (Decision(state=None, reason=None, step="windows-mail"),
     Decision(state="Blocked", reason=None, step="mailbox-switch"), False),
])  # fmt: skip
def test_same_outcome(one: Decision, other: Decision, same: bool) -> None:
    assert [same, same] == [one.same_outcome(other), other.same_outcome(one)]


def test_every_step_has_a_name_of_its_own_and_asks_a_question() -> None:
    assert len(STEPS) == len({step.name for step in STEPS})
    assert all(step.question.endswith("?") for step in STEPS)


def test_the_steps_of_an_explanation_in_words() -> None:
    answers = list(access(POLICY).explain(device("strict@contoso.com", **IPHONE)))
    assert [
        ("service", "the client's Exchange ActiveSync is 16.1 or newer"),
        ("windows-mail", "it is another client"),
        ("mailbox-switch", "ActiveSyncEnabled is not known: taken as true"),
        ("managed-device", "the device is not managed by another service"),
        ("mailbox-policy", "the device enforces policy Strict in full"),
        ("personal-block", "the device is not in ActiveSyncBlockedDeviceIDs"),
        ("personal-allow", "the device is not in ActiveSyncAllowedDeviceIDs"),
        ("conditional-access", "no Conditional Access policy for Outlook mobile is declared"),
    ] == [(step.name, answer) for step, answer in answers[:-1]]  # fmt: skip


def test_a_level_that_nobody_knows_is_not_taken_for_another() -> None:
    found = bind(POLICY).state
    assert found.rules is not None
    key, rule = next(iter(found.rules.items()))
    odd = rule._replace(settings={**rule.settings, "AccessLevel": "Escalate"})
    model = AccessModel(State.of(found.organization, {key: odd}, None, None), Facts())
    decision = model.decide(device(DeviceType="iPhone"))
    assert (None, "DeviceRule") == (decision.state, decision.reason)
    assert ("what the access level `Escalate` of iPhone (DeviceType) means is not known",) == decision.notes


def test_a_default_level_that_nobody_knows_is_not_taken_for_another() -> None:
    found = bind(POLICY).state
    assert found.organization is not None
    odd = found.organization._replace(settings={"DefaultAccessLevel": "Escalate"})
    decision = AccessModel(State.of(odd, None, None, None), Facts()).decide(device())
    assert (None, "Global", "default") == outcome(decision)
    assert ("what the access level `Escalate` of DefaultAccessLevel means is not known",) == decision.notes


OLD = {"DeviceType": "iPhone", "ClientVersion": "14.1"}


@pytest.mark.parametrize(
    "word", ["EAS", "eas", "ActiveSync", "Exchange ActiveSync", "exchangeactivesync 14.1", "", " "]
)
def test_a_client_type_that_holds_activesync_is_exchange_activesync(word: str) -> None:
    decision = access(POLICY).decide(device(**OLD, ClientType=word))
    assert ("Blocked", "service", ()) == (decision.state, decision.step, decision.notes[1:])


@pytest.mark.parametrize("word", ["IMAP", "Unknown", "Outlook Lite", "EASY"])
def test_an_unknown_client_type_is_never_passed_over_in_silence(word: str) -> None:
    model = access("organization: {DefaultAccessLevel: Allow}")
    decision = model.decide(device(**OLD, ClientType=word))
    assert ("Allowed", False) == (decision.state, decision.assumed)
    assert [True] == ["unknown kind of client" in note for note in decision.notes]
    words = {step.name: answer for step, answer in model.explain(device(**OLD, ClientType=word))}
    assert "unknown kind of client" in str(words["service"])
    assert "unknown kind of client" in str(words["mailbox-policy"])
    assert () == model.decide(device(DeviceType="iPhone", ClientType="rest")).notes


@pytest.mark.parametrize(
    ("list_", "state"), [("ActiveSyncBlockedDeviceIDs", "Blocked"), ("ActiveSyncAllowedDeviceIDs", "Allowed")]
)
def test_a_list_of_a_mailbox_with_activesync_off_decides_about_outlook_and_is_not_sure(list_: str, state: str) -> None:
    """Microsoft publishes that the other ActiveSync settings are ignored, not whether that holds for Outlook."""
    model = access(f"mailboxes: [{{Identity: ann@contoso.com, ActiveSyncEnabled: false, {list_}: [LOST]}}]\n")
    decision = model.decide(device("ann@contoso.com", **OUTLOOK, DeviceId="LOST"))
    assert (state, "Individual") == (decision.state, decision.reason)
    assert any("is not published" in note for note in decision.notes)
