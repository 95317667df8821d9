"""The configurations that commands compare: git revisions, folders, snapshots, the files as they are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from policylint.adapters.disk import DiskFiles
from policylint.adapters.files import CONFIG_NAME, display_path
from policylint.cli.output import require_valid
from policylint.documentation import Page
from policylint.errors import FileError, RevisionError, UsageError
from policylint.named_tuple import NamedTuple
from policylint.phrases import show

if TYPE_CHECKING:
    from policylint.access.decide import AccessModel
    from policylint.desired.ownership import Released
    from policylint.model.snapshot import Snapshot
    from policylint.project.project import Project
    from policylint.render.style import Style

LIVE = "live"
"""The operand that stands for the snapshot of the configuration."""


class Operand(NamedTuple):
    """One of the two configurations, what it is called, and the project or the snapshot whose it is."""

    name: str
    model: AccessModel
    project: Project | None = None
    snapshot: Snapshot | None = None


class Pair(NamedTuple):
    """Who gets in under two configurations, and notes on what one of them leaves open."""

    before: AccessModel
    after: AccessModel
    notes: tuple[str, ...] = ()


def compared(old: Operand, new: Operand) -> Pair:
    """Return two configurations as one following the other.

    The old one is without what only the new one declares, also where that is live by now. What only the old one
    declares is under the new one as the modes of its sections say.
    """
    if old.project is None or new.project is None:
        return Pair(old.model, new.model)
    before = old.project.desired_after(new.project.policy.state, take_back=True)
    after = new.project.desired_after(old.project.policy.state)
    notes = (
        *(_note(each, new.name, old.name) for each in before.released),
        *(_note(each, old.name, new.name) for each in after.released),
    )
    return Pair(old.project.model_of(before.state), new.project.model_of(after.state), notes)


def _note(released: Released, one: str, other: str) -> str:
    what = released.identity if released.property is None else f"{released.property} of {released.identity}"
    value = "" if released.property is None and released.live is None else f" ({show(released.live)})"
    return f"only {one} declares {what}: {other} is taken to leave it as it is live{value}"


def resolve_operand(operand: str | None, project: Project, files: DiskFiles, style: Style) -> Operand:
    """Return the configuration that an operand names, laid over the snapshot of the work tree."""
    if operand is None:
        return _policy("the files as they are", project, style)
    path = Path(operand)
    if operand == LIVE:
        return _snapshot(project.required_snapshot, project)
    if os.path.lexists(path) and _is_revision(operand, files):
        hint = f"write `./{operand}` for what is in the folder, `--base {operand}` for the revision"
        raise UsageError(f"`{operand}` is ambiguous: a path and a revision", help=hint)
    if path.is_dir() and (path / CONFIG_NAME).is_file():
        return _policy(display_path(path), project.with_files(DiskFiles(config=path / CONFIG_NAME)), style)
    if _is_live(path) or (path.is_dir() and any(map(_is_live, path.iterdir()))):
        return _snapshot(project.read_snapshot(display_path(path)), project)
    if path.is_dir():
        hint = f"name the folder of a {CONFIG_NAME}, or one with files of live state"
        raise UsageError(f"{display_path(path)}: neither {CONFIG_NAME} nor live state in this folder", help=hint)
    if path.is_file():
        hint = f"name the folder of a {CONFIG_NAME}, live state, or a revision"
        raise UsageError(f"`{operand}` is a file", help=hint)
    try:
        there = files.at(operand)
    except RevisionError as problem:
        hint = f"name a revision, a folder or a snapshot; of a revision: {problem.help}"
        reason = f"{problem.message}, and no such folder or file"
        raise UsageError(reason, help=hint, page=Page.DIFF) from problem
    return _policy(operand, project.with_files(there, project.environment), style)


def of_revision(name: str, project: Project, files: DiskFiles, style: Style) -> Operand:
    """Return the configuration of a git revision, whatever folders there are, laid over the snapshot of the work tree.

    Raises RevisionError where git knows no such revision, NoConfigError where it has no policylint.yaml.
    """
    try:
        there = files.at(name)
    except RevisionError as problem:
        problem.page = Page.DIFF
        raise
    return _policy(name, project.with_files(there, project.environment), style)


def before_of(since: str, project: Project, files: DiskFiles, style: Style) -> AccessModel:
    """Return who got in under what the `since` of an assertion names: a git revision, a path, or `live`.

    A path begins with `./` or `../`, or is absolute: a folder of any other name, as that of the revision, must not take
    its place. Raises PolicylintError.
    """
    now = resolve_operand(None, project, files, style)
    is_path = since == LIVE or since.startswith(_PATHS) or Path(since).is_absolute()
    return compared((resolve_operand if is_path else _since)(since, project, files, style), now).before


_PATHS = ("./", "../", ".\\", "..\\")


def _since(name: str, project: Project, files: DiskFiles, style: Style) -> Operand:
    try:
        return of_revision(name, project, files, style)
    except (RevisionError, FileError) as problem:
        if not os.path.lexists(name):
            raise
        raise UsageError(f"{problem.message}; for the folder write `./{name}`", help=problem.help) from problem


def _is_revision(name: str, files: DiskFiles) -> bool:
    try:
        return files.commit(name) is not None
    except FileError:  # git cannot be asked, so that folders are all that there is to compare
        return False


_LIVE_KINDS = frozenset({".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".xml", ".clixml", ".txt", ".log", ".ps1"})
"""The endings of files that may hold live state."""


def _is_live(path: Path) -> bool:
    """Return whether a path is a file that may hold live state, by its ending."""
    return path.suffix.lower() in _LIVE_KINDS and path.is_file()


def _snapshot(snapshot: Snapshot, project: Project) -> Operand:
    return Operand(snapshot.path, project.model_of_live(snapshot), snapshot=snapshot)


def _policy(name: str, project: Project, style: Style) -> Operand:
    require_valid(project, style)
    return Operand(name, project.desired_model, project)
