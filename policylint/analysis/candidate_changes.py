"""The single changes of a configuration that might let a device in, or keep it out, each with what to know first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.request import client_of, mailbox_facts
from policylint.access.steps import ALLOWED, BLOCKED, governing_switch
from policylint.devices.contradictions import contradiction
from policylint.escape import command_line
from policylint.model.access_rule import rule_identity, rule_key
from policylint.model.device import CHARACTERISTICS
from policylint.model.entity import Entity, comparable
from policylint.model.origin import Origin
from policylint.model.state import RULE
from policylint.named_tuple import NamedTuple
from policylint.phrases import listed, show
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from policylint.access.decide import AccessModel
    from policylint.model.device import Device

POLICY, DEFAULT = "policy", "default"
"""The reaches of changes of a mailbox policy and of the default level."""

REACH = ("device", "mailbox", "DeviceModel", "DeviceType", "DeviceOS", "UserAgent", POLICY, DEFAULT)
"""How widely a change reaches: of changes that affect as many seen devices, the narrower comes first.

A rule on the system or the user agent comes after one on model or type: an update of the device changes those values.
Source: https://practical365.com/exchange-server/is-quarantine-smarter-than-block-for-activesync-device-access-rules/
"""

OF_MAILBOX = frozenset({"device", "mailbox"})
"""The reaches of changes that affect devices of one mailbox alone."""

FOR_ALL = frozenset({POLICY, DEFAULT})
"""The reaches of changes that loosen something for everybody."""

GATE = "AllowNonProvisionableDevices"
POLICY_OF_MAILBOX = "ActiveSyncMailboxPolicy"

_OPEN_CONNECTIONS = ("a connection that is open can go on for 8 to 24 hours",)
"""What to know of switching Exchange ActiveSync off.

Source: https://learn.microsoft.com/exchange/troubleshoot/client-connectivity/eas-devices-still-sync-with-disabled-account
"""

_NO_OTHER_POLICY = (
    "no other policy admits this device: a new one for such devices, given to this mailbox alone, loosens nothing for"
    " the other mailboxes",
)


class ListCommand(NamedTuple):
    """The command that puts a device on a list of its mailbox in the policy files. `verb` is `approve` or `deny`."""

    verb: str
    device_id: str
    mailbox: str

    def line(self, options: Iterable[tuple[str, str]]) -> str | None:
        """Return the command, with more options, as it may be copied; None where there is no such line."""
        line = command_line(f"policylint {self.verb}", self.device_id, mailbox=self.mailbox)
        for name, text in options:
            line = command_line(line, **{name: text}) if line is not None else None
        return line


class CandidateChange(NamedTuple):
    """One change of a configuration.

    `reach` says how widely it reaches, `scope` in words for whom it is beyond the one device; empty where for nobody.
    `value` is the folded value of the characteristic that it reaches by, empty where by none.
    `cautions` are what to know before it is made. `order` tells changes of one reach apart.
    `command` does it in the policy files, None where no command does.
    """

    words: str
    reach: str
    apply: Callable[[AccessModel], AccessModel]
    scope: str = ""
    cautions: tuple[str, ...] = ()
    order: int = 0
    command: ListCommand | None = None
    value: str = ""


def inwards(model: AccessModel, device: Device) -> Iterator[CandidateChange]:
    """Yield the changes that might let a device in."""
    mailbox = model.mailbox(device.mailbox)
    if mailbox is not None and device.device_id:
        yield from _lists(mailbox, device, ALLOWED, BLOCKED, _before_an_exception(model, device))
    others: tuple[CandidateChange, ...] = ()
    if mailbox is not None:
        yield from (_switch(mailbox, name, True) for name, value in model.facts_of(mailbox.key).switches if not value)
        others = tuple(_other_policies(model, mailbox, device))
        yield from others
    yield from _gate(model, mailbox, device, alone=mailbox is not None and not others)
    yield from _rules(model, device, "Allow")
    yield from _default(model, "Allow")


def outwards(model: AccessModel, device: Device) -> Iterator[CandidateChange]:
    """Yield the changes that might keep a device out."""
    mailbox = model.mailbox(device.mailbox)
    if mailbox is not None and device.device_id:
        yield from _lists(mailbox, device, BLOCKED, ALLOWED)
    if mailbox is not None:
        governing = governing_switch(client_of(device), model.facts)
        switches = dict(model.facts_of(mailbox.key).switches)
        yield from (_switch(mailbox, name, False) for name, value in {governing: True, **switches}.items() if value)
    yield from _rules(model, device, "Block")
    yield from _default(model, "Block")


def _before_an_exception(model: AccessModel, device: Device) -> Iterator[str]:
    """Yield why a device may be kept out with good reason: what it reports cannot be true, or a rule says why."""
    contradicting = contradiction(device.device_class, device.client_type)
    if contradicting is not None:
        yield f"what it reports contradicts itself ({contradicting.words}): find out what it is before you let it in"
    decision = model.decide(device)
    if decision.step == "rule-block":
        for rule in decision.matched:
            if rule.text("AccessLevel") == "Block" and (reasons := on_record(rule, "AccessLevel")):
                blocks = f"rule {rule.identity} blocks such devices on purpose"
                yield f"{blocks}: read its reason before you make an exception"
                yield from reasons


def _lists(
    mailbox: Entity, device: Device, into: str, out_of: str, cautions: Iterable[str] = ()
) -> Iterator[CandidateChange]:
    """Yield the changes of the mailbox's two lists: one takes the device's ID, the other gives it up.

    `cautions` are what to know before the device is put on a list.
    """
    on_lists = {name: {fold(item) for item in mailbox.items(name)} for name in (into, out_of)}
    own = fold(device.device_id)

    if own in on_lists[out_of]:
        left = tuple(item for item in mailbox.items(out_of) if fold(item) != own)
        deliberate = "somebody blocked this very device: find out why first, it may be lost or stolen"
        yield CandidateChange(
            f"remove {device.device_id} from {out_of} of {mailbox.identity}",
            "device",
            lambda model: model.with_settings(mailbox, {out_of: left}),
            cautions=(deliberate, *on_record(mailbox, out_of, device.device_id)) if out_of == BLOCKED else (),
        )
    if own not in on_lists[into]:
        more = (*mailbox.items(into), device.device_id)
        yield CandidateChange(
            f"add {device.device_id} to {into} of {mailbox.identity}",
            "device",
            lambda model: model.with_settings(mailbox, {into: more}),
            cautions=tuple(cautions),
            command=ListCommand("approve" if into == ALLOWED else "deny", device.device_id, mailbox.identity),
        )


def _switch(mailbox: Entity, name: str, value: bool) -> CandidateChange:
    admitted = f"every device of {mailbox.identity} that lists, rules and the default let in, later ones too"
    return CandidateChange(
        f"set {name} of {mailbox.identity} to {show(value)}",
        "mailbox",
        lambda model: model.with_settings(mailbox, {name: value}),
        scope=admitted if value else f"every device of {mailbox.identity} that {name} governs, later ones too",
        cautions=on_record(mailbox, name) if value else _OPEN_CONNECTIONS if name == "ActiveSyncEnabled" else (),
    )


def _must_enforce(model: AccessModel, mailbox: Entity | None, device: Device) -> Entity | None:
    """Return the policy that asks a device to enforce all of it, None where none does.

    Source: only Exchange ActiveSync clients are provisioned, [MS-ASPROV]
    """
    policy = model.state.policy_of(mailbox)
    if policy is None or policy.get(GATE) is not False or device.client_type != "EAS":
        return None
    return policy


def _other_policies(model: AccessModel, mailbox: Entity, device: Device) -> Iterator[CandidateChange]:
    """Yield the policies there are that ask less of the devices of a mailbox, those that differ least first."""
    governing = _must_enforce(model, mailbox, device)
    if governing is None:
        return
    found = []
    for policy in (model.state.policies or {}).values():
        own = None if policy == model.state.default_policy else policy.identity
        with_it = mailbox._replace(settings={**mailbox.settings, POLICY_OF_MAILBOX: own})
        if not mailbox_facts(with_it, model.state).must_enforce:
            found.append((_differences(governing, policy), policy, own))
    found.sort(key=lambda item: (len(item[0]), item[1].key))
    for order, (differences, policy, own) in enumerate(found):
        yield _policy_of(mailbox, policy, own, f"unlike {governing.identity}, it has {listed(differences)}", order)


def _policy_of(mailbox: Entity, policy: Entity, own: str | None, caution: str, order: int) -> CandidateChange:
    """Return the change that gives a mailbox a policy; `own` is None for the default, which every mailbox has."""
    settings = {POLICY_OF_MAILBOX: own}
    name = own if own is not None else f"null, which is policy {policy.identity}"
    return CandidateChange(
        f"set {POLICY_OF_MAILBOX} of {mailbox.identity} to {name}",
        "mailbox",
        lambda model: model.with_settings(mailbox, settings),
        scope=f"every device of {mailbox.identity}, later ones too: policy {policy.identity} then governs them",
        cautions=(caution,),
        order=order,
    )


def _differences(policy: Entity, other: Entity) -> tuple[str, ...]:
    """Return the settings of another policy that are not those of a policy, with their values, sorted by name.

    Of one that is not known of the other policy it says so: Exchange then has its own default.
    """
    names = sorted(set(policy.settings) - {"Name", "IsDefault"})
    return tuple(
        f"{name} {show(other.get(name)) if name in other.settings else 'not declared'}"
        for name in names
        if comparable(policy.get(name)) != comparable(other.get(name)) or name not in other.settings
    )


def _gate(model: AccessModel, mailbox: Entity | None, device: Device, *, alone: bool) -> Iterator[CandidateChange]:
    """Yield the change of the policy itself, for every mailbox that it governs; `alone` where no policy asks less."""
    policy = _must_enforce(model, mailbox, device)
    if policy is None:
        return
    yield CandidateChange(
        f"set {GATE} of policy {policy.identity} to true",
        POLICY,
        lambda model: model.with_settings(policy, {GATE: True}),
        scope=f"every mailbox under policy {policy.identity}: devices that enforce none of it get in too",
        cautions=(*(_NO_OTHER_POLICY if alone else ()), *on_record(policy, GATE)),
    )


def _rules(model: AccessModel, device: Device, level: str) -> Iterator[CandidateChange]:
    """Yield a rule of a level for each value of the device: a new one, or the one there is with another level."""
    for place, name in enumerate(CHARACTERISTICS):
        value = device.device_class[place]
        if value is None:
            continue
        rule = model.rules.rule_for(place, value)
        if rule is not None and rule.text("AccessLevel") == level:
            continue
        identity = rule_identity(name, value) if rule is None else rule.identity
        words = f"new rule {identity}: {level}" if rule is None else f"set rule {identity} to {level}"
        if rule is not None and rule.pattern:
            words = f"new rule {identity}: {level}, which takes precedence over the entry {rule.pattern}"
        folded = fold(value)
        scope = f"every device with {name} {value}, later ones too"
        cautions = on_record(rule, "AccessLevel") if rule is not None else ()
        adding = _adding(_rule(name, value, level))
        yield CandidateChange(words, name, adding, scope, cautions, value=folded)
        if rule is not None and not rule.pattern:
            words = f"delete rule {identity}"
            yield CandidateChange(words, name, _deleting(rule), scope, cautions, value=folded)


def _default(model: AccessModel, level: str) -> Iterator[CandidateChange]:
    organization = model.state.organization
    if organization is not None and organization.text("DefaultAccessLevel") != level:
        settings = {"DefaultAccessLevel": level}
        yield CandidateChange(
            f"set DefaultAccessLevel to {level}",
            DEFAULT,
            lambda model: model.with_settings(organization, settings),
            scope="every device about which no list and no rule decides, later ones too",
        )


def on_record(entity: Entity, setting: str, item: str = "") -> tuple[str, ...]:
    """Return why a setting of an object, or an item of its list, is as it is, where the policy says so."""
    entry = entity.giver(setting)
    notes = entry.notes_of(item)
    reason, owner = notes.get("reason"), notes.get("owner")
    if not reason:
        return ()
    what = f"{item} of {entity.identity}" if reason != entry.notes.get("reason") else entity.identity
    return (f"the policy gives a reason for {what}: {reason}" + (f" (owner: {owner})" if owner else ""),)


def _rule(characteristic: str, query: str, level: str) -> Entity:
    return Entity(
        kind=RULE,
        identity=rule_identity(characteristic, query),
        key=rule_key(characteristic, query),
        settings={"Characteristic": characteristic, "QueryString": query, "AccessLevel": level},
        origin=Origin("this change"),
    )


def _adding(rule: Entity) -> Callable[[AccessModel], AccessModel]:
    return lambda model: model.with_rule(rule)


def _deleting(rule: Entity) -> Callable[[AccessModel], AccessModel]:
    return lambda model: model.without_rule(rule)
