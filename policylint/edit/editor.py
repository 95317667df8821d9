"""Changes of declared objects as edits of the files that declare them, and what those declare afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.edit.apply import FileEdits
from policylint.edit.layout import About, Layout, Remarks, text_of_lines
from policylint.edit.sections import FileWork
from policylint.edits import TextEdit
from policylint.named_tuple import NamedTuple
from policylint.regex import regex
from policylint.schema.store import POLICY
from policylint.source import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from policylint.bind.policy import PolicyFile
    from policylint.model.entity import Entity
    from policylint.model.policy_set import PolicySet
    from policylint.model.state import State
    from policylint.schema.store import ObjectType, SchemaStore

_NAMES = {"mobileDeviceMailboxPolicies": "mailbox-policies"}
_CAPITAL = regex(r"(?<!^)(?=[A-Z])")


def file_name(section: str) -> str:
    """Return the name of the file of a section: `device-access-rules.yaml`."""
    return f"{_NAMES.get(section) or _CAPITAL.sub('-', section).lower()}.yaml"


class Edited(NamedTuple):
    """The edits of files that are there, the texts of new ones by path, and what all of them declare afterwards.

    Without a state, the edits themselves name the values that they may change. With `with_comments`, ignore comments
    may go together with what they are about.
    """

    edits: tuple[FileEdits, ...]
    new: Mapping[str, str]
    state: State | None = None
    with_comments: bool = False


class Editor:
    """Collects changes of declared objects.

    `files` are the valid policy files and `declared` what they declare, patterns not expanded. `is_read` says of the
    path of a file that is not there whether it would be one of the policy.
    """

    def __init__(
        self, files: Sequence[PolicyFile], declared: PolicySet, store: SchemaStore, is_read: Callable[[str], bool]
    ) -> None:
        self._files = sorted(files, key=lambda file: file.source.path)
        self._work = {file.source.path: FileWork(file) for file in self._files}
        self._declared, self._store, self._is_read = declared, store, is_read
        self._replaced: dict[tuple[str, str], tuple[Entity, Entity]] = {}
        self._added: dict[str, list[Entity]] = {}
        self._removed: dict[str, list[Entity]] = {}
        self.remarks: dict[str, Remarks] = {kind: Remarks() for kind in store.object_types}
        """The comments of each kind of object: above what is new, by what they are about."""
        self.with_comments = False
        """Whether ignore comments may go together with what they are about."""

    def replace(self, before: Entity, after: Entity) -> None:
        """Say something else of a declared object; once for each."""
        self._replaced[before.kind, before.key] = before, after

    def add(self, entity: Entity, comments: Iterable[str] = ()) -> None:
        """Declare an object, below some comments. Objects keep the order of their section."""
        self._added.setdefault(entity.kind, []).append(entity)
        self.remarks[entity.kind].above[About(entity.key)].extend(comments)

    def remove(self, entity: Entity) -> None:
        """Declare an object no longer."""
        self._removed.setdefault(entity.kind, []).append(entity)

    @property
    def is_empty(self) -> bool:
        """Return whether nothing changes."""
        return not (self._replaced or self._added or self._removed)

    @property
    def objects(self) -> frozenset[tuple[str, str]]:
        """Return the kinds and keys of the objects that are declared anew or otherwise."""
        added = ((kind, entity.key) for kind, entities in self._added.items() for entity in entities)
        return frozenset((*self._replaced, *added))

    def result(self) -> Edited:
        """Return what becomes of the files."""
        new: dict[str, str] = {}
        sections: list[FileEdits] = []
        for before, after in self._replaced.values():
            work = self._work[before.origin.path].section(self._store.object_type(before.kind))
            work.replace(before, after, self.remarks[before.kind])
        for kind, entities in self._removed.items():
            described = self._store.object_type(kind)
            for path in dict.fromkeys(entity.origin.path for entity in entities):
                gone = [entity for entity in entities if entity.origin.path == path]
                self._work[path].section(described).remove(gone)
        for kind, entities in self._added.items():
            described = self._store.object_type(kind)
            home = home_of(self._work.values(), described)
            if home is not None:
                home.section(described).add(entities, self.remarks[kind], self._declared)
            else:
                self._new_section(described, entities, new, sections)
        changed = [work.edits() for work in self._work.values() if work.is_changed]
        return Edited(tuple(_joined([*changed, *sections])), new, self._after(), self.with_comments)

    def _after(self) -> State:
        state = self._declared.state
        for kind in dict.fromkeys((*self._added, *self._removed, *(kind for kind, _ in self._replaced))):
            gone = {entity.key for entity in self._removed.get(kind, ())}
            found = {key: each for key, each in state.of_kind(kind).items() if key not in gone}
            found.update((before.key, after) for (of, _), (before, after) in self._replaced.items() if of == kind)
            found.update((entity.key, entity) for entity in self._added.get(kind, ()))
            state = state.with_kind(kind, found)
        return state

    def _new_section(
        self, described: ObjectType, entities: Sequence[Entity], new: dict[str, str], sections: list[FileEdits]
    ) -> None:
        """Write a section that no file has: in a file of its own where others are, else in the only one."""
        lines = text_of_lines(Layout(described, self.remarks[described.name]).section(entities))
        first = self._files[0].source.path
        beside = f"{first.rpartition('/')[0]}/" if "/" in first else ""
        path = f"{beside}{file_name(described.section)}"
        if len(self._files) > 1 and path not in self._work and self._is_read(path):
            new[path] = lines
        else:
            sections.append(self._section_in(self._files[0], described, entities, lines))

    def _section_in(self, file: PolicyFile, described: ObjectType, entities: Sequence[Entity], lines: str) -> FileEdits:
        """Return the edit that puts a section at its place among those of a file."""
        work, source, section = self._work[file.source.path], file.source, described.section
        order = list(self._store.schema(POLICY)["properties"])
        below = [key for key in file.node.values if order.index(key) > order.index(section)]
        if work.splicer.is_flow(file.node):
            layout = Layout(described, self.remarks[described.name])
            value = ", ".join(map(layout.flow, entities))
            edit = work.splicer.add_key(file.node, f"{section}: {value if described.single else f'[{value}]'}")
        elif below:
            place = work.splicer.above(min(file.node.key_at(key)[0] for key in below))
            edit = work.splicer.insert(place, f"{lines}\n")
        else:
            text = source.text
            end = "" if text.endswith(("\n", "\r")) else "\n"
            edit = TextEdit(Span(source, len(text), len(text)), f"{end}\n{lines}")
        return FileEdits(file, (edit,), frozenset(), frozenset({(section,)}))


def home_of(work: Iterable[FileWork], described: ObjectType) -> FileWork | None:
    """Return the file that has most of a section, the first of those; None where none has it."""
    having = [each for each in work if described.section in each.file.value]
    return max(having, key=lambda each: each.size_of(described.section), default=None)


def _joined(edits: Iterable[FileEdits]) -> Iterable[FileEdits]:
    """Yield the edits of each file once."""
    by_path: dict[str, FileEdits] = {}
    for each in edits:
        path = each.file.source.path
        one = by_path.get(path, FileEdits(each.file, ()))
        by_path[path] = FileEdits(each.file, one.edits + each.edits, one.old | each.old, one.new | each.new)
    return by_path.values()
