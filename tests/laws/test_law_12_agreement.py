"""Law 12: what lint says of an object holds for every device in simulate, in why and in the plan."""

from __future__ import annotations

import json
import re
from pathlib import Path
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
from policylint.diagnostic import Severity
from policylint.errors import SnapshotError
from policylint.model.state import MAILBOX
from policylint.plan import guard
from policylint.source import Source
from policylint.text import fold
from tests.examples import examples
from tests.rules.harness import project_of
from tests.strategies import LEVELS

if TYPE_CHECKING:
    from policylint.access.decide import AccessModel
    from policylint.diagnostic import Diagnostic
    from policylint.model.device import Device
    from policylint.model.entity import Entity
    from policylint.project.project import Project

lawful = settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])

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


NAMES = ("ann@contoso.com", "ANN@CONTOSO.COM", "nobody@contoso.com", "*@contoso.com", "ann", "guid-ann", "all users")
PLAN = {"Name": "ExchangeOnline", "Guid": "guid-plan"}
POLICY_NAMES = ("Default", "Field", "Kiosk")
MODES = ("exact", "exact", "additive", "owned")
SEEN_BY_LINT = {
    "unknown-mailbox": {"mailbox-not-found", "mailbox-pattern"},
    "unknown-mailboxPlan": {"object-not-found"},
    "unknown-deviceAutoblockThreshold": {"object-not-found"},
    "policy-in-use": {"policy-removed-in-use"},
    "setting-not-read": {"setting-not-in-snapshot"},
    "redacted-snapshot": {"snapshot-redacted"},
    "snapshot-from-future": {"snapshot-in-future"},
    "enforcement-not-read": {"policy-enforcement-not-read"},
}
"""The rules that find what a guard refuses for the sake of what policy and snapshot hold, whatever the numbers."""
OF_THE_SNAPSHOT = {"redacted-snapshot", "snapshot-from-future", "enforcement-not-read"}
"""The guards that refuse for the snapshot as a whole."""
OF_THE_RUN = {
    "lint-errors",
    "snapshot-max-age-hours",
    "max-newly-denied",
    "max-newly-denied-percent",
    "max-newly-allowed-percent",
    "max-newly-disputed",
    "max-stricter-policy",
    "max-allowed-ids-dropped",
    "max-blocked-ids-dropped",
    "max-recipients-removed",
    "max-recipients-outside",
    "max-deletes-percent",
    "require-target",
    "protect",
    "hitless",
}
"""The guards that look at limits: of age, and of how many devices and objects change."""


@st.composite
def drafts(draw: st.DrawFn) -> Project:
    """Return a project of a policy and a snapshot that may have little to do with each other."""
    mailbox = {"ActiveSyncMailboxPolicy": st.sampled_from((None, *POLICY_NAMES)), "ActiveSyncEnabled": st.booleans()}
    entry = st.fixed_dictionaries({"Identity": st.sampled_from(NAMES)}, optional=mailbox)
    plans = st.sampled_from(("ExchangeOnline", "ExchangeOnlineKiosk"))
    names = st.lists(st.sampled_from(POLICY_NAMES), max_size=2, unique=True)
    sections = {
        "mailboxes": st.lists(entry, max_size=3, unique_by=_folded),
        "mailboxPlans": st.lists(st.fixed_dictionaries({"Identity": plans}), max_size=1),
    }
    declared = draw(st.fixed_dictionaries({"mobileDeviceMailboxPolicies": names.map(_named)}, optional=sections))
    users = draw(st.lists(st.sampled_from(("ann", "bob")), unique=True))
    live_policies = draw(st.lists(st.sampled_from(POLICY_NAMES[1:]), max_size=2, unique=True))
    live = {
        "mobileDeviceMailboxPolicies": [
            {"Name": name, "Guid": f"guid-{name}", "IsDefault": str(name == "Default")}
            for name in ("Default", *live_policies)
        ],
        "mailboxes": [
            {
                "PrimarySmtpAddress": f"{user}@contoso.com",
                "Guid": f"guid-{user}",
                "Name": user,
                "ActiveSyncMailboxPolicy": draw(st.sampled_from(("Default", *live_policies))),
                "ActiveSyncMailboxPolicyIsDefaulted": draw(st.sampled_from(("False", "True"))),
            }
            for user in users
        ],
        **draw(st.sampled_from([{"mailboxPlans": []}, {"mailboxPlans": [PLAN]}, {"mailboxPlans": [PLAN]}, {}])),
        "header": {
            "redacted": draw(st.sampled_from((False, False, False, True))),
            "edition": draw(st.sampled_from(("exchange-online",) * 4 + ("exchange-2019",))),
        },
    }
    modes = {name: draw(st.sampled_from(MODES)) for name in ("mobileDeviceMailboxPolicies", "mailboxes")}
    return project_of([Source("policy.yaml", json.dumps(declared, indent=1))], f"{{manage: {json.dumps(modes)}}}", live)


def _folded(mailbox: dict[str, Any]) -> str:
    return fold(mailbox["Identity"])


def _named(names: list[str]) -> list[dict[str, Any]]:
    return [{"Name": name} for name in names]


@lawful
@given(drafts())
def test_what_plan_refuses_for_the_sake_of_the_policy_lint_finds(project: Project) -> None:
    found = [each for each in project.lint().diagnostics if each.severity is not Severity.INFO]
    try:
        refusals = project.plan().refusals
    except SnapshotError:
        assert {each.rule for each in found} & {"section-not-in-snapshot", "snapshot-of-other-edition"}
        return
    for refusal in refusals:
        assert refusal.guard in {*SEEN_BY_LINT, *OF_THE_RUN}
        words = refusal.message.split(" is declared")[0].split(" would be")[0].split(" of ")[0].split()
        about = [each for each in found if each.rule in SEEN_BY_LINT.get(refusal.guard, {each.rule})]
        subject = "" if refusal.guard in OF_THE_SNAPSHOT else words[-1]
        assert any(subject in each.message for each in about) or refusal.guard in OF_THE_RUN


def test_every_guard_is_one_of_both_kinds() -> None:
    known = set(re.findall(r'guard="([a-z-]+)"', Path(guard.__file__).read_text(encoding="utf-8")))
    assert known <= {*SEEN_BY_LINT, *OF_THE_RUN}
