"""What a step says of why it is there: the notes of what it changes, of added IDs those of each."""

from __future__ import annotations

import pytest

from policylint.bind.config import bind_config
from policylint.desired.expand_mailboxes import expand_mailboxes
from policylint.model.config import ADDITIVE, Management
from policylint.model.matcher import NameLists
from policylint.plan.make import make_plan
from tests.texts import TODAY
from tests.worlds import FREE, STORE, bind, snapshot

LIVE = """\
organization: {DefaultAccessLevel: Allow}
deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}]
mailboxes:
- {Identity: ann@contoso.com, ActiveSyncEnabled: true, OutlookMobileEnabled: true,
   ActiveSyncAllowedDeviceIDs: [A1], ActiveSyncBlockedDeviceIDs: []}
"""
ENTRY = "{Identity: ann@contoso.com, reason: mine, owner: desk, "

CASES = {
    "the object": (
        f"mailboxes: [{ENTRY} ActiveSyncEnabled: false}}]",
        [("mine", "desk")],
    ),
    "an added ID": (
        f"mailboxes: [{ENTRY} ActiveSyncAllowedDeviceIDs: [A1, B1],"
        " exemptions: {B1: {reason: new phone}, A1: {reason: old}}}]",
        [("new phone", "desk")],
    ),
    "several added IDs": (
        f"mailboxes: [{ENTRY} ActiveSyncAllowedDeviceIDs: [A1, B1, b2, B3, B4],"
        " exemptions: {B1: {reason: one, owner: she}, B2: {reason: two}, B3: {reason: one}}}]",
        [("one; two; mine", "she; desk")],
    ),
    "many added IDs": (
        "mailboxes: [{Identity: ann@contoso.com, ActiveSyncAllowedDeviceIDs: [A1, B1, B2, B3, B4, B5, B6, B7],"
        f" exemptions: {{{', '.join(f'B{n}: {{reason: r{n}}}' for n in range(1, 8))}}}}}]",
        [("r1; r2; r3; r4; r5; and 2 more", "")],
    ),
    "an ID and a switch": (
        f"mailboxes: [{ENTRY} ActiveSyncEnabled: false, ActiveSyncAllowedDeviceIDs: [A1, B1],"
        " exemptions: {B1: {reason: new phone}}}]",
        [("mine", "desk"), ("new phone", "desk")],
    ),
    "a removed ID": (f"mailboxes: [{ENTRY} ActiveSyncAllowedDeviceIDs: []}}]", [("mine", "desk")]),
    "an entry with matches": (
        "mailboxes:\n- {matches: {glob: '*@contoso.com'}, OutlookMobileEnabled: false, reason: all}\n"
        f"- {ENTRY} ActiveSyncEnabled: false}}",
        [("mine; all", "desk")],
    ),
    "a rule that goes": ("deviceAccessRules: []", [("", "")]),
}


@pytest.mark.parametrize(("policy", "expected"), CASES.values(), ids=CASES)
def test_a_step_says_why_what_it_changes_is_declared(policy: str, expected: list[tuple[str, str]]) -> None:
    settings = bind_config({"guards": FREE, "manage": {"deviceAccessRules": "exact"}}, None, None, STORE)
    live = snapshot(LIVE)
    declared = expand_mailboxes(bind(policy), live.state.mailboxes, Management(ADDITIVE), NameLists())
    steps = make_plan(declared, live, settings, STORE, now=TODAY).steps
    assert expected == [(step.reason, step.owner) for step in steps]
