"""No rule raises, whatever a policy file holds, and none depends on the order of objects or devices."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from policylint.lint.check import check
from policylint.source import Source
from tests.rules.harness import project_of, rules, store

PACKS = sorted({pack for rule in rules() for pack in rule.packs})
EDITIONS = ("exchange-online", "exchange-2013", "exchange-2019")

words = st.sampled_from(
    (
        *(
            "iPhone",
            "IPHONE",
            "iOS",
            "iOS 17.4 21E219",
            "Android",
            "HTC*",
            "iPhone ",
            "Outlook",
            "Default",
            "Frontline",
        ),
        *("Outlook for iOS and Android", "TestActiveSyncConnectivity", "john.doe@contoso.com", "A1", "[*", "\u2013"),
        *(
            "",
            "7",
            "true",
            "iPhone\u200b",
            "\u200b",
            "iPh\u043ene",
            "C\u043b\u0443\u0436\u0431\u0430",
            "a\u00a0b",
            "\uff29",
            "e\u0301 ",
        ),
    )
) | st.text(max_size=8).filter(str.isprintable)
values = words | st.booleans() | st.integers(-1, 99) | st.none() | st.lists(words, max_size=3) | st.just("Unlimited")


OF_THE_EDITION = {"edition-out-of-support", "snapshot-of-other-edition"}
"""The rules whose findings are at `edition` in policylint.yaml."""


def objects(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    settings = store().object_type(kind).settings

    def value(name: str) -> st.SearchStrategy[Any]:
        members = settings[name].members
        likely = (
            st.sampled_from(members)
            if members
            else {"bool": st.booleans(), "strings": st.lists(words, max_size=3)}.get(settings[name].kind, words)
        )
        return likely | values

    optional = {name: value(name) for name in settings}
    return st.fixed_dictionaries(
        {}, optional={**optional, "expires": st.sampled_from(["2020-01-01", "2030-01-01", "soon"])}
    )


SECTIONS = {
    "organization": objects("organization"),
    "deviceAccessRules": st.lists(objects("deviceAccessRule"), max_size=4),
    "mobileDeviceMailboxPolicies": st.lists(objects("mobileDeviceMailboxPolicy"), max_size=3),
    "mailboxes": st.lists(objects("mailbox"), max_size=3),
    "mailboxPlans": st.lists(objects("mailboxPlan"), max_size=2),
    "deviceAutoblockThresholds": st.lists(objects("deviceAutoblockThreshold"), max_size=2),
}
policies = st.fixed_dictionaries({}, optional=SECTIONS)
devices = st.lists(
    st.fixed_dictionaries(
        {"mailbox": st.sampled_from(["john.doe@contoso.com", None]), "DeviceId": words},
        optional={
            **dict.fromkeys(("DeviceType", "DeviceModel", "DeviceOS", "DeviceUserAgent"), words),
            "ClientType": st.sampled_from(["EAS", "Outlook", "UniversalOutlook", "New"]),
            "ClientVersion": st.sampled_from(["16.1", "14.1", "x", ""]),
            "DevicePolicyApplicationStatus": st.sampled_from(["AppliedInFull", "NotApplied", "?"]),
            "DeviceAccessState": st.sampled_from(["Allowed", "Blocked"]),
        },
    ),
    max_size=4,
)
lives = st.none() | st.fixed_dictionaries(
    {
        "organization": st.fixed_dictionaries(
            {}, optional={"DefaultAccessLevel": st.sampled_from(["Allow", "Block", "?"])}
        ),
        "mobileDeviceMailboxPolicies": st.just([{"Name": "Default", "IsDefault": "True", "PasswordEnabled": "Maybe"}]),
        "mailboxes": st.just([{"PrimarySmtpAddress": "john.doe@contoso.com", "ActiveSyncEnabled": "False"}]),
        "devices": devices,
    }
)


@given(policy=policies, live=lives, edition=st.sampled_from(EDITIONS), hybrid=st.booleans())
def test_no_rule_raises(policy: dict[str, Any], live: dict[str, Any] | None, edition: str, hybrid: bool) -> None:
    settings = (
        f"{{edition: {edition}, packs: {json.dumps(PACKS)}, outside: {{hybrid-modern-auth: {str(hybrid).lower()}}}}}"
    )
    source = Source("policy.yaml", json.dumps(policy, ensure_ascii=False, indent=1))
    found = check(rules(), project_of([source], settings, live).lint_facts)
    turned = None if live is None else {**live, "devices": live["devices"][::-1]}
    assert check(rules(), project_of([source], settings, turned).lint_facts) == found
    for diagnostic in found:
        where = "policylint.yaml" if diagnostic.rule in OF_THE_EDITION else "policy.yaml"
        assert diagnostic.span.path == where, "a finding stands where it can be fixed"
        assert "\n" not in diagnostic.message + (diagnostic.help or "")
