"""Questions that several predicates ask about declared and desired objects."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from policylint.access.decide import AccessModel, facts_of
from policylint.devices.observed import Observed
from policylint.diagnostic import Label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.lint.rule import Context
    from policylint.model.device import Device
    from policylint.model.entity import Entity, Value
    from policylint.model.origin import Origin
    from policylint.schema.store import Setting
    from policylint.source import Span


def is_declared(entity: Entity) -> bool:
    """Return whether an object stands in a policy file; others are live only and have no place to point at."""
    return entity.origin.node is not None


def at(entity: Entity, name: str | None = None) -> Span:
    """Return the span of a declared setting; the first line of the object where it is not declared."""
    return entity.origin.span(name) if name is not None and entity.origin.declares(name) else entity.origin.head()


def label(entity: Entity, name: str | None, message: str) -> tuple[Label, ...]:
    """Return a label at a declared setting or object; none where the object is live only."""
    return (Label(at(entity, name), message),) if is_declared(entity) else ()


def item_span(entity: Entity, name: str, index: int) -> Span:
    """Return the span of an item of a declared list."""
    spans = entity.origin.item_spans(name)
    return spans[index] if index < len(spans) else at(entity, name)


def desired(context: Context, declared: Entity) -> Entity:
    """Return what will be of a declared object: its settings, and the live ones where it declares none."""
    known = context.cache.get("desired")
    if known is None:
        known = context.cache["desired"] = {entity.origin: entity for entity in context.desired.entities()}
    by_origin: Mapping[Origin, Entity] = known
    return by_origin.get(declared.origin, declared)


def is_new(context: Context, declared: Entity) -> bool:
    """Return whether a snapshot shows that live Exchange does not have a declared object."""
    if context.snapshot is None:
        return False
    live = {
        "deviceAccessRule": context.snapshot.state.rules,
        "mobileDeviceMailboxPolicy": context.snapshot.state.policies,
    }.get(declared.kind)
    return live is not None and declared.key not in live


def will_be(context: Context, declared: Entity, name: str) -> tuple[bool, Value]:
    """Return whether it is known what a setting of a declared object will be, and what; a new object has defaults."""
    entity = desired(context, declared)
    if name in entity.settings:
        return True, entity.settings[name]
    if is_new(context, declared):
        return True, default_of(setting_of(context, declared, name))
    return False, None


def setting_of(context: Context, entity: Entity, name: str) -> Setting:
    """Return what the schema says of a setting."""
    return context.store.object_type(entity.kind).settings[name]


def default_of(setting: Setting) -> Value:
    """Return the value of a setting that nobody has touched: the empty list or null where the schema gives none."""
    if setting.kind == "strings":
        return ()
    default: Value = setting.schema.get("default")
    return default


def departs(context: Context, entity: Entity, name: str) -> bool:
    """Return whether a declared setting differs from its default."""
    if name not in entity.settings:
        return False
    setting = setting_of(context, entity, name)
    return not setting.same(entity.settings[name], default_of(setting))


def known_settings(context: Context, entity: Entity) -> Iterator[tuple[Setting, Value]]:
    """Yield each declared setting with what the schema says of it, in the order written."""
    known = context.store.object_type(entity.kind).settings
    for name, value in entity.settings.items():
        if name in known:
            yield known[name], value


def access_model(context: Context) -> AccessModel:
    """Return the desired state made ready to decide about devices, once a run."""
    model = context.cache.get("access")
    if not isinstance(model, AccessModel):
        model = context.cache["access"] = AccessModel(context.desired, facts_of(context.config))
    return model


def devices_by_mailbox(context: Context) -> Mapping[str, list[Device]] | None:
    """Return the devices of the snapshot by the key of their mailbox; None where they were not all read."""
    if context.snapshot is None or {"devices", "mailboxes"} & context.snapshot.incomplete.keys():
        return None
    known = context.cache.get("devices")
    if known is None:
        known = defaultdict(list)
        for device in context.snapshot.devices:
            if device.mailbox is not None:
                known[device.mailbox].append(device)
        context.cache["devices"] = known
    by_mailbox: Mapping[str, list[Device]] = known
    return by_mailbox


def observed(context: Context) -> Observed:
    """Return the values that devices report, worked out once a run."""
    found = context.cache.get("observed")
    if not isinstance(found, Observed):
        snapshot = context.snapshot
        devices = snapshot.devices if snapshot is not None and "devices" not in snapshot.incomplete else None
        found = context.cache["observed"] = Observed(devices, context.catalog())
    return found


def default_level(context: Context) -> str | None:
    """Return the default access level there will be, None where it is not known."""
    organization = context.desired.organization
    level = organization.get("DefaultAccessLevel") if organization is not None else None
    return level if isinstance(level, str) else None
