"""`policylint lock`: the values that entries with `matches` stand for, in a file that is reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.adapters.files import encode_like, require_writable, write_bytes
from policylint.cli import terminal
from policylint.cli.edits import EditOptions, edit_options
from policylint.cli.environments import valid_environments
from policylint.cli.exit_codes import ExitCode
from policylint.cli.options import (
    ProjectOptions,
    check_options,
    color_option,
    declare,
    disk_files,
    open_project,
)
from policylint.cli.output import note_missing_devices, require_valid
from policylint.errors import UsageError
from policylint.escape import clean
from policylint.model.lock import LOCK_NAME
from policylint.phrases import count, listed
from policylint.project.locking import LevelChange, LockChange, lock_of
from policylint.source import with_line_ends

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.adapters.disk import DiskFiles
    from policylint.cli.output import Output
    from policylint.project.project import Project

_MOST = 20


@declare("lock", "policylint lock", "policylint lock --check --diff")
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if the lock would change.")
@click.option("--prune", is_flag=True, help="Remove values that no device of the snapshot reports any more.")
@edit_options
@color_option
@check_options
def command(options: ProjectOptions, edit: EditOptions, check: bool, prune: bool, output: Output) -> None:
    """Write policylint.lock: the values that entries with `matches` stand for.

    Each value of the snapshot and of the catalog that such an entry names becomes one device access rule. The lock
    keeps them in git. So a review shows each rule, and a rule stays when its last device is gone. The entries of
    all environments share it.
    """
    files = disk_files(options)
    projects = _projects(options, files, output)
    path = projects[0].lock_path
    there = projects[0].files.has(path)
    before = files.read_bytes(path) if there else b""
    change = lock_of(projects, prune=prune)
    if not there and not change.entries:
        terminal.say("no entry has `matches`, so there is nothing to lock")
        return
    text = with_line_ends(change.text, files.read(path).line_end) if there else change.text
    after = encode_like(text, before)
    differs = after != before
    if edit.diff and differs:
        from policylint.render.text_diff import text_diff

        names = (f"{path} (as it is)", f"{path} (locked)")
        output.write_document(text_diff(files.read(path).text if there else "", change.text, names, output.style))
    writes = edit.writes and not check
    if writes and differs:
        require_writable([files.path(path)])
        write_bytes(files.path(path), after)
    terminal.tell(_summary(path, change, differs=differs, writes=writes), err=edit.diff)
    if check and differs:
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _projects(options: ProjectOptions, files: DiskFiles, output: Output) -> list[Project]:
    """Return the project once for each environment, each valid; what --snapshot names is of the chosen one."""
    chosen = open_project(options, files)
    if files.config is None:
        hint = "run this where policylint.yaml is, or `policylint init`"
        raise UsageError(f"{LOCK_NAME} is beside policylint.yaml, and there is none", help=hint)
    require_valid(chosen, output.style)
    note_missing_devices(chosen)
    found = [chosen]
    for project in valid_environments(chosen, options, files, output):
        note_missing_devices(project)
        found.append(project)
    return found


def _summary(path: str, change: LockChange, *, differs: bool, writes: bool) -> str:
    """Return what the lock gains and loses, and how much it has."""
    total = f"{count(change.entries, 'entry', 'entries')} with {count(change.values, 'value')}"
    if not differs:
        return f"{clean(path)} is up to date: {total}\n"
    done = "wrote" if writes else "would write"
    lines = [f"{done} {path}: {total}, {len(change.added)} added, {len(change.removed)} removed"]
    lines += map(_level_change, change.levels)
    lines += [*_changes("+", change.added), *_changes("-", change.removed)]
    return "".join(f"{clean(line)}\n" for line in lines)


def _level_change(change: LevelChange) -> str:
    verb = "changes" if len(change.values) == 1 else "change"
    several = f"{count(len(change.values), 'value')} of {change.characteristic} {verb}"
    return f"  {several} from {change.before} to {change.after}: {listed(change.values)}"


def _changes(sign: str, values: tuple[tuple[str, str], ...]) -> Iterator[str]:
    yield from (f"  {sign} {value}  from {entry}" for entry, value in values[:_MOST])
    if len(values) > _MOST:
        yield f"  {sign} {len(values) - _MOST:,} more"
