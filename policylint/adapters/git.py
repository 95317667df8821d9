"""Policy as a git revision has it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from policylint.errors import FileError, PolicylintError, UsageError

_SUFFIXES = (".yaml", ".yml")


def extract(name: str, folder: Path) -> Path:
    """Return a new folder with the YAML files that a revision has below a folder of the work tree.

    The caller removes it.
    Raises UsageError where git knows no such revision, FileError where the folder is not in it or git fails.
    """
    if name.startswith("-"):
        raise UsageError(f"`{name}` is not a revision", help="name a branch, a tag or a commit")
    top = Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip())
    commit = _commit(folder, name)
    inside = folder.resolve().relative_to(top.resolve()).as_posix()
    tree = commit if inside == "." else f"{commit}:{inside}"
    archive = _git(top, "archive", "--format=tar", tree, missing=f"`{name}` has no folder {inside}")
    temporary = Path(tempfile.mkdtemp(prefix="policylint-")).resolve()
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        for member in (member for member in files if member.isfile() and member.name.endswith(_SUFFIXES)):
            content = files.extractfile(member)
            path = (temporary / member.name).resolve()
            if content is None or not path.is_relative_to(temporary):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.read())
    return temporary


def commit_of(folder: Path, name: str = "HEAD") -> str | None:
    """Return the commit of a revision, None where there is none, or no git."""
    if name.startswith("-"):
        return None
    return _text(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")


def branch_point(folder: Path) -> tuple[str, str] | None:
    """Return the main branch, and the commit at which the current one left it; None where that is not known."""
    for name in TRUNKS:
        if (commit := _text(folder, "merge-base", "HEAD", name)) is not None:
            return name, commit
    return None


TRUNKS = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
"""The names that the main branch may have, the most telling first."""


def is_modified(folder: Path) -> bool:
    """Return whether a file of a folder differs from HEAD, or is not in it."""
    return bool(_text(folder, "status", "--porcelain", "--", "."))


def staged(folder: Path) -> tuple[Path, ...]:
    """Return the files that the next commit changes, also those that it deletes or renames; none without git."""
    top = _text(folder, "rev-parse", "--show-toplevel")
    names = _text(folder, "diff", "--cached", "--name-only", "--no-renames", "-z") if top is not None else None
    return tuple(Path(str(top)) / name for name in (names or "").split("\0") if name)


def _text(folder: Path, *arguments: str) -> str | None:
    """Return what git prints, None where it fails or is not there."""
    try:
        return _git(folder, *arguments).decode(errors="replace").strip()
    except PolicylintError:
        return None


def _commit(folder: Path, name: str) -> str:
    known = f"no revision `{name}`, and no such folder or file"
    return _git(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", missing=known).decode().strip()


_PROGRAM = "git.exe" if sys.platform == "win32" else "git"


def _program() -> str:
    """Return the full path of git. Raises FileError where no folder of PATH has it.

    A bare name would be looked for in the current folder first on Windows, and that folder is the repository's.
    """
    for folder in os.get_exec_path():
        path = os.path.join(folder, _PROGRAM)  # noqa: PTH118
        if os.path.isabs(folder) and os.access(path, os.X_OK) and not os.path.isdir(path):  # noqa: PTH112, PTH117
            return path
    raise FileError("git is not on PATH", help="install git, or compare folders")


def _git(folder: Path, *arguments: str, missing: str | None = None) -> bytes:
    # A folder of the work tree that looks like a bare repository is a file of the policy's author, not a repository:
    # its configuration could run any program. Source: https://git-scm.com/docs/git-config, safe.bareRepository
    command = [_program(), "-c", "safe.bareRepository=explicit", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603
    except OSError as problem:
        raise FileError("git cannot be run", help="install git, or compare folders") from problem
    if done.returncode == 0:
        return done.stdout
    if missing is not None:
        raise UsageError(missing, help="name a branch, a tag, a commit, a folder or a snapshot")
    words = done.stderr.decode(errors="replace").strip().splitlines()
    message = f"git: {words[0] if words else 'failed'}"
    raise FileError(message, help="run this inside a git repository, or compare folders")
