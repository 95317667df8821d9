"""`policylint why`: the steps of one decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from policylint.access.why import explain
from policylint.cli.common import open_workspace, options, put, put_json, stop_if_broken, style
from policylint.cli.simulate_command import models
from policylint.errors import FileError, UsageError
from policylint.model.text import fold

if TYPE_CHECKING:
    from pathlib import Path

    from policylint.adapters.workspace import Workspace
    from policylint.model.device import Device


@click.command("why")
@click.argument("device", required=False)
@options("text", "json")
@click.option("--mailbox", metavar="MAILBOX", help="The devices of this mailbox.")
def command(
    device: str | None, mailbox: str | None, format_: str, color: str, output: Path | None, **where: Any
) -> None:
    """Show each step by which a device is let in or kept out, live and desired.

    DEVICE is a device ID. With --mailbox alone it is each device of the mailbox.
    """
    if device is None and mailbox is None:
        raise UsageError("name a device ID, or a mailbox with --mailbox", help="see `policylint why --help`")
    workspace = open_workspace(**where)
    look = style(color, output)
    stop_if_broken(workspace, look)
    devices = _devices(workspace, device, mailbox)
    explanations = explain(*models(workspace), devices)
    if format_ == "json":
        from policylint.render.decisions_json import why_record

        put_json(why_record(explanations), output)
        return
    from policylint.render.decisions_text import render_why

    put(render_why(explanations, style=look), output)


def _devices(workspace: Workspace, device_id: str | None, mailbox: str | None) -> tuple[Device, ...]:
    from policylint.bind.overlay import names_of

    snapshot = workspace.required_snapshot
    key: str | None = None
    if mailbox is not None:
        found = names_of(workspace.desired.state.mailboxes or {}).get(fold(mailbox))
        if found is None:
            near = _near(mailbox, [entity.identity for entity in (workspace.desired.state.mailboxes or {}).values()])
            raise FileError(f"no mailbox `{mailbox}` in the snapshot or the policy", help=near)
        key = found.key
    devices = tuple(
        device
        for device in snapshot.devices
        if (key is None or device.mailbox == key)
        and (device_id is None or fold(device_id) in {fold(device.device_id), fold(device.guid)})
    )
    if not devices:
        what = f"device `{device_id}`" if device_id is not None else "device"
        of = f" of {mailbox}" if mailbox is not None else ""
        hint = _near(device_id, [device.device_id for device in snapshot.devices]) if device_id else None
        raise FileError(f"no {what}{of} in {snapshot.path}", help=hint or "it has not synced, or the snapshot is old")
    return devices


def _near(word: str, known: list[str]) -> str | None:
    from policylint.schema.explain import nearest

    near = nearest(word, known)
    return f"did you mean `{near}`?" if near else None
