"""What git knows of a work tree: its revisions, read byte for byte, and what the next commit changes.

The content of a repository is foreign, its configuration in `.git` is the user's own. So git is asked only about the
repository whose `.git` is at the root of the work tree, and no filter, hook, attribute or download takes part.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO
from weakref import finalize

from policylint.adapters.files import MAX_BYTES, OUTSIDE
from policylint.adapters.tree import CIRCLE, INSTEAD, LONGEST_LINK, MISSING, MOST_LINKS, Kind, no_file
from policylint.errors import FileError, RevisionError, UsageError
from policylint.model.commit import Commit
from policylint.named_tuple import NamedTuple
from policylint.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

TRUNKS = {
    "origin/HEAD": "refs/remotes/origin/HEAD",
    "origin/main": "refs/remotes/origin/main",
    "origin/master": "refs/remotes/origin/master",
    "main": "refs/heads/main",
    "master": "refs/heads/master",
}
"""The names that the main branch may have, the most telling first, and in full: a tag may be called so too."""

_SETTINGS = (
    "safe.bareRepository=explicit",
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "gc.auto=0",
    "core.warnAmbiguousRefs=true",
)
"""What git is not to do: take a folder for a bare repository, or run a program. It says which names are ambiguous.

A commit can hold a folder that looks like a bare repository, whose configuration could run any program.
Source: https://git-scm.com/docs/git-config#Documentation/git-config.txt-safebareRepository
"""

_AMBIGUOUS = b"' is ambiguous"
_NAME = regex(r"(?:(?!@\{)[^~^:])*")
"""The name that a revision begins with. Source: https://git-scm.com/docs/gitrevisions"""

_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
"""Nothing is downloaded, replaced, locked or asked for. Source: https://git-scm.com/docs/git"""

_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_EXTERNAL_DIFF")
_OBJECTS = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")
"""What may point git to another repository, its objects, or a program. Hooks find some of it set; what is pushed is in
objects of its own until the hook agrees."""


class Repository:
    """The git repository of a work tree, which may be none.

    Methods raise FileError where git is not there, does not trust the folder, or fails.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._trees: dict[str, RevisionTree] = {}

    def at(self, name: str) -> RevisionTree:
        """Return the files of a revision. Raises RevisionError where git knows no such revision."""
        if name.startswith("-"):
            raise UsageError(f"`{name}` is not a revision", help="name a branch, a tag or a commit")
        self.require()
        commit = self._commit(name)
        if commit is None:
            unborn = "there is no commit yet: make one first" if self._commit("HEAD") is None else None
            raise RevisionError(f"no revision `{name}`", help=unborn or self._fetch_hint)
        if commit not in self._trees:
            self._trees[commit] = RevisionTree(self, commit)
        return self._trees[commit]

    def commit(self, name: str = "HEAD") -> str | None:
        """Return the commit of a revision, None where there is none, or no git repository.

        Raises UsageError where a branch and a tag, or two branches, are called so.
        """
        return self._commit(name) if self._is_one else None

    @property
    def _fetch_hint(self) -> str:
        """Return how to get a revision that is not in this clone: what is checked out in CI is often one commit."""
        if self._text("rev-parse", "--is-shallow-repository") == "true":
            return "this clone is shallow: in CI check out with `fetch-depth: 0`, elsewhere `git fetch --unshallow`"
        return "name a branch, a tag or a commit, and fetch it first: in CI check out with `fetch-depth: 0`"

    def branch_point(self) -> tuple[str, str] | None:
        """Return the main branch, and the commit at which the current one left it; None where that is not known."""
        for name, reference in TRUNKS.items() if self._is_one else ():
            if (commit := self._text("merge-base", "HEAD", reference)) is not None:
                return name, commit
        return None

    def common(self, name: str) -> str | None:
        """Return the last commit that the current one and a revision have in common, None where it is not known."""
        commit = self.commit(name)
        return self._text("merge-base", "HEAD", commit) if commit is not None else None

    def not_checked_out(self) -> tuple[str, ...]:
        """Return the files of the index that are not to be on disk, as in a sparse checkout; none without git."""
        listed = self.run("ls-files", "-t", "-z", "--full-name", ":/") if self._is_one else b""
        return tuple(os.fsdecode(entry[2:]) for entry in listed.split(b"\0") if entry.startswith(b"S "))

    def taken(self, path: Path) -> bool | None:
        """Return whether a file, or one in a folder, is in git or `git add -A` would take it; None without git."""
        if not self._is_one:
            return None
        options = ("--cached", "--others", "--exclude-standard", "-z")
        return bool(self.run("--literal-pathspecs", "ls-files", *options, "--", str(path)))

    def staged(self) -> tuple[Path, ...]:
        """Return the files that the next commit changes, also those that it deletes or renames; none without git."""
        names = self.run("diff", "--cached", "--name-only", "--no-renames", "-z") if self._is_one else b""
        return tuple(self._root / os.fsdecode(name) for name in names.split(b"\0") if name)

    def called(self, name: str) -> tuple[Path, ...]:
        """Return the files of a name that git has, in any folder; none without git."""
        names = self.run("ls-files", "-z", "--", f":(top,glob)**/{name}") if self._is_one else b""
        return tuple(sorted(self._root / os.fsdecode(each) for each in names.split(b"\0") if each))

    def untracked(self, *endings: str) -> frozenset[Path]:
        """Return the files with some endings on disk that git does not have, also those that it ignores."""
        specs = [f":(top,glob)**/*{ending}" for ending in endings]
        names = self.run("ls-files", "--others", "-z", "--full-name", "--", *specs) if self._is_one else b""
        return frozenset(self._root / os.fsdecode(each) for each in names.split(b"\0") if each)

    def introduced(self, path: Path) -> tuple[Introduced | None, ...] | None:
        """Return who wrote each line of a file and when, None for one that is not committed; None without git."""
        if not self._is_one:
            return None
        try:
            shown = self.run("--literal-pathspecs", "blame", "--porcelain", "--no-textconv", "--", str(path))
        except FileError:  # git does not have the file
            return None
        return tuple(_introduced(shown))

    def commits(self, folder: str, most: int) -> tuple[Commit, ...]:
        """Return the last commits that change a folder but for JSON in it, each before its parents; none without git.

        The parents of each are the commits before it that do so.
        Source: https://git-scm.com/docs/git-log#_history_simplification
        """
        if self.commit() is None:
            return ()
        options = ("--topo-order", "--parents", "--no-show-signature", f"--max-count={most}")
        paths = (f":(top,literal){folder}", ":(top,exclude,glob)**/*.json")
        shown = self.run("log", *options, "--format=%H%x00%P%x00%at%x00%an", "HEAD", "--", *paths)
        return tuple(_commit(line) for line in shown.decode(errors="replace").split("\n") if line)

    def tree(self, commit: str) -> RevisionTree:
        """Return the files of a commit, which are not kept for another call."""
        return RevisionTree(self, commit)

    def require(self) -> None:
        """Raise FileError where git cannot be asked about the work tree, NoRepositoryError where there is no git."""
        if self._problem is not None:
            raise self._problem

    @property
    def _is_one(self) -> bool:
        """Return whether there is git, and a repository. Raises FileError where git does not trust it."""
        if self._problem is not None and not isinstance(self._problem, NoRepositoryError):
            raise self._problem
        return self._problem is None

    @cached_property
    def _problem(self) -> FileError | None:
        """Return why git cannot be asked about the work tree, None where it can; git is asked that once."""
        try:
            self._check()
        except FileError as problem:
            return problem
        return None

    def _check(self) -> None:
        """Raise FileError unless the work tree is that of its own `.git`."""
        if not (self._root / ".git").exists():
            raise NoRepositoryError("not a git repository", help="run this inside of one, or compare folders")
        top = self.run("rev-parse", "--show-toplevel").removesuffix(b"\n")
        if not top or os.path.realpath(os.fsdecode(top)) != str(self._root):
            raise _unusable()

    def _commit(self, name: str) -> str | None:
        if name.startswith("-") or "\0" in name:
            return None
        done = self._done("rev-parse", "--verify", f"{name}^{{commit}}")
        reference = _NAME.match(name)[0]  # type: ignore[index]
        if reference.startswith("refs/"):  # where there is none, git would look for a tag of this name
            is_there = self._done("show-ref", "--verify", "--quiet", reference).returncode == 0
            return _printed(done) if is_there else None
        if _AMBIGUOUS in done.stderr and reference != "HEAD":
            hint = "write it in full, such as refs/remotes/origin/main, refs/heads/main or refs/tags/v1"
            raise UsageError(f"`{name}` may be more than one branch or tag", help=hint)
        return _printed(done)

    def _text(self, *arguments: str) -> str | None:
        """Return what git prints, None where it fails."""
        try:
            return _printed(self._done(*arguments))
        except FileError:
            return None

    @cached_property
    def batch(self) -> tuple[BinaryIO, BinaryIO]:
        """Return what takes names of blobs, and what answers with their content."""
        command, environment = self.command("cat-file", "--batch"), self.environment
        pipe, null = subprocess.PIPE, subprocess.DEVNULL
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=null, env=environment)  # noqa: S603
        assert process.stdin is not None
        assert process.stdout is not None
        finalize(self, _end, process)
        return process.stdin, process.stdout  # type: ignore[return-value]

    def command(self, *arguments: str) -> Sequence[str]:
        """Return the command line of git for this repository."""
        settings = (word for setting in _SETTINGS for word in ("-c", setting))
        return (_program(), *settings, "-C", str(self._root), *arguments)

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the environment that git is run in: it looks for the repository in the root alone."""
        others = _ELSEWHERE if "GIT_QUARANTINE_PATH" in os.environ else (*_ELSEWHERE, *_OBJECTS)
        own = {name: value for name, value in os.environ.items() if name not in others}
        return own | _ENVIRONMENT | {"GIT_CEILING_DIRECTORIES": str(self._root.parent)}

    def run(self, *arguments: str) -> bytes:
        """Return what git prints. Raises FileError where it cannot be run or fails."""
        done = self._done(*arguments)
        if done.returncode == 0:
            return done.stdout
        raise _failed(done.stderr.decode(errors="replace"), self._root)

    def _done(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Return how git ends. Raises FileError where it cannot be run."""
        command, environment = self.command(*arguments), self.environment
        try:
            return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, env=environment)  # noqa: S603
        except (OSError, ValueError) as problem:
            raise NoRepositoryError("git cannot be run", help="install git, or compare folders") from problem


class StillRepository(Repository):
    """A repository that stands still while a run asks about one project after another: git is asked once."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._known: dict[tuple[str, ...], subprocess.CompletedProcess[bytes]] = {}

    @cached_property
    def _absent(self) -> tuple[str, ...]:
        return super().not_checked_out()

    def not_checked_out(self) -> tuple[str, ...]:
        """Return the files of the index that are not to be on disk."""
        return self._absent

    def _done(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        if arguments[0] not in _ABOUT_COMMITS:
            return super()._done(*arguments)
        if arguments not in self._known:
            self._known[arguments] = super()._done(*arguments)
        return self._known[arguments]


_ABOUT_COMMITS = frozenset({"rev-parse", "merge-base", "show-ref"})


def _printed(done: subprocess.CompletedProcess[bytes]) -> str | None:
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def _commit(line: str) -> Commit:
    name, parents, seconds, author = line.split("\0", 3)
    return Commit(name, tuple(parents.split()), author, _day_of(int(seconds or 0)))


class Introduced(NamedTuple):
    """Who wrote a line, and on which day, in UTC."""

    author: str
    day: str


def _introduced(shown: bytes) -> Iterator[Introduced | None]:
    """Yield who wrote each line, from what `git blame --porcelain` prints: it tells of each commit once."""
    known: dict[bytes, dict[bytes, bytes]] = {}
    commit: dict[bytes, bytes] | None = None
    name = b""
    for line in shown.split(b"\n"):
        if commit is None:
            name = line.partition(b" ")[0]
            commit = known.setdefault(name, {})
        elif line.startswith(b"\t"):
            yield _author_of(commit) if name.strip(b"0") else None
            commit = None
        else:
            key, _, value = line.partition(b" ")
            commit[key] = value


def _author_of(commit: Mapping[bytes, bytes]) -> Introduced:
    day = _day_of(int(commit.get(b"author-time", b"0")))
    return Introduced(commit.get(b"author", b"").decode(errors="replace"), day)


def _day_of(seconds: int) -> str:
    return str(datetime.fromtimestamp(min(max(seconds, 0), _LAST_SECOND), UTC).date())


_LAST_SECOND = 253_402_300_799
"""The last second of the year 9999."""


class NoRepositoryError(FileError):
    """There is no git, or no repository of it."""


def _failed(said: str, root: Path) -> FileError:
    """Return what is wrong, from what git said about it in English."""
    if "dubious ownership" in said or "unsafe repository" in said:
        hint = "if you trust it, as in a container of CI: git config --global --add safe.directory FOLDER"
        return FileError(f"git does not trust {root}: it belongs to another user", help=hint)
    if "not a git repository" in said or "cannot use bare repository" in said:
        return _unusable()
    words = said.strip().splitlines()
    return FileError(f"git: {words[0] if words else 'failed'}", help="run `git fsck`, or compare folders")


def _unusable() -> NoRepositoryError:
    """Return what is wrong where there is a `.git`, and git does not find a repository in it."""
    return NoRepositoryError("there is a .git, but git cannot use it", help="`git status` says why; or compare folders")


class RevisionTree:
    """The files of a commit, as their blobs are: no link, attribute or filter changes what is read."""

    def __init__(self, repository: Repository, commit: str) -> None:
        self.commit = commit
        self._repository = repository
        self._folders: dict[str, dict[str, Kind]] = {"": {}}
        self._blobs: dict[str, str] = {}
        self._modules: set[str] = set()
        for entry in repository.run("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
            if entry:
                self._add(entry)

    def _add(self, entry: bytes) -> None:
        attributes, _, name = entry.partition(b"\t")
        mode, _, blob = attributes.decode("ascii").split(" ")
        path = name.decode("utf-8", "surrogateescape")
        folder, _, last = path.rpartition("/")
        self._blobs[path] = blob
        if mode == _MODULE:
            self._modules.add(path)
        self._folder(folder)[last] = _KINDS.get(mode, Kind.FILE)

    def _folder(self, path: str) -> dict[str, Kind]:
        """Return what is in a folder, which is noted in those above it."""
        found = self._folders.setdefault(path, {})
        while path:
            above, _, name = path.rpartition("/")
            is_known = above in self._folders
            self._folders.setdefault(above, {})[name] = Kind.FOLDER
            path = "" if is_known else above
        return found

    def names(self, folder: str) -> Mapping[str, Kind]:
        """Return what is in a folder. Raises FileError where it is in another repository."""
        if folder in self._modules:
            raise FileError("a submodule, whose files are not in this revision", help="compare folders")
        return self._folders.get(folder, {})

    def follow(self, path: str) -> tuple[str, Kind]:
        """Return where a path leads when every link is followed, and what is there. Raises FileError."""
        done: list[str] = []
        left = [part for part in reversed(path.split("/")) if part]
        links = 0
        while left:
            part = left.pop()
            if part == "..":
                if not done:
                    raise FileError(OUTSIDE, help=INSTEAD)
                done.pop()
                continue
            folder = "/".join(done)
            kind = self.names(folder).get(part)
            if kind is None:
                raise FileError(MISSING if links else "no such file", help=INSTEAD if links else None)
            if kind is not Kind.LINK:
                done.append(part)
                continue
            links += 1
            link = self._blob(f"{folder}/{part}" if folder else part, LONGEST_LINK)
            target = link.decode("utf-8", "surrogateescape")
            if links > MOST_LINKS:
                raise FileError(CIRCLE, help=INSTEAD)
            if target.startswith("/") or "\\" in target or ":" in target:
                raise FileError(OUTSIDE, help=INSTEAD)
            left += [each for each in reversed(target.split("/")) if each not in {"", "."}]
        real = "/".join(done)
        return real, Kind.FOLDER if real in self._folders or real in self._modules else Kind.FILE

    def has(self, path: str) -> bool:
        """Return whether there is a file of a path."""
        try:
            return self.follow(path)[0] in self._blobs
        except FileError:
            return False

    def content(self, path: str) -> str:
        """Return what the content of a file that is there is known by."""
        return self._blobs[self.follow(path)[0]]

    def open(self, path: str) -> BinaryIO:
        """Return a file, open for reading. Raises FileError."""
        real, kind = self.follow(path)
        if kind is not Kind.FILE:
            raise no_file(self, real)
        return BytesIO(self._blob(real))

    def _blob(self, path: str, most: int = MAX_BYTES) -> bytes:
        """Return the content of a blob. Raises FileError where it is not there: in a partial clone it may not be."""
        to_git, from_git = self._repository.batch
        try:
            to_git.write(self._blobs[path].encode("ascii") + b"\n")
            to_git.flush()
            header = from_git.readline().split()
            if len(header) != _HEADER:
                raise FileError("its content is not in this clone", help="fetch it, or clone all of the repository")
            size = int(header[2])
            if size > most:
                self._repository.__dict__.pop("batch")  # what it would print is not read
                reason = f"larger than {most >> 20} MB" if most >= 1 << 20 else f"a link of {size:,} bytes"
                raise FileError(reason, help="split it into several files" if most == MAX_BYTES else INSTEAD)
            return from_git.read(size + 1)[:size]
        except (OSError, ValueError) as problem:
            raise FileError("git cannot read it", help="run `git fsck`") from problem


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


_LINK, _MODULE = "120000", "160000"
_KINDS = {_LINK: Kind.LINK, _MODULE: Kind.FOLDER}
"""The modes of entries of a tree. Source: https://git-scm.com/docs/git-fast-import"""

_HEADER = len(("name", "type", "size"))

_PROGRAM = "git.exe" if sys.platform == "win32" else "git"


def _program() -> str:
    """Return the full path of git. Raises NoRepositoryError where no folder of PATH has it.

    A bare name would be looked for in the current folder first on Windows, and that folder is the repository's.
    """
    for folder in os.get_exec_path():
        path = os.path.join(folder, _PROGRAM)  # noqa: PTH118
        if os.path.isabs(folder) and os.access(path, os.X_OK) and not os.path.isdir(path):  # noqa: PTH112, PTH117
            return path
    raise NoRepositoryError("git is not on PATH", help="install git, or compare folders")
