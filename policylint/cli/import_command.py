"""`policylint import`: the policy that says what is live."""

from __future__ import annotations

from itertools import chain
from itertools import count as count_from
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policylint.adapters.files import CONFIG_NAME, display_path, is_there, path_below, write_new_files
from policylint.cli import terminal
from policylint.cli.edits import EditOptions, edit_options
from policylint.cli.import_report import note_drift, report_import, report_update
from policylint.cli.import_repository import Repository, files_for_git
from policylint.cli.options import (
    FILE,
    ProjectOptions,
    allow_incomplete_option,
    declare,
    edition_option,
    jobs_option,
    open_project,
    shown_path,
    taken_at_option,
)
from policylint.cli.output import Output, require_valid
from policylint.documentation import Page
from policylint.edit.editor import file_name
from policylint.errors import SnapshotError, UsageError
from policylint.model.config import EDITIONS
from policylint.named_tuple import NamedTuple
from policylint.phrases import listed, quoted
from policylint.syntax.parse import forbidden_character

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from policylint.adapters.disk import DiskFiles
    from policylint.importing.policy import LivePolicy
    from policylint.importing.update import Update
    from policylint.project.imported import Places
    from policylint.project.project import Project

BASELINE = "baseline.yaml"
"""The name of the baseline of a new repository, beside its policylint.yaml."""

_UPDATE = "`--update` adds what is new in live state to the files that are there"


class LivePolicyOptions(NamedTuple):
    """What the command line says of the policy to write."""

    edition: str
    sources: Sequence[str]
    defaults: bool


@declare(
    "import",
    "policylint import export -o policy --edition exchange-online",
    "policylint import live.json -o policy --update",
)
@click.argument("paths", nargs=-1, required=True, type=FILE)
@edition_option("The edition of Exchange, if neither policylint.yaml nor a snapshot names it.")
@click.option(
    "-o", "--output", "folder", type=FILE, required=True, metavar="DIR", help="Write the policy files below DIR."
)
@click.option("--defaults", is_flag=True, help="Also write settings that are at Exchange's default.")
@click.option("--update", is_flag=True, help="Add what is new in live state to the existing policy files.")
@click.option("--take-live", is_flag=True, help="With --update: also replace declared values with live ones.")
@edit_options
@taken_at_option
@allow_incomplete_option
@jobs_option
def command(
    paths: tuple[Path, ...],
    edition: str | None,
    folder: Path,
    defaults: bool,
    update: bool,
    take_live: bool,
    edit: EditOptions,
    taken_at: str | None,
    allow_incomplete: tuple[str, ...],
    jobs: int | None,
) -> None:
    """Write a policy that declares what is live: only settings that somebody changed, with comments.

    PATHS are live state: a sealed snapshot, outputs of Get- cmdlets, or folders of them. If there is no
    policylint.yaml, it writes one too, with tests of what devices get today and a baseline of what lint finds. It
    never overwrites a file: if one of the files exists, it writes nothing.
    """
    if take_live and not update:
        raise UsageError("--take-live changes what is declared", help="give it with --update")
    if not (update or edit.writes):
        raise UsageError("--diff and --dry-run show what would change in policy files", help="give them with --update")
    repository = Repository.of(folder)
    options = ProjectOptions(snapshot=paths, edition=edition, taken_at=taken_at, allow_incomplete=allow_incomplete)
    files = repository.files(jobs)
    project = open_project(options, files, alone=True)
    edition = _edition(project)
    _refuse_redacted(project)
    for doubt in project.required_snapshot.doubts:
        terminal.say(doubt, err=True)
    sources = [shown_path(path) for path in paths]
    if update and project.files.policies(project.config.policies).paths:
        given = LivePolicyOptions(edition, sources, defaults)
        _update(project, files, repository, given, edit, take_live=take_live)
        return
    if not edit.writes:
        raise UsageError("there is no policy to update yet", help="import without --diff and --dry-run")
    _refuse_existing(project, repository)
    from policylint.project.imported import import_live

    made = import_live(project, _places(repository, paths), edition, sources, defaults=defaults)
    new = {Path.cwd() / path: text for path, text in made.files.items()}
    if repository.config is None:
        new |= files_for_git(repository, paths)
    _create(new)
    report_import(made, new, repository, options, project)


def _edition(project: Project) -> str:
    """Return the edition of the policy. Raises UsageError where the snapshot is of another one."""
    wanted, live = project.config.edition, project.required_snapshot.header.edition
    if live != wanted:
        hint = "give `--edition`, correct `edition` in policylint.yaml, or export from the right organization"
        raise UsageError(f"the snapshot is of {quoted(live)}, not of `{wanted}`", help=hint, page=Page.KEYS)
    if wanted not in EDITIONS:
        raise UsageError(f"the snapshot is of {quoted(wanted)}, which is no known edition", help="update policylint")
    return wanted


def _refuse_redacted(project: Project) -> None:
    """Raise SnapshotError where names are pseudonyms: a policy would declare objects that there are not."""
    snapshot = project.required_snapshot
    if snapshot.header.redacted:
        reason = "the snapshot is redacted: its names are not the live ones"
        raise SnapshotError(
            f"{snapshot.path}: {reason}", help="export one without -Redact", page=Page.REDACTED_SNAPSHOT
        )


def _refuse_existing(project: Project, repository: Repository) -> None:
    """Raise UsageError where there is a policy already, or none would be found where it is to be."""
    patterns = project.config.policies if repository.config is not None else (repository.pattern,)
    if (flaw := forbidden_character(repository.pattern)) is not None:
        named = f"the name of {display_path(repository.folder)}"
        raise UsageError(f"{named} holds a {flaw}", help="choose another name")
    there = project.files.policies(patterns).paths if repository.root.is_dir() else ()
    if there:
        raise UsageError(f"there is a policy already: {listed(there)}", help=f"nothing was written; {_UPDATE}")
    _refuse_unread(project, repository)


def _refuse_unread(project: Project, repository: Repository) -> None:
    """Raise UsageError where policylint.yaml is there and finds no policy file in the folder."""
    from policylint.adapters.patterns import matches, parse_pattern

    config, patterns = repository.config, project.config.policies
    if config is None:
        return
    inside = path_below(str(repository.folder / "organization.yaml"), str(repository.root)) or ""
    if not matches([parse_pattern(each, "") for each in patterns], inside):
        known = listed(f"`{each}`" for each in patterns)
        where = f"`policies` of {display_path(config)} is {known}, not {display_path(repository.folder)}"
        raise UsageError(f"nothing would read the policy: {where}", help="name a folder that it matches")


def _places(repository: Repository, paths: Sequence[Path]) -> Places:
    from policylint.project.imported import Places

    return Places(
        folder=_shown(repository.folder),
        config=_shown(repository.root / CONFIG_NAME) if repository.config is None else None,
        policies=repository.pattern,
        snapshots=repository.snapshots(paths),
        baseline=(_shown(repository.root / BASELINE), BASELINE),
    )


def _shown(path: Path) -> str:
    """Return a path as it is shown; the empty text for the current folder."""
    shown = display_path(path)
    return "" if shown == "." else shown


def _create(files: Mapping[Path, str]) -> None:
    """Write all files, or none. Raises UsageError where one is there already."""
    there = [display_path(path) for path in files if is_there(path)]
    if there:
        raise UsageError(f"not overwritten: {', '.join(there)}", help=f"nothing was written; {_UPDATE}")
    write_new_files(files)


def _update(
    project: Project,
    files: DiskFiles,
    repository: Repository,
    options: LivePolicyOptions,
    edit: EditOptions,
    *,
    take_live: bool,
) -> None:
    """Add what is new in live state to the policy files that are there, and say what else differs."""
    from policylint.adapters.files import make_folder
    from policylint.cli.edits import diff_of, write_edited
    from policylint.edit.editor import Edited
    from policylint.importing.policy import LivePolicy
    from policylint.importing.update import plan_update
    from policylint.project.edited import edited

    require_valid(project, Output().style)
    snapshot = project.required_snapshot
    live = LivePolicy(snapshot, project.store, options.edition, options.sources, defaults=options.defaults)
    day = (snapshot.header.taken_at or project.now.isoformat()).partition("T")[0]
    read = [file for each in project.loaded if (file := each.policy_file) is not None]
    found = plan_update(
        read, project.declared, live, project.config, day=day, take_live=take_live, expanded=project.policy.state
    )
    new = {}
    if found.sections:
        _refuse_unread(project, repository)
        if edit.writes:
            make_folder(repository.folder)
        new = {display_path(path): text for path, text in _new_sections(found, live, repository).items()}
    after = edited(project, Edited(found.edits, new))
    if edit.diff:
        Output().write_document(diff_of(after, Output().style))
        return
    if edit.writes:
        write_edited(after, files)
    else:
        terminal.say("nothing is written; without --dry-run:")
    report_update(found, after.texts, project)
    note_drift(live.selections, project)


def _new_sections(found: Update, live: LivePolicy, repository: Repository) -> Mapping[Path, str]:
    """Return the files of sections that no file has, under names that no file has."""
    files: dict[Path, str] = {}
    for selection in found.sections:
        name = file_name(selection.described.section)
        others = (f"{name.removesuffix('.yaml')}-{number}.yaml" for number in count_from(2))
        paths = (repository.folder / each for each in chain((name,), others))
        path = next(each for each in paths if not is_there(each))
        files[path] = live.text(selection)
    return files
