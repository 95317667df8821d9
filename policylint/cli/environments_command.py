"""`policylint environments`: the environments of policylint.yaml, for people and for jobs that run over each."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import click

from policylint.cli.completing import ENVIRONMENT
from policylint.cli.options import ProjectOptions, config_option, declare, disk_files, open_project, output_options
from policylint.errors import NoConfigError, UsageError
from policylint.escape import to_json
from policylint.model.environment import shown
from policylint.project.each_environment import environment_names, environment_of, is_changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from policylint.adapters.disk import DiskFiles, RevisionFiles
    from policylint.cli.output import Output
    from policylint.model.environment import Environment
    from policylint.project.project import Project
    from policylint.render.style import Style

GITLAB = "gitlab"
INCLUDE = ".gitlab/policylint.yml"


def _text(found: list[Environment], _project: Project, style: Style, _include: str) -> str:
    from policylint.render.environments.listing import render_environments

    return render_environments(found, style=style)


def _json(found: list[Environment], project: Project, _style: Style, _include: str) -> str:
    from policylint.render.environments.listing import environments_record

    return to_json(environments_record(found, project.files.config))


def _github(found: list[Environment], _project: Project, _style: Style, _include: str) -> str:
    from policylint.render.environments.listing import render_github_matrix

    return render_github_matrix(found)


def _gitlab(found: list[Environment], _project: Project, _style: Style, include: str) -> str:
    from policylint.render.environments.listing import render_gitlab

    return render_gitlab(found, include)


VIEWS: Mapping[str, Callable[[list[Environment], Project, Style, str], str]] = {
    "text": _text,
    "json": _json,
    "github-matrix": _github,
    GITLAB: _gitlab,
}


@declare(
    "environments",
    "policylint environments",
    "policylint environments --changed-since origin/main --format github-matrix",
)
@click.option(
    "--only",
    type=ENVIRONMENT,
    multiple=True,
    metavar="GLOB",
    help="Only environments with such a name. May be repeated.",
)
@click.option("--changed-since", metavar="REV", help="Only environments that this branch changes since it left REV.")
@click.option("--include", metavar="FILE", help=f"With gitlab: the file with the job of each; {INCLUDE} by default.")
@output_options(VIEWS)
@config_option
def command(
    options: ProjectOptions, output: Output, only: tuple[str, ...], changed_since: str | None, include: str | None
) -> None:
    """List the environments of policylint.yaml, sorted by name: edition, target, snapshot and policy files.

    The settings outside of all environments are listed as `default` if there are no others, or if they have policy
    files and a snapshot of their own. An environment is changed if one of its settings is, or a policy file, a file
    that either of them names, or a snapshot that git has. A problem of an environment is shown, but is not a
    failure.
    """
    if include is not None and GITLAB not in output.formats:
        raise UsageError("--include is for --format gitlab", help="leave it out, or write --format gitlab")
    files = disk_files(options)
    first = open_project(options._replace(require_snapshot=False), files)
    names = environment_names(first)
    chosen = [name for name in names if not only or any(fnmatchcase(shown(name), glob) for glob in only)]
    if only and not chosen:
        known = ", ".join(map(shown, names[:10])) + (", ..." if len(names) > 10 else "")
        raise UsageError("--only matches no environment", help=f"there are: {known}")
    first.doing("looking at environments")
    found = [environment_of(each) for each in _projects(first, files, chosen, changed_since)]
    output.show(lambda each: VIEWS[each.format](found, first, each.style, include or INCLUDE))


def _projects(first: Project, files: DiskFiles, names: list[str | None], since: str | None) -> Iterator[Project]:
    """Yield the project of each environment, only those that differ from a revision where one is named."""
    there, head = (None, None) if since is None else _revisions(files, since)
    for name in names:
        mine = files.again()
        project = first.in_environment(name, mine, mine)
        if since is None or there is None or head is None or _is_changed(project, mine, there, head):
            yield project


def _revisions(files: DiskFiles, since: str) -> tuple[RevisionFiles | None, RevisionFiles | None]:
    """Return the commit at which this branch left a revision, and the current one; None where one has no configuration.

    Raises RevisionError where there is no such revision.
    """
    commit = files.common(since) or since
    try:
        return files.at(commit), files.at("HEAD")
    except NoConfigError:
        return None, None


def _is_changed(project: Project, files: DiskFiles, there: RevisionFiles, head: RevisionFiles) -> bool:
    def live_differs(path: str) -> bool:
        return (files.is_in(path, there) or files.is_in(path, head)) and files.differs_from(path, there)

    before = project.with_files(there, project.environment)
    return is_changed(project, before, lambda path: files.differs_from(path, there), live_differs)
