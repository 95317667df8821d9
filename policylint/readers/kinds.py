"""What the rows of a file are about: told by their type, by their properties, or else by the name of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.errors import UsageError
from policylint.model.entity import EMPTY
from policylint.named_tuple import NamedTuple
from policylint.phrases import did_you_mean, nearest, quoted
from policylint.readers.owners import ADDRESSES
from policylint.readers.raw import DEVICES
from policylint.readers.shown import ADDRESS, DEVICE_ID
from policylint.regex import regex
from policylint.schema.store import DEVICE
from policylint.text import fold

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from policylint.schema.store import ObjectType, Schema, SchemaStore

ORGANIZATION_ID = "OrganizationId"
"""The property that says of which organization an object is."""

_MAIL = "smtp-address"
"""The format of the items of a list of addresses in its schema."""

_PREFIXES = regex(r".*[.#]|^EXO(?=[A-Z])")
_NOT_LETTERS = regex(r"[^A-Za-z]+")


class Kind(NamedTuple):
    """One kind of object in files: how it is told, and what must be known of each.

    `names` is each property that is read by its folded name, with the name it is kept under. `lists` are the properties
    that are lists, `forms` what their items look like where that is known. `needed` are those that each object must
    have, alternatives together; `empty_where` are those of them that may be empty, with the flag that is true then.
    `distinct` are the folded properties that no other kind has, `told` sets of properties that tell it together.
    `types` and `words` are folded: what its type is called, and what a file may be called that only its name tells.
    `result_size` says that its cmdlet gives 1000 objects unless told otherwise, `may_be_none` that an organization may
    have none. `export` writes a file that is whole.
    """

    section: str
    title: str
    plural: str
    described: ObjectType | None
    names: Mapping[str, str]
    lists: frozenset[str]
    forms: Mapping[str, re.Pattern[str]]
    needed: tuple[tuple[str, ...], ...]
    empty_where: Mapping[str, str]
    distinct: frozenset[str]
    told: tuple[frozenset[str], ...]
    types: frozenset[str]
    words: tuple[str, ...]
    result_size: bool
    may_be_none: bool
    export: str

    def knows(self, properties: frozenset[str]) -> int:
        """Return how many of some folded properties tell that an object is of this kind."""
        if any(told <= properties for told in self.told):
            return len(properties & self.names.keys())
        return len(properties & self.names.keys()) if properties & self.distinct else 0

    def missing(self, names: Collection[str]) -> tuple[str, ...]:
        """Return what an object needs and is not among the properties that it has."""
        return tuple(wanted[0] for wanted in self.needed if not any(name in names for name in wanted))

    def needs(self, name: str) -> bool:
        """Return whether each object must have a property, or another one instead."""
        return any(name in wanted for wanted in self.needed)


class Kinds:
    """The kinds of objects that files may hold, in the order of a snapshot."""

    def __init__(self, store: SchemaStore) -> None:
        found = [_kind(section, described) for section, described in store.sections.items()]
        self._kinds = {kind.section: kind for kind in (*found, _devices(store.schema(DEVICE)))}
        self._types = {name: kind for kind in self._kinds.values() for name in kind.types}
        self._known: dict[tuple[str, ...], Kind | None] = {}

    def __getitem__(self, section: str) -> Kind:
        return self._kinds[section]

    @property
    def sections(self) -> Sequence[str]:
        """Return the sections of a snapshot in their order; the devices come last."""
        return tuple(self._kinds)

    def of_type(self, name: str) -> Kind | None:
        """Return the kind whose objects are of a type, as a file names it; None where it is none that is read."""
        return self._types.get(fold(_PREFIXES.sub("", name)))

    def of_properties(self, names: Iterable[str], path: str) -> Kind | None:
        """Return the kind whose objects have some properties, None where that is none.

        The name of the file decides between kinds that share what is there, as a mailbox and a plan do, and where there
        is nothing that is of one kind alone.
        """
        key = (*names, path)
        if key not in self._known:
            self._known[key] = self._find(frozenset(map(fold, key[:-1])), path)
        return self._known[key]

    def _find(self, properties: frozenset[str], path: str) -> Kind | None:
        marks = {section: kind.knows(properties) for section, kind in self._kinds.items()}
        best = max(marks.values())
        sure = [kind for section, kind in self._kinds.items() if best and marks[section] == best]
        if len(sure) == 1:
            return sure[0]
        named = self.of_name(path)
        possible = sure or [kind for kind in self._kinds.values() if properties <= kind.names.keys()]
        return named if named in possible else next(iter(sure), None)

    def of_name(self, path: str) -> Kind | None:
        """Return the kind that the name of a file names: as Exchange does, or by the last word that means one."""
        name = fold(_NOT_LETTERS.sub("", path.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]))
        whole = [each for each in self._types if each in name]
        if whole:
            return self._types[max(whole, key=len)]
        words = ((word, kind) for kind in self._kinds.values() for word in kind.words if word in name)
        places = {(name.rfind(word) + len(word), len(word)): kind for word, kind in words}
        return places[max(places)] if places else None


def check_allowed(names: Iterable[str], store: SchemaStore) -> None:
    """Raise UsageError where one of some names is neither a section of a snapshot nor `section.property`."""
    kinds = Kinds(store)
    for name in names:
        section, dot, found = name.partition(".")
        if section not in kinds.sections:
            hint = did_you_mean(section, kinds.sections) or f"write one of {', '.join(kinds.sections)}"
            raise UsageError(f"a snapshot has no section {quoted(section)}", help=hint)
        known = {each for each in kinds[section].names.values() if each != ORGANIZATION_ID}
        if dot and found not in known:
            near = nearest(found, sorted(known))
            words = f"did you mean `{section}.{near}`?" if near else ""
            hint = words or f"leave out the whole section with `--allow-incomplete {section}`"
            raise UsageError(f"{kinds[section].plural} have no property {quoted(found)}", help=hint)


def _kind(section: str, described: ObjectType) -> Kind:
    properties = described.schema["properties"].items()
    older = {
        note["legacyName"]: name for name, each in properties if "legacyName" in (note := each.get("exchange", {}))
    }
    addresses = (described.addresses,) if described.addresses is not None else ()
    others = (*described.ids, *addresses, *described.names, *described.read, *described.key)
    names = {name: name for name in (*others, *described.settings, *_addresses(described))} | older
    own = {*described.settings, *older}.difference(described.ids, described.names)
    titles = (described.title, described.plural)
    return _made(section, titles, described, described.schema["exchange"], names, own)


def _forms(described: ObjectType, files: Mapping[str, Any]) -> dict[str, re.Pattern[str]]:
    """Return what the items of lists look like, by the name of the list."""
    mail = [name for name in described.lists if described.settings[name].schema["items"].get("format") == _MAIL]
    return dict.fromkeys(files.get("deviceIds", ()), DEVICE_ID) | dict.fromkeys(mail, ADDRESS)


def _addresses(described: ObjectType) -> tuple[str, ...]:
    return () if described.addresses is None else (described.addresses,)


def _devices(schema: Schema) -> Kind:
    names = {name: name for name in (*schema["properties"], *ADDRESSES)} | schema["exchange"]["files"]["renames"]
    return _made(DEVICES, ("device", "devices"), None, schema["exchange"], names, schema["properties"])


def _made(
    section: str,
    titles: tuple[str, str],
    described: ObjectType | None,
    note: Mapping[str, Any],
    names: Mapping[str, str],
    own: Iterable[str],
) -> Kind:
    """Return a kind: `names` is each name of a property with the one it is kept under, `own` those that tell it."""
    files = note.get("files", {})
    noun = note["get"].partition("-")[2]
    limited = bool(files.get("resultSize"))
    get = f"{note['get']} -ResultSize Unlimited" if limited else note["get"]
    file = files.get("name", f"{section}.json")
    return Kind(
        section=section,
        title=titles[0],
        plural=titles[1],
        described=described,
        names={fold(name): kept for name, kept in names.items()} | {fold(ORGANIZATION_ID): ORGANIZATION_ID},
        lists=frozenset((*described.lists, *_addresses(described)) if described is not None else ()),
        forms=_forms(described, files) if described is not None else EMPTY,
        empty_where=files.get("emptyWhere", EMPTY),
        needed=tuple(tuple(each.split("|")) for each in files.get("needed", ())),
        distinct=frozenset(map(fold, own)) - frozenset(map(fold, files.get("shared", ()))),
        told=tuple(frozenset(map(fold, each)) for each in files.get("told", ())),
        types=frozenset(map(fold, files.get("types", (noun,)))),
        words=tuple(map(fold, files.get("words", ()))),
        result_size=limited,
        may_be_none=bool(files.get("mayBeNone")),
        export=f"{get} | ConvertTo-Json -Depth 4 | Set-Content -Encoding UTF8 {file}",
    )
