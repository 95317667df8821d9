"""The project of each other environment of policylint.yaml, for commands whose edits all of them share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.cli.options import open_project
from policylint.cli.output import require_valid
from policylint.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.adapters.disk import DiskFiles
    from policylint.cli.options import ProjectOptions
    from policylint.cli.output import Output
    from policylint.project.project import Project


def valid_environments(chosen: Project, options: ProjectOptions, files: DiskFiles, output: Output) -> Iterator[Project]:
    """Yield a project once for each environment but the chosen one, each valid."""
    for name in chosen.environments:
        if name == chosen.environment:
            continue
        project = open_project(options._replace(env=name, snapshot=(), require_snapshot=False), files)
        if name is None and _has_no_policy(project):
            continue
        require_valid(project, output.style)
        yield project


def _has_no_policy(project: Project) -> bool:
    """Return whether the configuration has policy files for its environments alone."""
    try:
        return not project.policy_paths
    except FileError:
        return True
