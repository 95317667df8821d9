"""The settings that decisions depend on and that a snapshot does not hold: those decide as if they were not set."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from policylint.access.steps import ALLOWED, BLOCKED, SWITCHES
from policylint.model.state import MAILBOX, ORGANIZATION, POLICY, RULE
from policylint.named_tuple import NamedTuple
from policylint.phrases import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from policylint.model.entity import ObjectKind
    from policylint.model.state import State

_ONLINE_ONLY = frozenset({"OutlookMobileEnabled", "UniversalOutlookEnabled"})
_DECIDING: Mapping[ObjectKind, Sequence[str]] = {
    ORGANIZATION: ("DefaultAccessLevel",),
    RULE: ("AccessLevel",),
    POLICY: ("AllowNonProvisionableDevices",),
    MAILBOX: (ALLOWED, BLOCKED, *SWITCHES),
}
_NOUNS = {ORGANIZATION: "organization", RULE: "rule", POLICY: "mailbox policy", MAILBOX: "mailbox"}


class NotReadSetting(NamedTuple):
    """A setting that decisions depend on, and of how many live objects it was not read."""

    kind: ObjectKind
    property: str
    objects: int

    def in_words(self) -> str:
        """Return what was not read: `ActiveSyncBlockedDeviceIDs of 2 mailboxes`."""
        return f"{self.property} of {count(self.objects, _NOUNS[self.kind])}"


def not_read(live: State, edition: str) -> Iterator[NotReadSetting]:
    """Yield what was not read of the settings that decisions depend on, in the order of the kinds of object."""
    for kind, names in _DECIDING.items():
        wanted = [name for name in names if edition == "exchange-online" or name not in _ONLINE_ONLY]
        missing: Counter[str] = Counter()
        complete: set[int] = set()  # most mailboxes share their settings
        for entity in live.of_kind(kind).values():
            if id(entity.settings) in complete:
                continue
            lacking = [name for name in wanted if name not in entity.settings]
            missing.update(lacking)
            if not lacking:
                complete.add(id(entity.settings))
        yield from (NotReadSetting(kind, name, missing[name]) for name in wanted if missing[name])
