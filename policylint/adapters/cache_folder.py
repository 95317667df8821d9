"""The folder of the user in which policylint keeps what it can work out again, and who may have written to it.

Only files of the user alone count, in a folder of the user alone, outside of every git repository: what a repository or
another user put there is not read. Whatever is the matter with the folder, nothing fails for it.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from policylint.adapters.files import git_root, path_below
from policylint.named_tuple import NamedTuple
from policylint.regex import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

VARIABLE, OFF = "POLICYLINT_CACHE", "off"
"""The environment variable that names the folder, and what it says where there is to be none."""

_NAME = "policylint"
_SUFFIX, _TEMPORARY = ".index", ".tmp"
_OURS = regex(r"[0-9a-f]{64}\.index|[0-9a-f]{16}\.tmp")
_MOST_FILES, _MOST_BYTES = 8, 2 << 30
_GROUP_AND_OTHERS = 0o077
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


class Kept(NamedTuple):
    """A file of the folder: its name, its size in bytes, and when it was last used, in seconds of the epoch."""

    name: str
    size: int
    used: float


def cache_path(environment: Mapping[str, str], platform: str = sys.platform) -> Path | None:
    """Return the path of the folder, which need not be there; None where it is switched off, or nobody's.

    It is off where a build runs (`CI`), unless the variable names it: such folders are shared from run to run.
    Source: https://specifications.freedesktop.org/basedir/latest/ says that a path that is not absolute is ignored.
    """
    named = environment.get(VARIABLE, "")
    if named:
        return Path(named) / _NAME if named != OFF and Path(named).is_absolute() else None
    if environment.get("CI"):
        return None
    if platform == "win32":
        return _below(environment.get("LOCALAPPDATA"), _NAME, "Cache")
    if platform == "darwin":
        return _below(environment.get("HOME"), "Library", "Caches", _NAME)
    return _below(environment.get("XDG_CACHE_HOME"), _NAME) or _below(environment.get("HOME"), ".cache", _NAME)


def _below(folder: str | None, *names: str) -> Path | None:
    return Path(folder, *names) if folder and Path(folder).is_absolute() else None


class CacheFolder:
    """A folder of files of the user. What is wrong with it, or with a file, is as if it were not there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def why_not(self, projects: Iterable[Path] = ()) -> str | None:
        """Return why the folder is not used, None where it may be; it need not be there yet.

        `projects` are folders that it must not be in; nor may it be in a git repository.
        """
        real = Path(os.path.realpath(self.path))
        if git_root(real) is not None:
            return "it is in a git repository"
        if any(path_below(str(real), os.path.realpath(each)) is not None for each in projects):
            return "it is in the folder of the project"
        try:
            return _not_own(self.path.lstat(), stat.S_ISDIR)
        except FileNotFoundError:
            return None
        except OSError as problem:
            return f"it cannot be read: {problem.strerror}"

    def has(self, name: str) -> bool:
        """Return whether there is a file of a name."""
        return self._file(name).is_file()

    def read(self, name: str) -> bytes | None:
        """Return the content of a file, None where there is none of the user alone."""
        with contextlib.suppress(OSError):
            with open(self._file(name), "rb", opener=lambda path, flags: os.open(path, flags | _FLAGS)) as file:
                if _not_own(os.fstat(file.fileno()), stat.S_ISREG) is not None:
                    return None
                content = file.read(_MOST_BYTES)
            with contextlib.suppress(OSError):
                os.utime(self._file(name))
            return content
        return None

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a file whole or not at all, and remove those used longest ago where there are too many."""
        temporary = self.path / f"{os.urandom(8).hex()}{_TEMPORARY}"
        with contextlib.suppress(OSError):
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _not_own(self.path.lstat(), stat.S_ISDIR) is not None:
                return
            try:
                with open(temporary, "xb", opener=lambda path, flags: os.open(path, flags | _FLAGS, 0o600)) as file:
                    file.writelines(pieces)
                temporary.replace(self._file(name))
            finally:
                with contextlib.suppress(OSError):
                    temporary.unlink()
            self._shrink()

    def kept(self) -> tuple[Kept, ...]:
        """Return the files of the folder, the one used last first."""
        return tuple(each for each in self._files() if each.name.endswith(_SUFFIX))

    def clear(self) -> tuple[Kept, ...]:
        """Remove the files of the folder, and return those that are gone."""
        return tuple(each for each in self._files() if self._remove(each))

    def _file(self, name: str) -> Path:
        return self.path / f"{name}{_SUFFIX}"

    def _files(self) -> list[Kept]:
        """Return the files that policylint wrote, also those that it did not finish, the one used last first."""
        found: list[Kept] = []
        if self.path.is_symlink():
            return found
        with contextlib.suppress(OSError), os.scandir(self.path) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    if _OURS.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                        status = entry.stat(follow_symlinks=False)
                        found.append(Kept(entry.name, status.st_size, status.st_mtime))
        return sorted(found, key=lambda each: (-each.used, each.name))

    def _shrink(self) -> None:
        total = 0
        for number, each in enumerate(self._files()):
            total += each.size
            if number >= _MOST_FILES or (number and total > _MOST_BYTES):
                self._remove(each)

    def _remove(self, kept: Kept) -> bool:
        try:
            (self.path / kept.name).unlink()
        except OSError:
            return False
        return True


def _not_own(status: os.stat_result, is_kind: Callable[[int], bool]) -> str | None:
    """Return why something is not of the user alone, None where it is. Windows has no owners and modes to ask here."""
    if not is_kind(status.st_mode):
        return "it is a link, or not what it should be"
    if sys.platform == "win32":
        return None
    if status.st_uid != os.geteuid():
        return "it is of another user"
    return "others may read or write it: give it the mode 0700" if status.st_mode & _GROUP_AND_OTHERS else None
