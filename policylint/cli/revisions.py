"""The configurations that commands compare: git revisions, folders, snapshots, the files as they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from policylint.adapters.disk import DiskFiles
from policylint.adapters.files import CONFIG_NAME, display_path
from policylint.cli.output import require_valid
from policylint.errors import UsageError

if TYPE_CHECKING:
    from contextlib import ExitStack

    from policylint.access.decide import AccessModel
    from policylint.model.snapshot import Snapshot
    from policylint.project.project import Project
    from policylint.render.style import Style

LIVE = "live"
"""The operand that stands for the snapshot of the configuration."""


class Operand(NamedTuple):
    """One of the two configurations, what it is called, and the snapshot that it is, if it is one."""

    name: str
    model: AccessModel
    snapshot: Snapshot | None = None


def resolve_operand(operand: str | None, project: Project, files: DiskFiles, stack: ExitStack, style: Style) -> Operand:
    """Return the configuration that an operand names, laid over the snapshot of the work tree."""
    if operand is None:
        return _policy("the files as they are", project, style)
    path = Path(operand)
    if operand == LIVE:
        return _snapshot(project.required_snapshot, project)
    if path.suffix == ".json" and path.is_file():
        return _snapshot(project.read_snapshot(display_path(path)), project)
    if path.is_dir():
        config = path / CONFIG_NAME
        if not config.is_file():
            raise UsageError(f"{display_path(path)}: no {CONFIG_NAME} in this folder", help="name the folder of one")
        return _policy(display_path(path), project.with_files(DiskFiles(config=config)), style)
    if path.is_file():
        hint = f"name the folder of a {CONFIG_NAME}, a snapshot, or a revision"
        raise UsageError(f"`{operand}` is a file", help=hint)
    from policylint.adapters.git import revision

    folder = stack.enter_context(revision(operand, files.folder))
    name = files.config_path.name if files.config_path is not None else CONFIG_NAME
    config = folder / name
    if not config.is_file():
        raise UsageError(f"`{operand}` has no {name} in this folder", help="name a later revision")
    of_revision = DiskFiles(config=config, revision=operand)
    return _policy(operand, project.with_files(of_revision, project.environment), style)


def _snapshot(snapshot: Snapshot, project: Project) -> Operand:
    return Operand(snapshot.path, project.model_of(snapshot.state), snapshot)


def _policy(name: str, project: Project, style: Style) -> Operand:
    require_valid(project, style)
    return Operand(name, project.desired_model)
