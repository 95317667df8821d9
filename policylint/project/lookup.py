"""The devices and mailboxes that somebody names, or why there is no such one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.bind.policy import described_device
from policylint.desired.overlay import names_of
from policylint.errors import FileError
from policylint.phrases import did_you_mean, listed, nearest
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from policylint.model.device import Device
    from policylint.model.device_table import DeviceTable
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
        near = _similar([entity.identity for entity in mailboxes.values()], name)
        hint = f"did you mean `{near}`?" if near else None
        raise FileError(f"no mailbox `{name}` in the snapshot or the policy", help=hint)
    return found


def _similar(addresses: Iterable[str], name: str) -> str | None:
    """Return the address that was probably meant, None where there is none: all of a domain look alike."""
    by_local = {address.partition("@")[0]: address for address in addresses}
    near = nearest(name.partition("@")[0], by_local)
    return by_local[near] if near is not None else None


def _of_snapshot(project: Project, device_id: str | None, mailbox: str | None) -> tuple[Device, ...]:
    snapshot = project.required_snapshot
    key = find_mailbox(project, mailbox).key if mailbox is not None else None
    devices = tuple(snapshot.devices.select(_called(device_id), key))
    if not devices:
        what = f"device `{device_id}`" if device_id is not None else "device"
        of = f" of {mailbox}" if mailbox is not None else ""
        raise FileError(f"no {what}{of} in {snapshot.path}", help=_advice(project, snapshot.devices, device_id))
    return devices


def _called(name: str | None) -> Callable[[str, str], bool]:
    """Return what says of an ID and a GUID whether a device with them is called so; None is any device."""
    if name is None:
        return lambda _device_id, _guid: True
    folded = fold(name)
    return lambda device_id, guid: fold(device_id) == folded or fold(guid) == folded


def _advice(project: Project, devices: DeviceTable, device_id: str | None) -> str:
    """Return what may be the matter with a device that is not there."""
    if device_id is not None:
        owners = [device.owner for device in devices.select(_called(device_id)) if device.owner]
        if owners:
            return f"it is a device of {listed(owners)}"
        if fold(device_id) in names_of(project.desired.state.mailboxes or {}):
            return f"that is a mailbox: use `--mailbox {device_id}`"
        near = did_you_mean(device_id, devices.ids())
        if near is not None:
            return near
    return "it has not synced, or the snapshot is old"
