"""Devices that are put on the lists of their mailboxes: what becomes of each, and the law that no other changes.

What is asked for, and what comes of it, are values; `project/approve.py` makes them of a project.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from policylint.access.describe import because
from policylint.access.steps import ALLOWED, BLOCKED
from policylint.analysis.compare import compare
from policylint.errors import RefusedError
from policylint.model.entity import EMPTY
from policylint.model.state import MAILBOX
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from policylint.access.decide import AccessModel
    from policylint.access.decision import Decision
    from policylint.edit.class_rule import ClassRule
    from policylint.model.device import Device

Verb: TypeAlias = Literal["approve", "deny"]

Outcome: TypeAlias = Literal["written", "dry-run", "asked", "unconfirmed", "refused", "nothing"]
"""What became of a request: files were written, would be, or wait for an answer or for --yes; or none is edited."""

MOST_LISTED = 10
"""How many devices are named of those that are left out for a common reason."""

CONTRADICTS, UNKNOWN_OWNER = "its values contradict each other", "its owner is not known"
SYSTEM = "its mailbox is one that Exchange made for itself"
SAFEGUARDS = frozenset({CONTRADICTS, UNKNOWN_OWNER, SYSTEM})
"""Why filters leave a device out that they find."""

_BY_HAND = "nothing is written; edit the file by hand"


class Request(NamedTuple):
    """What is asked for: devices by their IDs, or those of the snapshot that filters find.

    `quarantined` alone finds every device that the policy quarantines. `facts` are values by property. `seen_after` is
    the first moment of a first sync. `notes` are written with each ID. `as_rule` asks for a rule that lets
    the class in.
    """

    verb: Verb = "approve"
    names: tuple[str, ...] = ()
    mailbox: str | None = None
    quarantined: bool = False
    facts: Mapping[str, str] = EMPTY
    seen_after: str = ""
    notes: Mapping[str, str] = EMPTY
    as_rule: bool = False

    @property
    def list(self) -> str:
        """Return the list of a mailbox that the IDs are put on."""
        return ALLOWED if self.verb == "approve" else BLOCKED

    @property
    def is_named(self) -> bool:
        """Return whether devices are named by their IDs."""
        return bool(self.names)

    @property
    def narrows(self) -> bool:
        """Return whether filters say more than that devices are kept out."""
        return bool(self.facts or self.seen_after or self.mailbox is not None)


class Chosen(NamedTuple):
    """A device and what becomes of it. `seen` says whether the snapshot has it.

    `before` and `after` are the decisions about it; `after` is None where nothing is written. `why` says why it is
    refused, or is on the list already; `notes` are what else there is to know. `path` is the file that is edited.
    """

    device: Device
    seen: bool
    before: Decision
    after: Decision | None = None
    status: Literal["edited", "already", "refused"] = "edited"
    why: str = ""
    help: str = ""
    notes: tuple[str, ...] = ()
    path: str = ""


class LeftOut(NamedTuple):
    """Devices that filters would find and that are left out: why, how many, and the first of them."""

    why: str
    number: int
    devices: tuple[Device, ...]


class Choice(NamedTuple):
    """The devices that a request is about, those that filters left out, and the rule that lets them in, if any."""

    request: Request
    devices: tuple[Chosen, ...]
    left_out: tuple[LeftOut, ...] = ()
    rule: ClassRule | None = None

    def of_status(self, status: str) -> tuple[Chosen, ...]:
        """Return the devices of which the same becomes."""
        return tuple(each for each in self.devices if each.status == status)

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Return the key of the mailbox and the folded ID of each device that is edited."""
        edited = (each.device for each in self.of_status("edited"))
        return frozenset((device.mailbox or "", fold(device.device_id)) for device in edited)


def require_other_ids(before: AccessModel, after: AccessModel, choice: Choice) -> None:
    """Raise RefusedError where an ID that is not named goes off a list of a mailbox that is edited, or onto one."""
    named: dict[str, set[str]] = {}
    for key, device_id in choice.pairs:
        named.setdefault(key, set()).add(device_id)
    for key, ids in named.items():
        one, other = before.listing(key), after.listing(key)
        changed = sorted(each for each in {**one, **other} if each not in ids and one.get(each) != other.get(each))
        if changed:
            name = after.state.of_kind(MAILBOX)[key].identity
            reason = f"this edit would take {changed[0]} off a list of {name}, or put it on one"
            raise RefusedError(reason, help=_BY_HAND)


def require_exact(before: AccessModel, after: AccessModel, choice: Choice) -> None:
    """Raise RefusedError where two configurations differ for another device than those named, or the wrong way.

    INVARIANT: what an edit changes is what it names, of every device that there can be.
    """
    state = "Allowed" if choice.request.verb == "approve" else "Blocked"
    is_named = _is_one_of(choice, after)
    found = compare(before, after)
    for region in (*found.regions, *found.reasons):
        members = region.scope.members
        if region.scope.decided_by_rules or not all(is_named(each.mailbox, each.device_id) for each in members):
            raise RefusedError("this edit would change the access of other devices than the named ones", help=_BY_HAND)
        if region in found.regions and region.after.state != state:
            raise RefusedError(f"this edit would leave a named device {region.after.state}", help=_BY_HAND)


def _is_one_of(choice: Choice, after: AccessModel) -> Callable[[str | None, str | None], bool]:
    """Return what says of the name of a mailbox and an ID whether they are of a device that is edited."""
    mailboxes = after.state.of_kind(MAILBOX)
    named = {(mailboxes[key].identity, device_id) for key, device_id in choice.pairs}
    return lambda mailbox, device_id: (mailbox, fold(device_id or "")) in named


def stands_in_the_way(row: Chosen, verb: Verb) -> str:
    """Return why a device does not get in after it was approved, or is not kept out after it was denied; else empty."""
    wanted = "Allowed" if verb == "approve" else "Blocked"
    return because(row.after) if row.after is not None and row.after.state != wanted else ""
