"""What a snapshot says of single objects, and what follows from it for devices and mailboxes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from policylint.access.cohorts import cohorts_of
from policylint.access.request import SPECIFIC
from policylint.access.rule_index import STRICTNESS
from policylint.access.steps import ALLOWED, BLOCKED
from policylint.model.device import CHARACTERISTICS
from policylint.model.state import MAILBOX, POLICY, RULE
from policylint.named_tuple import NamedTuple
from policylint.text import fold, natural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.access.decide import AccessModel
    from policylint.access.decision import Decision
    from policylint.model.device import Device
    from policylint.model.device_table import DeviceTable
    from policylint.model.entity import Entity, Value
    from policylint.model.state import State
    from policylint.schema.store import ObjectType, Setting

OWN_POLICY = "ActiveSyncMailboxPolicy"


class SettingShown(NamedTuple):
    """A setting that was read. `differs` says whether it is not at its default, None where the default is not known."""

    name: str
    value: Value
    differs: bool | None


class Settings(NamedTuple):
    """The settings of an object that were read, in canonical order, and the names of those that were not."""

    read: tuple[SettingShown, ...]
    not_read: tuple[str, ...]


class ListedDevice(NamedTuple):
    """An ID on a list of a mailbox, and the device with it: of this mailbox, else of another; None: no such device."""

    list: str
    device_id: str
    device: Device | None


class MailboxShown(NamedTuple):
    """A mailbox, the policy that governs it, the IDs on its lists, and its devices with what live settings give them.

    `is_inherited` says whether the policy is that of all mailboxes without their own, None where that is not known.
    """

    mailbox: Entity
    settings: Settings
    policy: Entity | None
    is_inherited: bool | None
    listed: tuple[ListedDevice, ...]
    devices: tuple[tuple[Device, Decision], ...]


class RuleShown(NamedTuple):
    """A rule, and how many devices it decides about; None where not all devices were read."""

    rule: Entity
    devices: int | None


class RulesShown(NamedTuple):
    """The rules in the order in which they decide, and the default level with the devices that it decides about."""

    rules: tuple[RuleShown, ...]
    default_level: str | None
    default_devices: int | None


class PolicyShown(NamedTuple):
    """A policy, and how many mailboxes have it as their own and how many as the default; None: that is not known."""

    policy: Entity
    settings: Settings
    own: int | None
    inherited: int | None


def settings_of(entity: Entity, described: ObjectType, edition: str) -> Settings:
    """Return the settings of an object that an edition has, but for what it is known by."""
    known = [
        setting
        for name, setting in described.settings.items()
        if name not in described.key and (setting.exists_in(edition) or name in entity.settings)
    ]
    return Settings(
        tuple(
            SettingShown(setting.name, entity.settings[setting.name], _differs(entity.settings[setting.name], setting))
            for setting in known
            if setting.name in entity.settings
        ),
        tuple(setting.name for setting in known if setting.name not in entity.settings),
    )


def _differs(value: Value, setting: Setting) -> bool | None:
    """Return whether a setting is not at its default; of a switch the schema may not know the default."""
    if isinstance(value, bool) and "default" not in setting.schema:
        return None
    default: Value = () if setting.kind == "strings" else setting.schema.get("default")
    return not setting.same(value, default)


def show_mailbox(
    mailbox: Entity, model: AccessModel, devices: DeviceTable, described: ObjectType, edition: str
) -> MailboxShown:
    """Return what is known of a mailbox."""
    own = tuple(devices.select(lambda _device_id, _guid: True, mailbox.key))
    reference = mailbox.settings.get(OWN_POLICY, ())
    return MailboxShown(
        mailbox,
        settings_of(mailbox, described, edition),
        model.state.policy_of(mailbox) if reference != () else None,
        None if reference == () else reference is None,
        tuple(_listed(mailbox, own, devices)),
        tuple((device, model.decide(device)) for device in own),
    )


def _listed(mailbox: Entity, own: tuple[Device, ...], devices: DeviceTable) -> Iterator[ListedDevice]:
    items = [(name, item) for name in (ALLOWED, BLOCKED) for item in mailbox.items(name)]
    mine = {fold(device.device_id): device for device in own}
    wanted = {fold(item) for _, item in items} - mine.keys()
    others = devices.select(lambda device_id, _guid: fold(device_id) in wanted) if wanted else ()
    known = {fold(device.device_id): device for device in others} | mine
    yield from (ListedDevice(name, item, known.get(fold(item))) for name, item in items)


def show_rules(model: AccessModel, devices: DeviceTable | None) -> RulesShown:
    """Return the rules in the order in which they decide; `devices` are all there are, None if some were not read."""
    decided: Counter[tuple[str, str]] = Counter()
    for cohort in cohorts_of(devices, (model,)).cohorts if devices is not None else ():
        decision = model.decide(cohort.representative)
        if decision.decided_by is not None:
            decided[decision.decided_by.kind, decision.decided_by.key] += cohort.size
    rules = sorted((model.state.rules or {}).values(), key=lambda rule: _order(rule, model.facts.precedence))
    organization = model.state.organization
    level = organization.text("DefaultAccessLevel") if organization is not None else ""
    return RulesShown(
        tuple(RuleShown(rule, decided[RULE, rule.key] if devices is not None else None) for rule in rules),
        level or None,
        None if devices is None or organization is None else decided[organization.kind, organization.key],
    )


def _order(rule: Entity, precedence: str) -> tuple[object, ...]:
    """Return what rules are ordered by: what decides before others, then what they compare, as people order texts."""
    characteristic, query = rule.text("Characteristic"), rule.text("QueryString")
    strictness = -STRICTNESS.get(rule.text("AccessLevel"), 0)
    specific = CHARACTERISTICS.index(characteristic) if characteristic in CHARACTERISTICS else -1
    first = -specific if precedence == SPECIFIC else strictness
    return first, characteristic, natural(query), query


def show_policies(state: State, described: ObjectType, edition: str) -> tuple[PolicyShown, ...]:
    """Return the policies, the default one first, then by name."""
    having = _mailboxes_of_policies(state)
    policies = sorted(
        state.of_kind(POLICY).values(),
        key=lambda policy: (policy.get("IsDefault") is not True, natural(policy.identity), policy.key),
    )
    return tuple(
        PolicyShown(
            policy,
            settings_of(policy, described, edition),
            having[policy.key, False] if having is not None else None,
            having[policy.key, True] if having is not None else None,
        )
        for policy in policies
    )


def _mailboxes_of_policies(state: State) -> Mapping[tuple[str, bool], int] | None:
    """Return how many mailboxes have each policy, as their own or as the default; None where that is not known."""
    mailboxes = state.section(MAILBOX)
    if mailboxes is None:
        return None
    references = Counter(mailbox.settings.get(OWN_POLICY, ()) for mailbox in mailboxes.values())
    if () in references:
        return None
    found: Counter[tuple[str, bool]] = Counter()
    for reference, number in references.items():
        policy = state.find_policy(reference) if isinstance(reference, str) else state.default_policy
        if policy is not None:
            found[policy.key, reference is None] += number
    return found
