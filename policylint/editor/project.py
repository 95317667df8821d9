"""A project while its files are edited: what did not change since it was looked at last is not read again."""

from __future__ import annotations

from contextlib import nullcontext
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from policylint.errors import FileError, PolicylintError
from policylint.model.policy_files import PolicyFiles
from policylint.project.files import Files, History
from policylint.project.history import Since, since_of
from policylint.project.load import load_file, unread_file
from policylint.project.project import Project
from policylint.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from policylint.access.simulate import Simulation
    from policylint.devices.observed import Observed
    from policylint.lint.rule import Rule
    from policylint.model.snapshot import Snapshot
    from policylint.project.load import LoadedFile
    from policylint.project.resources import Resources


class OpenFiles(Files, History, Protocol):
    """The files of a project, where those that an editor has open have the text that it shows."""

    def stamp(self, path: str) -> Hashable:
        """Return what changes when a file or a folder does."""


class Cache:
    """What is known of a project from the last time: by path and text, or by the stamps of files."""

    def __init__(self) -> None:
        self.loaded: dict[str, LoadedFile] = {}
        self.good: dict[str, LoadedFile] = {}
        self.since: dict[str, Since] = {}
        self.snapshot: tuple[Hashable, Snapshot | PolicylintError] | None = None
        self.observed: tuple[Snapshot | None, Observed] | None = None
        self.rules: tuple[tuple[Source, ...], tuple[Rule, ...]] | None = None
        self.reads = 0
        """How often a snapshot was read."""


class EditorProject(Project):
    """A project whose files are edited.

    A file that is half typed counts as it was when it could last be read; `broken` are the files as they are, by path.
    """

    def __init__(
        self,
        files: Files,
        resources: Resources,
        cache: Cache,
        *,
        now: Callable[[], datetime],
        environment: str | None = None,
        stamp: Callable[[str], Hashable] | None = None,
        history: History | None = None,
        live: Callable[[], Snapshot | None] | None = None,
        edition: str | None = None,
    ) -> None:
        super().__init__(
            files,
            resources,
            now=now,
            environment=environment,
            history=history,
            snapshot_required=False,
            live=live,
            edition=edition,
        )
        self._cache = cache
        self._stamp = stamp
        self.broken: dict[str, LoadedFile] = {}

    def without_live_state(self) -> EditorProject:
        """Return the project of the same files without a snapshot, which then need not be readable."""
        return EditorProject(
            self.files,
            self.resources,
            self._cache,
            now=self._now,
            environment=self.environment,
            history=self._history,
            live=lambda: None,
        )

    @cached_property
    def simulation(self) -> Simulation:
        """Return who gets in, live and desired. Raises PolicyError where the policy is not valid."""
        return self.simulate()

    def load(self, path: str) -> LoadedFile:
        """Return a file of the policy, as it was when it could last be read."""
        return self._load(path)

    def _load(self, path: str) -> LoadedFile:
        try:
            source = self.files.read(path)
        except PolicylintError as problem:
            return unread_file(path, problem)
        known = self._cache.loaded.get(path)
        if known is None or known.source.text != source.text:
            known = self._cache.loaded[path] = load_file(source, self.resources.policy_schema)
        if not any(each.rule == "syntax" for each in known.diagnostics):
            self._cache.good[path] = known
            return known
        self.broken[path] = known
        return self._cache.good.get(path, known)

    def read_snapshot(self, *paths: str) -> Snapshot:
        """Return the snapshot that files and folders make; it is read again where one of them changed."""
        config = self._written_config
        stamps = tuple((path, self._stamp(path)) for path in paths) if self._stamp is not None else None
        key = (stamps, self._known_edition, repr(config.target))
        known = self._cache.snapshot
        if known is None or known[0] != key or stamps is None:
            found: Snapshot | PolicylintError
            self._cache.reads += 1
            try:
                found = super().read_snapshot(*paths)
            except PolicylintError as problem:
                found = problem
            known = self._cache.snapshot = (key, found)
        if isinstance(known[1], PolicylintError):
            raise known[1]
        return known[1]

    @property
    def seen_values(self) -> Observed:
        """Return the values that devices report, also where not all devices were read."""
        snapshot = self.snapshot
        known = self._cache.observed
        if known is None or known[0] is not snapshot:
            known = self._cache.observed = (snapshot, super().seen_values)
        return known[1]

    @property
    def since(self) -> Since:
        """Return what the policy declared at the revision last applied; git is asked once until a file is saved."""
        name = self.config.since
        if name is None or self._live is not None:
            return Since()
        if name not in self._cache.since:
            self._cache.since[name] = since_of(self, name, self._history)
        return self._cache.since[name]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return every lint rule. Raises UsageError where policylint.yaml names a pack or a rule that there is not."""
        own = tuple(map(self.files.read, self._rule_paths))
        known = self._cache.rules
        if known is None or known[0] != own:
            known = self._cache.rules = (own, self.resources.rules_with(own) if own else self.resources.rules)
        if self.config_file is not None:
            from policylint.project.load import check_names

            check_names(self.config_file, known[1])
        return known[1]


class OneFile:
    """A text that is in no project, as the whole policy of one without a configuration."""

    config = None

    def __init__(self, path: str, text: str) -> None:
        self._source = Source(path, text)

    def policies(self, _patterns: Sequence[str]) -> PolicyFiles:
        """Return the path of the file."""
        return PolicyFiles((self._source.path,))

    def beside(self, path: str) -> str:
        """Return the path as it is."""
        return path

    def read(self, path: str) -> Source:
        """Return the text. Raises FileError for any other path."""
        if path != self._source.path:
            raise FileError("no such file", path=path)
        return self._source

    def has(self, path: str) -> bool:
        """Return whether a path is that of the file."""
        return path == self._source.path

    def is_stream(self, _path: str) -> bool:
        """Return False: a text can be read again."""
        return False

    def members(self, _path: str) -> tuple[str, ...] | None:
        """Return None: there are no folders."""
        return None

    def pieces(self, _path: str) -> AbstractContextManager[Iterable[bytes]]:
        """Return nothing: there is no live state."""
        return nullcontext(())

    def rules(self, _folder: str) -> Sequence[str]:
        """Return nothing: there are no rules of its own."""
        return ()
