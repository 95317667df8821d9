"""The files of a project on disk: found by the configuration's patterns, read, and named as people are shown them."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import finalize

from policylint.adapters.files import CONFIG_NAME, PIPE, STDIN, display_path, find_config, is_pipe, read_source
from policylint.adapters.resources import rules_in
from policylint.errors import FileError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeAlias

    from policylint.source import Source

    Progress: TypeAlias = Callable[[Iterable[bytes], int, str], Iterable[bytes]]
    """Passes on the pieces of a file, given its size and its path."""

_SNAPSHOT_HELP = "run the script of `policylint export-script`, or name another with --snapshot"
_PIECE = 1 << 20
"""How many bytes of a snapshot are read at once."""


_RULE_DEPTH = len(("GROUP", "ID", "rule.yaml"))


class DiskFiles:
    """The files of the project of a folder, or of the nearest one above it with a policylint.yaml.

    `config` names another policylint.yaml, `named` policy files and folders beside those that it matches; standard
    input (`-`) is then the whole policy. `revision` is what the folder is called where it holds the files of a git
    revision.
    """

    def __init__(
        self,
        start: Path | None = None,
        *,
        config: Path | None = None,
        named: Sequence[Path] = (),
        revision: str = "",
        progress: Progress | None = None,
    ) -> None:
        if config is None:
            config = find_config((start or Path.cwd()).resolve())
        elif not config.is_file():
            raise FileError("no such file", path=display_path(config), help=f"name a {CONFIG_NAME}")
        self.config_path = config
        self.folder = config.resolve().parent if config is not None else Path.cwd()
        self._named = named
        self._revision = revision
        self._progress = progress
        self._paths: dict[str, Path] = {}

    def at(self, revision: str) -> DiskFiles:
        """Return the files as a git revision has them. Raises UsageError where there is no such revision.

        They are gone when nothing refers to them any more.
        """
        from shutil import rmtree

        from policylint.adapters import git

        name = self.config_path.name if self.config_path is not None else CONFIG_NAME
        folder = git.extract(revision, self.folder)
        config = folder / name
        if not config.is_file():
            rmtree(folder, ignore_errors=True)
            raise UsageError(f"`{revision}` has no {name} in this folder", help="name a later revision")
        files = DiskFiles(config=config, revision=revision)
        finalize(files, rmtree, folder, ignore_errors=True)
        return files

    def commit(self, revision: str = "HEAD") -> str | None:
        """Return the commit of a git revision, None where there is none."""
        from policylint.adapters import git

        return git.commit_of(self.folder, revision)

    @property
    def branch_point(self) -> tuple[str, str] | None:
        """Return the main branch, and the commit at which the current one left it; None where that is not known."""
        from policylint.adapters import git

        return git.branch_point(self.folder)

    @property
    def is_modified(self) -> bool:
        """Return whether a file differs from the current commit."""
        from policylint.adapters import git

        return git.is_modified(self.folder)

    def _shown(self, path: Path) -> str:
        """Return a path as people are shown it, and remember which one it is."""
        if self._revision:
            shown = f"{self._revision}:{Path(os.path.relpath(path.resolve(), self.folder)).as_posix()}"
        else:
            shown = display_path(path)
        self._paths[shown] = path
        return shown

    @cached_property
    def config(self) -> str | None:
        """Return the path of policylint.yaml, None where there is none."""
        return self._shown(self.config_path) if self.config_path is not None else None

    def policies(self, patterns: Sequence[str]) -> tuple[str, ...]:
        """Return the policy files that the patterns match and those that were named, sorted.

        Patterns count where there is a policylint.yaml, or nothing is named; where standard input is, it is the policy.
        """
        if self._piped:
            return (STDIN,)
        found = {path.resolve(): path for path in self._explicit}
        if self.config_path is not None or not found:
            own = self.config_path.resolve() if self.config_path is not None else None
            for path in (path for pattern in patterns for path in self._glob(pattern)):
                if path.is_file() and path.resolve() != own:
                    found.setdefault(path.resolve(), path)
        return tuple(sorted(map(self._shown, found.values())))

    def _glob(self, pattern: str) -> list[Path]:
        try:
            return sorted(self.folder.glob(pattern))
        except (ValueError, NotImplementedError) as problem:
            raise UsageError(f"policies: `{pattern}` is not a glob below {CONFIG_NAME}: {problem}") from problem

    @property
    def explicit(self) -> tuple[str, ...]:
        """Return the policy files that were named. Raises FileError where one is not there."""
        return (STDIN,) if self._piped else tuple(map(self._shown, self._explicit))

    @property
    def _piped(self) -> bool:
        return any(map(is_pipe, self._named))

    @cached_property
    def _explicit(self) -> tuple[Path, ...]:
        found: list[Path] = []
        for path in self._named:
            if path.is_dir():
                inside = [*path.rglob("*.yaml"), *path.rglob("*.yml")]
                found.extend(sorted(file for file in inside if file.name != CONFIG_NAME))
            elif path.name != CONFIG_NAME:
                if not path.exists():
                    hint = "name a policy file or a folder of them"
                    raise FileError("no such file", path=display_path(path), help=hint)
                found.append(path)
        return tuple(found)

    def beside(self, path: str) -> str:
        """Return the path of a file or folder that policylint.yaml names."""
        return self._shown(self.folder / path)

    def path(self, shown: str) -> Path:
        """Return the file that people are shown under a path."""
        return self._paths.get(shown) or Path(shown)

    def read(self, path: str) -> Source:
        """Return the text of a file. Raises FileError."""
        return read_source(Path(PIPE)) if path == STDIN else read_source(self.path(path), path)

    def has(self, path: str) -> bool:
        """Return whether there is a file of a path."""
        return self.path(path).exists()

    @contextmanager
    def pieces(self, path: str) -> Iterator[Iterable[bytes]]:
        """Return the bytes of a snapshot in pieces, to be taken while the context lasts. Raises FileError."""
        if path == STDIN:
            yield iter(partial(sys.stdin.buffer.read, _PIECE), b"")
            return
        if self.path(path).is_dir():
            raise FileError("the snapshot is a folder, not a file", path=path, help=_SNAPSHOT_HELP)
        try:
            with self.path(path).open("rb") as file:
                pieces: Iterable[bytes] = iter(partial(file.read, _PIECE), b"")
                size = os.fstat(file.fileno()).st_size
                yield self._progress(pieces, size, path) if self._progress is not None else pieces
        except OSError as problem:
            hint = "check the permissions" if isinstance(problem, PermissionError) else _SNAPSHOT_HELP
            raise FileError(f"the snapshot cannot be read: {problem.strerror}", path=path, help=hint) from problem

    def rules(self, folder: str) -> tuple[str, ...]:
        """Return the path of each rule.yaml in a folder of groups, sorted. Raises FileError where it is none."""
        path = self.path(folder)
        if not path.is_dir():
            raise FileError("no such folder", path=folder, help="fix `custom-rules` in policylint.yaml")
        found = rules_in(path, folder)
        for other in sorted(path.rglob("rule.yaml")):
            if len(other.relative_to(path).parts) != _RULE_DEPTH:
                inside = other.relative_to(path).as_posix()
                above = Path(os.path.relpath(other.parents[2], self.folder)).as_posix()
                better = self.folder in other.parents[2].parents and other.parents[2] != path
                hint = f"; did you mean `custom-rules: [{above}]`?" if better else ""
                reason = f"{inside} is not GROUP/ID/rule.yaml"
                raise FileError(reason, path=folder, help=f"name the folder of the groups of rules{hint}")
        self._paths.update((shown, path.joinpath(*shown.split("/")[-3:])) for shown in found)
        return found
