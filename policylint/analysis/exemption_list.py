"""Who has which exemption: what a policy declares and what is live, side by side, with when each was last used."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal, TypeAlias

from policylint.access.rule_index import STATE_OF_LEVEL
from policylint.access.steps import ALLOWED, BLOCKED, REFERENCE, SWITCHES
from policylint.analysis.exemptions import Exemption, exemptions_of
from policylint.desired.overlay import by_live_key
from policylint.model.device import Device
from policylint.model.entity import EMPTY
from policylint.model.state import MAILBOX, RULE
from policylint.named_tuple import NamedTuple
from policylint.text import fold, natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policylint.access.decide import AccessModel
    from policylint.access.decision import AccessState
    from policylint.model.entity import Entity
    from policylint.model.policy_set import PolicySet
    from policylint.model.snapshot import Snapshot
    from policylint.source import Span

Where: TypeAlias = Literal["declared and live", "only declared", "only live", "declared"]
"""Whether the policy and live state have it; `declared` alone where nobody knows what is live."""

Key: TypeAlias = tuple[str, str, str, str]
"""What an exemption is known by in every version of a policy: its kind, its entry, the setting, and the ID or value."""

NEVER, NOT_READ, OFF = "never seen", "not read", "off"


class Granted(NamedTuple):
    """One exemption. `name` is the mailbox or the rule, `what` the setting, `value` the ID, the level or the value.

    `last_used` is the last sync of the device, or why it is not known; empty where there is no one device. `state` is
    what it gives now, None where that is not known, `key` is that of a declared one. `pattern` are the words of
    the `matches` that it comes of.
    """

    kind: str
    name: str
    what: str
    value: str
    notes: Mapping[str, str]
    where: Where
    at: Span | None = None
    last_used: str = ""
    state: AccessState | None = None
    key: Key | None = None
    pattern: str = ""

    def days_left(self, today: date) -> int | None:
        """Return how many days it has left, negative where it has expired; None where it has no end."""
        try:
            return (date.fromisoformat(self.notes.get("expires", "")) - today).days
        except ValueError:
            return None


def exemption_list(declared: PolicySet, snapshot: Snapshot | None, live: AccessModel | None) -> tuple[Granted, ...]:
    """Return every exemption that is declared or live: rules, then mailboxes by name. `live` is who gets in now."""
    found = _Listing(declared, snapshot, live)
    return (*found.rules(), *found.mailboxes())


class _Listing:
    def __init__(self, declared: PolicySet, snapshot: Snapshot | None, live: AccessModel | None) -> None:
        self._snapshot, self._model = snapshot, live
        self._live = snapshot.state if snapshot is not None else None
        self._entries = {id(pattern.entry.origin.node): pattern.entry for pattern in declared.patterns}
        self._rules = declared.state.of_kind(RULE)
        self._live_mailboxes = self._live.of_kind(MAILBOX) if self._live is not None else EMPTY
        self._mailboxes = by_live_key(declared.state.of_kind(MAILBOX), self._live_mailboxes)
        self._devices = self._devices_of_lists()

    def rules(self) -> Iterator[Granted]:
        """Yield the rules, declared and live, by name."""
        live = self._live.rules if self._live is not None else None
        keys = sorted({*self._rules, *(live or ())}, key=lambda key: (natural(key), key))
        for key in keys:
            mine, other = self._rules.get(key), (live or {}).get(key)
            rule = mine or other
            assert rule is not None
            state = STATE_OF_LEVEL.get(other.text("AccessLevel")) if other is not None else None
            level, where = rule.text("AccessLevel"), _where(mine is not None, other is not None, live is not None)
            at = Exemption(mine).span() if mine is not None else None
            notes = mine.notes if mine is not None else EMPTY
            key_of_entry = self._key(Exemption(mine)) if mine is not None else None
            what = rule.text("Characteristic")
            pattern = mine.pattern if mine is not None else ""
            yield Granted(RULE, rule.identity, what, level, notes, where, at, "", state, key_of_entry, pattern)

    def mailboxes(self) -> Iterator[Granted]:
        """Yield what each mailbox has, by its name, declared and live."""
        keys = {**self._mailboxes, **self._live_mailboxes}
        for key in sorted(keys, key=lambda key: (natural(key), key)):
            yield from self._of_mailbox(key, self._mailboxes.get(key), self._live_mailboxes.get(key))

    def _of_mailbox(self, key: str, declared: Entity | None, live: Entity | None) -> Iterator[Granted]:
        name = (live or declared).identity  # type: ignore[union-attr]
        wanted = {_key(each): each for each in exemptions_of(declared) if _is_one(each)} if declared is not None else {}
        there = {_key(each): each for each in exemptions_of(live) if _is_one(each)} if live is not None else {}
        for found in sorted({*wanted, *there}):
            mine, other = wanted.get(found), there.get(found)
            each = mine or other
            assert each is not None
            assert each.setting is not None
            is_read = live is not None and each.setting in live.settings
            is_known = self._live is not None and self._live.mailboxes is not None and (live is None or is_read)
            value = each.item if each.item is not None else _shown(each)
            last, state = self._used(key, each.item) if each.item is not None else ("", None)
            yield Granted(
                MAILBOX,
                name,
                each.setting,
                value,
                self._notes(mine) if mine is not None else EMPTY,
                _where(mine is not None, other is not None, is_known),
                mine.span() if mine is not None else None,
                last,
                state,
                self._key(mine) if mine is not None else None,
                mine.entity.pattern_of(each.setting) if mine is not None else "",
            )

    def _notes(self, each: Exemption) -> Mapping[str, str]:
        """Return what is said of an exemption by the entry that it comes of."""
        return each._replace(entity=self._entry(each)).notes

    def _key(self, each: Exemption) -> Key:
        return _key_in(self._entry(each), each)

    def _entry(self, each: Exemption) -> Entity:
        """Return the entry that an exemption comes of, which may be one with `matches`."""
        origin = each.entity.where(each.setting) if each.setting is not None else each.entity.origin
        return self._entries.get(id(origin.node), each.entity)

    def _used(self, mailbox: str, item: str) -> tuple[str, AccessState | None]:
        """Return when a device last synced and what it gets now."""
        if self._snapshot is None or self._model is None:
            return "", None
        devices = self._devices.get((mailbox, fold(item)), ())
        seen = devices or (Device(item, mailbox, (None, None, None, None), client_version="16.1"),)
        state = self._model.decide(seen[0]).state
        if "devices" in self._snapshot.incomplete:
            return NOT_READ, state
        last = max((device.last_sync for device in devices), default="")
        return (last or NOT_READ) if devices else NEVER, state

    def _devices_of_lists(self) -> Mapping[tuple[str, str], list[Device]]:
        """Return the devices of the snapshot whose ID is on a list, by the key of their mailbox and their folded ID."""
        if self._snapshot is None:
            return {}
        ids = {
            fold(item)
            for mailboxes in (self._mailboxes, self._live_mailboxes)
            for mailbox in mailboxes.values()
            for name in (ALLOWED, BLOCKED)
            for item in mailbox.items(name)
        }
        found: dict[tuple[str, str], list[Device]] = {}
        for device in self._snapshot.devices.select(lambda device_id, _guid: fold(device_id) in ids) if ids else ():
            if device.mailbox is not None:
                found.setdefault((device.mailbox, fold(device.device_id)), []).append(device)
        return found


def keys_of(entry: Entity) -> Iterator[Key]:
    """Yield what each exemption of an entry is known by."""
    if entry.kind == RULE:
        yield _key_in(entry, Exemption(entry))
    elif entry.kind == MAILBOX:
        yield from (_key_in(entry, each) for each in exemptions_of(entry) if _is_one(each))


def _key_in(entry: Entity, each: Exemption) -> Key:
    if entry.kind == RULE:
        return RULE, fold(entry.identity), "", entry.text("AccessLevel")
    return MAILBOX, fold(entry.identity), each.setting or "", fold(each.item if each.item is not None else _shown(each))


def _key(each: Exemption) -> tuple[str, str]:
    return each.setting or "", fold(each.item) if each.item is not None else ""


def _is_one(each: Exemption) -> bool:
    """Return whether something of a mailbox is an exemption: a listed ID, a client that is off, its own policy."""
    if each.setting in (ALLOWED, BLOCKED):
        return not each.removed
    return (each.setting in SWITCHES and each.value is False) or (each.setting == REFERENCE and bool(each.value))


def _shown(each: Exemption) -> str:
    return each.value if isinstance(each.value, str) else OFF


def _where(declared: bool, live: bool, is_known: bool) -> Where:
    if not is_known:
        return "declared" if declared else "only live"
    if declared:
        return "declared and live" if live else "only declared"
    return "only live"


def of_mailbox(granted: Iterable[Granted], mailbox: str) -> tuple[Granted, ...]:
    """Return the exemptions of one mailbox."""
    return tuple(each for each in granted if each.kind == MAILBOX and fold(each.name) == fold(mailbox))
