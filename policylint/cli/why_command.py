"""`policylint why`: the steps of one decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.cli.completing import DEVICE, MAILBOX
from policylint.cli.options import ProjectOptions, declare, indexed_options, open_valid, output_options
from policylint.cli.output import (
    Output,
    facts_of,
    live_state_record,
    note_missing_devices,
    note_missing_mailboxes,
    with_live_state,
)
from policylint.errors import UsageError
from policylint.escape import to_json
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from policylint.analysis.why import Explanation
    from policylint.project.project import Project
    from policylint.render.style import Style
    from policylint.render.why.command import CommandOptions


class _Shown(NamedTuple):
    """Explanations, whether they are those of all devices of a mailbox, and the options of a command that edits."""

    explanations: tuple[Explanation, ...]
    of_mailbox: bool
    options: CommandOptions


def _text(shown: _Shown, style: Style, project: Project) -> str:
    from policylint.render.why.text import render_why

    text = render_why(
        shown.explanations,
        style=style,
        overview=shown.of_mailbox,
        alone=project.is_alone,
        options=shown.options,
    )
    return with_live_state(text, project)


def _json(shown: _Shown, _style: Style, project: Project) -> str:
    from policylint.render.why.json import why_record

    record = why_record(shown.explanations, alone=project.is_alone, options=shown.options)
    return to_json(record | live_state_record(project))


def _html(shown: _Shown, _style: Style, project: Project) -> str:
    from policylint.render.why.html import render_why_html

    return render_why_html(
        shown.explanations,
        facts_of(project),
        overview=shown.of_mailbox,
        alone=project.is_alone,
        options=shown.options,
    )


VIEWS = {"text": _text, "json": _json, "html": _html}


@declare(
    "why",
    "policylint why --mailbox john.doe@contoso.com --format html -o why.html",
    "policylint why --type iPhone --os 'iOS 17.4 21E219'",
)
@click.argument("device", required=False, type=DEVICE)
@click.option("--mailbox", type=MAILBOX, metavar="MAILBOX", help="The devices of this mailbox.")
@click.option("--type", "DeviceType", metavar="TEXT", help="Describe a device: its DeviceType.")
@click.option("--model", "DeviceModel", metavar="TEXT", help="Describe a device: its DeviceModel.")
@click.option("--os", "DeviceOS", metavar="TEXT", help="Describe a device: its DeviceOS.")
@click.option("--agent", "DeviceUserAgent", metavar="TEXT", help="Describe a device: its DeviceUserAgent.")
@click.option("--client", "ClientType", metavar="TEXT", help="Describe a device: its ClientType; EAS by default.")
@click.option(
    "--client-version",
    "ClientVersion",
    metavar="TEXT",
    help="Describe a device: its protocol version; 16.1 by default.",
)
@click.option(
    "--provisionable",
    type=click.Choice(["full", "partial", "none"]),
    help="Describe a device: how much of the mailbox policy it can enforce; full by default.",
)
@output_options(VIEWS)
@indexed_options
def command(
    device: str | None, options: ProjectOptions, output: Output, mailbox: str | None, **facts: str | None
) -> None:
    """Show why a device is let in or kept out, step by step, live and desired, and what would change that.

    DEVICE is a device ID in any form. With --mailbox alone, or an address as DEVICE, it is each device of the
    mailbox. With --type, --os and the like, it is a device that you describe, which does not have to exist. A value
    that you leave out is one that no rule names. HTML is a single-file report, to send to the person who asked.
    """
    known = {name: fact for name, fact in facts.items() if fact is not None}
    if device is None and mailbox is None and not known:
        hint = "or describe one with --type, --model, --os, --agent"
        raise UsageError("name a device ID, or a mailbox with --mailbox", help=hint)
    project = open_valid(options, output.style, alone=True)
    from policylint.analysis.why import explain
    from policylint.project.lookup import find_devices

    devices = find_devices(project, device, mailbox, known)
    snapshot = project.snapshot
    every, taken_at = (snapshot.devices, snapshot.header.taken_at) if snapshot is not None else ((), "")
    project.doing("deciding about devices")
    found = explain(project.live_model, project.desired_model, devices, every, taken_at)
    note_missing_devices(project)
    of_mailbox = len(found) > 1 or (mailbox is not None and device is None and not known)
    if mailbox is not None or (device is not None and fold(device) == devices[0].mailbox):
        note_missing_mailboxes(project)
    shown = _Shown(found, of_mailbox, _edit_options(options, project) if not known else None)
    output.show(lambda each: VIEWS[each.format](shown, each.style, project))


def _edit_options(options: ProjectOptions, project: Project) -> CommandOptions:
    """Return the options that name the same policy and live state to `approve` and `deny`, None where these refuse."""
    snapshot = project.snapshot
    if project.is_alone or snapshot is None or snapshot.header.redacted or snapshot.state.mailboxes is None:
        return None
    return options.given
