"""What of live state a policy says: the objects with something special, and the settings that are not as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.desired.overlay import DEFAULT
from policylint.desired.ownership import is_excepted, management_of
from policylint.edit.order import in_order
from policylint.model.state import MAILBOX, ORGANIZATION, POLICY
from policylint.model.system_mailboxes import system_pattern
from policylint.named_tuple import NamedTuple
from policylint.phrases import quoted, show
from policylint.schema.keywords import compile_check
from policylint.syntax.parse import forbidden_character
from policylint.text import natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policylint.model.config import Management
    from policylint.model.entity import Entity, ObjectKind, Value
    from policylint.model.state import State
    from policylint.schema.store import ObjectType, SchemaStore, Setting


_ALWAYS: Mapping[ObjectKind, tuple[str, ...]] = {ORGANIZATION: ("DefaultAccessLevel",)}
"""The settings that are written whatever their value."""


class Unsaid(NamedTuple):
    """What is live and no policy file can say: a setting of an object, or the object where `setting` is None."""

    kind: ObjectKind
    identity: str
    setting: str | None
    why: str


class Selection(NamedTuple):
    """The objects of one section that are written, with the settings that are, both in the order of the file.

    `total` is how many are live, `plain` how many of them have nothing special and are left out, `system` those that
    Exchange made for itself and are left out. `unsaid` is what is live and cannot be written.
    """

    described: ObjectType
    objects: tuple[Entity, ...]
    total: int
    plain: int
    system: tuple[Entity, ...]
    unsaid: tuple[Unsaid, ...]


def select(state: State, store: SchemaStore, edition: str, *, defaults: bool = False) -> tuple[Selection, ...]:
    """Return what is written of each section that was read, in the order of a policy file.

    With `defaults`, settings that are as they come are written too, but for those of mailboxes.
    """
    found = []
    for kind, described in store.object_types.items():
        objects = state.section(kind)
        if objects is not None and described.exists_in(edition):
            found.append(_section(described, objects.values(), edition, defaults=defaults and kind != MAILBOX))
    return tuple(each for each in found if each.objects or each.unsaid or not _is_left_out(each.described))


def drifting_system_mailboxes(selections: Iterable[Selection], manage: Mapping[str, Management]) -> Sequence[Entity]:
    """Return the mailboxes of Exchange itself that are not as they come and that policylint.yaml does not except."""
    found = []
    for selection in selections:
        management = management_of(manage, selection.described)
        settings = {name: each for name, each in selection.described.settings.items() if each.planned and each.settable}
        for mailbox in selection.system:
            departs = any(
                name in settings and settings[name].departs(value) for name, value in mailbox.settings.items()
            )
            if departs and not is_excepted(mailbox, management):
                found.append(mailbox)
    return found


def _is_left_out(described: ObjectType) -> bool:
    """Return whether a section without any object to write is no section at all: of the fixed ones nothing differs."""
    return described.single or described.optional


def _section(described: ObjectType, objects: Iterable[Entity], edition: str, *, defaults: bool) -> Selection:
    written: list[Entity] = []
    system: list[Entity] = []
    unsaid: list[Unsaid] = []
    total = plain = 0
    settings = described.planned_in(edition)
    needed = {*described.key, *described.needed, *_ALWAYS.get(described.name, ())}
    creates, sayable = "create" in described.actions, Sayable(settings)
    for entity in objects:
        total += 1
        if described.name == MAILBOX and system_pattern(entity) is not None:
            system.append(entity)
            continue
        chosen = {**named(entity, described), **_chosen(entity, settings, needed, defaults)}
        if not creates and not described.single and len(chosen) == len(described.key):
            plain += 1
            continue
        problems = tuple(_problems(entity, chosen, sayable, described))
        unsaid.extend(problems)
        if any(problem.setting is None for problem in problems):
            continue
        for problem in problems:
            del chosen[str(problem.setting)]
        if chosen:
            written.append(entity._replace(settings=chosen))
    written.sort(key=in_order)
    if described.name == POLICY:
        written, more = _with_one_default(written)
        unsaid += more
    return Selection(described, tuple(written), total, plain, tuple(system), tuple(unsaid))


def _with_one_default(policies: Sequence[Entity]) -> tuple[list[Entity], list[Unsaid]]:
    """Return mailbox policies of which at most one says that it is the default, and what is then not said."""
    found: list[Entity] = []
    unsaid: list[Unsaid] = []
    first: Entity | None = None
    for policy in policies:
        if policy.get(DEFAULT) is True and first is not None:
            unsaid.append(Unsaid(POLICY, policy.identity, DEFAULT, f"{show(first.identity)} is the default, too"))
            policy = policy._replace(settings={k: v for k, v in policy.settings.items() if k != DEFAULT})
        elif policy.get(DEFAULT) is True:
            first = policy
        found.append(policy)
    return found, unsaid


def named(entity: Entity, described: ObjectType) -> dict[str, Value]:
    """Return the settings that an object is known by, as a policy file names it."""
    if len(described.key) == 1:
        return {described.key[0]: entity.identity}
    return {name: entity.settings[name] for name in described.key if name in entity.settings}


def _chosen(entity: Entity, settings: Mapping[str, Setting], needed: set[str], defaults: bool) -> dict[str, Value]:
    """Return the settings of an object that are written, in the order of the schema."""
    live = entity.settings
    return {
        name: ordered(live[name])
        for name, setting in settings.items()
        if name in live and setting.settable and (defaults or name in needed or setting.departs(live[name]))
    }


def ordered(value: Value) -> Value:
    """Return a list in the order that people keep items in, each once; any other value as it is."""
    return tuple(sorted(dict.fromkeys(value), key=natural)) if isinstance(value, tuple) else value


def _problems(entity: Entity, chosen: Mapping[str, Value], sayable: Sayable, described: ObjectType) -> Iterator[Unsaid]:
    """Yield what of an object no policy file can say; the object itself before all else."""
    whole = {*described.key, *described.needed}
    for name in (*sorted(whole), *chosen):
        why = f"{name} was not read" if name not in chosen else sayable.why_not(name, chosen[name])
        if why is not None:
            setting = None if name in whole else name
            yield Unsaid(entity.kind, entity.identity, setting, why)
            if setting is None:
                return


class Sayable:
    """Says of values of the settings of one kind of object whether a policy file can say them."""

    def __init__(self, settings: Mapping[str, Setting]) -> None:
        schemas = {name: setting.schema for name, setting in settings.items()}
        self._checks = {name: compile_check(schema.get("items", schema)) for name, schema in schemas.items()}

    def why_not(self, name: str, value: Value) -> str | None:
        """Return why no policy file can say a value of a setting, None where one can."""
        for item in value if isinstance(value, tuple) else (value,):
            forbidden = forbidden_character(item) if isinstance(item, str) else None
            if forbidden is not None:
                return f"{name} holds a {forbidden}"
            if not self._checks[name](item):
                return f"{name} is {quoted(item)}, which its schema does not admit"
        return None
