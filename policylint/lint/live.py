"""What rules find in live state that no policy file declares and that stays: objects, and settings of others."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from policylint.desired.overlay import REFERENCE
from policylint.diagnostic import About, Diagnostic, Severity
from policylint.lint.check import check
from policylint.lint.predicate import POLICY
from policylint.lint.undeclared import ALWAYS, is_looked_at, live_settings
from policylint.model.entity import EMPTY
from policylint.model.origin import Origin
from policylint.model.policy_set import PolicySet
from policylint.model.state import MAILBOX, State
from policylint.model.state import POLICY as MAILBOX_POLICY
from policylint.phrases import count, quoted, show
from policylint.source import Source
from policylint.syntax.node import MappingNode, ScalarNode
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from policylint.lint.facts import Facts
    from policylint.lint.rule import Rule
    from policylint.model.entity import Entity, ObjectKind, Value
    from policylint.schema.store import ObjectType, Setting

REMOVED = "policy-removed-in-use"
MOST_ALIKE = 3
"""How many findings of one rule are shown one by one; of more only the first is, with their number."""

NOT_DECLARED = "it is live and no policy file declares it: `policylint import --update` does, or change it in Exchange"
_NOWHERE = ScalarNode("", True, 0, 0)
"""The text of a setting that no file has."""


def check_live(rules: Sequence[Rule], facts: Facts, found: Collection[Diagnostic] = ()) -> tuple[Diagnostic, ...]:
    """Return what rules find in live state that nobody declares, at the snapshot; at most a warning each.

    Objects that the policy removes are not looked at. What `found` says of declared objects is not said again, nor that
    a mailbox names a policy that is removed where the removal is found. Empty without a snapshot.
    """
    if facts.snapshot is None:
        return ()
    source = Source(facts.snapshot.path, "")
    removals = {rule.id for rule in rules if rule.predicate is not None and rule.predicate.name == REMOVED}
    is_told = any(each.rule in removals for each in found)
    written = _written(facts, source, removed_policies(facts) if is_told else frozenset())
    if not written:
        return ()
    whole = {rule.id for rule in rules if rule.subject == POLICY}
    known = {_said_before(each, whole) for each in found}
    return tuple(
        _shown(_named(each, facts))
        for each in check([rule for rule in rules if not rule.is_of_form], _about_live(facts, written))
        if each.span.source is source and _said_before(each, whole) not in known
    )


def _said_before(found: Diagnostic, whole: Collection[str]) -> tuple[object, ...]:
    """Return what a finding says: what rules about the `whole` policy say, they say of it; others of their object."""
    if found.about is None or found.rule in whole:
        return found.rule, found.message
    return found.rule, found.message, found.about.kind, fold(found.about.name)


def removed_policies(facts: Facts) -> frozenset[str]:
    """Return the folded names of the live mailbox policies that the policy removes."""
    live = facts.live.of_kind(MAILBOX_POLICY) if facts.live is not None else {}
    stay = facts.desired.of_kind(MAILBOX_POLICY)
    return frozenset(fold(each.identity) for key, each in live.items() if key not in stay)


def grouped(found: Sequence[Diagnostic], path: str) -> tuple[Diagnostic, ...]:
    """Return findings, in their order; of many of one rule in the live state at a path one stands for all."""
    alike = Counter(each.rule for each in found if _is_live(each, path))
    shown: list[Diagnostic] = []
    met: set[str] = set()
    for each in found:
        if not _is_live(each, path) or alike[each.rule] <= MOST_ALIKE:
            shown.append(each)
        elif each.rule not in met:
            met.add(each.rule)
            more = f"{each.message}; and {count(alike[each.rule] - 1, 'more finding')} like it in live state"
            about = About(each.about.kind) if each.about is not None else None
            shown.append(each._replace(message=more, about=about))
    return tuple(shown)


def _is_live(found: Diagnostic, path: str) -> bool:
    return found.span.path == path and not found.span.source.text


def _named(found: Diagnostic, facts: Facts) -> Diagnostic:
    """Return a finding whose message names the object: the place does not say it."""
    about = found.about
    if about is None or not about.name or show(about.name) in found.message:
        return found
    return found._replace(message=f"{facts.store.object_type(about.kind).title} {quoted(about.name)}: {found.message}")


def _shown(found: Diagnostic) -> Diagnostic:
    """Return a finding as one about what no file says: nothing is wrong with the files, and no edit fixes it."""
    severity = Severity.WARNING if found.severity is Severity.ERROR else found.severity
    help_ = f"{found.help}; {NOT_DECLARED}" if found.help else NOT_DECLARED
    return found._replace(severity=severity, help=help_, related=(), label="", fix=None)


def _about_live(facts: Facts, written: Mapping[ObjectKind, Mapping[str, Entity]]) -> Facts:
    """Return facts whose policy is what is live and stays, over the same snapshot."""
    state = facts.desired
    for kind, objects in written.items():
        whole = {
            key: objects[key]._replace(settings=_known(live), base=live.base or live) if key in objects else live
            for key, live in state.of_kind(kind).items()
        }
        state = state.with_kind(kind, whole)
    return facts.over(PolicySet(State(written), (), ()), state)


def _known(entity: Entity) -> Mapping[str, Value]:
    """Return the settings that an object is known to have: not what comes of a list in part where that was not read."""
    written = entity.origin.node.values if entity.origin.node is not None else {}
    unread = {
        name
        for name, node in written.items()
        if isinstance(node, MappingNode) and entity.base is not None and name not in entity.base.settings
    }
    return {name: value for name, value in entity.settings.items() if name not in unread} if unread else entity.settings


def _written(facts: Facts, source: Source, removed: Collection[str] = ()) -> dict[ObjectKind, dict[str, Entity]]:
    """Return what nobody declares, by kind and key of the object, as if a file said of it what is not usual.

    That a mailbox has a policy of the names `removed` is left out.
    """
    found: dict[ObjectKind, dict[str, Entity]] = {}
    for kind, objects in facts.desired.objects.items():
        described = facts.store.object_type(kind)
        always = {*described.key, *described.needed, *ALWAYS.get(kind, ())}
        known = described.planned_in(facts.config.edition).items()
        settings = {name: each for name, each in known if each.settable or name in always}
        management = facts.config.managed(described.section)
        said = {
            key: each
            for key, entity in objects.items()
            if is_looked_at(entity, management)
            for each in _said(entity, described, settings, always, source)
        }
        if kind == MAILBOX and removed:
            said = {key: _without_policy(each, removed) for key, each in said.items()}
        if said:
            found[kind] = said
    return found


def _said(
    entity: Entity, described: ObjectType, settings: Mapping[str, Setting], always: Collection[str], source: Source
) -> Iterator[Entity]:
    """Yield a live object with what is not usual about it and in no file; nothing of a mailbox as any other."""
    live = live_settings(entity)
    chosen = {
        name: live[name]
        for name, each in settings.items()
        if name in live and (name in always or each.departs(live[name]))
    }
    if entity.is_declared:
        chosen = {name: value for name, value in chosen.items() if name not in described.key}
    elif len(described.key) == 1:
        chosen = {described.key[0]: entity.identity, **chosen}
        if "create" not in described.actions and not described.single and len(chosen) == 1:
            return
    if not chosen:
        return
    node = MappingNode(0)
    node.values.update(dict.fromkeys(chosen, _NOWHERE))
    yield entity._replace(settings=chosen, origin=Origin(source.path, source, node), base=None, pattern="", lent=EMPTY)


def _without_policy(mailbox: Entity, names: Collection[str]) -> Entity:
    """Return a mailbox that is not said to have a policy of some names."""
    if fold(mailbox.text(REFERENCE)) not in names:
        return mailbox
    return mailbox._replace(settings={name: value for name, value in mailbox.settings.items() if name != REFERENCE})
