"""Who gets in: the order of decision for one device, step by step.

Source: the order is the one Microsoft lists for Exchange ActiveSync (authentication, ActiveSync enabled, mailbox
policy, personal block, personal allow, rules that block, quarantine, allow, the default level),
https://unifiedpeople.ru/exch2010help.en/html/2b76335e-e700-46d2-96e3-67397dbb4af9.htm (a copy of the Exchange help)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policylint.access.decision import AccessState, Decision
from policylint.model.device import CHARACTERISTICS, Device, DeviceClass
from policylint.text import fold, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from policylint.model.config import Config
    from policylint.model.entity import Entity
    from policylint.model.state import State

STATE_OF_LEVEL: Mapping[str, AccessState] = {"Allow": "Allowed", "Quarantine": "Quarantined", "Block": "Blocked"}
"""What a device gets from a rule or default of a level."""

STRICTNESS: Mapping[str, int] = {"Allow": 0, "Quarantine": 1, "Block": 2}
"""Of the rules that match one device, the strictest level decides."""

STRICTEST = "strictest"
"""The reading of Microsoft's list: Block before Quarantine before Allow, whatever the characteristic."""

SPECIFIC = "specific-first"
"""The other reading: the rule on the most specific characteristic decides - user agent, system, model, type.

Source: a licensee of the protocol ranks system, model, type in its own server; where the user agent stands is not said,
https://docslib.org/doc/9615698/activesync-guide
"""

LEAST_EAS_ONLINE = (16, 1)
"""The Exchange ActiveSync version below which Exchange Online refuses a client.

Source: https://itdaily.com/news/software/microsoft-exchange-aes-16-1/
"""

OUTLOOK_MOBILE = frozenset({"Outlook", "REST"})
"""Client types of Outlook for iOS and Android on Microsoft sync.

Source: https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/outlook-for-ios-and-android/outlook-for-ios-and-android-faq
"""


class Facts(NamedTuple):
    """What no configuration shows: the edition, and what the administrator declares under `outside:`."""

    edition: str = "exchange-online"
    conditional_access: bool = False
    precedence: str = STRICTEST

    @property
    def online(self) -> bool:
        """Return whether this is Exchange Online."""
        return self.edition == "exchange-online"


def facts_of(config: Config) -> Facts:
    """Return what a configuration declares that no settings of Exchange show."""
    return Facts(config.edition, config.conditional_access, config.precedence)


class DecisionStep(NamedTuple):
    """One question of the order, in words, and the function that answers it with a decision or passes."""

    name: str
    question: str
    apply: Callable[[AccessModel, Device, Entity | None], Decision | str]


class Assumed(str):
    """The answer of a step that passes because something is not known; it goes into the notes of the decision."""

    __slots__ = ()


class AccessModel:
    """A configuration made ready to decide about devices.

    `decide` and `explain` follow the same steps. What depends on the class of a device alone is decided once a class.
    """

    def __init__(self, state: State, facts: Facts) -> None:
        self.state = state
        self.facts = facts
        self._rules: tuple[dict[str, Entity], ...] = tuple({} for _ in CHARACTERISTICS)
        self._unsimulated: list[Entity] = []
        self._classes: dict[DeviceClass, Decision] = {}
        for rule in (state.rules or {}).values():
            self.put_rule(rule)

    def put_rule(self, rule: Entity) -> None:
        """Add a rule, or replace the one of the same characteristic and string."""
        self._classes.clear()
        if rule.text("Characteristic") in CHARACTERISTICS:
            self._rules[CHARACTERISTICS.index(rule.text("Characteristic"))][fold(rule.text("QueryString"))] = rule
        else:
            self._unsimulated = [other for other in self._unsimulated if other.key != rule.key] + [rule]

    def remove_rule(self, rule: Entity) -> None:
        """Take a rule away."""
        self._classes.clear()
        if rule.text("Characteristic") in CHARACTERISTICS:
            del self._rules[CHARACTERISTICS.index(rule.text("Characteristic"))][fold(rule.text("QueryString"))]
        else:
            self._unsimulated = [other for other in self._unsimulated if other.key != rule.key]

    def mailbox(self, key: str | None) -> Entity | None:
        """Return the mailbox of a key, None where none is known."""
        return (self.state.mailboxes or {}).get(key) if key is not None else None

    def decide(self, device: Device) -> Decision:
        """Return the decision about a device."""
        mailbox = self.mailbox(device.mailbox)
        assumed: tuple[str, ...] = ()
        for step in STEPS:
            answer = step.apply(self, device, mailbox)
            if isinstance(answer, Decision):
                return answer._replace(notes=answer.notes + assumed) if assumed else answer
            if isinstance(answer, Assumed):
                assumed += (str(answer),)
        raise AssertionError("the last step decides")

    def explain(self, device: Device) -> Iterator[tuple[DecisionStep, Decision | str]]:
        """Yield each step that is asked with its answer: a sentence where it passes, the decision where it ends."""
        mailbox = self.mailbox(device.mailbox)
        for step in STEPS:
            answer = step.apply(self, device, mailbox)
            if isinstance(answer, Decision):
                yield step, self.decide(device)
                return
            yield step, answer

    def decide_class(self, device_class: DeviceClass) -> Decision:
        """Return the decision of rules and default for a class of devices: what one without exemptions gets."""
        known = self._classes.get(device_class)
        if known is None:
            known = self._classes[device_class] = self._by_rules(device_class)
        return known

    def rule_for(self, place: int, value: str) -> Entity | None:
        """Return the rule of the characteristic at a place of a class that names a value, None where there is none."""
        return self._rules[place].get(fold(value))

    def matching(self, device_class: DeviceClass) -> tuple[Entity, ...]:
        """Return the rules that match, the one that decides first: by level, or by characteristic, as the facts say."""
        found = [
            rule
            for rules, value in zip(self._rules, device_class, strict=True)
            if value is not None and (rule := rules.get(fold(value))) is not None
        ]
        if self.facts.precedence == SPECIFIC:
            return tuple(reversed(found))
        return tuple(sorted(found, key=lambda rule: -STRICTNESS.get(rule.text("AccessLevel"), 0)))

    def otherwise(self) -> AccessModel:
        """Return the same configuration under the other reading of which rule decides."""
        other = SPECIFIC if self.facts.precedence == STRICTEST else STRICTEST
        return AccessModel(self.state, self.facts._replace(precedence=other))

    def _by_rules(self, device_class: DeviceClass) -> Decision:
        matched = self.matching(device_class)
        if matched:
            level = matched[0].text("AccessLevel")
            disputed = any(rule.text("AccessLevel") != level for rule in matched)
            decision = Decision(
                state=STATE_OF_LEVEL.get(level),
                reason="DeviceRule",
                step=f"rule-{level.lower()}",
                decided_by=matched[0],
                setting="AccessLevel",
                disputed=disputed,
                matched=matched,
                notes=(
                    *_unknown_level(level, matched[0].identity),
                    *((_DISPUTED[self.facts.precedence],) if disputed else ()),
                ),
            )
        else:
            decision = self._by_default()
        return self._with_unseen(decision)

    def _by_default(self) -> Decision:
        organization = self.state.organization
        level = organization.text("DefaultAccessLevel") if organization is not None else ""
        if not level:
            note = (
                "DefaultAccessLevel is neither declared nor in a snapshot: an untouched organization's Allow is assumed"
            )
            return Decision(state="Allowed", reason="Global", step="default", decided_by=organization, notes=(note,))
        return Decision(
            state=STATE_OF_LEVEL.get(level),
            reason="Global",
            step="default",
            decided_by=organization,
            setting="DefaultAccessLevel",
            notes=_unknown_level(level, "DefaultAccessLevel"),
        )

    def _with_unseen(self, decision: Decision) -> Decision:
        """Say so where a rule on a characteristic that no record shows could decide otherwise."""
        level = next((level for level, state in STATE_OF_LEVEL.items() if state == decision.state), "Allow")
        notes = tuple(
            f"{rule.identity} is not decided here: no device record shows {rule.text('Characteristic')}"
            for rule in self._unsimulated
            if decision.step == "default" or STRICTNESS.get(rule.text("AccessLevel"), 0) > STRICTNESS[level]
        )
        return decision._replace(notes=decision.notes + notes) if notes else decision


def _unknown_level(level: str, where: str) -> tuple[str, ...]:
    """Return a note where an access level is not one that Exchange documents: what it means is not known."""
    return () if level in STATE_OF_LEVEL else (f"what the access level `{level}` of {where} means is not known",)


_DISPUTED = {
    STRICTEST: "rules of different levels match: decided by Microsoft's order (Block, Quarantine, Allow), which no test"
    " settles",
    SPECIFIC: "rules of different levels match: decided by the most specific characteristic, as `precedence` says;"
    " Microsoft's order is Block, Quarantine, Allow",
}


def _service(model: AccessModel, device: Device, _mailbox: Entity | None) -> Decision | str:
    if not model.facts.online or device.client_type != "EAS":
        return "does not apply: only Exchange Online refuses old Exchange ActiveSync clients"
    version = version_of(device.client_version)
    if version is None:
        return "the client's protocol version is not known: taken as current"
    if version < LEAST_EAS_ONLINE:
        note = f"Exchange ActiveSync {device.client_version} is refused by the service, whatever the settings say"
        return Decision(state="Blocked", reason=None, step="service", notes=(note,))
    return f"Exchange ActiveSync {device.client_version} is new enough"


def _windows_mail(_model: AccessModel, device: Device, _mailbox: Entity | None) -> Decision | str:
    if device.client_type == "UniversalOutlook":
        note = "Windows Mail does not follow these settings; look at UniversalOutlookEnabled of the mailbox"
        return Decision(state=None, reason=None, step="windows-mail", notes=(note,))
    return f"the client type is {device.client_type}"


def governing_switch(device: Device, facts: Facts) -> str:
    """Return the mailbox switch that governs a client.

    Source: in Exchange Online, Outlook mobile does not use Exchange ActiveSync and has a switch of its own,
    https://learn.microsoft.com/powershell/module/exchangepowershell/set-casmailbox
    """
    if device.client_type in OUTLOOK_MOBILE and facts.online:
        return "OutlookMobileEnabled"
    return "OWAforDevicesEnabled" if device.client_type == "MOWA" else "ActiveSyncEnabled"


def _mailbox_switch(model: AccessModel, device: Device, mailbox: Entity | None) -> Decision | str:
    switch = governing_switch(device, model.facts)
    if mailbox is None:
        return f"the mailbox is not known: {switch} is taken as true"
    value = mailbox.get(switch)
    if value is False:
        return Decision(state="Blocked", reason=None, step="mailbox-switch", decided_by=mailbox, setting=switch)
    return f"{switch} is true" if value is True else f"{switch} is not known: taken as true"


def _managed(model: AccessModel, device: Device, _mailbox: Entity | None) -> Decision | str:
    if device.managed and model.facts.online:
        note = "the device is enrolled in device management, which decides instead; look there"
        return Decision(state=None, reason=None, step="managed-device", notes=(note,))
    if device.provisionable == "external":
        note = "the client says that another service manages it; AllowExternalDeviceManagement and that service decide"
        return Decision(state=None, reason=None, step="managed-device", notes=(note,))
    return "the device is not managed by another service"


def _policy(model: AccessModel, device: Device, mailbox: Entity | None) -> Decision | str:
    if device.client_type != "EAS":
        return "does not apply: only Exchange ActiveSync clients are provisioned"
    policy = model.state.policy_of(mailbox)
    if policy is None:
        return "the mailbox policy is not known: taken as met"
    if policy.get("AllowNonProvisionableDevices") is not False:
        return f"policy {policy.identity} admits devices that cannot enforce all of it"
    if device.provisionable in {"partial", "none"} or (
        device.provisionable == "unknown" and device.live_state == "Blocked" and device.live_reason == "Policy"
    ):
        return Decision(
            state="Blocked",
            reason="Policy",
            step="mailbox-policy",
            decided_by=policy,
            setting="AllowNonProvisionableDevices",
        )
    if device.provisionable == "unknown":
        return Assumed(f"whether the device enforces policy {policy.identity} was not read: taken as met")
    return f"the device enforces policy {policy.identity} in full"


def _personal_block(_model: AccessModel, device: Device, mailbox: Entity | None) -> Decision | str:
    return _personal(device, mailbox, "ActiveSyncBlockedDeviceIDs", "Blocked", "personal-block")


def _personal_allow(_model: AccessModel, device: Device, mailbox: Entity | None) -> Decision | str:
    return _personal(device, mailbox, "ActiveSyncAllowedDeviceIDs", "Allowed", "personal-allow")


def _personal(device: Device, mailbox: Entity | None, setting: str, state: AccessState, step: str) -> Decision | str:
    listed = mailbox.items(setting) if mailbox is not None else ()
    if device.device_id and listed and fold(device.device_id) in {fold(item) for item in listed}:
        return Decision(state=state, reason="Individual", step=step, decided_by=mailbox, setting=setting)
    return f"the device is not in {setting}"


def _conditional_access(model: AccessModel, device: Device, _mailbox: Entity | None) -> Decision | str:
    if model.facts.conditional_access and device.client_type in OUTLOOK_MOBILE:
        note = "a Conditional Access policy covers Outlook mobile, so device access rules are skipped; look there"
        return Decision(state=None, reason=None, step="conditional-access", notes=(note,))
    return "no Conditional Access policy for Outlook mobile is declared"


def _rules(model: AccessModel, device: Device, _mailbox: Entity | None) -> Decision | str:
    decision = model.decide_class(device.device_class)
    return decision if decision.step != "default" else "no device access rule matches"


def _default(model: AccessModel, device: Device, _mailbox: Entity | None) -> Decision | str:
    return model.decide_class(device.device_class)


STEPS: tuple[DecisionStep, ...] = (
    DecisionStep("service", "does the service refuse the client's protocol?", _service),
    DecisionStep("windows-mail", "is it Windows Mail, which follows no device access settings?", _windows_mail),
    DecisionStep("mailbox-switch", "is this kind of client switched off for the mailbox?", _mailbox_switch),
    DecisionStep("managed-device", "does device management decide instead?", _managed),
    DecisionStep("mailbox-policy", "does the device fail to enforce its mailbox policy?", _policy),
    DecisionStep("personal-block", "is the device on the mailbox's blocked list?", _personal_block),
    DecisionStep("personal-allow", "is the device on the mailbox's allowed list?", _personal_allow),
    DecisionStep("conditional-access", "does Conditional Access decide instead?", _conditional_access),
    DecisionStep("rules", "does a device access rule match - Block, then Quarantine, then Allow?", _rules),
    DecisionStep("default", "what is the default access level?", _default),
)
"""The order of decision."""
