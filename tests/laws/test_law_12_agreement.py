"""Law 12: what lint says of an object holds for every device in simulate, in why and in the plan."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policylint.access.describe import because
from policylint.access.impact import impact_of
from policylint.access.simulate import simulate
from policylint.access.steps import ALLOWED, BLOCKED
from policylint.analysis.redundant import without
from policylint.analysis.why import explain
from policylint.devices.confusables import is_odd
from policylint.devices.observed import has_wildcard
from policylint.model.state import MAILBOX
from policylint.source import Source
from policylint.text import fold
from tests.rules.harness import project_of
from tests.strategies import LEVELS

if TYPE_CHECKING:
    from policylint.access.decide import AccessModel
    from policylint.diagnostic import Diagnostic
    from policylint.model.device import Device
    from policylint.model.entity import Entity
    from policylint.project.project import Project

lawful = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

USERS = ("ann@contoso.com", "bob@contoso.com")
STRINGS: dict[str, tuple[str, ...]] = {
    "DeviceType": ("iPhone", "Android", "Outlook", "iOS"),
    "DeviceModel": ("iPhone15C2", "SM-X1", "iPhone 14 Pro", "iPhone15,2", "Outlook for iOS and Android"),
    "DeviceOS": ("iOS 17.4 21E219", "iOS", "iOS 17+", "Android 13", "Android 13.", "Android*", "Android  13"),
    "UserAgent": ("Outlook-iOS/2.0", "Apple-iPhone15C2/2105.219", "Apple-iPhone15C2"),
}
REPORTED = {
    "DeviceType": ("iPhone", "Android", "Outlook"),
    "DeviceModel": ("iPhone15C2", "SM-X1", "Outlook for iOS and Android"),
    "DeviceOS": ("iOS 17.4 21E219", "Android 13"),
    "DeviceUserAgent": ("Outlook-iOS/2.0", "Apple-iPhone15C2/2105.219"),
}
IDS = ("APPL1", "SEC2", "0123456789ABCDEF0123456789ABCDEF")
WRITTEN = (*IDS, "appl1", "APPL-1", "APPL1,SEC2", "GONE9", "bob@contoso.com")
CONFIGS = (
    ("exchange-online", ""),
    ("exchange-2019", ""),
    ("exchange-online", ", outside: {conditional-access-covers-outlook-mobile: true}"),
    ("exchange-online", ", precedence: specific-first"),
)
NO_EFFECT = {
    "access-rule-matches-nothing",
    "access-rule-wildcard",
    "access-rule-overridden",
    "access-rule-redundant",
}
"""The rules that say of an access rule that it decides about no device, or changes nobody's access."""
OF_LISTS = {"device-id-in-other-form", "device-id-of-other-mailbox", "stale-device-id", "blocked-device-not-seen"}
"""The rules that say of a listed ID that it reaches no device of the mailbox."""


@st.composite
def policies(draw: st.DrawFn, ids: tuple[str, ...] = WRITTEN) -> dict[str, Any]:
    """Return what a policy file declares, or what is live."""
    pairs = [(name, text) for name, texts in STRINGS.items() for text in texts]
    common = [pair for pair in pairs if pair[1] in {text for texts in REPORTED.values() for text in texts}]
    chosen = draw(st.lists(st.one_of(st.sampled_from(common), st.sampled_from(pairs)), max_size=6, unique=True))
    levels = draw(st.sampled_from([LEVELS, ("Allow",)]))
    lists = st.lists(st.sampled_from(ids), max_size=3, unique_by=fold)
    switches = ("ActiveSyncEnabled", "OutlookMobileEnabled")
    return {
        "organization": {"DefaultAccessLevel": draw(st.sampled_from(levels)), "AdminMailRecipients": ["a@contoso.com"]},
        "deviceAccessRules": [
            {"Characteristic": name, "QueryString": text, "AccessLevel": draw(st.sampled_from(levels))}
            for name, text in chosen
        ],
        "mailboxes": [
            {
                "Identity": user,
                **{name: draw(st.booleans()) for name in switches},
                **{name: draw(lists) for name in (ALLOWED, BLOCKED)},
                **draw(st.sampled_from([{}, {"reason": "new phone"}])),
            }
            for user in USERS
        ],
    }


@st.composite
def devices(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return the devices of a snapshot; each mailbox has an ID once."""
    keys = draw(
        st.lists(st.sampled_from([(user, text) for user in USERS for text in IDS]), unique=True, min_size=1, max_size=5)
    )
    return [
        {
            "mailbox": user,
            "DeviceId": device_id,
            **{name: draw(st.sampled_from(values)) for name, values in REPORTED.items()},
            "ClientType": draw(st.sampled_from(("EAS", "Outlook"))),
            "ClientVersion": "16.1",
        }
        for user, device_id in keys
    ]


class Case(NamedTuple):
    """A project, and its findings."""

    project: Project
    found: tuple[Diagnostic, ...]

    @property
    def model(self) -> AccessModel:
        return self.project.desired_model

    @property
    def devices(self) -> tuple[Device, ...]:
        return tuple(self.project.required_snapshot.devices)

    def rules_at(self, rule: str) -> list[Entity]:
        """Return the access rules at which something is found."""
        places = {(each.span.path, each.span.start) for each in self.found if each.rule == rule}
        entities = (self.model.state.rules or {}).values()
        return [each for each in entities if _place(each.at("QueryString")) in places]


def _place(span: Any) -> tuple[str, int]:
    return span.path, span.start


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Return a project of one policy file and a snapshot, with what lint finds."""
    text = json.dumps(draw(policies()), indent=1)
    edition, more = draw(st.sampled_from(CONFIGS))
    live = {**_rows(draw(policies(IDS))), "devices": draw(devices()), "header": {"edition": edition}}
    settings = f"{{edition: {edition}, packs: [recommended, outlook-mobile, notes]{more}}}"
    project = project_of([Source("policy.yaml", text)], settings, live)
    return Case(project, project.lint().diagnostics)


def _rows(declared: dict[str, Any]) -> dict[str, Any]:
    """Return what is declared as a snapshot shows it."""
    names = {True: "True", False: "False"}
    return {
        **declared,
        "mailboxes": [
            {
                "PrimarySmtpAddress": mailbox["Identity"],
                **{
                    name: names[value] if isinstance(value, bool) else value
                    for name, value in mailbox.items()
                    if name not in {"Identity", "reason"}
                },
            }
            for mailbox in declared["mailboxes"]
        ],
    }


@lawful
@given(cases())
def test_a_rule_without_effect_decides_about_no_device(case: Case) -> None:
    decided = [case.model.decide(device) for device in case.devices]
    for rule in case.rules_at("access-rule-matches-nothing") + case.rules_at("access-rule-wildcard"):
        assert not any(rule in decision.matched for decision in decided)
    for rule in case.rules_at("access-rule-overridden"):
        assert not any(decision.decided_by is rule for decision in decided)
    for rule in case.rules_at("access-rule-redundant"):
        other = without(case.model, [rule])
        assert all(other.decide(device).same_outcome(case.model.decide(device)) for device in case.devices)


@lawful
@given(cases())
def test_a_rule_that_nothing_is_said_of_matches_a_known_device(case: Case) -> None:
    silent = {rule.key for name in NO_EFFECT for rule in case.rules_at(name)}
    seen = case.project.lint_facts.observed
    for rule in (case.model.state.rules or {}).values():
        text = rule.text("QueryString")
        if rule.key in silent or is_odd(text) or has_wildcard(text) or not seen.has_devices:
            continue
        values = seen.of(rule.text("Characteristic"))
        assert values is not None
        assert values.find(text) is not None


@lawful
@given(cases())
def test_a_listed_id_without_effect_decides_about_no_device(case: Case) -> None:
    texts = case.project.policy.state.of_kind(MAILBOX)
    for diagnostic in case.found:
        if diagnostic.rule not in OF_LISTS:
            continue
        for mailbox in texts.values():
            for name in (ALLOWED, BLOCKED):
                for place, item in enumerate(mailbox.items(name)):
                    if _place(mailbox.item_at(name, place)) == _place(diagnostic.span):
                        own = [device for device in case.devices if device.mailbox == mailbox.key]
                        assert fold(item) not in {fold(device.device_id) for device in own}


@lawful
@given(cases())
def test_a_list_or_setting_without_effect_can_go(case: Case) -> None:
    for diagnostic in case.found:
        for mailbox in case.model.state.of_kind(MAILBOX).values():
            if diagnostic.rule == "exemption-without-effect" and _place(mailbox.at(ALLOWED)) == _place(diagnostic.span):
                other = case.model.with_settings(mailbox, {ALLOWED: ()})
                for device in case.devices:
                    assert other.decide(device).same_outcome(case.model.decide(device))


@lawful
@given(cases())
def test_no_remedy_takes_out_what_keeps_a_device_out(case: Case) -> None:
    blocked = {
        _place(mailbox.item_at(BLOCKED, place))
        for mailbox in case.project.policy.state.of_kind(MAILBOX).values()
        for place in range(len(mailbox.items(BLOCKED)))
    }
    for diagnostic in case.found:
        if _place(diagnostic.span) in blocked:
            assert not re.search(r"remove|delete|take it out", diagnostic.help or "")


@lawful
@given(cases())
def test_simulate_why_and_the_plan_agree(case: Case) -> None:
    project = case.project
    simulation = simulate(project.live_model, project.desired_model, project.required_snapshot.devices)
    assert project.plan().impact == impact_of(simulation)
    every = {(device.mailbox, device.device_id): device for device in case.devices}
    for explanation in explain(project.live_model, case.model, every.values(), every.values()):
        last = explanation.desired[-1].decision
        assert last is not None
        assert last == case.model.decide(explanation.device)
        assert because(last)
