"""Rows of live state to a snapshot, whichever reader they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.documentation import Page
from policylint.errors import SnapshotError
from policylint.escape import shell_word
from policylint.model.entity import EMPTY, Entity
from policylint.model.origin import Origin
from policylint.model.snapshot import Snapshot
from policylint.model.state import MAILBOX, State
from policylint.phrases import listed, show
from policylint.readers.raw import EXPORT_AGAIN, LEFT_OUT, NOT_GIVEN, refusal
from policylint.readers.row_columns import Part, RowColumns, Values
from policylint.regex import regex
from policylint.text import fold, smtp_addresses

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from policylint.model.snapshot import Header
    from policylint.readers.raw import RawSnapshot, Row
    from policylint.schema.store import ObjectType, SchemaStore

_NOT_READ = "the snapshot does not hold it"
_LOST_LIST = regex(r"System\.(?:Object|String)\[\]|System\.Collections\.|MultiValuedProperty`1\[|\.\.\.\}?$")


def bind_snapshot(
    raw: RawSnapshot,
    store: SchemaStore,
    *,
    allow_incomplete: Collection[str] = (),
    target: str | None = None,
    taken_at: str | None = None,
) -> Snapshot:
    """Return the snapshot that rows of live state make.

    `allow_incomplete` names sections that may be cut; the state then says nothing about them. `target` is the
    organization that it must be of: its tenant, its GUID or its domain. `taken_at` is when an undated one was taken.
    Raises SnapshotError where another section is cut, where rows cannot be what Exchange keeps, where it is of another
    organization, or where nothing says when it was taken.
    """
    header = _dated(raw, taken_at)
    _check_target(raw, target)
    incomplete = _check_complete(raw, store, allow_incomplete)
    # INVARIANT: a section that was not read to its end is not in the state; an empty one would read as "there is none".
    objects = {
        described.name: _Binder(raw.path, described, incomplete).entities(raw.sections[section])
        for section, described in store.sections.items()
        if section in raw.sections and section not in incomplete
    }
    state = State(objects)
    if MAILBOX in objects:
        _name_policies(objects[MAILBOX], raw.sections[store.object_type(MAILBOX).section], state)
    return Snapshot(raw.path, raw.sha256, header, state, raw.devices, incomplete, raw.doubts)


def shown_values(raw: RawSnapshot, store: SchemaStore) -> Mapping[str, list[dict[str, Any]]]:
    """Return the settings of the objects of each section in canonical form, in the order of the rows.

    Nothing is refused: a value that cannot be told is as the file shows it. A text that is empty is one.
    """
    found: dict[str, dict[str, Entity]] = {}
    for section, described in store.sections.items():
        binder = _Binder(raw.path, described, refuses=False)
        rows = raw.sections.get(section, ())
        found[described.name] = {str(number): binder.entity(row, str(number)) for number, row in enumerate(rows)}
    state = State(found)
    mailbox = store.object_type(MAILBOX)
    if mailbox.section in raw.sections:
        _name_policies(found[MAILBOX], raw.sections[mailbox.section], state)
    return {
        section: [
            {name: _or_empty(described, name, value, row) for name, value in entity.settings.items()}
            for entity, row in zip(found[described.name].values(), raw.sections[section], strict=True)
        ]
        for section, described in store.sections.items()
        if section in raw.sections
    }


def _or_empty(described: ObjectType, name: str, value: Any, row: Row) -> Any:
    """Return a value, the empty text where it is a text that the row shows as such."""
    return "" if value is None and row.get(name) == "" and described.settings[name].kind == "string" else value


def _dated(raw: RawSnapshot, taken_at: str | None) -> Header:
    """Return the header with the time at which live state was read: its own, or the one that somebody gives.

    Where nobody says it, the guard of a plan refuses.
    """
    own = raw.header.taken_at
    if raw.sealed and own and taken_at is not None:
        hint = f"leave out --taken-at: it was taken {own}"
        raise SnapshotError(f"{raw.path}: the snapshot says itself when it was taken", help=hint)
    return raw.header if own or taken_at is None else raw.header._replace(taken_at=taken_at)


def _check_target(raw: RawSnapshot, target: str | None) -> None:
    header = raw.header
    names = tuple(name for name in (header.organization, header.tenant, header.organization_guid) if name)
    if target is None or header.redacted or fold(target) in map(fold, names):  # redacted names are pseudonyms
        return
    whose = f"it is of {listed(map(show, names))}" if names else "it does not say whose live state it is"
    hint = "export from the right organization, or correct `target` in policylint.yaml"
    raise SnapshotError(f"{raw.path}: not the live state of {target}: {whose}", help=hint, page=Page.KEYS)


def _check_complete(raw: RawSnapshot, store: SchemaStore, allowed: Collection[str]) -> dict[str, str]:
    """Return why each section that is not whole is not, refusing those that nobody asked to do without.

    Of files that are not sealed the reader has refused them. What is not there by choice is no refusal.
    """
    if not raw.sealed:
        return dict(raw.incomplete)
    unread = store.sections.keys() - raw.sections.keys()
    properties = {name: LEFT_OUT for name in allowed if "." in name}
    incomplete = {**raw.incomplete, **{section: _NOT_READ for section in allowed if section in unread}, **properties}
    for section, why in incomplete.items():
        if section not in allowed and why not in {NOT_GIVEN, LEFT_OUT}:
            name = shell_word(section) or "SECTION"
            hint = f"{EXPORT_AGAIN}, or leave the section alone with `--allow-incomplete {name}`"
            raise refusal(raw.path, f"`{section}` is not whole: {why}", hint)
    return incomplete


def _is_lost(value: Any) -> bool:
    """Return whether a list was turned into something else on its way into the file."""
    items = value if isinstance(value, list) else [value]
    return any(isinstance(item, (list, dict)) or _LOST_LIST.search(str(item)) is not None for item in items)


class _Binder:
    """Makes entities of the rows of one section. Unless it refuses values that were lost, they are what is shown."""

    def __init__(
        self, path: str, described: ObjectType, left_out: Collection[str] = (), *, refuses: bool = True
    ) -> None:
        self._type, self._refuses = described, refuses
        self._left_out = {name for name in described.settings if f"{described.section}.{name}" in left_out}
        if refuses and described.name == MAILBOX:  # with the name of each, no two would have the same settings
            self._left_out.update(described.key)
        self._origin = Origin(path)
        self._ids = tuple(dict.fromkeys((*described.ids, *described.names)))
        self._times = tuple(name for name in described.read if name.startswith("When"))
        self._settings: dict[tuple[tuple[str, Any], ...], dict[str, Any]] = {}

    def entities(self, rows: Iterable[Row]) -> dict[str, Entity]:
        found: dict[str, Entity] = {}
        for entity in self._of_columns(rows) if isinstance(rows, RowColumns) else map(self._of_row, rows):
            if found.setdefault(entity.key, entity) is not entity:
                raise self._refuse(f"{show(entity.identity)} is in it twice")
        return found

    def _of_row(self, row: Row) -> Entity:
        identified = self._type.identify_live(row)
        if identified is None:
            names = self._type.names or self._type.key
            raise self._refuse(f"a {self._type.title} without {' or '.join(names)}")
        return self._entity(row, *identified)

    def _of_columns(self, rows: RowColumns) -> Iterator[Entity]:
        """Yield the object of each row. What rows have in common is bound once, and their own names are not copied."""
        settings: dict[int, dict[str, Any]] = {}
        for part in rows.parts():
            named = self._named(part)
            if named is None:
                yield from map(self._of_row, rows.of(part))
                continue
            identities = list(next(named.column(name) for name in self._type.names if name in named.names))
            keys = fold("\n".join(identities)).split("\n")
            for place, number in enumerate(part.numbers):
                common, identity, key = rows.tails[number], identities[place], keys[place]
                if number not in settings:
                    settings[number] = self._settings_of(common, identity)
                known, ids = settings[number], Values(named, place)
                yield self._made(common, identity, key, known, ids)

    def _named(self, part: Part) -> Part | None:
        """Return the names that rows have in front, in order; None where a row lacks one, or one is a setting."""
        own = [name for name in self._ids if name in part.names]
        settings = self._type.settings.keys() - self._left_out
        if not settings.isdisjoint(part.names) or not any(name in own for name in self._type.names):
            return None
        columns = tuple(map(part.column, own))
        if any("" in column for column in columns):
            return None
        return Part(tuple(own), columns, part.numbers)

    def _refuse(self, why: str) -> SnapshotError:
        return refusal(self._origin.path, why)

    def entity(self, row: Row, key: str) -> Entity:
        """Return the object of a row under a key, whatever it is called."""
        identified = self._type.identify_live(row)
        return self._entity(row, identified[0] if identified is not None else "", key)

    def _entity(self, row: Row, identity: str, key: str) -> Entity:
        settings = self._settings_of(row, identity)
        return self._made(row, identity, key, settings, {name: str(row[name]) for name in self._ids if row.get(name)})

    def _settings_of(self, row: Row, identity: str) -> dict[str, Any]:
        """Return the settings of a row, the same dictionary for all that are alike, as those of most mailboxes are."""
        settings: dict[str, Any] = {}
        for name, value in row.items():
            setting = self._type.settings.get(name)
            if setting is None or name in self._left_out:
                continue
            if self._refuses and setting.kind == "strings" and _is_lost(value):
                raise self._refuse(f"the list {name} of {show(identity)} was lost: `{show(str(value))}`")
            if self._refuses and setting.kind != "strings" and isinstance(value, (list, dict)):
                raise self._refuse(f"{name} of {show(identity)} is not a text: `{show(str(value))}`")
            settings[name] = setting.from_live(value)
        return self._settings.setdefault(tuple(settings.items()), settings)

    def _made(self, row: Row, identity: str, key: str, settings: Mapping[str, Any], ids: Mapping[str, str]) -> Entity:
        return Entity(
            kind=self._type.name,
            identity=identity,
            key=key,
            settings=settings,
            origin=self._origin,
            ids=ids,
            notes={name: str(row[name]) for name in self._times if row.get(name)} if self._times else EMPTY,
            aliases=self._aliases(row, key) if self._type.addresses in row else (),
        )

    def _aliases(self, row: Row, key: str) -> tuple[str, ...]:
        """Return the addresses of an object beside the one that is its key."""
        return tuple(each for each in smtp_addresses(row[str(self._type.addresses)]) if fold(each) != key)


def _name_policies(mailboxes: dict[str, Entity], rows: Sequence[Row], state: State) -> None:
    """Give the mailboxes their policy by name, None where they follow the default.

    One that shows the default policy and does not show whether it is its own has none that is known.
    Source: ActiveSyncMailboxPolicyIsDefaulted is True where a mailbox has no policy of its own,
    https://learn.microsoft.com/powershell/module/exchangepowershell/set-casmailbox
    """
    known: dict[tuple[int, bool, Any], dict[str, Any]] = {}
    named: dict[tuple[int, int], dict[str, Any]] = {}
    shared = rows.common() if isinstance(rows, RowColumns) else rows
    for (key, entity), row in zip(mailboxes.items(), shared, strict=True):
        both = id(entity.settings), id(row)
        settings = named.get(both)
        if settings is None:
            settings = _with_policy_name(entity.settings, row, state)
            reference = settings.get("ActiveSyncMailboxPolicy")
            like = id(entity.settings), "ActiveSyncMailboxPolicy" in settings, reference
            settings = named[both] = known.setdefault(like, settings)
        mailboxes[key] = entity._replace(settings=settings)


def _with_policy_name(settings: Mapping[str, Any], row: Row, state: State) -> dict[str, Any]:
    """Return the settings of a mailbox with its policy by name; `row` shows whether that is the default one."""
    settings = dict(settings)
    reference = settings.get("ActiveSyncMailboxPolicy")
    if str(row.get("ActiveSyncMailboxPolicyIsDefaulted", "")).upper() == "TRUE":
        settings["ActiveSyncMailboxPolicy"] = None
    elif isinstance(reference, str) and len(policies := state.policies_shown_as(reference)) == 1:
        (policy,) = policies
        settings["ActiveSyncMailboxPolicy"] = policy.identity
        if "ActiveSyncMailboxPolicyIsDefaulted" not in row and policy.get("IsDefault") is True:
            del settings["ActiveSyncMailboxPolicy"]
    return settings
