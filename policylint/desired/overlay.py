"""The desired state laid over live state: what there would be once the policy is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policylint.model.state import MAILBOX, POLICY, State
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.model.entity import Entity, ObjectKind
    from policylint.schema.store import SchemaStore

EXACT = "exact"
"""The mode of a section in which live objects that are not declared go away; in every other mode they stay."""


class Overlay(NamedTuple):
    """`state` is what there would be; `not_found` are declared objects that only Exchange could create and has not."""

    state: State
    not_found: tuple[Entity, ...] = ()


def overlay(declared: State, live: State | None, manage: Mapping[str, str], store: SchemaStore) -> Overlay:
    """Return what there would be once the declared state is in force.

    What is not declared keeps its live value. Objects keep the order of the declaration, live ones follow.
    """
    if live is None:
        return Overlay(declared)
    objects: dict[ObjectKind, Mapping[str, Entity] | None] = {}
    not_found: list[Entity] = []
    for kind, described in store.object_types.items():
        one, other = declared.section(kind), live.section(kind)
        if described.single:
            objects[kind] = _update_single(one, other, store)
        elif "create" in described.actions:
            objects[kind] = _replace_section(one, other, manage.get(described.section, EXACT), store)
        else:
            objects[kind], missing = _update_existing(one, other, store)
            not_found.extend(missing)
    objects[POLICY] = _with_one_default(objects[POLICY], declared, live)
    state = State({kind: known for kind, known in objects.items() if known is not None})
    if state.mailboxes:
        named = {key: _with_policy_name(mailbox, state) for key, mailbox in state.mailboxes.items()}
        state = state.with_kind(MAILBOX, named)
    return Overlay(state, tuple(not_found))


def _update_single(
    declared: Mapping[str, Entity] | None, live: Mapping[str, Entity] | None, store: SchemaStore
) -> Mapping[str, Entity] | None:
    """Return the only object of a kind, which is the same whatever it is called."""
    if not declared or not live:
        return declared or live
    merged = _merge(next(iter(declared.values())), next(iter(live.values())), store)
    return {merged.key: merged}


def _merge(declared: Entity, live: Entity, store: SchemaStore) -> Entity:
    known = store.object_type(declared.kind).settings
    wanted = {name: value for name, value in declared.settings.items() if known[name].planned and known[name].settable}
    return declared._replace(
        identity=live.identity,
        key=live.key,
        settings={**live.settings, **wanted},
        ids=live.ids,
        base=live,
    )


def _replace_section(
    declared: Mapping[str, Entity] | None, live: Mapping[str, Entity] | None, mode: str, store: SchemaStore
) -> Mapping[str, Entity] | None:
    if declared is None or live is None:
        return live if declared is None else declared
    merged = {key: _merge(entity, live[key], store) if key in live else entity for key, entity in declared.items()}
    if mode != EXACT:
        merged.update((key, entity) for key, entity in live.items() if key not in merged)
    return merged


def _with_one_default(merged: Mapping[str, Entity] | None, declared: State, live: State) -> Mapping[str, Entity] | None:
    """Return the mailbox policies: there is always exactly one default, and the default one cannot go away.

    Source: giving one policy IsDefault takes it from the other,
    https://learn.microsoft.com/powershell/module/exchangepowershell/set-mobiledevicemailboxpolicy
    """
    if merged is None or declared.policies is None or live.policies is None:
        return merged
    default = declared.default_policy or live.default_policy
    if default is None:
        return merged
    policies = {key: _as_default(policy, key == default.key) for key, policy in merged.items()}
    policies.setdefault(default.key, default)
    return policies


def _as_default(policy: Entity, default: bool) -> Entity:
    """Return a policy as the default one or as another; one that says so already is left alone."""
    if (policy.get("IsDefault") is True) == default:
        return policy
    return policy._replace(settings={**policy.settings, "IsDefault": default})


def _update_existing(
    declared: Mapping[str, Entity] | None, live: Mapping[str, Entity] | None, store: SchemaStore
) -> tuple[Mapping[str, Entity] | None, tuple[Entity, ...]]:
    """Return every object of a kind that only Exchange creates, and the declared ones that it has not."""
    if declared is None or live is None:
        return (live if declared is None else declared), ()
    known = names_of(live)
    merged = dict(live)
    not_found: list[Entity] = []
    for entity in declared.values():
        found = known.get(fold(entity.identity))
        if found is None:
            not_found.append(entity)
            merged[entity.key] = entity
        elif merged[found.key] is found:  # of two declarations of one object the first counts
            merged[found.key] = _merge(entity, found, store)
    return merged, tuple(not_found)


def _with_policy_name(mailbox: Entity, state: State) -> Entity:
    """Return a declared mailbox with its policy by name, however the declaration refers to it."""
    reference = mailbox.get("ActiveSyncMailboxPolicy") if mailbox.base is not None else None
    policy = state.find_policy(reference) if isinstance(reference, str) else None
    if policy is None:
        return mailbox
    return mailbox._replace(settings={**mailbox.settings, "ActiveSyncMailboxPolicy": policy.identity})


def names_of(objects: Mapping[str, Entity]) -> dict[str, Entity]:
    """Return objects by every folded name that Exchange knows one of them under; a name of two is left out."""
    names: dict[str, Entity | None] = {}
    for entity in objects.values():
        for name in {fold(name) for name in entity.ids.values()}:
            names[name] = None if name in names else entity
    return {name: entity for name, entity in names.items() if entity is not None} | dict(objects)
