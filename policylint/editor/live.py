"""What the snapshot of a project says about values that are written: devices, mailboxes, policies."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from policylint.desired.overlay import names_of
from policylint.errors import PolicylintError
from policylint.escape import clean, markdown_span
from policylint.model.device import CHARACTERISTICS, CLIENT_TYPES, PROPERTIES
from policylint.model.state import POLICY
from policylint.named_tuple import NamedTuple
from policylint.phrases import capital, count, listed
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.access.decision import AccessState
    from policylint.devices.observed import ObservedValue
    from policylint.editor.place import Path, Spot
    from policylint.editor.project import EditorProject
    from policylint.model.device import Device
    from policylint.model.entity import Entity
    from policylint.model.snapshot import Snapshot

LISTS = ("ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs")
MOST = 200
"""How many values are suggested at most."""

_MOST_DEVICES = 10
_ORDER = {"Quarantined": 0, "Blocked": 1, "Allowed": 2}


class LiveValue(NamedTuple):
    """A value that live state has: its text, what there is to say of it in a few words, and more as Markdown."""

    text: str
    detail: str
    words: str = ""


class Live:
    """What is known of live state; nothing where it is not known."""

    def __init__(self, project: EditorProject) -> None:
        self._project = project

    @property
    def snapshot(self) -> Snapshot | None:
        """Return the snapshot, None where there is none that can be read."""
        try:
            return self._project.snapshot
        except PolicylintError:
            return None

    def values(self, spot: Spot, typed: str) -> Iterator[LiveValue]:
        """Yield values for a place: those of devices, mailboxes and policies, the likeliest first."""
        names = names_in(spot.path)
        if (characteristic := characteristic_at(spot)) is not None:
            yield from self._reported(characteristic, typed)
        elif names[:1] == ("mailboxes",) and names[1:2] and names[1] in LISTS:
            yield from self._ids(spot, typed)
        elif names in {("mailboxes", "Identity"), ("tests", "mailbox"), ("guards", "protect")}:
            yield from self._mailboxes(typed)
        elif names[-1:] == ("ActiveSyncMailboxPolicy",):
            yield from self._policies()
        elif names == ("tests", "device", "ClientType"):
            yield from (LiveValue(each, "kind of client") for each in CLIENT_TYPES)
        elif names == ("tests", "device", "DeviceId") and self.snapshot is not None:
            devices = self.snapshot.devices.select(lambda device_id, _guid: fold(typed) in fold(device_id))
            for device in islice(devices, MOST):
                yield LiveValue(device.device_id, _device_words(device))

    def _reported(self, characteristic: str, typed: str) -> Iterator[LiveValue]:
        try:
            values = self._project.seen_values.of(characteristic)
        except PolicylintError:
            return
        for seen in values.frequent if values is not None else ():
            if fold(typed) in fold(seen.text):
                yield LiveValue(seen.text, _seen_words(seen))

    def _ids(self, spot: Spot, typed: str) -> Iterator[LiveValue]:
        """Yield the IDs of devices of a mailbox that its list does not have, those in quarantine first."""
        mailbox = self._mailbox(_identity(spot))
        if mailbox is None or self.snapshot is None:
            return
        known = {fold(each) for each in _items(spot)} - {fold(typed)}
        found = {
            fold(device.device_id): (device, self.state(device, live=True))
            for device in self.snapshot.devices.select(lambda _device_id, _guid: True, mailbox.key)
            if device.device_id and fold(device.device_id) not in known
        }
        for device, state in sorted(found.values(), key=lambda each: (_ORDER.get(each[1] or "", 3), each[0].device_id)):
            yield LiveValue(device.device_id, f"{_device_words(device)}, {state or 'state not known'}")

    def _mailboxes(self, typed: str) -> Iterator[LiveValue]:
        mailboxes = self.snapshot.state.mailboxes if self.snapshot is not None else None
        found = (each.identity for each in (mailboxes or {}).values() if fold(typed) in fold(each.identity))
        yield from (LiveValue(each, "mailbox") for each in found)

    def _policies(self) -> Iterator[LiveValue]:
        try:
            policies = self._project.desired.state.of_kind(POLICY)
        except PolicylintError:
            policies = {}
        for policy in policies.values():
            where = "in the policy" if policy.is_declared else "live"
            yield LiveValue(policy.text("Name") or policy.identity, f"mobile device mailbox policy, {where}")

    def _mailbox(self, name: str) -> Entity | None:
        mailboxes = self.snapshot.state.mailboxes if self.snapshot is not None else None
        return names_of(mailboxes).get(fold(name)) if mailboxes and name else None

    def state(self, device: Device, *, live: bool) -> AccessState | None:
        """Return what a device gets, live or desired; None where that is not known."""
        try:
            if live:
                model = self._project.live_model
            else:
                model = self._project.desired_model if self._project.is_valid else None
        except PolicylintError:
            return None
        return model.decide(device).state if model is not None else None

    def about(self, spot: Spot) -> str:
        """Return what live state says of a value that is written, as Markdown; empty where it says nothing."""
        names = names_in(spot.path)
        if (characteristic := characteristic_at(spot)) is not None:
            return self._about_reported(characteristic, spot.text)
        if names[:1] == ("mailboxes",) and names[1:2] and names[1] in LISTS:
            return self._about_device(spot)
        if names in {("mailboxes", "Identity"), ("tests", "mailbox"), ("guards", "protect")}:
            return self._about_mailbox(spot.text)
        return ""

    def _about_reported(self, characteristic: str, text: str) -> str:
        try:
            seen_values = self._project.seen_values
        except PolicylintError:
            return ""
        values = seen_values.of(characteristic)
        if values is None:
            return f"No device record shows {markdown_span(characteristic)}."
        source = seen_values.sources_phrase(characteristic)
        if (seen := values.find(text)) is not None:
            return f"{capital(_seen_words(seen))}."
        near: dict[str, None] = {}
        for found in (values.alike(text), values.mistyped(text), *values.containing(text), *values.starting_with(text)):
            if found is not None:
                near[f"{markdown_span(found.text)} ({_seen_words(found)})"] = None
        other = next(seen_values.elsewhere(characteristic, text), None)
        lines = [f"No device reports this in {source}."]
        if other is not None:
            lines.append(f"It is a value of {other[0]}: {_seen_words(other[1])}.")
        if near:
            lines.append(f"Near: {listed(near, 5)}.")
        return "\n\n".join(lines)

    def _about_device(self, spot: Spot) -> str:
        if self.snapshot is None:
            return ""
        wanted = fold(spot.text)
        found = list(
            islice(self.snapshot.devices.select(lambda device_id, _guid: fold(device_id) == wanted), _MOST_DEVICES)
        )
        if not found:
            return f"No device of the snapshot has the ID {markdown_span(spot.text)}."
        return "\n".join(map(self._device_line, found))

    def _device_line(self, device: Device, *, with_owner: bool = True) -> str:
        live, desired = (self.state(device, live=each) for each in (True, False))
        owner = f" of {markdown_span(device.owner)}" if with_owner and device.owner else ""
        what = device.device_class[1] or device.device_class[0] or "a device"
        synced = f", last sync {clean(device.last_sync)}" if device.last_sync else ""
        shown = "" if with_owner else f"{markdown_span(device.device_id)}: "
        states = f"live {live or 'not known'}, desired {desired or 'not known'}"
        return f"- {shown}{markdown_span(what)}{owner}{synced}: {states}"

    def _about_mailbox(self, name: str) -> str:
        if self.snapshot is None:
            return ""
        mailbox = self._mailbox(name)
        if mailbox is None:
            return "The snapshot has no such mailbox." if self.snapshot.state.mailboxes is not None else ""
        devices = list(self.snapshot.devices.select(lambda _device_id, _guid: True, mailbox.key))
        lines = [self._device_line(device, with_owner=False) for device in devices[:_MOST_DEVICES]]
        more = len(devices) - len(lines)
        return "\n".join([f"{count(len(devices), 'device')}:\n", *lines, *([f"- and {more} more"] if more else [])])


def names_in(path: Path) -> tuple[str, ...]:
    """Return the keys of a path, without the numbers of items."""
    return tuple(step for step in path if isinstance(step, str))


def characteristic_at(spot: Spot) -> str | None:
    """Return the characteristic that the value at a place is one of, None where it is no such value."""
    names = names_in(spot.path)
    if names[:1] == ("deviceAccessRules",) and names[1:] in {("QueryString",), ("matches", "one-of")}:
        return spot.sibling("Characteristic", len(names) - 2) or None
    if names[-1:] == ("QueryString",):
        return spot.sibling("Characteristic") or None
    if names[:1] in {("tests",), ("assertions",)} and names[-1] in PROPERTIES:
        return CHARACTERISTICS[PROPERTIES.index(names[-1])]
    if names[:1] == ("assertions",) and names[-1] in CHARACTERISTICS:
        return names[-1]
    return None


def _identity(spot: Spot) -> str:
    """Return the name of the mailbox whose entry a place is in."""
    return spot.sibling("Identity") or spot.sibling("Identity", 1)


def _items(spot: Spot) -> Iterable[str]:
    """Return the items of the list that a place is in."""
    return (text for item in getattr(spot.parents[-1], "items", ()) if (text := getattr(item, "text", "")))


def _device_words(device: Device) -> str:
    """Return a device in a few words."""
    return clean(device.device_class[1] or device.device_class[0] or "device")


def _seen_words(seen: ObservedValue) -> str:
    """Return how often a value is seen."""
    if seen.devices:
        return f"{count(seen.devices, 'device')} {'reports' if seen.devices == 1 else 'report'} it"
    return "in the catalog; no device of the snapshot reports it"
