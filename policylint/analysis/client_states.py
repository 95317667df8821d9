"""Every kind of client that a decision can tell apart, with a device of each."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, TypeAlias

from policylint.access.request import Client, ClientKind, Enforcement
from policylint.model.device import Device, DeviceClass, Provisionable
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

UNNAMED_CLASS: DeviceClass = (None, None, None, None)
"""The class of a device with no value that a rule names."""


class _Kind(NamedTuple):
    label: str
    kind: ClientKind
    outdated: bool | None
    type: str
    version: str


_CLIENTS = (
    _Kind("Exchange ActiveSync", "EAS", False, "EAS", "16.1"),
    _Kind("Exchange ActiveSync below 16.1", "EAS", True, "EAS", "14.1"),
    _Kind("Exchange ActiveSync", "EAS", None, "EAS", ""),
    _Kind("Outlook mobile", "Outlook", None, "Outlook", ""),
    _Kind("OWA for Devices", "MOWA", None, "MOWA", ""),
    _Kind("Windows Mail", "UniversalOutlook", None, "UniversalOutlook", ""),
    _Kind("other clients", "other", None, "other", ""),
)
_ENROLLMENT = (("not enrolled in device management", False), ("enrolled in device management", True))
_ENFORCEMENT: tuple[tuple[str, Enforcement, Provisionable], ...] = (
    ("enforcing their policy", "full", "full"),
    ("not enforcing all of their policy", "lacking", "none"),
    ("managed by another service", "external", "external"),
    ("enforcing their policy", "not-read", "unknown"),
)
_LABELS: tuple[tuple[str, ...], ...] = (
    tuple(each.label for each in _CLIENTS),
    tuple(each[0] for each in _ENROLLMENT),
    tuple(each[0] for each in _ENFORCEMENT),
)

DOMAINS = (range(len(_CLIENTS)), range(len(_ENROLLMENT)), range(len(_ENFORCEMENT)))
"""The kinds of client, of enrollment and of enforcement, by number."""

ClientState: TypeAlias = tuple[int, int, int]
"""A client, as numbers in the three domains."""

CLIENT_STATES: tuple[ClientState, ...] = tuple(product(*DOMAINS))


def client(state: ClientState) -> Client:
    """Return what a decision may depend on of a client in a state."""
    kind = _CLIENTS[state[0]]
    return Client(kind.kind, kind.outdated, _ENROLLMENT[state[1]][1], _ENFORCEMENT[state[2]][1])


STATE_OF_CLIENT = {client(state): state for state in CLIENT_STATES}
"""The state of every client that a request can have."""


def device_in(
    state: ClientState, owner: str, mailbox: str | None, device_id: str, device_class: DeviceClass = UNNAMED_CLASS
) -> Device:
    """Return a device of a client in a state."""
    kind = _CLIENTS[state[0]]
    return Device(
        device_id=device_id,
        mailbox=mailbox,
        device_class=device_class,
        client_type=kind.type,
        client_version=kind.version,
        provisionable=_ENFORCEMENT[state[2]][2],
        managed=_ENROLLMENT[state[1]][1],
        owner=owner,
    )


def in_words(chosen: Sequence[frozenset[int]]) -> tuple[str, ...]:
    """Return the kinds of client, of enrollment and of enforcement in words; nothing for each that may be any."""
    found = []
    for labels, numbers in zip(_LABELS, chosen, strict=False):
        words = dict.fromkeys(labels[number] for number in sorted(numbers))
        if len(words) < len(set(labels)):
            found.append(" or ".join(words))
    return tuple(found)
