"""What a decision about a device depends on, as one value.

A step of the order of decision sees an `AccessRequest`, the rules and the facts, and nothing else. Devices with equal
requests get equal decisions: cohorts, the cache of decisions, comparison, the replay of a plan, assertions and minimal
changes rest on that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from policylint.model.entity import EMPTY
from policylint.model.state import MAILBOX, ORGANIZATION, POLICY, RULE
from policylint.named_tuple import NamedTuple
from policylint.text import fold, version_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policylint.model.config import Config
    from policylint.model.device import Device, DeviceClass
    from policylint.model.entity import Entity, ObjectKind
    from policylint.model.state import State

STRICTEST = "strictest"
"""The reading of Microsoft's list: Block before Quarantine before Allow, whatever the characteristic."""

SPECIFIC = "specific-first"
"""The other reading: the rule on the most specific characteristic decides - user agent, system, model, type.

Source: a licensee of the protocol ranks system, model, type in its own server; the rank of the user agent is not given,
https://docslib.org/doc/9615698/activesync-guide
"""

LEAST_EAS_ONLINE = (16, 1)
"""The Exchange ActiveSync version below which Exchange Online refuses a client.

Source: announced by the Exchange team, rolled out from March 2026,
https://techcommunity.microsoft.com/blog/exchange/exchange-online-activesync-device-support-update/4477997
"""

GATE = "AllowNonProvisionableDevices"
"""The setting of a policy that admits devices which do not enforce all of it."""

DECIDING = (ORGANIZATION, RULE, POLICY, MAILBOX)
"""The kinds of object that decisions depend on."""

ClientKind: TypeAlias = Literal["EAS", "Outlook", "MOWA", "UniversalOutlook", "other"]
"""A kind of client; Outlook is Outlook for iOS and Android, whichever of its protocols it uses.

Source: https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/outlook-for-ios-and-android/outlook-for-ios-and-android-faq
"""

_KINDS: Mapping[str, ClientKind] = {
    "EAS": "EAS",
    "Outlook": "Outlook",
    "REST": "Outlook",
    "MOWA": "MOWA",
    "UniversalOutlook": "UniversalOutlook",
}

Enforcement: TypeAlias = Literal["full", "lacking", "external", "not-read"]
"""How much of its mailbox policy a client enforces; external: another management service claims the device."""


class Facts(NamedTuple):
    """What no configuration shows: the edition, and what the administrator declares under `outside:`.

    `unread` are the kinds of object that the snapshot does not hold, None without a snapshot.
    """

    edition: str = "exchange-online"
    conditional_access: bool = False
    precedence: str = STRICTEST
    unread: frozenset[ObjectKind] | None = None

    def lacks(self, kind: ObjectKind) -> bool:
        """Return whether there is a snapshot, and it does not hold a kind of object."""
        return self.unread is not None and kind in self.unread

    @property
    def online(self) -> bool:
        """Return whether this is Exchange Online."""
        return self.edition == "exchange-online"


def facts_of(config: Config, live: State | None = None) -> Facts:
    """Return what a configuration declares that no settings of Exchange show, and what a snapshot does not hold."""
    unread = frozenset(kind for kind in DECIDING if live.section(kind) is None) if live is not None else None
    return Facts(config.edition, config.conditional_access, config.precedence, unread)


class Client(NamedTuple):
    """What of a client a decision may depend on.

    `outdated` says whether an Exchange ActiveSync client is below the version that Exchange Online asks for, None where
    that is not known. `enrolled` says that device management manages it.
    """

    kind: ClientKind
    outdated: bool | None = None
    enrolled: bool = False
    enforcement: Enforcement = "full"


class MailboxFacts(NamedTuple):
    """What of a mailbox a decision may depend on. `policy` is the name of the policy that governs it, where known.

    `unread` are the settings of a live mailbox and of its policy that were not read.
    """

    known: bool
    switches: tuple[tuple[str, bool], ...] = ()
    policy: str | None = None
    must_enforce: bool = False
    unread: frozenset[str] = frozenset()

    def switch(self, name: str) -> bool | None:
        """Return the value of a switch, None where it is not known."""
        return next((value for known, value in self.switches if known == name), None)


class AccessRequest(NamedTuple):
    """A device that asks for access. `listed` are the lists of its mailbox that hold its ID."""

    device_class: DeviceClass
    client: Client
    mailbox: MailboxFacts
    listed: frozenset[str] = frozenset()


def client_of(device: Device) -> Client:
    """Return what of a device's client a decision may depend on."""
    kind = _KINDS.get(device.client_type, "other")
    version = version_of(device.client_version) if kind == "EAS" else None
    return Client(kind, None if version is None else version < LEAST_EAS_ONLINE, device.managed, _enforcement(device))


def _enforcement(device: Device) -> Enforcement:
    """Return what a device enforces; one that Exchange keeps out for its policy does not enforce all of it."""
    if device.provisionable in {"full", "external"}:
        return "full" if device.provisionable == "full" else "external"
    refused = device.live_state == "Blocked" and device.live_reason == "Policy"
    return "not-read" if device.provisionable == "unknown" and not refused else "lacking"


def mailbox_facts(mailbox: Entity | None, state: State, deciding: Iterable[str] = ()) -> MailboxFacts:
    """Return what of a mailbox a decision may depend on: its switches, and whether its policy must be enforced.

    `deciding` are the settings of mailboxes that decisions depend on.
    """
    policy = state.policy_of(mailbox)
    settings = mailbox.settings if mailbox is not None else EMPTY
    return MailboxFacts(
        known=mailbox is not None,
        switches=tuple(sorted((name, value) for name, value in settings.items() if isinstance(value, bool))),
        policy=policy.identity if policy is not None else None,
        must_enforce=must_enforce(policy),
        unread=frozenset((*_unread(mailbox, deciding), *_unread(policy, (GATE,)))),
    )


def must_enforce(policy: Entity | None) -> bool:
    """Return whether devices under a policy have to enforce it."""
    return policy is not None and policy.get(GATE) is False


def _unread(entity: Entity | None, names: Iterable[str]) -> Iterator[str]:
    """Yield the settings that were not read of an object that is live, or laid over a live one."""
    if entity is not None and (entity.base is not None or not entity.is_declared):
        yield from (name for name in names if name not in entity.settings)


def listing(mailbox: Entity | None) -> Mapping[str, frozenset[str]]:
    """Return the lists of a mailbox that hold an ID, by the folded ID."""
    found: dict[str, frozenset[str]] = {}
    for name, value in mailbox.settings.items() if mailbox is not None else ():
        for item in value if isinstance(value, tuple) else ():
            if item:
                found[fold(item)] = found.get(fold(item), frozenset()) | {name}
    return found
