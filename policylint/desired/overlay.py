"""The desired state laid over live state: what there would be once the policy is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.desired.ownership import NotRead, Released, Section, management_of
from policylint.model.entity import EMPTY, ListEdit, comparable
from policylint.model.names import Names
from policylint.model.state import MAILBOX, POLICY, State
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.config import Management
    from policylint.model.entity import Entity, ObjectKind, Value
    from policylint.schema.store import ObjectType, SchemaStore, Setting

REFERENCE, DEFAULT = "ActiveSyncMailboxPolicy", "IsDefault"


class Overlay(NamedTuple):
    """`state` is what there would be; `not_found` are declared objects that only Exchange could create and has not.

    `released` is what the policy declared at `since`, no longer does, and that stays as it is. `not_read` are settings
    of live objects that the policy speaks of and that the snapshot does not hold, in order, each once.
    """

    state: State
    not_found: tuple[Entity, ...] = ()
    released: tuple[Released, ...] = ()
    not_read: tuple[NotRead, ...] = ()


def overlay(
    declared: State,
    live: State | None,
    manage: Mapping[str, Management],
    store: SchemaStore,
    previous: State | None = None,
) -> Overlay:
    """Return what there would be once the declared state is in force.

    What is not declared keeps its live value unless the mode of its section removes it; `previous` is what was declared
    at `since`, None where that is not known. Objects keep the order of the declaration, live ones follow.
    """
    if live is None:
        return Overlay(_as_created(declared, store))
    objects: dict[ObjectKind, Mapping[str, Entity] | None] = {}
    not_found: list[Entity] = []
    released: list[Released] = []
    not_read: list[NotRead] = []
    for kind, described in store.object_types.items():
        one, other = declared.section(kind), live.section(kind)
        if other is None:
            objects[kind] = one
            continue
        was = by_live_key(previous.of_kind(kind), other) if previous is not None else EMPTY
        section = Section(
            described, management_of(manage, described), was, released, not_read, declared=one is not None
        )
        if described.single:
            objects[kind] = _update_single(one or EMPTY, other, section)
        elif "create" in described.actions:
            objects[kind] = _replace_section(one or EMPTY, other, section)
        else:
            objects[kind], missing = _update_existing(one or EMPTY, other, section)
            not_found.extend(missing)
    objects[POLICY] = _with_one_default(objects[POLICY], declared, live)
    released.extend(_kept_default(objects[POLICY], declared, live, previous))
    state = State({kind: known for kind, known in objects.items() if known is not None})
    if state.mailboxes:
        state = _with_policies(state, declared, live, previous, store.object_type(POLICY))
    stay = tuple(each for each in released if _stays(each, live, state))
    return Overlay(state, tuple(not_found), stay, tuple(dict.fromkeys(not_read)))


def _kept_default(
    policies: Mapping[str, Entity] | None, declared: State, live: State, previous: State | None
) -> Iterator[Released]:
    """Yield the default policy where the files no longer declare it: there is always one, so it stays."""
    default = live.default_policy
    if previous is None or default is None or default.key not in previous.of_kind(POLICY):
        return
    if default.key not in declared.of_kind(POLICY) and policies is not None and default.key in policies:
        yield Released(POLICY, default.identity, None, None)


def _stays(released: Released, live: State, state: State) -> bool:
    """Return whether what is released is as it was: a policy that goes away is taken from its mailboxes."""
    key = fold(released.identity)
    if released.property is None or isinstance(released.live, tuple) or key not in state.of_kind(released.kind):
        return True
    return live.of_kind(released.kind)[key].get(released.property) == state.of_kind(released.kind)[key].get(
        released.property
    )


def _as_created(declared: State, store: SchemaStore) -> State:
    """Return a declared state as it is of an organization that has nothing yet."""
    state = declared
    for kind, objects in declared.objects.items():
        described = store.object_type(kind)
        if described.coupled or any(
            isinstance(value, ListEdit) for entity in objects.values() for value in entity.settings.values()
        ):
            state = state.with_kind(kind, {key: _created(entity, described) for key, entity in objects.items()})
    return state


def _created(entity: Entity, described: ObjectType) -> Entity:
    """Return a declared object that is not live, with what Exchange sets along with its settings.

    Of a list in part what it adds is known, and nothing of one that only removes.
    """
    plain = {
        name: tuple(value) if isinstance(value, ListEdit) else value
        for name, value in entity.settings.items()
        if value or not isinstance(value, ListEdit)
    }
    return entity._replace(settings={**plain, **described.also_set(plain)})


def by_live_key(objects: Mapping[str, Entity], live: Mapping[str, Entity]) -> Mapping[str, Entity]:
    """Return objects by the keys that live Exchange has for them, however they were declared.

    Of two that are the same object the first counts.
    """
    if objects.keys() <= live.keys():
        return objects
    known = names_of(live)
    found: dict[str, Entity] = {}
    for key, each in objects.items():
        named = known.get(fold(each.identity))
        found.setdefault(named.key if named is not None else key, each)
    return found


def _update_single(
    declared: Mapping[str, Entity], live: Mapping[str, Entity], section: Section
) -> Mapping[str, Entity]:
    """Return the only object of a kind, which is the same whatever it is called."""
    if not live:
        return declared
    merged = section.merge(next(iter(declared.values()), None), next(iter(live.values())))
    return {merged.key: merged}


def _replace_section(
    declared: Mapping[str, Entity], live: Mapping[str, Entity], section: Section
) -> Mapping[str, Entity]:
    merged = {
        key: section.merge(entity, live[key]) if key in live else _created(entity, section.described)
        for key, entity in declared.items()
    }
    merged.update((key, entity) for key, entity in live.items() if key not in merged and not section.removes(entity))
    return merged


def _with_one_default(merged: Mapping[str, Entity] | None, declared: State, live: State) -> Mapping[str, Entity] | None:
    """Return the mailbox policies: there is always exactly one default, and the default one cannot go away.

    Source: giving one policy IsDefault takes it from the other,
    https://learn.microsoft.com/powershell/module/exchangepowershell/set-mobiledevicemailboxpolicy
    """
    if merged is None or live.policies is None:
        return merged
    default = declared.default_policy or live.default_policy
    if default is None:
        return merged
    policies = {key: _as_default(policy, key == default.key) for key, policy in merged.items()}
    policies.setdefault(default.key, default)
    return policies


def _as_default(policy: Entity, default: bool) -> Entity:
    """Return a policy as the default one or as another; one that says so already is left alone."""
    if (policy.get(DEFAULT) is True) == default:
        return policy
    return policy._replace(settings={**policy.settings, DEFAULT: default})


def _update_existing(
    declared: Mapping[str, Entity], live: Mapping[str, Entity], section: Section
) -> tuple[Mapping[str, Entity], tuple[Entity, ...]]:
    """Return every object of a kind that only Exchange creates, and the declared ones that it has not."""
    known = names_of(live)
    merged = dict(live)
    not_found: list[Entity] = []
    met: set[str] = set()
    for entity in declared.values():
        found = known.get(fold(entity.identity))
        if found is None:
            not_found.append(entity)
            merged[entity.key] = _created(entity, section.described)
        elif found.key not in met:  # of two declarations of one object the first counts
            met.add(found.key)
            merged[found.key] = section.merge(entity, found)
    for key in live if section.exact else section.previous.keys() & live.keys():
        if key not in met:
            merged[key] = section.merge(None, live[key])
    return merged, tuple(not_found)


def _with_policies(state: State, declared: State, live: State, previous: State | None, policies: ObjectType) -> State:
    """Return a state whose mailboxes name their policy as it is called, and none that this state removes.

    A mailbox is not moved off a policy of its own that nobody declared where the default policy admits devices that its
    own does not.
    """
    own = by_live_key(declared.of_kind(MAILBOX), live.of_kind(MAILBOX))
    gone = {fold(policy.identity) for key, policy in live.of_kind(POLICY).items() if key not in state.of_kind(POLICY)}
    was = previous.of_kind(MAILBOX) if previous is not None and gone else EMPTY
    mailboxes = {
        key: _with_policy_name(mailbox if _declares(own, key) else _not_loosened(mailbox, state, policies), state)
        for key, mailbox in state.of_kind(MAILBOX).items()
    }
    for key, entity in was.items():
        mailbox = mailboxes.get(key)
        if mailbox is None or REFERENCE not in entity.settings or _declares(own, key):
            continue
        if fold(mailbox.text(REFERENCE)) in gone:
            settings = {**mailbox.settings, REFERENCE: None}
            mailboxes[key] = mailbox._replace(settings=settings, base=mailbox.base or mailbox)
    return state.with_kind(MAILBOX, mailboxes)


def _declares(mailboxes: Mapping[str, Entity], key: str) -> bool:
    return key in mailboxes and REFERENCE in mailboxes[key].settings


def may_loosen(own: Entity, default: Entity, policies: ObjectType) -> bool:
    """Return whether a mailbox that leaves its own policy for the default one may be held to less.

    Only switches have a strict side that is known: what a policy allows, and what it requires. A setting of which the
    default policy says something else, or of which nothing is known, may loosen.
    """
    return any(
        comparable(default.get(name)) != comparable(value)
        and not (isinstance(value, bool) and _is_strict(default.get(name), policies.settings[name]))
        for name, value in own.settings.items()
        if name not in {"Name", DEFAULT}
    )


def _is_strict(value: Value, setting: Setting) -> bool:
    """Return whether a switch is known to hold devices to as much as it can."""
    return isinstance(value, bool) and value is setting.stricter


def _not_loosened(mailbox: Entity, state: State, policies: ObjectType) -> Entity:
    """Return a mailbox with its own policy where leaving it, which nobody declared, would admit more devices."""
    reference = mailbox.base.get(REFERENCE) if mailbox.base is not None else None
    if mailbox.get(REFERENCE) is not None or not isinstance(reference, str):
        return mailbox
    own, default = state.find_policy(reference), state.default_policy
    if own is None or (default is not None and not may_loosen(own, default, policies)):
        return mailbox
    return mailbox._replace(settings={**mailbox.settings, REFERENCE: reference})


def _with_policy_name(mailbox: Entity, state: State) -> Entity:
    """Return a declared mailbox with its policy by name, however the declaration refers to it."""
    reference = mailbox.get("ActiveSyncMailboxPolicy") if mailbox.base is not None else None
    policy = state.find_policy(reference) if isinstance(reference, str) else None
    if policy is None or policy.identity == reference:
        return mailbox
    return mailbox._replace(settings={**mailbox.settings, "ActiveSyncMailboxPolicy": policy.identity})


def names_of(objects: Mapping[str, Entity]) -> Names:
    """Return objects by every folded name that Exchange knows one of them under."""
    return Names(objects)
