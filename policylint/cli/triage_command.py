"""`policylint triage`: the quarantine queue, sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.cli import terminal
from policylint.cli.approvals import FORMATS, Frame, Notes, carry_out, check_notes, notes_options
from policylint.cli.edits import EditOptions, edit_options
from policylint.cli.options import ProjectOptions, declare, disk_files, open_valid, output_options, project_options
from policylint.cli.output import TEXT, live_state_record, note_missing_devices, with_live_state
from policylint.errors import UsageError
from policylint.escape import to_json
from policylint.phrases import shorten

if TYPE_CHECKING:
    from policylint.analysis.triage import Queue
    from policylint.cli.output import Output
    from policylint.project.project import Project


@declare("triage", "policylint triage", "policylint triage --accept 1,3 --reason 'new phones of sales'", asks=True)
@click.option("--accept", metavar="NUMBERS", help="Approve the devices of these groups, as in 1,3.")
@click.option("--as-rule", is_flag=True, help="With --accept: let in the class of one group with a rule.")
@click.option("--yes", is_flag=True, help="With --as-rule: do not ask.")
@click.option("--full", is_flag=True, help="Show every group and device.")
@notes_options
@edit_options
@output_options(FORMATS, several=False)
@project_options
def command(
    accept: str | None,
    as_rule: bool,
    yes: bool,
    full: bool,
    notes: Notes,
    edit: EditOptions,
    options: ProjectOptions,
    output: Output,
) -> None:
    """Show the quarantined devices that the policy does not let in, in groups, with the reasons for and against each.

    The numbers of the groups stay the same while the snapshot and the policy do. With --accept, the devices of some
    groups go on the allowed lists of their mailboxes, as with `policylint approve`. Devices whose values contradict
    each other, and devices of unknown owner, never do. Whether a device replaces another one of its owner is a
    guess: ask the owner.
    """
    from policylint.project.triage import queue_of

    numbers = _numbers(accept)
    if not numbers and (as_rule or yes or notes.given or not edit.writes):
        raise UsageError("nothing is accepted", help="give the numbers of groups with --accept")
    files = disk_files(options)
    with terminal.working("triage"):
        project = open_valid(options, output.style, files)
        queue = queue_of(project)
        note_missing_devices(project)
    if not numbers:
        _show(queue, project, output, full=full)
        return
    from policylint.edit.approval import Request
    from policylint.project.triage import accepted, groups_named
    from policylint.render.triage.json import accepted_record
    from policylint.render.triage.text import render_groups

    check_notes(notes, project.now.date())
    groups = groups_named(queue, numbers)
    choice = accepted(project, groups, Request(notes=notes.given, as_rule=as_rule))
    frame = Frame(render_groups(groups), lambda record: accepted_record(queue, groups, record))
    carry_out(choice, project, files, edit, output, sure=yes or not as_rule, frame=frame)


def _numbers(text: str | None) -> tuple[int, ...]:
    """Return the numbers of groups. Raises UsageError where one is none."""
    parts = [part.strip() for part in text.split(",")] if text is not None else []
    if any(not (part.isascii() and part.isdigit()) for part in parts):
        raise UsageError(f"invalid value for `--accept`: `{shorten(text or '')}`", help="write it as 1,3")
    return tuple(map(int, parts))


def _show(queue: Queue, project: Project, output: Output, *, full: bool) -> None:
    if output.format == TEXT:
        from policylint.render.triage.text import render_queue

        output.write(with_live_state(render_queue(queue, style=output.style, full=full), project))
        return
    from policylint.render.triage.json import queue_record

    output.write(to_json(queue_record(queue) | live_state_record(project)))
