"""What `policylint approve` and `policylint deny` share: their options, and how an edit is shown and confirmed."""

from __future__ import annotations

from datetime import date
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import click

from policylint.cli import terminal
from policylint.cli.completing import DEVICE, MAILBOX
from policylint.cli.exit_codes import ExitCode
from policylint.cli.options import disk_files, open_valid
from policylint.cli.output import TEXT, Output, live_state_record, note_missing_devices, with_live_state
from policylint.errors import UsageError
from policylint.escape import to_json
from policylint.named_tuple import NamedTuple
from policylint.phrases import shorten
from policylint.syntax.parse import forbidden_character
from policylint.text import instant, utc_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from policylint.adapters.disk import DiskFiles
    from policylint.cli.edits import EditOptions
    from policylint.cli.options import ProjectOptions
    from policylint.edit.approval import Choice, Outcome, Request, Verb
    from policylint.project.project import Project

FORMATS = ("text", "json")


class Selection(NamedTuple):
    """What the command line says of the devices."""

    devices: tuple[str, ...] = ()
    mailbox: str | None = None
    DeviceType: str | None = None
    DeviceModel: str | None = None
    DeviceOS: str | None = None
    DeviceUserAgent: str | None = None
    first_seen_after: str | None = None
    quarantined: bool = False
    as_rule: bool = False
    yes: bool = False

    @property
    def facts(self) -> dict[str, str]:
        """Return the values that devices report, by property."""
        values = self._asdict()
        return {name: values[name] for name in values if name.startswith("Device") and values[name] is not None}


class Notes(NamedTuple):
    """What the command line says of the reason for an edit."""

    reason: str | None = None
    owner: str | None = None
    expires: str | None = None

    @property
    def given(self) -> dict[str, str]:
        """Return the notes that are given, by key."""
        return {name: text for name, text in self._asdict().items() if text is not None}


_SELECTION = (
    click.argument("devices", nargs=-1, type=DEVICE, metavar="[DEVICE]..."),
    click.option("--mailbox", type=MAILBOX, metavar="MAILBOX", help="Devices of this mailbox."),
    click.option("--type", "DeviceType", metavar="TEXT", help="Devices of this DeviceType, the whole value."),
    click.option("--model", "DeviceModel", metavar="TEXT", help="Devices of this DeviceModel, the whole value."),
    click.option("--os", "DeviceOS", metavar="TEXT", help="Devices of this DeviceOS, the whole value."),
    click.option("--agent", "DeviceUserAgent", metavar="TEXT", help="Devices of this DeviceUserAgent."),
    click.option("--first-seen-after", metavar="TIME", help="Devices that first synced on this day or later."),
    click.option("--yes", is_flag=True, help="Do not ask."),
)
_NOTES = (
    click.option("--reason", metavar="WHY", help="The reason, written with each ID."),
    click.option("--owner", metavar="NAME", help="The person or team responsible, written with each ID."),
    click.option("--expires", metavar="DAY", help="The last day of the entry, as in 2027-01-31."),
)


def selection_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that choose devices, as one value."""
    return _as_value("selection", Selection, _SELECTION, function)


def notes_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say why, as one value."""
    return _as_value("notes", Notes, _NOTES, function)


def _as_value(
    name: str, made: type[Selection] | type[Notes], shared: tuple[Any, ...], function: Callable[..., Any]
) -> Callable[..., Any]:
    @wraps(function)
    def run(**given: Any) -> Any:
        values = {field: given.pop(field) for field in made._fields if field in given}
        return function(**{name: made(**values)}, **given)

    declared: Callable[..., Any] = run
    for option in reversed(shared):
        declared = option(declared)
    return declared


def request_of(verb: Verb, selection: Selection, notes: Notes, today: date) -> Request:
    """Return what is asked for. Raises UsageError where the options say nothing, too much, or a day that is past."""
    from policylint.edit.approval import Request

    filters = bool(selection.facts or selection.first_seen_after or selection.quarantined)
    if selection.devices and filters:
        raise UsageError("devices are named by ID and by filters", help="leave one of them out")
    if not selection.devices and not filters and selection.mailbox is None:
        hint = "name device IDs, or give --mailbox, --type, --model, --os or --agent"
        raise UsageError("no device is named", help=f"{hint}, or --quarantined" if verb == "approve" else hint)
    check_notes(notes, today)
    return Request(
        verb,
        selection.devices,
        selection.mailbox,
        selection.quarantined,
        selection.facts,
        _moment(selection.first_seen_after),
        notes.given,
        selection.as_rule,
    )


def check_notes(notes: Notes, today: date) -> None:
    """Raise UsageError where a note is empty, or the last day is none or past."""
    for name, text in notes.given.items():
        if not text.strip():
            raise UsageError(f"invalid value for `--{name}`: it is empty", help="leave the option out, or say it")
        if (flaw := forbidden_character(text)) is not None:
            raise UsageError(f"invalid value for `--{name}`: it holds a {flaw}", help="write it without")
    if notes.expires is None:
        return
    try:
        day = date.fromisoformat(notes.expires)
    except ValueError:
        day = None
    if day is None or day.isoformat() != notes.expires:
        shown = shorten(notes.expires)
        raise UsageError(f"invalid value for `--expires`: `{shown}` is not a day", help="write it as 2027-01-31")
    if day < today:
        hint = f"name today, {today}, or a later day"
        raise UsageError(f"invalid value for `--expires`: {day} is past", help=hint)


def _moment(text: str | None) -> str:
    if text is None:
        return ""
    if instant(text) is None or not (found := utc_time(text)):
        hint = "write it as 2026-11-20 or 2026-11-20T08:00:00Z"
        raise UsageError(f"invalid value for `--first-seen-after`: `{shorten(text)}` is no time", help=hint)
    return found


class Frame(NamedTuple):
    """What goes before the text of an approval, and what else its record holds."""

    head: str = ""
    record: Callable[[dict[str, Any]], dict[str, Any]] = lambda record: record


BARE = Frame()


def put_on_lists(
    verb: Verb, selection: Selection, notes: Notes, edit: EditOptions, options: ProjectOptions, output: Output
) -> None:
    """Put devices on the lists of their mailboxes, show that, and end with the exit code."""
    from policylint.project import approve

    files = disk_files(options)
    with terminal.working(verb):
        project = open_valid(options, output.style, files)
        choice = approve.choose(project, request_of(verb, selection, notes, project.now.date()))
        note_missing_devices(project)
        refused = choice.of_status("refused")
        if choice.request.as_rule and not refused and (choice.of_status("edited") or choice.request.facts):
            choice = approve.with_rule(project, choice)
    sure = selection.yes or (choice.rule is None and choice.request.is_named)
    carry_out(choice, project, files, edit, output, sure=sure)


def carry_out(
    choice: Choice,
    project: Project,
    files: DiskFiles,
    edit: EditOptions,
    output: Output,
    *,
    sure: bool,
    frame: Frame = BARE,
) -> None:
    """Edit the files as a choice says, and show that. Unless somebody is sure, ask first."""
    from policylint.cli.edits import diff_of, edited_policy, editor_of, write_edited
    from policylint.project import approve

    show = partial(_show, project=project, output=output, frame=frame)
    if choice.of_status("refused"):
        show(choice, "refused")
        raise click.exceptions.Exit(ExitCode.FINDINGS)
    if choice.rule is None and not choice.of_status("edited"):
        show(choice, "nothing")
        return
    with terminal.working(choice.request.verb):
        editor = editor_of(project, files)
        approve.edit(project, choice, editor)
        after = edited_policy(project, editor, files, output.style)
        choice = approve.decided(choice, after)
    if not edit.writes:
        show(choice, "dry-run", diff=diff_of(after, output.style) if edit.diff else None)
        return
    can_ask = not sure and terminal.can_ask() and output.format == TEXT
    if not sure:
        show(choice, "asked" if can_ask else "unconfirmed")
        if not (can_ask and click.confirm("Write that?", err=True)):
            raise click.exceptions.Exit(ExitCode.FINDINGS)
    write_edited(after, files)
    if can_ask:
        from policylint.render.approval.text import NEXT, verdict

        terminal.say(verdict(choice, "written"))
        terminal.say(NEXT)
    else:
        show(choice, "written")


def _show(
    choice: Choice, outcome: Outcome, *, project: Project, output: Output, frame: Frame, diff: str | None = None
) -> None:
    if output.format == TEXT:
        from policylint.render.approval.text import render_choice

        text = render_choice(choice, outcome, style=output.style)
        text += f"\n{diff}" if diff is not None else ""
        output.write(with_live_state(frame.head + text, project))
        return
    from policylint.render.approval.json import choice_record

    output.write(to_json(frame.record(choice_record(choice, outcome, diff)) | live_state_record(project)))
