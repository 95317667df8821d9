"""The order of decision, step by step: each sees the request, the rules and the facts, and nothing else.

Source: the order is the one Microsoft lists for Exchange ActiveSync (authentication, ActiveSync enabled, mailbox
policy, personal block, personal allow, rules that block, quarantine, allow, the default level),
https://unifiedpeople.ru/exch2010help.en/html/2b76335e-e700-46d2-96e3-67397dbb4af9.htm (a copy of the Exchange help)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from policylint.access.decision import AccessState, Decision
from policylint.access.request import GATE, LEAST_EAS_ONLINE, AccessRequest, Client, Facts
from policylint.model.state import MAILBOX, ORGANIZATION, POLICY, RULE
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from policylint.access.rule_index import RuleIndex
    from policylint.model.device import DeviceClass

UNKNOWN_CLIENT = (
    "an unknown kind of client: taken as one that ActiveSyncEnabled governs, that the service does not refuse for its"
    " version, and that is not held to the mailbox policy"
)
"""What is assumed of a client whose ClientType is no known word."""

BLOCKED, ALLOWED = "ActiveSyncBlockedDeviceIDs", "ActiveSyncAllowedDeviceIDs"
"""The lists of a mailbox that exempt a device."""

SWITCHES = ("ActiveSyncEnabled", "OutlookMobileEnabled", "OWAforDevicesEnabled", "UniversalOutlookEnabled")
"""The switches of a mailbox that keep a kind of mobile client out."""

REFERENCE = "ActiveSyncMailboxPolicy"
"""The setting of a mailbox that names its policy."""

OF_MAILBOX = (BLOCKED, ALLOWED, *SWITCHES, REFERENCE)
"""The settings of a mailbox that decisions depend on."""

SECTION_OF = {
    ORGANIZATION: "organization",
    RULE: "deviceAccessRules",
    POLICY: "mobileDeviceMailboxPolicies",
    MAILBOX: "mailboxes",
}
"""What the sections of a snapshot with each kind of object are called."""

BY_CLIENT = frozenset({"service", "windows-mail", "managed-device"})
"""The steps that look at the client alone: no setting turns what they decide."""

OLDEST = ".".join(map(str, LEAST_EAS_ONLINE))


class Passed(NamedTuple):
    """Why a step leaves the decision to the next one.

    The words go into the notes of the decision where the step passes on something that was not read (`assumed`), or on
    something that nobody knows (`noted`). `not_read` names a section or a setting that was not read and could decide
    otherwise.
    """

    words: str
    assumed: bool = False
    noted: bool = False
    not_read: str | None = None


Answer: TypeAlias = "Decision | Passed"


class DecisionStep(NamedTuple):
    """One question of the order, in words, and the function that answers it."""

    name: str
    question: str
    apply: Callable[[AccessRequest, RuleIndex, Facts], Answer]


def _service(request: AccessRequest, _rules: RuleIndex, facts: Facts) -> Answer:
    if request.client.kind == "other":
        return Passed(UNKNOWN_CLIENT, noted=True)
    if not facts.online:
        return Passed("does not apply: only Exchange Online refuses old Exchange ActiveSync clients")
    if request.client.kind != "EAS":
        return Passed("does not apply: only Exchange ActiveSync clients are refused")
    if request.client.outdated is None:
        return Passed("the client's protocol version is not known: taken as current")
    if request.client.outdated:
        note = f"Exchange ActiveSync below {OLDEST} is refused by the service, whatever the settings say"
        return Decision(state="Blocked", reason=None, step="service", notes=(note,))
    return Passed(f"the client's Exchange ActiveSync is {OLDEST} or newer")


def _windows_mail(request: AccessRequest, _rules: RuleIndex, _facts: Facts) -> Answer:
    if request.client.kind == "UniversalOutlook":
        note = "Windows Mail does not follow these settings; look at UniversalOutlookEnabled of the mailbox"
        return Decision(state=None, reason=None, step="windows-mail", notes=(note,))
    return Passed("it is another client")


def governing_switch(client: Client, facts: Facts) -> str:
    """Return the mailbox switch that governs a client.

    Source: in Exchange Online, Outlook mobile does not use Exchange ActiveSync and has a switch of its own,
    https://learn.microsoft.com/powershell/module/exchangepowershell/set-casmailbox
    """
    if client.kind == "Outlook" and facts.online:
        return "OutlookMobileEnabled"
    return "OWAforDevicesEnabled" if client.kind == "MOWA" else "ActiveSyncEnabled"


def _mailbox_switch(request: AccessRequest, _rules: RuleIndex, facts: Facts) -> Answer:
    switch = governing_switch(request.client, facts)
    if not request.mailbox.known and facts.lacks(MAILBOX):
        return Passed(f"mailboxes were not read: {switch} is taken as true", not_read=SECTION_OF[MAILBOX])
    if not request.mailbox.known:
        return Passed(f"the mailbox is not known: {switch} is taken as true")
    value = request.mailbox.switch(switch)
    if value is False:
        return Decision(state="Blocked", reason=None, step="mailbox-switch", decider="mailbox", setting=switch)
    if value is None and switch in request.mailbox.unread:
        return Passed(f"{switch} was not read: taken as true", not_read=switch)
    return Passed(f"{switch} is true" if value else f"{switch} is not known: taken as true")


def _managed(request: AccessRequest, _rules: RuleIndex, facts: Facts) -> Answer:
    if request.client.enrolled and facts.online:
        note = "the device is enrolled in device management, which decides instead; look there"
        return Decision(state=None, reason=None, step="managed-device", notes=(note,))
    if request.client.enforcement == "external":
        note = "the client says that another service manages it; AllowExternalDeviceManagement and that service decide"
        return Decision(state=None, reason=None, step="managed-device", notes=(note,))
    return Passed("the device is not managed by another service")


def _policy(request: AccessRequest, _rules: RuleIndex, facts: Facts) -> Answer:
    name, enforcement = request.mailbox.policy, request.client.enforcement
    if request.client.kind == "other":
        return Passed("an unknown kind of client: taken as not held to the mailbox policy")
    if request.client.kind != "EAS":
        return Passed("does not apply: only Exchange ActiveSync clients are provisioned")
    if name is None:
        lacking = SECTION_OF[POLICY] if facts.lacks(POLICY) and enforcement != "full" else None
        return Passed("the mailbox policy is not known: taken as met", not_read=lacking)
    if not request.mailbox.must_enforce and enforcement != "full" and (unread := _unread_of_policy(request, facts)):
        return Passed(f"{unread} was not read: policy {name} is taken to admit the device", not_read=unread)
    if not request.mailbox.must_enforce:
        return Passed(f"policy {name} admits devices that cannot enforce all of it")
    if enforcement == "lacking":
        return Decision(state="Blocked", reason="Policy", step="mailbox-policy", decider="policy", setting=GATE)
    if enforcement == "not-read":
        return Passed(f"whether the device enforces policy {name} was not read: taken as met", assumed=True)
    return Passed(f"the device enforces policy {name} in full")


def _unread_of_policy(request: AccessRequest, facts: Facts) -> str | None:
    """Return what was not read and says whether the device has to enforce a policy: which one, or whether it must."""
    if not request.mailbox.known and facts.lacks(MAILBOX):
        return SECTION_OF[MAILBOX]
    return next((name for name in (REFERENCE, GATE) if name in request.mailbox.unread), None)


LISTS_UNSURE = (
    "ActiveSyncEnabled is false: Exchange then ignores the other ActiveSync settings of the mailbox; whether its lists"
    " still count for a client that does not use ActiveSync is not published"
)
"""What is not known about a decision by a list of a mailbox with ActiveSync off.

Source: https://learn.microsoft.com/powershell/module/exchangepowershell/set-casmailbox
"""


def _personal_block(request: AccessRequest, _rules: RuleIndex, facts: Facts) -> Answer:
    return _personal(request, facts, BLOCKED, "Blocked", "personal-block")


def _personal_allow(request: AccessRequest, _rules: RuleIndex, facts: Facts) -> Answer:
    return _personal(request, facts, ALLOWED, "Allowed", "personal-allow")


def _personal(request: AccessRequest, facts: Facts, setting: str, state: AccessState, step: str) -> Answer:
    if setting in request.listed:
        notes = (LISTS_UNSURE,) if request.mailbox.switch("ActiveSyncEnabled") is False else ()
        return Decision(state=state, reason="Individual", step=step, decider="mailbox", setting=setting, notes=notes)
    if not request.mailbox.known and facts.lacks(MAILBOX):
        return Passed(f"mailboxes were not read: {setting} is taken as empty", not_read=SECTION_OF[MAILBOX])
    if setting in request.mailbox.unread:
        return Passed(f"{setting} was not read: taken as empty", not_read=setting)
    return Passed(f"the device is not in {setting}")


def _conditional_access(request: AccessRequest, _rules: RuleIndex, facts: Facts) -> Answer:
    if facts.conditional_access and request.client.kind == "Outlook":
        note = "a Conditional Access policy covers Outlook mobile, so device access rules are skipped; look there"
        return Decision(state=None, reason=None, step="conditional-access", notes=(note,))
    return Passed("no Conditional Access policy for Outlook mobile is declared")


def _rules(request: AccessRequest, rules: RuleIndex, facts: Facts) -> Answer:
    decision = decide_class(request.device_class, rules, facts)
    if decision.step != "default":
        return decision
    if facts.lacks(RULE):
        return Passed("device access rules were not read: none is taken to match")
    return Passed("no device access rule matches")


def _default(request: AccessRequest, rules: RuleIndex, facts: Facts) -> Answer:
    return decide_class(request.device_class, rules, facts)


def decide_class(device_class: DeviceClass, rules: RuleIndex, facts: Facts) -> Decision:
    """Return the decision of rules and default about a class, with what of them was not read and could decide it."""
    decision = rules.decide(device_class)
    if facts.unread is None:
        return decision
    unread = []
    if facts.lacks(RULE) and decision.step != "rule-block":
        unread.append(SECTION_OF[RULE])
    if decision.step == "default" and decision.setting is None:
        unread.append(SECTION_OF[ORGANIZATION] if facts.lacks(ORGANIZATION) else "DefaultAccessLevel")
    return decision._replace(not_read=tuple(unread)) if unread else decision


BEFORE_RULES: tuple[DecisionStep, ...] = (
    DecisionStep("service", "does the service refuse the client's protocol?", _service),
    DecisionStep("windows-mail", "is it Windows Mail, which follows no device access settings?", _windows_mail),
    DecisionStep("mailbox-switch", "is this kind of client switched off for the mailbox?", _mailbox_switch),
    DecisionStep("managed-device", "does device management decide instead?", _managed),
    DecisionStep("mailbox-policy", "does the device fail to enforce its mailbox policy?", _policy),
    DecisionStep("personal-block", "is the device on the mailbox's blocked list?", _personal_block),
    DecisionStep("personal-allow", "is the device on the mailbox's allowed list?", _personal_allow),
    DecisionStep("conditional-access", "does Conditional Access decide instead?", _conditional_access),
)
"""The steps that do not depend on the device class."""

BY_CLASS: tuple[DecisionStep, ...] = (
    DecisionStep("rules", "does a device access rule match - Block, then Quarantine, then Allow?", _rules),
    DecisionStep("default", "what is the default access level?", _default),
)
"""The steps that depend on the device class alone."""

STEPS = (*BEFORE_RULES, *BY_CLASS)
"""The whole order of decision."""
