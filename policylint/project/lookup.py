"""The devices and mailboxes that somebody names, or why there is no such one."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from policylint.access.steps import ALLOWED, BLOCKED, SWITCHES
from policylint.bind.policy import described_device
from policylint.desired.overlay import names_of
from policylint.devices.device_ids import bare_id, may_hold
from policylint.documentation import Page
from policylint.errors import FileError
from policylint.escape import command_line
from policylint.model.entity import EMPTY, Entity
from policylint.model.origin import Origin
from policylint.model.state import MAILBOX
from policylint.phrases import count, listed
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from policylint.model.device import Device
    from policylint.model.device_table import DeviceTable
    from policylint.model.snapshot import Snapshot
    from policylint.model.state import State
    from policylint.project.project import Project

_NEAR = 0.7
"""How near, by difflib, an ID has to be to be suggested."""

_GUID_DIGITS = 32

_MOST_EDITS = 2
"""How many letters of a name may be wrong, added, left out or exchanged for it to be suggested; half in a short one."""

_NO_MAILBOX = "check the address; a mailbox that is newer than the snapshot is not in it: export again"


def find_devices(
    project: Project, device_id: str | None, mailbox: str | None, facts: Mapping[str, str]
) -> tuple[Device, ...]:
    """Return the devices of the snapshot with an ID, of a mailbox, or both; where facts describe one, that one alone.

    An ID is found in whatever form it is given. An address in its place is the mailbox.
    Raises FileError where there is none, or no such mailbox.
    """
    if mailbox is None and device_id is not None and not facts and _is_mailbox(project, device_id):
        device_id, mailbox = None, device_id
    return (_described(project, device_id, mailbox, facts),) if facts else _of_snapshot(project, device_id, mailbox)


def find_mailbox(project: Project, name: str, page: Page | None = None) -> Entity:
    """Return the mailbox that Exchange knows under a name. Raises FileError where there is none, or several.

    Where mailboxes were not read it is one of which nothing is known but that devices are its own.
    The error names `page`.
    """
    return _mailbox(project.desired.state.mailboxes or {}, name, "the snapshot or the policy", project.snapshot, page)


def live_mailbox(snapshot: Snapshot, name: str, page: Page | None = None) -> Entity:
    """Return the mailbox of a snapshot that Exchange knows under a name. Raises FileError where that is not one.

    Where mailboxes were not read it is one of which nothing is known but that devices are its own.
    The error names `page`.
    """
    return _mailbox(snapshot.state.mailboxes or {}, name, snapshot.path, snapshot, page)


def _owner(snapshot: Snapshot | None, name: str) -> Entity | None:
    """Return the mailbox that devices name as their own; None where mailboxes were read, or none does."""
    if snapshot is None or snapshot.state.mailboxes is not None:
        return None
    device = next(iter(snapshot.devices.select(lambda _device_id, _guid: True, fold(name))), None)
    return Entity(MAILBOX, device.owner, fold(name), EMPTY, Origin(snapshot.path)) if device is not None else None


def _owners(snapshot: Snapshot | None) -> Iterable[str]:
    """Return the names that devices have for their mailboxes, where mailboxes were not read."""
    if snapshot is None or snapshot.state.mailboxes is not None:
        return ()
    return dict.fromkeys(device.owner for device in snapshot.devices if device.owner)


def _mailbox(
    mailboxes: Mapping[str, Entity], name: str, where: str, snapshot: Snapshot | None, page: Page | None
) -> Entity:
    names = names_of(mailboxes)
    several = names.all(fold(name))
    if len(several) == 1:
        return several[0]
    if several:
        meant = listed((f"`{each.identity}`" for each in several), last=" or ")
        reason = f"`{name}` is the name of {count(len(several), 'mailbox')}"
        raise FileError(reason, help=f"name one by its address: {meant}", page=page)
    owner = _owner(snapshot, name)
    if owner is not None:
        return owner
    near = _alike(name, [*_owners(snapshot), *(entity.identity for entity in mailboxes.values())])
    hint = f"did you mean {listed((f'`{each}`' for each in near), last=' or ')}?" if near else _NO_MAILBOX
    raise FileError(f"no mailbox `{name}` in {where}", help=hint, page=page)


def _is_mailbox(project: Project, name: str) -> bool:
    """Return whether what was given as a device is a mailbox: an address, or the name of one that no device has."""
    devices = project.required_snapshot.devices
    if any(devices.select(_called(name), near=may_hold([name]))):
        return False
    known = names_of(project.desired.state.mailboxes or {}).all(fold(name))
    return "@" in name or bool(known) or _owner(project.snapshot, name) is not None


def _described(project: Project, device_id: str | None, mailbox: str | None, facts: Mapping[str, str]) -> Device:
    """Return the device that facts describe; what they leave out is a value that no rule names."""
    described = described_device({"ClientVersion": "16.1", **facts, "DeviceId": device_id or ""}, mailbox)
    return (
        described._replace(mailbox=find_mailbox(project, mailbox, Page.DOES_NOT_SYNC).key)
        if mailbox is not None
        else described
    )


def _of_snapshot(project: Project, device_id: str | None, mailbox: str | None) -> tuple[Device, ...]:
    snapshot = project.required_snapshot
    key = find_mailbox(project, mailbox, Page.DOES_NOT_SYNC).key if mailbox is not None else None
    if device_id is None:
        devices = tuple(snapshot.devices.select(lambda _device_id, _guid: True, key))
    else:
        devices = _named(snapshot.devices, device_id, key)
    if not devices:
        what = f"device `{device_id}`" if device_id is not None else "device"
        of = f" of {mailbox}" if mailbox is not None else ""
        hint = _advice(project, device_id, key)
        raise FileError(f"no {what}{of} in {snapshot.path}", help=hint, page=Page.DOES_NOT_SYNC)
    return devices


def _named(devices: DeviceTable, name: str, mailbox: str | None) -> tuple[Device, ...]:
    """Return the devices of an ID or a GUID as it is written; where there is none, of the ID in another form."""
    called = tuple(devices.select(_called(name), mailbox, near=may_hold([name])))
    return called or tuple(devices.select(_meant(name), mailbox, near=may_hold([name])))


def devices_called(devices: DeviceTable, names: Iterable[str]) -> Mapping[str, tuple[Device, ...]]:
    """Return the devices of each ID or GUID as it is written; where there is none, of the ID in another form.

    It looks at each device of a table once, however many names there are.
    """
    names = tuple(names)
    called, bare = {*map(fold, names)} - {""}, {*map(bare_id, names)} - {""}
    guids = {each for each in bare if len(each) == _GUID_DIGITS}

    def is_meant(device_id: str, guid: str) -> bool:
        if fold(device_id) in called or fold(guid) in called or bare_id(device_id) in bare:
            return True
        return bool(guids) and bare_id(guid) in guids

    exact: dict[str, list[Device]] = {}
    meant: dict[str, list[Device]] = {}
    for device in devices.select(is_meant, near=may_hold(names)):
        for name in {fold(device.device_id), fold(device.guid)}:
            exact.setdefault(name, []).append(device)
        for name in {bare_id(device.device_id), *(guids & {bare_id(device.guid)})}:
            meant.setdefault(name, []).append(device)
    return {name: tuple(exact.get(fold(name), ()) or meant.get(bare_id(name), ())) if name else () for name in names}


def _called(name: str) -> Callable[[str, str], bool]:
    """Return what says of an ID and a GUID whether a device with them is called so."""
    folded = fold(name)
    return lambda device_id, guid: fold(device_id) == folded or fold(guid) == folded


def _meant(name: str) -> Callable[[str, str], bool]:
    """Return what says of an ID and a GUID whether they are the ones that a text holds in another form."""
    bare = bare_id(name)
    if not bare:
        return lambda _device_id, _guid: False
    if len(bare) == _GUID_DIGITS:
        return lambda device_id, guid: bare_id(device_id) == bare or bare_id(guid) == bare
    return lambda device_id, _guid: bare_id(device_id) == bare


def _advice(project: Project, device_id: str | None, mailbox: str | None) -> str:
    """Return what may be the matter with a device that is not there."""
    if device_id is not None:
        devices = project.required_snapshot.devices
        elsewhere = _named(devices, device_id, None) if mailbox is not None else ()
        if elsewhere:
            return _whose(elsewhere)
        on_lists = _on_lists(project, device_id)
        if on_lists:
            return f"it is on {listed(on_lists)}, but no device with this ID has synced, or it was removed"
        near = _near_ids(devices, device_id, mailbox)
        if near:
            return f"did you mean {_and_owner(near[0])}?"
    return without_devices(project.desired.state, mailbox)


def without_devices(desired: State, mailbox: str | None) -> str:
    """Return what may be the matter where no device is known; with what the mailbox of a key, if any, keeps out."""
    kept_out = tuple(_keeps_out(desired, mailbox)) if mailbox is not None else ()
    words = "it has not synced, or the snapshot is old"
    return f"{words}; of this mailbox {listed(kept_out)}" if kept_out else words


def _keeps_out(desired: State, mailbox: str) -> Iterator[str]:
    """Yield what the desired state of a mailbox keeps out, whether a device of it is known or not."""
    entity = names_of(desired.of_kind(MAILBOX)).get(fold(mailbox))
    if entity is None:
        return
    yield from (f"{switch} is false" for switch in SWITCHES if entity.get(switch) is False)
    if entity.items(BLOCKED):
        yield f"{BLOCKED} has {listed(entity.items(BLOCKED), 3)}"


def _on_lists(project: Project, device_id: str) -> tuple[str, ...]:
    """Return the lists of mailboxes that hold an ID, in whatever form."""
    bare = bare_id(device_id)
    return tuple(
        f"{name} of {mailbox.identity}"
        for mailbox in (project.desired.state.mailboxes or {}).values()
        for name in (BLOCKED, ALLOWED)
        if bare and bare in map(bare_id, mailbox.items(name))
    )


def _whose(devices: Sequence[Device]) -> str:
    """Return whose devices are that are not those of the mailbox asked for, and what shows them."""
    owners = sorted({device.owner for device in devices if device.owner})
    one = devices[0].device_id
    if not owners:
        command = command_line("policylint why", one)
        return "it is a device of unknown owner" + (f": `{command}` shows it" if command is not None else "")
    lines = (command_line("policylint why", one, mailbox=owner) for owner in owners)
    commands = listed((f"`{line}`" for line in lines if line is not None), 3, last=" or ")
    return f"it is a device of {listed(owners)}" + (f": {commands} shows it" if commands else "")


def _near_ids(devices: DeviceTable, device_id: str, mailbox: str | None) -> tuple[Device, ...]:
    """Return the devices with the nearest other ID, those of the mailbox that was asked for before all others."""
    asked = bare_id(device_id)
    for key in dict.fromkeys((mailbox, None)):
        ids = devices.ids() if key is None else (device.device_id for device in _of(devices, key))
        known = {bare for bare in map(bare_id, ids) if _has_half_of(bare, asked)}
        near = get_close_matches(asked, sorted(known - {asked, ""}), n=1, cutoff=_NEAR)
        if near:
            return tuple(devices.select(_meant(near[0]), key, near=may_hold(near)))
    return ()


def _has_half_of(one: str, other: str) -> bool:
    """Return whether an ID begins or ends as another does: one slip leaves a half of it; to compare all takes long."""
    half = len(other) // 2
    return one.startswith(other[:half]) or one.endswith(other[-half:] if half else other)


def _of(devices: DeviceTable, mailbox: str) -> Iterable[Device]:
    return devices.select(lambda _device_id, _guid: True, mailbox)


def _and_owner(device: Device) -> str:
    return f"`{device.device_id}`" + (f" of {device.owner}" if device.owner else "")


def _alike(name: str, addresses: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses that were probably meant, sorted; none where none is really alike.

    Really alike are the same name in another domain, the parts of a name in another order, and a slip of the keyboard.
    """
    local, _, domain = fold(name).partition("@")
    by_local: dict[str, list[str]] = {}
    for address in addresses:
        by_local.setdefault(fold(address).partition("@")[0], []).append(address)
    parts = sorted(filter(None, _SEPARATORS.split(local)))
    same = [each for each in by_local if each == local or (parts[1:] and sorted(_SEPARATORS.split(each)) == parts)]
    near = same or [each for each in get_close_matches(local, by_local, n=5, cutoff=_NEAR) if _is_slip(local, each)]
    found = [address for each in near for address in by_local[each]]
    in_domain = [address for address in found if fold(address).endswith(f"@{domain}")] if domain else []
    return tuple(sorted(in_domain or found))


_SEPARATORS = regex(r"[._\-]")


def _is_slip(one: str, other: str) -> bool:
    """Return whether two names differ by slips of the keyboard: a letter added, left out, wrong, or two exchanged."""
    allowed = _MOST_EDITS if min(len(one), len(other)) > 8 else _MOST_EDITS // 2
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        before, last, row = row, before, [at]
        for place, second in enumerate(other, start=1):
            best = min(before[place] + 1, row[-1] + 1, before[place - 1] + (letter != second))
            if at > 1 and place > 1 and letter == other[place - 2] and one[at - 2] == second:
                best = min(best, last[place - 2] + 1)
            row.append(best)
    return row[-1] <= allowed
