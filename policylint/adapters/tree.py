"""The files of a repository: one reader for work trees and git revisions, which never leaves them.

What a repository holds is written by whoever may open a pull request. So a path in it is followed step by step, links
too, and must end at a plain file inside the tree.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import deque
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from policylint.adapters.files import OUTSIDE, git_root, open_plain, path_below
from policylint.adapters.patterns import (
    SUFFIXES,
    Pattern,
    Place,
    enter,
    leads_on,
    matched,
    start,
)
from policylint.errors import FileError
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

GIT = ".git"
_LOCK = ".#"
"""How the names of Emacs's locks begin: links to nothing beside a file that is being edited."""

MISSING = "a link to nothing"
CIRCLE = "a link to itself"
LONGEST_LINK = 4095
"""How many bytes a link may name. Linux has the same limit."""
MOST_LINKS = 40
"""How many links may follow one another. Linux has the same limit."""


class Kind(StrEnum):
    """What a name in a folder stands for."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"


class Tree(Protocol):
    """A tree of files. Paths are relative to its root, with `/` between names; the root is the empty text.

    Every method raises FileError where something cannot be read.
    """

    def names(self, folder: str) -> Mapping[str, Kind]:
        """Return what is in a folder, which is none behind a link; what a link leads to is not looked at."""

    def follow(self, path: str) -> tuple[str, Kind]:
        """Return where a path leads when every link is followed, and what is there."""

    def open(self, path: str) -> BinaryIO:
        """Return a plain file, open for reading."""


class Found(NamedTuple):
    """What patterns find in a tree.

    `files` are the paths of what must be read, each with where it leads: plain files, and what is none or cannot be
    looked into, which to read raises FileError. `near` are files that a pattern would find if they had the other ending
    of YAML, `empty` the patterns that find nothing.
    """

    files: Mapping[str, str]
    near: Sequence[str]
    empty: Sequence[Pattern]


def find(tree: Tree, patterns: Sequence[Pattern]) -> Found:
    """Return what patterns find, each file once, in one walk over the folders that a pattern can match something in."""
    walk = _Walk(tree, patterns)
    walk.folder("", "", start(patterns))
    empty = [pattern for number, pattern in enumerate(patterns) if number not in walk.met]
    files = {path: real for real, path in sorted(walk.files.items(), key=lambda item: item[1])}
    near = [path for real, path in sorted(walk.near.items()) if real not in walk.files]
    return Found(files, near, empty)


class _Walk:
    """A walk in progress: what is found by where it really is, and the folders that are behind it."""

    def __init__(self, tree: Tree, patterns: Sequence[Pattern]) -> None:
        self.tree, self.patterns = tree, patterns
        self.files: dict[str, str] = {}
        self.near: dict[str, str] = {}
        self.met: set[int] = set()
        self._seen: dict[str, Place] = {}

    def folder(self, path: str, real: str, place: Place) -> None:
        """Walk a folder that is called `path`, what is really in it before what links lead to."""
        waiting, linked = [(path, real, place)], deque[tuple[str, str, Place]]()
        while waiting or linked:
            path, real, place = waiting.pop() if waiting else linked.popleft()
            place -= self._seen.get(real, frozenset())
            if not place:
                continue
            self._seen[real] = self._seen.get(real, frozenset()) | place
            try:
                names = self.tree.names(real)
            except FileError:
                self._unread(path, place)
                continue
            for name, inside in self._met(names, place):
                found = self._entry(_join(path, name), _join(real, name), names[name], place, inside)
                (linked if names[name] is Kind.LINK else waiting).extend(found)

    def _met(self, names: Mapping[str, Kind], place: Place) -> list[tuple[str, Place]]:
        """Return the names of a folder that a pattern leads to, or would with another ending, the last one first."""
        met = []
        for name, kind in names.items():
            if name == GIT or (name.startswith(_LOCK) and kind is Kind.LINK):
                continue
            inside = enter(self.patterns, place, name)
            if inside or (kind is not Kind.FOLDER and self._is_near(place, name)):
                met.append((name, inside))
        return sorted(met, key=lambda each: each[0], reverse=True)

    def _entry(self, path: str, real: str, kind: Kind, place: Place, inside: Place) -> list[tuple[str, str, Place]]:
        """Note what a name of a folder stands for; return it where it is a folder to walk."""
        numbers = matched(self.patterns, inside)
        if kind is Kind.LINK:
            try:
                real, kind = self.tree.follow(path)
            except FileError:
                if inside:
                    self._unread(path, inside)
                return []
        name = path.rpartition("/")[2]
        if kind is Kind.FOLDER and not (numbers and os.path.splitext(name)[1] in SUFFIXES):  # noqa: PTH122
            return [(path, real, inside)] if leads_on(self.patterns, inside) else []
        if numbers:
            self.files[real] = real if real == path else self.files.get(real, path)
            self.met |= numbers
        elif kind is Kind.FILE and self._is_near(place, name):
            self.near.setdefault(real, path)
        return []

    def _unread(self, path: str, place: Place) -> None:
        """Note what may be or hold a file of the policy and cannot be looked at."""
        self.files.setdefault(path, path)
        self.met |= {number for number, _ in place}

    def _is_near(self, place: Place, name: str) -> bool:
        """Return whether a pattern would find a file if it had the other ending of YAML."""
        base, suffix = os.path.splitext(name)  # noqa: PTH122
        other = SUFFIXES.get(suffix.lower())
        names = {base + each for each in (other, suffix.lower()) if each is not None} - {name}
        return any(matched(self.patterns, enter(self.patterns, place, each)) for each in names)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


class WorkTree:
    """The files below a folder on disk.

    `root` is that of the git repository of a path that the caller named, else the folder of that path.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.realpath(root))

    @classmethod
    def of(cls, path: Path) -> WorkTree:
        """Return the work tree that a file or folder is in."""
        folder = Path(os.path.abspath(path))  # noqa: PTH100
        folder = folder if folder.is_dir() else folder.parent
        real = Path(os.path.realpath(folder))
        return cls(git_root(folder) or git_root(real) or real)

    def inside(self, path: str | Path) -> str | None:
        """Return a path of the disk, links not followed, as one of the tree; None where it is not below the root."""
        where, root = os.path.abspath(path), str(self.root)  # noqa: PTH100
        return "" if os.path.normcase(where) == os.path.normcase(root) else path_below(where, root)

    def names(self, folder: str) -> Mapping[str, Kind]:
        """Return what is in a folder."""
        try:
            with os.scandir(self.root / folder) as entries:
                return {entry.name: _kind(entry) for entry in entries}
        except OSError as problem:
            raise _unreadable(problem) from problem

    def follow(self, path: str) -> tuple[str, Kind]:
        """Return where a path leads when every link is followed, and what is there."""
        try:
            inside = self.inside(os.path.realpath(self.root / path))
            if inside is None:
                raise FileError(OUTSIDE, help=INSTEAD)
            mode = os.lstat(os.path.realpath(self.root / path, strict=True)).st_mode
        except FileNotFoundError as problem:
            is_link = os.path.lexists(self.root / path)
            raise FileError(MISSING if is_link else "no such file", help=INSTEAD if is_link else None) from problem
        except OSError as problem:
            if problem.errno == errno.ELOOP:
                raise FileError(CIRCLE, help=INSTEAD) from problem
            raise _unreadable(problem) from problem
        kind = Kind.FILE if stat.S_ISREG(mode) else Kind.FOLDER if stat.S_ISDIR(mode) else Kind.OTHER
        return inside, kind

    def open(self, path: str) -> BinaryIO:
        """Return a plain file, open for reading."""
        real, kind = self.follow(path)
        if kind is Kind.FOLDER:
            raise no_file(self, real)
        return open_plain(self.root / real, links=False)


def no_file(tree: Tree, folder: str) -> FileError:
    """Return what is wrong where a file is expected and there is a folder."""
    try:
        tree.names(folder)
    except FileError as problem:
        return problem
    return FileError("a folder, not a file", help="give it a name that no pattern matches")


INSTEAD = "put the file itself there, or remove it"


def _kind(entry: os.DirEntry[str]) -> Kind:
    if entry.is_symlink() or (hasattr(entry, "is_junction") and entry.is_junction()):
        return Kind.LINK
    if entry.is_dir(follow_symlinks=False):
        return Kind.FOLDER
    return Kind.FILE if entry.is_file(follow_symlinks=False) else Kind.OTHER


def _unreadable(problem: OSError) -> FileError:
    return FileError(f"cannot be read: {problem.strerror}", help="check the path and the permissions")
