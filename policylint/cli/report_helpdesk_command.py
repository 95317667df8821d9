"""`policylint report helpdesk`: one static page that answers for every mailbox what `why` answers for one."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import click

from policylint.adapters.files import display_path, is_pipe, is_there, read_bytes, write_new_files, write_output
from policylint.cli import terminal
from policylint.cli.options import FILE, ProjectOptions, declare, open_valid, project_options
from policylint.cli.output import facts_of, note_missing_devices, note_missing_mailboxes, note_not_read
from policylint.errors import UsageError
from policylint.phrases import count
from policylint.render.style import Style

if TYPE_CHECKING:
    from pathlib import Path

    from policylint.project.project import Project

NAME = "index.html"
"""The file in the folder."""

_STALE_HOURS = 36


@declare(
    "report helpdesk",
    "policylint report helpdesk -o helpdesk/",
    "policylint report helpdesk --snapshot live.json --redact -o demo/",
)
@click.option(
    "-o", "--output", "folder", type=FILE, required=True, metavar="FOLDER", help="The folder to write the page to."
)
@click.option("--redact", is_flag=True, help="Write pseudonyms for mailboxes and devices, and no reasons and owners.")
@click.option(
    "--stale-after",
    type=click.IntRange(min=1),
    default=_STALE_HOURS,
    show_default=True,
    metavar="HOURS",
    help="From which age of live state on the page warns its reader.",
)
@project_options
def command(options: ProjectOptions, folder: Path, redact: bool, stale_after: int) -> None:
    """Write one page for the help desk: why each device of each mailbox has its access, and what to do next.

    The page is one file, FOLDER/index.html, that a browser opens from a disk or a share: it needs no server and no
    network. It is searched by name, address or device ID, and index.html#ADDRESS opens one mailbox. Its answers are
    those of `policylint why` when it was made. A page of an earlier run is replaced; a folder that holds anything else
    is refused. Without --redact it holds the names of people and their devices.
    """
    path = _path_in(folder)
    project = open_valid(options, Style(), alone=True)
    text, found = _page(project, redact=redact, stale_hours=stale_after)
    note_missing_devices(project)
    note_missing_mailboxes(project)
    note_not_read(project)
    if is_there(path):
        write_output(path, (text.encode(),))
    else:
        write_new_files({path: text})
    terminal.say(f"wrote {display_path(path)}: {found}", err=True)


def _page(project: Project, *, redact: bool, stale_hours: int) -> tuple[str, str]:
    """Return the page, and what it holds in words."""
    from policylint.project.help_desk import help_desk
    from policylint.render.help_desk.data import Box, pack
    from policylint.render.help_desk.html import render_help_desk
    from policylint.render.help_desk.said import Sayings

    desk = help_desk(project, secrets.token_bytes(32) if redact else None)
    project.doing("deciding about devices")
    header = desk.snapshot.header
    can_edit = not project.is_alone and not header.redacted and desk.snapshot.state.mailboxes is not None
    steps = {each.id: each for each in project.resources.explanations.entries if each.kind == "step"}
    sayings = Sayings(desk.answers.marks, steps, () if can_edit else None)
    boxes = (
        Box(
            each.entity.identity if each.entity is not None else each.asked.name if each.asked is not None else "",
            desk.other_names(each.entity) if each.entity is not None else (),
            each.asked.devices if each.asked is not None else (),
            desk.nothing_of(each.entity) if each.entity is not None and each.asked is None else "",
            owned=each.entity is not None,
        )
        for each in desk.mailboxes()
    )
    packed = pack(boxes, desk.answers, sayings, header.taken_at)
    facts = facts_of(project)._replace(organization=header.organization or "", tenant=header.tenant or "")
    text = render_help_desk(packed, facts, stale_hours=stale_hours, alone=project.is_alone, redacted=header.redacted)
    return text, f"{count(packed.mailboxes, 'mailbox')}, {count(packed.devices, 'device')}"


def _path_in(folder: Path) -> Path:
    """Return the file in a folder. Raises UsageError where the folder holds anything but a page of an earlier run."""
    from policylint.render.help_desk.html import is_help_desk

    if is_pipe(folder) or (is_there(folder) and not folder.is_dir()):
        raise UsageError(f"{display_path(folder)} is no folder", help="-o names the folder to write the page to")
    path = folder / NAME
    others = [each for each in sorted(folder.iterdir()) if each.name != NAME] if is_there(folder) else []
    if others:
        hint = "name an empty folder, one that is not there, or that of an earlier page"
        raise UsageError(f"{display_path(folder)} holds {others[0].name}, which is no page of this command", help=hint)
    if is_there(path) and not is_help_desk(read_bytes(path)[:_BEGINNING].decode("ascii", "replace")):
        raise UsageError(f"{display_path(path)} is no page of this command", help="name another folder")
    return path


_BEGINNING = 1 << 16
"""Within how many bytes the page says what made it."""
