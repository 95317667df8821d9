"""The devices and mailboxes that somebody names, or why there is no such one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.bind.policy import described_device
from policylint.desired.overlay import names_of
from policylint.errors import FileError
from policylint.phrases import did_you_mean
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.model.device import Device
    from policylint.model.entity import Entity
    from policylint.project.project import Project


def find_devices(
    project: Project, device_id: str | None, mailbox: str | None, facts: Mapping[str, str]
) -> tuple[Device, ...]:
    """Return the devices of the snapshot with an ID, of a mailbox, or both; where facts describe one, that one alone.

    Raises FileError where there is none, or no such mailbox.
    """
    return (_described(project, device_id, mailbox, facts),) if facts else _of_snapshot(project, device_id, mailbox)


def _described(project: Project, device_id: str | None, mailbox: str | None, facts: Mapping[str, str]) -> Device:
    """Return the device that facts describe; what they leave out is a value that no rule names."""
    described = described_device({"ClientVersion": "16.1", **facts, "DeviceId": device_id or ""}, mailbox)
    return described._replace(mailbox=find_mailbox(project, mailbox).key) if mailbox is not None else described


def find_mailbox(project: Project, name: str) -> Entity:
    """Return the mailbox that Exchange knows under a name. Raises FileError where there is none."""
    mailboxes = project.desired.state.mailboxes or {}
    found = names_of(mailboxes).get(fold(name))
    if found is None:
        near = did_you_mean(name, (entity.identity for entity in mailboxes.values()))
        raise FileError(f"no mailbox `{name}` in the snapshot or the policy", help=near)
    return found


def _of_snapshot(project: Project, device_id: str | None, mailbox: str | None) -> tuple[Device, ...]:
    snapshot = project.required_snapshot
    key = find_mailbox(project, mailbox).key if mailbox is not None else None
    devices = tuple(
        device
        for device in snapshot.devices
        if (key is None or device.mailbox == key)
        and (device_id is None or fold(device_id) in {fold(device.device_id), fold(device.guid)})
    )
    if not devices:
        what = f"device `{device_id}`" if device_id is not None else "device"
        of = f" of {mailbox}" if mailbox is not None else ""
        near = did_you_mean(device_id, (device.device_id for device in snapshot.devices)) if device_id else None
        raise FileError(f"no {what}{of} in {snapshot.path}", help=near or "it has not synced, or the snapshot is old")
    return devices
