"""Where `policylint import` writes: the repository of a folder, which need not be there, and its files for git."""

from __future__ import annotations

from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from policylint.adapters import resources
from policylint.adapters.disk import DiskFiles
from policylint.adapters.files import find_config, git_root, is_pipe, is_there, path_below, read_bytes
from policylint.adapters.shared_file import cores
from policylint.cli.options import shown_progress
from policylint.errors import FileError
from policylint.named_tuple import NamedTuple
from policylint.syntax.parse import forbidden_character

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Repository(NamedTuple):
    """Where a policy goes: the folder of policylint.yaml, that file where it is there, and the folder of the policy."""

    root: Path
    config: Path | None
    folder: Path

    @classmethod
    def of(cls, folder: Path) -> Repository:
        """Return the repository of a folder of policy files, which need not be there.

        A policylint.yaml goes beside a folder named policy, else to the root of the git repository, else to the current
        folder, else beside the folder.
        """
        folder, here = folder.resolve(), Path.cwd().resolve()
        starts = (folder, folder.parent, here) if folder.is_relative_to(here) else (folder, folder.parent)
        config = next((found for each in starts if (found := find_config(each)) is not None), None)
        if config is not None:
            return cls(config.parent, config, folder)
        beside = folder.parent if folder.name == "policy" else git_root(folder)
        return cls(beside or (here if folder.is_relative_to(here) else folder.parent), None, folder)

    @property
    def pattern(self) -> str:
        """Return the pattern of `policies` that finds the files of the folder."""
        inside = path_below(str(self.folder), str(self.root))
        return f"{escape(inside)}/**/*.yaml" if inside not in {None, "."} and inside else "*.yaml"

    def files(self, jobs: int | None = None) -> DiskFiles:
        """Return the files of the repository; `jobs` is how many processes may read a large snapshot."""
        start = next(each for each in (self.root, *self.root.parents) if each.is_dir())
        return DiskFiles(start, config=self.config, progress=shown_progress(), jobs=jobs or cores())

    def snapshots(self, paths: Iterable[Path]) -> tuple[str, ...]:
        """Return the paths of snapshots as policylint.yaml names them; none where one is outside of the repository."""
        found = [path_below(str(path.resolve()), str(self.root)) if not is_pipe(path) else None for path in paths]
        known = tuple(each for each in found if each is not None and forbidden_character(each) is None)
        return known if len(known) == len(found) else ()


def files_for_git(repository: Repository, paths: Sequence[Path]) -> Mapping[Path, str]:
    """Return what keeps live state out of git, and its bytes as they are, where the repository has no such files."""
    ignored = "".join(f"{line_that_ignores(path)}\n" for path in repository.snapshots(paths) if path != "live.json")
    found = {
        path: text + (ignored if path.name == ".gitignore" else "") for path, text in _scaffold(repository).items()
    }
    return {path: text for path, text in found.items() if not is_there(path)}


def lines_that_lack(repository: Repository) -> Mapping[Path, Sequence[str]]:
    """Return the lines of the files for git that those which are there do not have, by file."""
    found = {path: _without(text, _lines(path)) for path, text in _scaffold(repository).items() if is_there(path)}
    return {path: lines for path, lines in found.items() if lines}


def exposed(repository: Repository, paths: Iterable[Path]) -> Mapping[str, Path]:
    """Return the snapshots in the repository that git does not ignore, as the lines that do, with the file for each.

    Where git cannot be asked, the lines of .gitignore are compared.
    """
    top = git_root(repository.root) or repository.root
    found: dict[str, Path] = {}
    for path in paths:
        real = path.resolve()
        folder = next((each for each in (repository.root, top) if path_below(str(real), str(each))), None)
        if folder is None or is_pipe(path):
            continue
        line, file = line_that_ignores(path_below(str(real), str(folder)) or ""), folder / ".gitignore"
        if _is_taken(top, real, line, file):
            found[line] = file
    return found


def _is_taken(top: Path, snapshot: Path, line: str, file: Path) -> bool:
    from policylint.adapters.git import Repository as Git

    try:
        taken = Git(top).taken(snapshot)
    except FileError:
        taken = None
    return bool(_without(line, _lines(file))) if taken is None else taken


def _scaffold(repository: Repository) -> Mapping[Path, str]:
    return {repository.root / name: text for name, text in resources.scaffold().items() if name.startswith(".git")}


def _without(text: str, there: Iterable[str]) -> Sequence[str]:
    """Return the lines of a file for git, but comments, that are not among others; slashes at their ends are none."""
    known = {line.strip("/") for line in there}
    return [line for line in text.splitlines() if line and line[0] != "#" and line.strip("/") not in known]


def _lines(path: Path) -> Sequence[str]:
    """Return the lines of a file, none where it cannot be read."""
    try:
        return [line.strip() for line in read_bytes(path).decode(errors="replace").splitlines()]
    except FileError:
        return []


def line_that_ignores(path: str) -> str:
    """Return the line of .gitignore about a path beside it. Source: https://git-scm.com/docs/gitignore#_pattern_format."""
    return "/" + "".join(f"\\{char}" if char in "\\*?[ " else char for char in path)
