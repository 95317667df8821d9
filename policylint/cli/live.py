"""Files of live state that a command line names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.cli.options import shown_path, utc_time
from policylint.project.live import collect_live

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from policylint.cli.options import ProjectOptions
    from policylint.project.project import Project
    from policylint.readers.collected import Collected


def collect_named(
    project: Project,
    paths: Sequence[Path],
    edition: str | None,
    options: ProjectOptions,
    *,
    keep_devices: bool = False,
) -> Collected:
    """Return what paths of the command line hold; the edition that is said comes before that of policylint.yaml."""
    own = project.config.edition if project.files.config is not None else ""
    return collect_live(
        project.files,
        tuple(map(shown_path, paths)),
        project.store,
        edition=edition or own,
        taken_at=utc_time(options.taken_at),
        allowed=options.allow_incomplete,
        keep_devices=keep_devices,
    )
