"""The configurations that commands compare: git revisions, folders, snapshots, the files as they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from policylint.access.decide import AccessModel, facts_of
from policylint.adapters.files import CONFIG_NAME, display_path
from policylint.adapters.workspace import Workspace
from policylint.cli.common import stop_if_broken
from policylint.errors import UsageError

if TYPE_CHECKING:
    from contextlib import ExitStack

    from policylint.render.style import Style

LIVE = "live"
"""The operand that stands for the snapshot of the configuration."""


class Operand(NamedTuple):
    """One of the two configurations, and what it is called."""

    name: str
    model: AccessModel


def resolve_operand(operand: str | None, workspace: Workspace, stack: ExitStack, look: Style) -> Operand:
    """Return the configuration that an operand names, laid over the snapshot of the work tree."""
    if operand is None:
        return Operand("the files as they are", _policy(workspace, look))
    path = Path(operand)
    if operand == LIVE:
        snapshot = workspace.required_snapshot
        return Operand(snapshot.path, AccessModel(snapshot.state, facts_of(workspace.config)))
    if path.suffix == ".json" and path.is_file():
        snapshot = workspace.read_snapshot(path)
        return Operand(snapshot.path, AccessModel(snapshot.state, facts_of(workspace.config)))
    if path.is_dir():
        config = path / CONFIG_NAME
        if not config.is_file():
            raise UsageError(f"{display_path(path)}: no {CONFIG_NAME} in this folder", help="name the folder of one")
        return Operand(
            display_path(path), _policy(Workspace(config_path=config, live=lambda: workspace.snapshot), look)
        )
    if path.is_file():
        hint = f"name the folder of a {CONFIG_NAME}, a snapshot, or a revision"
        raise UsageError(f"`{operand}` is a file", help=hint)
    from policylint.adapters.git import revision

    folder = stack.enter_context(revision(operand, workspace.folder))
    name = workspace.config_path.name if workspace.config_path is not None else CONFIG_NAME
    config = folder / name
    if not config.is_file():
        raise UsageError(f"`{operand}` has no {name} in this folder", help="name a later revision")
    other = Workspace(
        config_path=config,
        environment=workspace.environment,
        name=lambda path: f"{operand}:{path.resolve().relative_to(folder).as_posix()}",
        live=lambda: workspace.snapshot,
    )
    return Operand(operand, _policy(other, look))


def _policy(workspace: Workspace, look: Style) -> AccessModel:
    stop_if_broken(workspace, look)
    return AccessModel(workspace.desired.state, facts_of(workspace.config))
