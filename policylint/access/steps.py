"""The order of decision, step by step: each sees the request, the rules and the facts, and nothing else.

Source: the order is the one Microsoft lists for Exchange ActiveSync (authentication, ActiveSync enabled, mailbox
policy, personal block, personal allow, rules that block, quarantine, allow, the default level),
https://unifiedpeople.ru/exch2010help.en/html/2b76335e-e700-46d2-96e3-67397dbb4af9.htm (a copy of the Exchange help)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from policylint.access.decision import AccessState, Decision
from policylint.access.request import LEAST_EAS_ONLINE, AccessRequest, Client, Facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from policylint.access.rule_index import RuleIndex

BLOCKED, ALLOWED = "ActiveSyncBlockedDeviceIDs", "ActiveSyncAllowedDeviceIDs"
"""The lists of a mailbox that exempt a device."""

UNKNOWN_CLIENT = (
    "an unknown kind of client: taken as one that ActiveSyncEnabled governs, that the service does not refuse for its"
    " version, and that is not held to the mailbox policy"
)
"""What is assumed of a client whose ClientType is no known word."""

OLDEST = ".".join(map(str, LEAST_EAS_ONLINE))


class Passed(NamedTuple):
    """Why a step leaves the decision to the next one.

    The words go into the notes of the decision where the step passes on something that was not read (`assumed`), or on
    something that nobody knows (`noted`).
    """

    words: str
    assumed: bool = False
    noted: bool = False


Answer: TypeAlias = "Decision | Passed"


class DecisionStep(NamedTuple):
    """One question of the order, in words, and the function that answers it."""

    name: str
    question: str
    apply: Callable[[AccessRequest, RuleIndex, Facts], Answer]


def _service(request: AccessRequest, _rules: RuleIndex, facts: Facts) -> Answer:
    if request.client.kind == "other":
        return Passed(UNKNOWN_CLIENT, noted=True)
    if not facts.online or request.client.kind != "EAS":
        return Passed("does not apply: only Exchange Online refuses old Exchange ActiveSync clients")
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


SWITCHES = ("ActiveSyncEnabled", "OutlookMobileEnabled", "OWAforDevicesEnabled", "UniversalOutlookEnabled")
"""The switches of a mailbox that keep a kind of mobile client out."""


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
    if not request.mailbox.known:
        return Passed(f"the mailbox is not known: {switch} is taken as true")
    value = request.mailbox.switch(switch)
    if value is False:
        return Decision(state="Blocked", reason=None, step="mailbox-switch", decider="mailbox", setting=switch)
    return Passed(f"{switch} is true" if value else f"{switch} is not known: taken as true")


def _managed(request: AccessRequest, _rules: RuleIndex, facts: Facts) -> Answer:
    if request.client.enrolled and facts.online:
        note = "the device is enrolled in device management, which decides instead; look there"
        return Decision(state=None, reason=None, step="managed-device", notes=(note,))
    if request.client.enforcement == "external":
        note = "the client says that another service manages it; AllowExternalDeviceManagement and that service decide"
        return Decision(state=None, reason=None, step="managed-device", notes=(note,))
    return Passed("the device is not managed by another service")


def _policy(request: AccessRequest, _rules: RuleIndex, _facts: Facts) -> Answer:
    name, enforcement = request.mailbox.policy, request.client.enforcement
    if request.client.kind == "other":
        return Passed("an unknown kind of client: taken as not held to the mailbox policy")
    if request.client.kind != "EAS":
        return Passed("does not apply: only Exchange ActiveSync clients are provisioned")
    if name is None:
        return Passed("the mailbox policy is not known: taken as met")
    if not request.mailbox.must_enforce:
        return Passed(f"policy {name} admits devices that cannot enforce all of it")
    if enforcement == "lacking":
        gate = "AllowNonProvisionableDevices"
        return Decision(state="Blocked", reason="Policy", step="mailbox-policy", decider="policy", setting=gate)
    if enforcement == "not-read":
        return Passed(f"whether the device enforces policy {name} was not read: taken as met", assumed=True)
    return Passed(f"the device enforces policy {name} in full")


LISTS_UNSURE = (
    "ActiveSyncEnabled is false: Exchange then ignores the other ActiveSync settings of the mailbox; whether its lists"
    " still count for a client that does not use ActiveSync is not published"
)
"""What is not known about a decision by a list of a mailbox with ActiveSync off.

Source: https://learn.microsoft.com/powershell/module/exchangepowershell/set-casmailbox
"""


def _personal_block(request: AccessRequest, _rules: RuleIndex, _facts: Facts) -> Answer:
    return _personal(request, BLOCKED, "Blocked", "personal-block")


def _personal_allow(request: AccessRequest, _rules: RuleIndex, _facts: Facts) -> Answer:
    return _personal(request, ALLOWED, "Allowed", "personal-allow")


def _personal(request: AccessRequest, setting: str, state: AccessState, step: str) -> Answer:
    if setting in request.listed:
        notes = (LISTS_UNSURE,) if request.mailbox.switch("ActiveSyncEnabled") is False else ()
        return Decision(state=state, reason="Individual", step=step, decider="mailbox", setting=setting, notes=notes)
    return Passed(f"the device is not in {setting}")


def _conditional_access(request: AccessRequest, _rules: RuleIndex, facts: Facts) -> Answer:
    if facts.conditional_access and request.client.kind == "Outlook":
        note = "a Conditional Access policy covers Outlook mobile, so device access rules are skipped; look there"
        return Decision(state=None, reason=None, step="conditional-access", notes=(note,))
    return Passed("no Conditional Access policy for Outlook mobile is declared")


def _rules(request: AccessRequest, rules: RuleIndex, _facts: Facts) -> Answer:
    decision = rules.decide(request.device_class)
    return decision if decision.step != "default" else Passed("no device access rule matches")


def _default(request: AccessRequest, rules: RuleIndex, _facts: Facts) -> Answer:
    return rules.decide(request.device_class)


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
