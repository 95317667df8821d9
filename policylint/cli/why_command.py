"""`policylint why`: the steps of one decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from policylint.analysis.why import explain
from policylint.cli.common import open_workspace, options, put, put_json, stop_if_broken, style
from policylint.cli.simulate_command import models
from policylint.errors import FileError, UsageError
from policylint.phrases import nearest
from policylint.text import fold

if TYPE_CHECKING:
    from pathlib import Path

    from policylint.adapters.workspace import Workspace
    from policylint.model.device import Device
    from policylint.model.entity import Entity


DESCRIBED = {
    "type_": "DeviceType",
    "model": "DeviceModel",
    "os": "DeviceOS",
    "agent": "DeviceUserAgent",
    "client": "ClientType",
    "client_version": "ClientVersion",
    "provisionable": "provisionable",
}
"""The facts of a described device, by the option that gives them."""


@click.command("why")
@click.argument("device", required=False)
@options("text", "json")
@click.option("--mailbox", metavar="MAILBOX", help="The devices of this mailbox.")
@click.option("--type", "type_", metavar="TEXT", help="Describe a device: its DeviceType.")
@click.option("--model", metavar="TEXT", help="Describe a device: its DeviceModel.")
@click.option("--os", metavar="TEXT", help="Describe a device: its DeviceOS.")
@click.option("--agent", metavar="TEXT", help="Describe a device: its DeviceUserAgent.")
@click.option("--client", metavar="TEXT", help="Describe a device: its ClientType; EAS where left out.")
@click.option("--client-version", metavar="TEXT", help="Describe a device: its protocol version; 16.1 where left out.")
@click.option(
    "--provisionable",
    type=click.Choice(["full", "partial", "none"]),
    help="Describe a device: how much of the mailbox policy it can enforce; full where left out.",
)
def command(
    device: str | None, mailbox: str | None, format_: str, color: str, output: Path | None, **options_: Any
) -> None:
    """Show each step by which a device is let in or kept out, live and desired, and what would change that.

    DEVICE is a device ID. With --mailbox alone it is each device of the mailbox. With --type, --os and the like it is a
    device as you describe it, which need not exist; anything left out is a value that no rule names.
    """
    facts = {DESCRIBED[name]: options_.pop(name) for name in DESCRIBED}
    facts = {name: value for name, value in facts.items() if value is not None}
    if device is None and mailbox is None and not facts:
        hint = "or describe one with --type, --model, --os, --agent"
        raise UsageError("name a device ID, or a mailbox with --mailbox", help=hint)
    workspace = open_workspace(**options_)
    look = style(color, output)
    stop_if_broken(workspace, look)
    snapshot = workspace.snapshot
    every = tuple(snapshot.devices) if snapshot is not None else ()
    devices = (_described(workspace, facts, device, mailbox),) if facts else _devices(workspace, device, mailbox)
    explanations = explain(*models(workspace), devices, every)
    if format_ == "json":
        from policylint.render.decisions_json import why_record

        put_json(why_record(explanations), output)
        return
    from policylint.render.decisions_text import render_why

    put(render_why(explanations, style=look), output)


def _described(workspace: Workspace, facts: dict[str, Any], device_id: str | None, mailbox: str | None) -> Device:
    from policylint.bind.policy import described_device

    known = {"ClientVersion": "16.1", **facts, "DeviceId": device_id or ""}
    described = described_device(known, mailbox)
    return described._replace(mailbox=_mailbox(workspace, mailbox).key) if mailbox is not None else described


def _mailbox(workspace: Workspace, mailbox: str) -> Entity:
    from policylint.desired.overlay import names_of

    mailboxes = workspace.desired.state.mailboxes or {}
    found = names_of(mailboxes).get(fold(mailbox))
    if found is None:
        near = _near(mailbox, [entity.identity for entity in mailboxes.values()])
        raise FileError(f"no mailbox `{mailbox}` in the snapshot or the policy", help=near)
    return found


def _devices(workspace: Workspace, device_id: str | None, mailbox: str | None) -> tuple[Device, ...]:
    snapshot = workspace.required_snapshot
    key = _mailbox(workspace, mailbox).key if mailbox is not None else None
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

    near = nearest(word, known)
    return f"did you mean `{near}`?" if near else None
