"""A project after edits of its policy files, which are in memory until they are written."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING

from policylint.bind.policy import bind_policy
from policylint.diagnostic import Severity
from policylint.edit.proof import UnprovenError
from policylint.edit.text import edited_text
from policylint.edits import OverlapError
from policylint.errors import RefusedError
from policylint.model.entity import comparable, removed_items
from policylint.project.live_files import LiveFiles
from policylint.project.load import load_file
from policylint.project.project import Project
from policylint.source import Source, Span
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policylint.edit.apply import FileEdits
    from policylint.edit.editor import Edited
    from policylint.edit.text import ChangedItems
    from policylint.model.entity import Entity
    from policylint.model.policy_files import PolicyFiles
    from policylint.model.policy_set import PolicySet
    from policylint.model.state import State
    from policylint.project.history import Since
    from policylint.project.load import LoadedFile
    from policylint.syntax.suppression import Suppression

_BY_HAND = "nothing is written; edit the file by hand"


class EditedProject(Project):
    """The project that another one is after edits: the texts of files that change and of new ones, by path.

    What does not change is not read again.
    """

    def __init__(self, before: Project, texts: Mapping[str, str], items: Sequence[ChangedItems] | None = None) -> None:
        super().__init__(
            EditedFiles(before, texts),
            before.resources,
            now=lambda: before.now,
            environment=before.environment,
            live=lambda: before.snapshot,
            baseline=before.baseline_path,
            edition=before.config.edition,
            as_of=before.as_of,
            doing=before.doing,
        )
        self.before = before
        self.texts = texts
        self._items = items
        self.gone: Sequence[Suppression] = ()
        """The ignore comments that went together with what they were about."""
        self.elsewhere: Sequence[EditedProject] = ()
        """The other environments that read what is edited, after the edits."""
        self._loaded = {each.source.path: each for each in before.loaded}

    @classmethod
    def of_declared(cls, before: Project, declared: PolicySet) -> EditedProject:
        """Return the project that another one is where its files declare something else, whatever their texts are."""
        project = cls(before, {})
        project.__dict__["declared"] = declared
        return project

    @classmethod
    def without(cls, before: Project, entries: Iterable[Entity]) -> EditedProject:
        """Return the project that another one is without some declared objects and entries with `matches`."""
        gone, declared = {id(entity.origin.node) for entity in entries}, before.declared
        state = declared.state
        for kind in state.objects:
            kept = {key: entity for key, entity in state.of_kind(kind).items() if id(entity.origin.node) not in gone}
            state = state.with_kind(kind, kept)
        patterns = tuple(each for each in declared.patterns if id(each.entry.origin.node) not in gone)
        return cls.of_declared(before, declared._replace(state=state, patterns=patterns))

    def _load(self, path: str) -> LoadedFile:
        if path in self.texts:
            return load_file(Source(path, self.texts[path]), self.resources.policy_schema)
        return self._loaded[path] if path in self._loaded else super()._load(path)

    @property
    def missing_snapshot(self) -> str | None:
        """Return the path of the configured snapshot where it is not there."""
        return self.before.missing_snapshot

    @property
    def since(self) -> Since:
        """Return what the policy declared at the revision last applied."""
        return self.before.since

    def comments_before(self, path: str) -> Sequence[Suppression]:
        """Return the ignore comments that a file still has, as they were before the edits, in the same order."""
        gone = {each.span[1:] for each in self.gone if each.span.path == path}
        return [each for each in self._loaded[path].suppressions if each.span[1:] not in gone]

    def text_before(self, path: str) -> str | None:
        """Return the text of a file before the edits, None where it is new."""
        return self._loaded[path].source.text if path in self._loaded else None

    def check(self, expected: State | None, gone: Sequence[Suppression] = ()) -> None:
        """Raise RefusedError where the policy is not valid, or is not the expected one, or an ignore comment is gone.

        Those of `gone` are meant to be.
        """
        self.gone = gone
        if expected is not None and self._items is not None:
            self.__dict__["declared"] = self._with_items(self._items, expected, gone)
        else:
            self.require_valid()
            if expected is not None and (wrong := _first_difference(self.declared.state, expected)) is not None:
                raise _not_meant(wrong)
            _require_comments(self.before.loaded, self.loaded, gone)

    def check_comments(self, other: Project, gone: Sequence[Suppression], new: Sequence[Suppression]) -> None:
        """Raise RefusedError where the policy says anything else than another project, but for ignore comments."""
        self.require_valid()
        if (wrong := _first_difference(self.declared.state, other.declared.state)) is not None:
            raise _not_meant(wrong)
        _require_comments(other.loaded, self.loaded, gone, new)

    def _with_items(
        self, items: Iterable[ChangedItems], expected: State, gone: Sequence[Suppression] = ()
    ) -> PolicySet:
        """Return what is declared after edits of items of lists, without another look at what stays."""
        changed: dict[tuple[str, str], Entity | None] = {}
        for each in items:
            before, after = (load_file(source, self.resources.policy_schema) for source in each)
            broken = [problem for problem in after.diagnostics if problem.severity is Severity.ERROR]
            if broken or after.policy_file is None or before.policy_file is None:
                raise RefusedError(f"this edit cannot be made: {broken[0].message if broken else ''}", help=_BY_HAND)
            _require_comments([before], [after], gone)
            was, found = (bind_policy([file], self.store) for file in (before.policy_file, after.policy_file))
            changed |= {(entity.kind, entity.key): None for entity in was.state.entities()}
            for entity in found.state.entities():
                if changed.setdefault((entity.kind, entity.key), None) is not None or found.duplicates:
                    raise _not_meant(entity.identity)
                changed[entity.kind, entity.key] = entity
        state = self.before.declared.state
        for kind in {kind for kind, _ in changed}:
            objects = {
                key: changed.get((kind, key)) or entity
                for key, entity in expected.of_kind(kind).items()
                if changed.get((kind, key), entity) is not None
            }
            state = state.with_kind(kind, objects)
        if (wrong := _first_difference(state, expected)) is not None:
            raise _not_meant(wrong)
        return self.before.declared._replace(state=state)


class EditedFiles(LiveFiles):
    """The files of a project with other texts of some policy files, and with new ones."""

    def __init__(self, before: Project, texts: Mapping[str, str]) -> None:
        super().__init__(before.files, texts)
        self._before = before

    def policies(self, patterns: Sequence[str]) -> PolicyFiles:
        """Return the paths of the policy, and of its new files."""
        found = self._before.files.policies(patterns)
        return found._replace(paths=tuple(sorted({*found.paths, *self._policy})))


def edited(project: Project, changes: Edited) -> EditedProject:
    """Return a valid project after changes, which are in memory.

    Raises RefusedError where an edit cannot be made in a text, or would say something else than it is meant to.
    """
    project.doing("editing the policy")
    texts = dict(changes.new)
    items: list[ChangedItems] | None = None if changes.new else []
    for each in changes.edits:
        source = each.file.source
        begin = min((edit.span.start for edit in each.edits), default=0)
        try:
            found = edited_text(each, project.store)
        except (OverlapError, UnprovenError) as problem:
            span = Span(source, begin, begin)
            raise RefusedError(f"this edit cannot be made: {problem}", help=_BY_HAND, span=span) from problem
        texts[source.path] = found.text
        items = [*items, *found.items] if items is not None and found.items is not None else None
    after = EditedProject(project, texts, items)
    after.check(changes.state, tuple(_gone_comments(project, changes.edits)) if changes.with_comments else ())
    return after


def _gone_comments(project: Project, changes: Iterable[FileEdits]) -> Iterator[Suppression]:
    """Yield the ignore comments that edits take out together with what they are about."""
    comments = {each.source.path: each.suppressions for each in project.loaded if each.suppressions}
    for file in changes:
        spans = sorted((edit.span.start, edit.span.end) for edit in file.edits)
        for comment in comments.get(file.file.source.path, ()):
            source, (_, start, end) = comment.span.source, comment.span
            place = bisect_right(spans, (start, len(source.text))) - 1
            low, high = spans[place] if place >= 0 else (0, 0)
            is_beside = source.position(start).line == comment.line
            if end <= high and (is_beside or low <= source.offset_of_line(comment.line) < high):
                yield comment


def _not_meant(name: str) -> RefusedError:
    return RefusedError(f"after this edit {name} would not be as it is meant to", help=_BY_HAND)


def _first_difference(found: State, expected: State) -> str | None:
    """Return the name of an object that two states do not declare alike, None where there is none."""
    for kind in {**found.objects, **expected.objects}:
        one, other = found.of_kind(kind), expected.of_kind(kind)
        if one.keys() != other.keys():
            return min(one.keys() ^ other.keys())
        for key, entity in one.items():
            if entity is not other[key] and _said(entity) != _said(other[key]):
                return entity.identity
    return None


def _said(entity: Entity) -> tuple[object, ...]:
    settings = {name: comparable(value) for name, value in entity.settings.items()}
    lists = {name: comparable(removed_items(value)) for name, value in entity.settings.items() if removed_items(value)}
    exemptions = {fold(item): dict(notes) for item, notes in entity.exemptions.items()}
    return settings, lists, dict(entity.notes), exemptions


def _require_comments(
    before: Iterable[LoadedFile],
    after: Iterable[LoadedFile],
    gone: Sequence[Suppression],
    new: Sequence[Suppression] = (),
) -> None:
    """Raise RefusedError where an ignore comment is gone that is not meant to be, or is new."""
    was, found = _ignored(before), _ignored(after)
    if found - was - Counter(map(_key, new)) or was - found - Counter(map(_key, gone)):
        raise RefusedError("an ignore comment would be gone", help=_BY_HAND)


def _ignored(files: Iterable[LoadedFile]) -> Counter[tuple[object, ...]]:
    """Return what the ignore comments of files say, and how often."""
    return Counter(_key(comment) for each in files for comment in each.suppressions)


def _key(comment: Suppression) -> tuple[object, ...]:
    return comment.span.path, comment.rules, comment.reason, comment.until, comment.owner
