"""One object of any kind declared twice is found, with both places."""

from __future__ import annotations

import pytest

from policylint.source import Source
from tests.rules.harness import lint
from tests.worlds import OBJECT_KINDS

TWICE = {
    "organization": (
        "organization: {%s}",
        "DefaultAccessLevel: Allow",
        "DefaultAccessLevel: Block",
        "the organization",
    ),
    "deviceAccessRule": (
        "deviceAccessRules: [{Characteristic: DeviceType, %s}]",
        "QueryString: Contoso, AccessLevel: Allow",
        "QueryString: CONTOSO, AccessLevel: Block",
        "device access rule `CONTOSO (DeviceType)`",
    ),
    "mobileDeviceMailboxPolicy": (
        "mobileDeviceMailboxPolicies: [{%s}]",
        "Name: Frontline, AllowCamera: true",
        "Name: frontline, AllowCamera: false",
        "mobile device mailbox policy `frontline`",
    ),
    "mailbox": (
        "mailboxes: [{%s}]",
        "Identity: john.doe@contoso.com, ActiveSyncEnabled: true",
        "Identity: John.Doe@contoso.com, ActiveSyncEnabled: false",
        "mailbox `John.Doe@contoso.com`",
    ),
    "mailboxPlan": (
        "mailboxPlans: [{%s}]",
        "Identity: ExchangeOnline, ActiveSyncEnabled: true",
        "Identity: exchangeonline, ActiveSyncEnabled: false",
        "mailbox plan `exchangeonline`",
    ),
    "deviceAutoblockThreshold": (
        "deviceAutoblockThresholds: [{%s}]",
        "Identity: UserAgentsChanges, BehaviorTypeIncidenceLimit: 5",
        "Identity: useragentschanges, BehaviorTypeIncidenceLimit: 6",
        "device autoblock threshold `useragentschanges`",
    ),
}


@pytest.mark.parametrize("kind", OBJECT_KINDS)
def test_every_kind_of_object_is_found_twice(kind: str) -> None:
    frame, one, other, called = TWICE[kind]
    sources = [Source(f"policy/{name}.yaml", frame % text + "\n") for name, text in (("a", one), ("b", other))]
    edition = "exchange-2019" if kind == "deviceAutoblockThreshold" else "exchange-online"
    (found,) = [
        found
        for found in lint(sources, settings=f"{{edition: {edition}}}").diagnostics
        if found.rule in {"declared-twice", "access-rule-duplicate"}
    ]
    (label,) = found.related
    assert ("policy/b.yaml", "policy/a.yaml") == (found.span.path, label.span.path)
    assert found.message.startswith(f"{called} is declared a second time, with ")
