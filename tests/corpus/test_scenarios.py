"""Cases whose outcome somebody has published, each decided as published. The sources stand in scenarios.json.

Where the outcome depends on more than the configuration, the decision must say so instead of pretending to know.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policylint.access.decide import AccessModel
from policylint.access.request import Facts
from policylint.analysis.expectations import run_tests
from policylint.bind.policy import described_device
from policylint.desired.overlay import names_of
from tests.strategies import Leaf, Tree, written
from tests.worlds import bind, snapshot

SCENARIOS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "scenarios.json").read_text(encoding="utf-8"))
ONLINE, SERVER = Facts("exchange-online"), Facts("exchange-2016")


def yaml(value: Any) -> str:
    """Return plain data as YAML."""

    def tree(part: Any) -> Tree:
        if isinstance(part, dict):
            return {key: tree(inner) for key, inner in part.items()}
        if isinstance(part, list):
            return [tree(inner) for inner in part]
        return Leaf(part) if isinstance(part, str) else Leaf(json.dumps(part), plain=True)

    return written(tree(value))


@pytest.mark.parametrize("facts", [ONLINE, SERVER], ids=["online", "server"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["id"])
def test_a_scenario(scenario: dict[str, Any], facts: Facts) -> None:
    model = AccessModel(bind(yaml(scenario["policy"])).state, facts)
    decision = model.decide(described_device(scenario["device"], "User@contoso.com"))
    expected = scenario["expected"]
    rule = decision.matched[0].identity if decision.matched else None
    assert scenario["sources"]
    if scenario["kind"] in ("static", "stateful"):
        assert (expected["state"], expected["reason"], expected["rule"]) == (decision.state, decision.reason, rule)
        assert not decision.disputed
    elif scenario["kind"] == "conflict":
        assert decision.disputed
        assert decision.notes
    else:
        assert decision.state is None or decision.notes


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["id"])
def test_a_scenario_gives_the_same_as_live_state(scenario: dict[str, Any]) -> None:
    live = snapshot(yaml(scenario["policy"]), [{**scenario["device"], "mailbox": "user@contoso.com"}])
    (device,) = live.devices
    status = {"none": "NotApplied", "partial": "PartiallyApplied"}.get(scenario["device"].get("provisionable", ""))
    if status is not None:
        (device,) = snapshot(devices=[{**scenario["device"], "mailbox": "user@contoso.com",
                                   "DevicePolicyApplicationStatus": status}]).devices  # fmt: skip
    decision = AccessModel(live.state, ONLINE).decide(device)
    assert (scenario["expected"]["state"], scenario["expected"]["reason"]) == (decision.state, decision.reason)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["id"])
def test_a_scenario_passes_as_a_test_of_a_policy(scenario: dict[str, Any]) -> None:
    expected = scenario["expected"]
    test = {"name": "published", "device": scenario["device"], "mailbox": "user@contoso.com",
            "expect": expected["state"], "reason": expected["reason"]}  # fmt: skip
    if expected["rule"] is not None:
        query, _, characteristic = expected["rule"].rpartition(" (")
        test["rule"] = {"Characteristic": characteristic.removesuffix(")"), "QueryString": query}
    found = bind(yaml({**scenario["policy"], "tests": [test]}))
    (result,) = run_tests(found.tests, AccessModel(found.state, ONLINE), names_of(found.state.mailboxes or {}))
    assert ("passed", "") == (result.outcome, result.message)


DOUBTFUL: list[tuple[str, str, dict[str, Any], Facts, str]] = [
    # id, policy, device, facts, what the doubt is about; sources are those of `policylint.access.decide`
    ("levels-differ", "deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow},"
     " {Characteristic: DeviceOS, QueryString: iOS 6, AccessLevel: Block}]",
     {"DeviceType": "iPhone", "DeviceOS": "iOS 6"}, ONLINE, "different levels"),
    ("windows-mail", "deviceAccessRules: [{Characteristic: DeviceType, QueryString: WindowsMail, AccessLevel: Block}]",
     {"DeviceType": "WindowsMail", "ClientType": "UniversalOutlook"}, ONLINE, "UniversalOutlookEnabled"),
    ("enrolled", "organization: {DefaultAccessLevel: Block}", {"IsManaged": True}, ONLINE, "device management"),
    ("conditional-access", "organization: {DefaultAccessLevel: Block}", {"ClientType": "Outlook"},
     Facts("exchange-online", conditional_access=True), "Conditional Access"),
    ("header", "deviceAccessRules: [{Characteristic: XMSWLHeader, QueryString: x, AccessLevel: Block}]",
     {"DeviceType": "iPhone"}, ONLINE, "XMSWLHeader"),
    ("old-client", "organization: {DefaultAccessLevel: Allow}", {"ClientVersion": "14.1"}, ONLINE, "by the service"),
    ("default-not-known", "{}", {}, ONLINE, "assumed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "facts", "outside", "words"), [case[1:] for case in DOUBTFUL], ids=[case[0] for case in DOUBTFUL]
)
def test_what_is_doubtful_is_said_to_be(policy: str, facts: dict[str, Any], outside: Facts, words: str) -> None:
    decision = AccessModel(bind(policy).state, outside).decide(described_device(facts, None))
    assert any(words in note for note in decision.notes)
