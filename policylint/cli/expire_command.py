"""`policylint expire`: what has expired goes out of the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.cli.edits import EditOptions, edit_options, edited_policy, editor_of, finish
from policylint.cli.options import (
    ProjectOptions,
    as_of_option,
    check_options,
    day_given,
    declare,
    disk_files,
    open_valid,
    output_options,
)
from policylint.cli.output import Output, live_state_record, with_live_state
from policylint.escape import to_json
from policylint.model.entity import EMPTY
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from policylint.adapters.disk import DiskFiles
    from policylint.analysis.exemptions import EndedComment, Expiry
    from policylint.project.edited import EditedProject
    from policylint.project.history import Since
    from policylint.project.project import Project


class _Done(NamedTuple):
    """What ended on a day, and the project after it; None where nothing is to be written."""

    project: Project
    since: Since
    day: date
    found: Expiry
    comments: tuple[EndedComment, ...]
    after: EditedProject | None
    written: bool
    lock: Mapping[str, str]
    """The text of policylint.lock by its path, where it changes."""


def _text(done: _Done, output: Output) -> str:
    from policylint.render.expiry.text import render_expiry

    project, since, day, found, comments, _, written, lock = done
    text = render_expiry(
        found, comments, project.config, since.problem, day, locks=[*lock], written=written, style=output.style
    )
    return with_live_state(text, project)


def _json(done: _Done, _output: Output) -> str:
    from policylint.render.expiry.json import expiry_record

    files = sorted({*done.after.texts, *done.lock}) if done.after is not None else []
    record = expiry_record(done.found, done.comments, done.day, files, written=done.written)
    return to_json(record | live_state_record(done.project))


VIEWS = {"text": _text, "json": _json}


@declare("expire", "policylint expire --diff", "policylint expire --unused 180 --dry-run")
@as_of_option
@click.option(
    "--unused",
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="Also remove allowed IDs whose device was seen and has not synced for this many days.",
)
@edit_options
@output_options(VIEWS)
@check_options
def command(options: ProjectOptions, output: Output, edit: EditOptions, as_of: str | None, unused: int | None) -> None:
    """Remove from the policy what has expired: allowed IDs, Allow rules, ignore comments that hide nothing.

    An entry is valid through the day of `expires`. What keeps devices out stays and is listed, because removing it
    lets devices in. An allowed ID whose device was not seen yet stays too. An ID that would stay on the live list
    is written under `Remove`.
    """
    files = disk_files(options)
    project = open_valid(options, output.style, files)
    done = _expire(project, files, output, day_given(as_of) or project.now.date(), unused, edit)
    done = done._replace(lock=_lock(done, options, files, output))
    if done.after is not None:
        finish(done.after, files, edit, output, done.lock)
    if not edit.diff or done.after is None:
        output.show(lambda each: VIEWS[each.format](done, each))


def _expire(
    project: Project, files: DiskFiles, output: Output, day: date, unused: int | None, edit: EditOptions
) -> _Done:
    from policylint.project.environments import called
    from policylint.project.expire import ended_comments, expire, require_nothing_opens, without_comments

    editor = editor_of(project, files)
    editor.with_comments = True
    since = _since(project, files)
    found = expire(project, editor, day, since, unused)
    after: EditedProject | None = None
    if not editor.is_empty:
        after = edited_policy(project, editor, files, output.style)
        require_nothing_opens(project, after)
        for each in after.elsewhere:
            require_nothing_opens(each.before, each, called(each))
    comments = ended_comments(after or project, day)
    if comments:
        after = without_comments(project, after or project, comments)
    return _Done(project, since, day, found, comments, after, edit.writes and after is not None, EMPTY)


def _lock(done: _Done, options: ProjectOptions, files: DiskFiles, output: Output) -> Mapping[str, str]:
    """Return the text of policylint.lock without the values of what ended, by its path; nothing where that is none."""
    project = done.project
    ended = {id(each.what.entity) for each in done.found.ended}
    gone = [pattern for pattern in project.declared.patterns if id(pattern.entry) in ended]
    if not gone or not project.files.has(project.lock_path):
        return EMPTY
    from policylint.cli.environments import valid_environments
    from policylint.project.locking import lock_without
    from policylint.source import with_line_ends

    others = valid_environments(project, options, files, output)
    patterns = [pattern for each in (project, *others) for pattern in each.declared.patterns]
    text = lock_without(project.lock_file.lock, gone, patterns)
    path = project.lock_path
    return {path: with_line_ends(text, files.read(path).line_end)} if text is not None else EMPTY


def _since(project: Project, files: DiskFiles) -> Since:
    """Return what the policy declared when it was last applied, also where there is no snapshot to lay it over."""
    from policylint.project.history import Since, since_of

    if project.snapshot is not None:
        return project.since
    name = project.config.since
    return since_of(project, name, files) if name is not None else Since()
