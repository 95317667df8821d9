"""The files of a project on disk or in a git revision: found by patterns, read, and named as people are shown them."""

from __future__ import annotations

import os
import posixpath
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from policylint.adapters.files import (
    CONFIG_NAME,
    OUTSIDE,
    PIECE,
    STDIN,
    decode,
    display_path,
    find_config,
    git_root,
    is_pipe,
    is_stream,
    is_there,
    leads_out,
    named_path,
    open_plain,
    read_all,
    read_stdin,
    stdin,
)
from policylint.adapters.patterns import Pattern, matches, parse_pattern
from policylint.adapters.shared_file import SharedFile
from policylint.adapters.tree import Found, Kind, Tree, WorkTree, find
from policylint.documentation import Page
from policylint.errors import FileError, NoConfigError, PolicylintError
from policylint.model.policy_files import PolicyFiles
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import BinaryIO, TypeAlias

    from policylint.adapters.git import Introduced, Repository, StillRepository
    from policylint.model.commit import Commit
    from policylint.source import Source

    Progress: TypeAlias = Callable[[Iterable[bytes], int, str], Iterable[bytes]]
    """Passes on the pieces of a file, given its size and its path."""

_SNAPSHOT_HELP = "run the script of `policylint export-script`, or name another with --snapshot"
_RULES = "*/*/rule.yaml"
_EXAMPLES = ("good", "bad")
_ANYWHERE = ("**/*.yaml", "**/*.yml")


class _Place(NamedTuple):
    """Where a file is: a path in a tree."""

    tree: Tree
    path: str


class _CallerFiles:
    """Files outside of the repository that the caller named, by their path on disk. Links are the caller's."""

    def names(self, folder: str) -> Mapping[str, Kind]:
        """Return what is in a folder."""
        return WorkTree(Path(folder)).names("")

    def follow(self, path: str) -> tuple[str, Kind]:
        """Return where a path leads, and what is there."""
        return path, Kind.FOLDER if Path(path).is_dir() else Kind.FILE

    def open(self, path: str) -> BinaryIO:
        """Return a file, open for reading. Raises FileError."""
        return open_plain(Path(path))


class _Outside:
    """What a repository names outside of itself: it is not read."""

    def names(self, folder: str) -> Mapping[str, Kind]:
        """Raise FileError."""
        raise FileError(_OUTSIDE, help=_OUTSIDE_HELP)

    def follow(self, path: str) -> tuple[str, Kind]:
        """Raise FileError."""
        raise FileError(_OUTSIDE, help=_OUTSIDE_HELP)

    def open(self, path: str) -> BinaryIO:
        """Raise FileError."""
        raise FileError(_OUTSIDE, help=_OUTSIDE_HELP)


_OUTSIDE = "outside of the repository"
_CALLER, _REFUSED = _CallerFiles(), _Outside()
_OUTSIDE_HELP = "move it inside; a snapshot can be named with --snapshot, or its folder with --snapshot-folder"


def _on_disk(place: _Place) -> Path:
    """Return the path on disk of what is in a work tree, or is the caller's."""
    return place.tree.root / place.path if isinstance(place.tree, WorkTree) else Path(place.path)


def _parsed(patterns: Iterable[str], folder: str) -> list[Pattern]:
    return [parse_pattern(pattern, folder) for pattern in patterns]


def _is_folder(tree: Tree, path: str) -> bool:
    try:
        return tree.follow(path)[1] is Kind.FOLDER
    except FileError:
        return False


class _TreeFiles:
    """The files of a project in a tree. `folder` is that of its policylint.yaml, whose path is `config_at`."""

    def __init__(self, tree: Tree, folder: str, config_at: str | None) -> None:
        self._tree, self._folder, self._config_at = tree, folder, config_at
        self._places: dict[str, _Place] = {}
        self._texts: set[str] = set()

    def _name(self, path: str) -> str:
        """Return what people are shown a path of the tree as."""
        raise NotImplementedError

    def _shown(self, path: str, tree: Tree | None = None) -> str:
        """Return a path of a tree, by default the project's, as people are shown it, and remember it."""
        shown = self._name(path) if tree is None else named_path(_on_disk(_Place(tree, path)))
        self._places[shown] = _Place(tree or self._tree, path)
        return shown

    def _place(self, shown: str) -> _Place:
        """Return what people are shown a path for."""
        return self._places.get(shown) or _Place(_REFUSED, shown)

    def inside(self, path: str) -> str | None:
        """Return the path of a file in the repository, None where it is not in it."""
        place = self._place(path)
        return place.path if place.tree is self._tree else None

    def shown(self, path: str) -> str:
        """Return the path of a file of the repository as people are shown it."""
        return self._shown(path)

    @cached_property
    def config(self) -> str | None:
        """Return the path of policylint.yaml, None where there is none."""
        return self._shown(self._config_at) if self._config_at is not None else None

    def policies(self, patterns: Sequence[str]) -> PolicyFiles:
        """Return the policy files that patterns match. Raises PatternError where one is no pattern."""
        found = self._find(patterns, self._folder)
        own = self._follow(self._config_at) if self._config_at is not None else None
        return PolicyFiles(
            tuple(sorted(self._shown(path) for path, real in found.files.items() if real != own)),
            tuple(self._shown(path) for path in found.near),
            tuple(pattern.text for pattern in found.empty),
        )

    def _find(self, patterns: Sequence[str], folder: str) -> Found:
        return find(self._tree, _parsed(patterns, folder))

    def _follow(self, path: str) -> str | None:
        try:
            return self._tree.follow(path)[0]
        except FileError:
            return None

    def beside(self, path: str) -> str:
        """Return the path of a file or folder that policylint.yaml names."""
        inside = posixpath.normpath(posixpath.join(self._folder, path))
        return self._shown("" if inside == posixpath.curdir else inside)

    def read(self, path: str) -> Source:
        """Return the text of a file. Raises FileError."""
        return decode(self.read_bytes(path), path)

    def read_bytes(self, path: str) -> bytes:
        """Return the content of a file. Raises FileError."""
        tree, inside = self._place(path)
        if tree is self._tree:
            self._texts.add(inside)
        with self._open(path) as file:
            return read_all(file, path)

    def open(self, path: str) -> BinaryIO:
        """Return a file, open for reading. Raises FileError."""
        return self._open(path)

    def _open(self, path: str) -> BinaryIO:
        place = self._place(path)
        try:
            return place.tree.open(place.path)
        except FileError as problem:
            raise _at(path, problem) from problem

    @contextmanager
    def pieces(self, path: str) -> Iterator[Iterable[bytes]]:
        """Return the bytes of a snapshot in pieces, to be taken while the context lasts. Raises FileError."""
        try:
            with self._open(path) as file:
                yield self._watched(file, path)
        except FileError as problem:
            words = problem.reason.removeprefix("cannot be read: ")
            hint = (
                problem.help
                if "permission" in words.lower() or words == _OUTSIDE
                else _OUTSIDE_HELP
                if words == OUTSIDE
                else _SNAPSHOT_HELP
            )
            raise FileError(
                f"the snapshot cannot be read: {words}", path=path, help=hint, page=Page.SNAPSHOT
            ) from problem
        except OSError as problem:
            raise FileError(
                f"the snapshot cannot be read: {problem.strerror}",
                path=path,
                help=_SNAPSHOT_HELP,
                page=Page.SNAPSHOT,
            ) from problem

    def is_stream(self, path: str) -> bool:
        """Return whether what is read under a path is there once, as standard input is, and the output of a command."""
        return path == STDIN or is_stream(_on_disk(self._place(path)))

    def members(self, path: str) -> tuple[str, ...] | None:
        """Return the paths of the files of a folder, not of folders in it, sorted; None where it is no folder.

        Files whose names begin with a dot are none of them. Raises FileError where the folder cannot be looked into.
        """
        place = self._place(path)
        if not _is_folder(place.tree, place.path):
            return None
        try:
            inside, _ = place.tree.follow(place.path)
            names = place.tree.names(inside)
        except FileError as problem:
            raise _at(path, problem) from problem
        own = None if place.tree is self._tree else place.tree
        paths = (f"{inside}/{name}" if inside else name for name in sorted(names) if not name.startswith("."))
        return tuple(self._shown(each, own) for each in paths if not _is_folder(place.tree, each))

    def _watched(self, file: BinaryIO, path: str) -> Iterable[bytes]:
        """Return the pieces of a file."""
        return iter(partial(file.read, PIECE), b"")

    def has(self, path: str) -> bool:
        """Return whether there is something of a path, whatever it is."""
        place = self._place(path)
        above, _, name = place.path.rpartition("/")
        try:
            return name in place.tree.names(place.tree.follow(above)[0])
        except FileError:
            return True

    def rules(self, folder: str) -> tuple[str, ...]:
        """Return the path of each rule.yaml in a folder of groups, sorted. Raises FileError where it is none."""
        place = self._place(folder)
        try:
            kind = place.tree.follow(place.path)[1]
        except FileError as problem:
            if self.has(folder):
                raise _at(folder, problem) from problem
            kind = Kind.OTHER
        if kind is not Kind.FOLDER:
            raise FileError("no such folder", path=folder, help="fix `custom-rules` in policylint.yaml")
        found = self._find([_RULES], place.path).files
        for other in self._rules_at_any_depth(place.path):
            if other not in found:
                raise self._misplaced(folder, place.path, other)
        return self._shown_rules(found)

    def _shown_rules(self, found: Iterable[str]) -> tuple[str, ...]:
        """Return the paths of files rule.yaml, sorted; their pages and examples are known from now on.

        What is found by another name is a link that leads to no folder: whoever reads it is told so.
        """
        shown = []
        for path in found:
            if posixpath.basename(path).lower() != "rule.yaml":
                shown.append(self._shown(path))
                continue
            folder = (
                posixpath.dirname(self._shown(path)) or _on_disk(_Place(self._tree, posixpath.dirname(path))).as_posix()
            )
            for name in ("rule.yaml", "rule.md", *_EXAMPLES):
                self._places[f"{folder}/{name}"] = _Place(self._tree, posixpath.join(posixpath.dirname(path), name))
            shown.append(f"{folder}/rule.yaml")
        return tuple(sorted(shown))

    def rules_below(self, folder: Path) -> tuple[str, ...]:
        """Return the path of each rule.yaml in a folder of the tree and the folders in it, sorted.

        Raises FileError where there is no such folder.
        """
        inside = self._tree.inside(folder) if isinstance(self._tree, WorkTree) else None
        try:
            if inside is None or self._tree.follow(inside)[1] is not Kind.FOLDER:
                raise FileError("no such folder", help="name a folder of rules")
        except FileError as problem:
            raise _at(named_path(folder), problem) from problem
        return self._shown_rules(self._rules_at_any_depth(inside))

    def _rules_at_any_depth(self, folder: str) -> list[str]:
        """Return each rule.yaml below a folder of the tree; an example of a rule may be called so too."""
        found = self._find(["**/rule.yaml"], folder).files
        return [path for path in found if _rule_of_example(path) not in found]

    def _misplaced(self, folder: str, root: str, path: str) -> FileError:
        """Return what is wrong with a rule.yaml that is not in a folder of a group."""
        above = "/".join(path.split("/")[:-3])
        inside = posixpath.relpath(path, root or ".")
        better = above != root and (not self._folder or above.startswith(f"{self._folder}/"))
        meant = posixpath.relpath(above or ".", self._folder or ".")
        hint = f"; did you mean `custom-rules: [{meant}]`?" if better and above else ""
        reason = f"{inside} is not GROUP/ID/rule.yaml"
        return FileError(reason, path=folder, help=f"name the folder of the groups of rules{hint}")


def _rule_of_example(path: str) -> str | None:
    """Return the path of the rule.yaml of which a file may be an example, None where it is in no folder of those."""
    above, _, kind = posixpath.dirname(path).rpartition("/")
    return posixpath.join(above, "rule.yaml") if kind in _EXAMPLES else None


def _at(path: str, problem: FileError) -> FileError:
    """Return a problem with the path of the file in its message."""
    return FileError(problem.reason, path=path, help=problem.help)


def _content(tree: Tree, path: str) -> bytes | None:
    """Return the content of a file with the line ends of git's, None where there is none to read."""
    try:
        with tree.open(path) as file:
            return read_all(file).replace(b"\r\n", b"\n")
    except FileError:
        return None


def _read_from(tree: Tree, path: str) -> Source:
    with tree.open(path) as file:
        return decode(read_all(file, path), path)


class RevisionFiles(_TreeFiles):
    """The files of a project as a git revision has them. A snapshot is none of them."""

    def __init__(self, tree: Tree, revision: str, config: str) -> None:
        try:
            real, _ = tree.follow(config)
        except FileError as problem:
            reason = f"`{revision}` has no {posixpath.basename(config)} in this folder"
            raise NoConfigError(reason, help="name a later revision") from problem
        super().__init__(tree, posixpath.dirname(real), config)
        self._revision = revision

    def _name(self, path: str) -> str:
        return f"{self._revision}:{posixpath.relpath(path, self._folder or '.')}"


class DiskFiles(_TreeFiles):
    """The files of the project of a folder, or of the nearest one above it with a policylint.yaml.

    `config` names another policylint.yaml, `named` policy files and folders beside those that it matches; standard
    input (`-`) is then the whole policy. `snapshot_folders` are folders outside of the repository that may hold the
    snapshot that it names. `jobs` is how many processes may read a large one.
    Raises FileError where `config` is not there, or leads out of the repository.
    """

    def __init__(
        self,
        start: Path | None = None,
        *,
        config: Path | None = None,
        named: Sequence[Path] = (),
        snapshot_folders: Sequence[Path] = (),
        progress: Progress | None = None,
        jobs: int = 1,
    ) -> None:
        for named_by_caller in filter(None, (start, config)):
            if leads_out(named_by_caller):
                raise FileError(OUTSIDE, path=named_path(named_by_caller), help="put the files themselves there")
        start = (start or Path.cwd()).resolve()
        if config is None:
            config = find_config(start)
        elif not is_there(config):
            raise FileError("no such file", path=display_path(config), help=f"name a {CONFIG_NAME}")
        self.config_path = config
        self.tree = WorkTree.of(config if config is not None else start)
        config_at, folder = None, self.tree.inside(start)
        if config is not None:
            config_at, folder = self._config_place(config)
        super().__init__(self.tree, folder or "", config_at)
        self._patterns: Sequence[str] = ()
        self._named = named
        self._snapshot_folders = snapshot_folders
        self._progress = progress
        self._jobs = jobs

    def _config_place(self, config: Path) -> tuple[str, str]:
        """Return where a policylint.yaml is in the tree, and the folder that it is really in."""
        inside = self.tree.inside(config) or self.tree.inside(config.parent.resolve() / config.name)
        try:
            if inside is None:
                raise FileError(OUTSIDE, help="put the file itself there")
            real, kind = self.tree.follow(inside)
        except FileError as problem:
            raise _at(named_path(config), problem) from problem
        if kind is not Kind.FILE:
            open_plain(self.tree.root / real).close()
        return inside, posixpath.dirname(real)

    @property
    def folder(self) -> Path:
        """Return the folder of policylint.yaml, where there is none the one that the project was opened in."""
        return self.tree.root / self._folder

    def _name(self, path: str) -> str:
        return named_path(self.tree.root / path)

    @cached_property
    def _repository(self) -> Repository:
        from policylint.adapters.git import Repository

        return Repository(self.tree.root)

    def inside(self, path: str) -> str | None:
        """Return the path of a file in the repository, None where it is not in it; the caller may have named it."""
        place = self._place(path)
        if place.tree is _CALLER and path != STDIN:
            return self.tree.inside(Path(place.path))
        return super().inside(path)

    def at(self, revision: str) -> RevisionFiles:
        """Return the files as a git revision has them. Raises RevisionError where there is no such revision."""
        config = self._config_at or posixpath.join(self._folder, CONFIG_NAME)
        return RevisionFiles(self._repository.at(revision), revision, config)

    def commit(self, revision: str = "HEAD") -> str | None:
        """Return the commit of a git revision, None where there is none."""
        return self._repository.commit(revision)

    @property
    def branch_point(self) -> tuple[str, str] | None:
        """Return the main branch, and the commit at which the current one left it; None where that is not known."""
        return self._repository.branch_point()

    def common(self, revision: str) -> str | None:
        """Return the last commit that the current one and a revision have in common, None where it is not known."""
        return self._repository.common(revision)

    @property
    def is_modified(self) -> bool:
        """Return whether a file that was read differs from the current commit, or a policy file is there alone.

        Bytes are compared, line ends apart: what git would do to them on the way is not asked.
        """
        try:
            head = self._repository.at("HEAD")
        except PolicylintError:
            return True
        there = find(head, _parsed(self._patterns, self._folder)).files
        same = (_content(self.tree, path) == _content(head, path) for path in sorted(self._texts))
        return not (there.keys() <= self._texts | {self._config_at} and all(same))

    def require_repository(self) -> None:
        """Raise FileError where there is no git repository, NoRepositoryError among them."""
        self._repository.require()

    def differs(self, path: str, commit: str | None) -> bool:
        """Return whether a file differs from what a commit has at its place; None is a commit without files.

        Bytes are compared, line ends apart, as in `is_modified`.
        """
        place = self.inside(path)
        if place is None or commit is None:
            return True
        content = _content(self.tree, place)
        return content is None or content != _content(self._repository.at(commit), place)

    def differs_from(self, path: str, there: RevisionFiles) -> bool:
        """Return whether a file is not as a revision has it, or only one of them has it; line ends apart.

        What is outside of the repository is no part of a revision.
        """
        place = self.inside(path)
        return place is not None and _content(self.tree, place) != _content(there._tree, place)

    def is_in(self, path: str, there: RevisionFiles) -> bool:
        """Return whether a revision has a file."""
        place = self.inside(path)
        return place is not None and _content(there._tree, place) is not None

    def not_checked_out(self) -> tuple[str, ...]:
        """Return the policy files that git has and that are not on disk on purpose, as in a sparse checkout."""
        patterns = _parsed(self._patterns, self._folder)
        absent = (path for path in self._repository.not_checked_out() if not os.path.lexists(self.tree.root / path))
        return tuple(self._shown(path) for path in absent if matches(patterns, path))

    def commits(self, most: int) -> Sequence[Commit]:
        """Return the last commits that change files of the project, each before those that it comes after."""
        return self._repository.commits(self._folder, most)

    def blobs(self, commit: str, patterns: Sequence[str], paths: Sequence[str]) -> Mapping[str, Callable[[], Source]]:
        """Return what reads each policy file of a commit, by what its content is known by; `paths` are those of now."""
        tree = self._repository.tree(commit)
        found = set(find(tree, _parsed(patterns, self._folder)).files) - {self._config_at}
        found |= {place.path for place in map(self._place, paths) if place.tree is self.tree}
        return {tree.content(path): partial(_read_from, tree, path) for path in found if tree.has(path)}

    def introduced(self, path: str) -> Sequence[Introduced | None] | None:
        """Return who wrote each line of a file and when, None of a line that is not committed; None without git."""
        return self._repository.introduced(self.path(path))

    def policies(self, patterns: Sequence[str]) -> PolicyFiles:
        """Return the policy files that patterns match and those that were named.

        Patterns count where there is a policylint.yaml, or nothing is named; where standard input is, it is the policy.
        """
        if self._piped:
            return PolicyFiles((STDIN,))
        found, self._patterns = PolicyFiles(), patterns
        if self.config_path is not None or not self._explicit:
            found = super().policies(patterns)
        every = {self._real(shown): shown for shown in (*self.explicit, *found.paths)}
        return found._replace(paths=tuple(sorted(every.values())))

    def is_policy(self, shown: str, patterns: Sequence[str]) -> bool:
        """Return whether a file that is not there would be one of the policy."""
        inside = self.tree.inside(Path.cwd() / shown)
        return (
            inside is not None and matches(_parsed(patterns, self._folder), inside) and not is_there(Path.cwd() / shown)
        )

    def _real(self, shown: str) -> str:
        return os.path.realpath(_on_disk(self._place(shown)))

    @cached_property
    def explicit(self) -> tuple[str, ...]:
        """Return the policy files that were named. Raises FileError where one is not there."""
        if self._piped:
            return (STDIN,)
        return tuple(self._shown(path, None if tree is self.tree else tree) for tree, path in self._explicit)

    @property
    def unnamed(self) -> DiskFiles:
        """Return the files of the same policylint.yaml without those that were named."""
        return DiskFiles(config=self.config_path) if self._named and self.config_path is not None else self

    def again(self) -> DiskFiles:
        """Return the files of the same policylint.yaml, of which none was read yet.

        All that come of one another take the repository for what it was when it was asked first.
        """
        folders, progress = self._snapshot_folders, self._progress
        other = DiskFiles(self.folder, config=self.config_path, snapshot_folders=folders, progress=progress)
        other.__dict__["_repository"] = other.__dict__["_still"] = self._still
        return other

    @cached_property
    def _still(self) -> StillRepository:
        from policylint.adapters.git import StillRepository

        return StillRepository(self.tree.root)

    @property
    def _piped(self) -> bool:
        return any(map(is_pipe, self._named))

    @cached_property
    def _explicit(self) -> tuple[_Place, ...]:
        return tuple(place for path in self._named for place in self._named_places(path))

    def _named_places(self, path: Path) -> Iterator[_Place]:
        """Yield the policy files that a path of the command line names; one in the repository leads nowhere else."""
        if not is_there(path):
            raise FileError("no such file", path=display_path(path), help="name a policy file or a folder of them")
        tree, inside = self._tree_of(path)
        if inside is None:
            yield from [_Place(_CALLER, str(path))] if path.name != CONFIG_NAME else []
        elif inside and not _is_folder(tree, inside):
            yield from [_Place(tree, inside)] if path.name != CONFIG_NAME else []
        else:
            for each in find(tree, _parsed(_ANYWHERE, inside)).files:
                if posixpath.basename(each) != CONFIG_NAME:
                    yield _Place(tree, each)

    def _tree_of(self, path: Path) -> tuple[WorkTree, str | None]:
        """Return the tree that a path of the command line is in, and its place there: None for a file of the caller's.

        That is the repository of the project, else the one that the path is really in, else a folder as it is.
        """
        inside = self.tree.inside(path)
        if inside is not None and self.tree.inside(os.path.realpath(path)) is None:
            return self.tree, inside  # a link out of it, which is not followed
        real = Path(os.path.realpath(path if path.is_dir() else path.parent))
        root = git_root(real)
        if root is not None and root != self.tree.root:
            tree = WorkTree(root)
            return tree, tree.inside(real if path.is_dir() else real / path.name)
        if inside is None and path.is_dir():
            return WorkTree(real), ""
        return self.tree, inside

    def beside(self, path: str) -> str:
        """Return the path of a file or folder that policylint.yaml names."""
        where = Path(os.path.abspath(self.folder / path))  # noqa: PTH100
        if any(WorkTree(folder).inside(where.resolve()) is not None for folder in self._snapshot_folders):
            return self._shown(os.path.realpath(where), _CALLER)
        inside = self.tree.inside(where)
        return self._shown(inside) if inside is not None else self._shown(str(where), _REFUSED)

    def named(self, path: Path) -> str:
        """Return what people are shown a path of the command line as."""
        inside = self.tree.inside(path)
        return self._shown(str(path), _CALLER) if inside is None else self._shown(inside)

    def path(self, shown: str) -> Path:
        """Return the file that people are shown under a path, which need not be there.

        Raises FileError where the path leads out of the repository.
        """
        place = self._place(shown)
        try:
            return _on_disk(place._replace(path=place.tree.follow(place.path)[0]))
        except FileError as problem:
            if not self.has(shown) and place.tree is not _REFUSED and problem.reason != OUTSIDE:
                return _on_disk(place)
            raise _at(shown, problem) from problem

    def _place(self, shown: str) -> _Place:
        """Return what people are shown a path for; what was not found in the repository was named by the caller."""
        return self._places.get(shown) or _Place(_CALLER, shown)

    def read(self, path: str) -> Source:
        """Return the text of a file, or of standard input. Raises FileError."""
        return decode(read_stdin(), STDIN) if path == STDIN else super().read(path)

    def has(self, path: str) -> bool:
        """Return whether there is something of a path, whatever it is."""
        return is_there(_on_disk(self._place(path)))

    @contextmanager
    def pieces(self, path: str) -> Iterator[Iterable[bytes]]:
        """Return the bytes of a snapshot in pieces, to be taken while the context lasts. Raises FileError."""
        if path == STDIN:
            yield iter(partial(stdin().read, PIECE), b"")
            return
        with super().pieces(path) as pieces:
            yield pieces

    def _watched(self, file: BinaryIO, path: str) -> Iterable[bytes]:
        """Return the pieces of a file; their progress is shown."""
        pieces = super()._watched(file, path)
        size = os.fstat(file.fileno()).st_size
        watched = self._progress(pieces, size, path) if self._progress is not None else pieces
        return SharedFile(watched, file, _on_disk(self._place(path)), path, self._jobs)
