"""What `why` says of every device of a snapshot, worked out once for those that differ in names and times alone.

What is said of many devices has marks where it names a device, its mailbox or a time: devices of one cohort get the
same decisions, and here also the same words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.cohorts import cohorts_of
from policylint.access.decide import AccessModel
from policylint.access.partnerships import count_partnerships
from policylint.access.steps import ALLOWED, BLOCKED
from policylint.analysis.minimal_changes import Effects, made, ranked, turns
from policylint.analysis.mismatch import contradicts
from policylint.analysis.why import answer, causes
from policylint.devices.device_ids import bare_id
from policylint.escape import shell_word
from policylint.model.device import Device
from policylint.model.entity import EMPTY
from policylint.model.state import MAILBOX
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from policylint.analysis.minimal_changes import Near, Turn
    from policylint.analysis.why import Explanation
    from policylint.model.device_table import DeviceTable
    from policylint.model.entity import Entity


class Marks(NamedTuple):
    """Texts that stand for what differs from device to device; no text of the input holds one.

    `number` stands for how many partnerships of Exchange ActiveSync the mailbox has, `other` before the place of
    another device of the mailbox, which `end` follows.
    """

    device: str
    mailbox: str
    first_sync: str
    last_sync: str
    changed: str
    number: str
    other: str
    end: str

    @classmethod
    def of(cls, digest: str) -> Marks:
        """Return marks that are made of a hash of the input, which hence does not hold it. A shell needs no quotes."""
        return cls(*(f"{name}x{digest[:32]}x" for name in ("dev", "box", "fst", "lst", "chg", "num", "oth", "end")))


class Asked(NamedTuple):
    """The devices of one mailbox, in order, each with the number of what is said of it.

    `mailbox` is the key of the mailbox, None where it is not known, and `name` what devices call their owner.
    """

    mailbox: str | None
    name: str
    devices: tuple[tuple[Device, int], ...]


class _Alike(NamedTuple):
    """What is said of devices of one cohort, without what other devices and times decide, and by what that comes.

    `live` is the configuration that does not explain the state that they report, None where it does.
    """

    number: int
    said: Explanation
    device: Device
    live: AccessModel | None
    turns: tuple[Turn, ...]


class Answers:
    """What `why` says of each device, with `marks`. `explanations` has it by number, for those asked for so far."""

    def __init__(
        self, live: AccessModel, desired: AccessModel, devices: DeviceTable, marks: Marks, taken_at: str = ""
    ) -> None:
        self.explanations: list[Explanation] = []
        self._live, self._desired, self._devices, self.marks, self._taken_at = live, desired, devices, marks, taken_at
        self._effects = Effects(desired, devices)
        self._partnerships = count_partnerships(devices)
        self._named = self._named_as_they_are()
        self._alike: dict[tuple[int, str], _Alike] = {}
        self._numbers: dict[Hashable, int] = {}

    def mailboxes(self) -> Iterator[Asked]:
        """Yield the devices of each mailbox that has one, sorted by the key; of an unknown owner, by the name."""
        cohorts = cohorts_of(self._devices, (self._live, self._desired), self._apart_by, self._ids_apart())
        for placed in self._devices.by_owner(lambda name, mailbox: (mailbox is None, mailbox or name)):
            around = tuple(device for _row, device in placed)
            yield Asked(
                around[0].mailbox,
                min(device.owner for device in around),
                self._numbered([(cohorts.cohort_at(row), device) for row, device in placed], around),
            )

    def _numbered(
        self, placed: Sequence[tuple[int, Device]], around: tuple[Device, ...]
    ) -> tuple[tuple[Device, int], ...]:
        """Return the devices of a mailbox, of which the cohorts are given, each with the number of what is said."""
        alike = [self._alike_of(cohort, device) for cohort, device in placed]
        near = self._effects.near(around) if any(each.turns for each in alike) else ()
        return tuple(
            (device, self._number(each, device, around, near)) for each, device in zip(alike, around, strict=True)
        )

    def _alike_of(self, cohort: int, device: Device) -> _Alike:
        as_it_is = self._is_named_as_it_is(device)
        key = cohort, device.device_id if as_it_is or not device.device_id else self.marks.device
        found = self._alike.get(key)
        if found is None:
            found = self._alike[key] = self._worked_out(device, None if as_it_is else self.marks)
        return found

    def _is_named_as_it_is(self, device: Device) -> bool:
        named = self._named.get(device.mailbox or "", frozenset())
        return named is None or fold(device.device_id) in named

    def _number(self, alike: _Alike, device: Device, around: tuple[Device, ...], near: Sequence[Near]) -> int:
        """Return the number of what is said of a device; `around` and `near` are all devices of its mailbox."""
        moved: tuple[tuple[int, int, int, tuple[int, ...]], ...] = ()
        found = []
        if alike.turns:
            if device.mailbox is None:
                near = tuple(each for each in near if each.device == device)
            found = ranked(self._effects, alike.turns, device, near)
            moved = tuple(
                (alike.turns.index(turn), moves.opens, moves.closes, tuple(map(around.index, moves.same_mailbox)))
                for turn, moves in found
            )
        candidates = self._candidates(alike, device)
        said = alike.number, moved, candidates
        number = self._numbers.get(said)
        if number is None:
            changes = tuple(
                made(turn, moves._replace(same_mailbox=tuple(map(self._other, places))))
                for (turn, moves), (*_, places) in zip(found, moved, strict=True)
            )
            number = self._numbers[said] = len(self.explanations)
            self.explanations.append(alike.said._replace(minimal_changes=changes, candidates=candidates))
        return number

    def _other(self, place: int) -> Device:
        """Return what stands for the device at a place among those of a mailbox."""
        return Device(f"{self.marks.other}{place}{self.marks.end}", None, (None, None, None, None))

    def _candidates(self, alike: _Alike, device: Device) -> tuple[str, ...]:
        """Return what may be behind the state that a device reports, with marks where it names a time of the device."""
        if alike.live is None:
            return ()
        times = first, last, changed = device.first_sync, device.last_sync, device.changed
        shown = alike.device._replace(first_sync=first, last_sync=last, changed=changed)
        marks = self.marks
        found = causes(alike.live, shown, self._taken_at)
        for time, mark in zip(times, (marks.first_sync, marks.last_sync, marks.changed), strict=True):
            if time:
                found = tuple(words.replace(time, mark) for words in found)
        return found

    def _worked_out(self, device: Device, marks: Marks | None) -> _Alike:
        """Return what is said of a device and all that are like it; with marks, where it names one of them."""
        partnerships = self._partnerships.get(device.mailbox or "")
        if marks is not None and partnerships is not None:
            partnerships = partnerships._replace(owner=marks.mailbox)
        live, desired = (_of_one(model, device, marks) for model in (self._live, self._desired))
        if marks is not None:
            device = device._replace(device_id=marks.device if device.device_id else "", owner=marks.mailbox)
        number = self.marks.number if partnerships is not None else ""
        said = answer(live, desired, device, partnerships, number)
        found = turns(desired, device) if said.decision.state != "Allowed" else ()
        is_explained = not contradicts(device, live.decide(device))
        return _Alike(len(self._alike), said, device, None if is_explained else live, found)

    def _apart_by(self, mailbox: str | None) -> Hashable:
        """Return what words depend on of a mailbox and decisions do not."""
        partnerships = self._partnerships.get(mailbox or "")
        known = partnerships is not None
        numbers = partnerships[1:] if partnerships is not None and partnerships.is_near else known
        entity = self._desired.mailbox(mailbox)
        if entity is None:
            return numbers
        lent = tuple((name, _reasons(each.entry)) for name, each in entity.lent.items())
        as_it_is = entity.key if entity.key in self._named else None
        return numbers, _reasons(entity), lent, as_it_is

    def _ids_apart(self) -> Mapping[str, frozenset[str]]:
        """Return the IDs of which a mailbox says something of its own, by its key."""
        mailboxes = self._desired.state.of_kind(MAILBOX)
        return {key: frozenset(entity.exemptions) for key, entity in mailboxes.items() if entity.exemptions}

    def _named_as_they_are(self) -> Mapping[str, frozenset[str] | None]:
        """Return the folded IDs by the key of their mailbox that no mark can stand for; None for all of a mailbox.

        Those are names that a shell has to quote or that are written in several ways, IDs that a list of the mailbox
        holds in another form, and those of which an entry with `matches` says something.
        """
        found: dict[str, frozenset[str] | None] = {}
        forms: dict[int, dict[str, set[str]]] = {}
        owners = self._devices.owners()
        for number, (name, key) in enumerate(owners):
            entity = self._desired.mailbox(key)
            if key is None or entity is None:
                continue
            live = self._live.mailbox(key)
            if {name, live.identity if live is not None else name} != {entity.identity} or shell_word(name) != name:
                found[key] = None
                continue
            lent = frozenset(item for each in entity.lent.values() for item in each.entry.exemptions)
            if lent:
                found[key] = lent
            for item in (*entity.items(BLOCKED), *entity.items(ALLOWED)):
                forms.setdefault(number, {}).setdefault(bare_id(item), set()).add(fold(item))
        for columns in self._devices.columns():
            for owner, device_id in zip(columns.owners, columns.ids, strict=True):
                plain = device_id.isascii() and device_id.isalnum()
                if plain and owner not in forms:
                    continue
                key = owners[owner][1]
                if key is None or found.get(key, frozenset()) is None:
                    continue
                others = forms.get(owner, {}).get(bare_id(device_id), set()) - {fold(device_id)}
                if others or (not plain and shell_word(device_id) != device_id):
                    found[key] = (found.get(key) or frozenset()) | {fold(device_id)}
        return found


def _reasons(entity: Entity) -> Hashable:
    """Return what an object says of why it is as it is, and of the items of its lists."""
    items = ((item, notes.get("reason"), notes.get("owner")) for item, notes in entity.exemptions.items())
    return entity.notes.get("reason"), entity.notes.get("owner"), frozenset(items)


def _of_one(model: AccessModel, device: Device, marks: Marks | None) -> AccessModel:
    """Return a configuration with the mailbox of a device alone, under which it and its mailbox may be called marks."""
    mailboxes = model.state.mailboxes
    if mailboxes is None:
        return model
    mailbox = model.mailbox(device.mailbox)
    if mailbox is not None and marks is not None:
        mailbox = _marked(mailbox, device, marks)
    only = {mailbox.key: mailbox} if mailbox is not None else EMPTY
    return AccessModel(model.state.with_kind(MAILBOX, only), model.facts, model.rules, model.steps)


def _marked(mailbox: Entity, device: Device, marks: Marks) -> Entity:
    """Return a mailbox with marks for its name and for a device on its lists."""
    own = fold(device.device_id)

    def item_of(item: str) -> str:
        return marks.device if own and fold(item) == own else item

    lists = {name: tuple(map(item_of, mailbox.items(name))) for name in (BLOCKED, ALLOWED) if mailbox.items(name)}
    noted = mailbox.exemptions.get(own)
    return mailbox._replace(
        identity=marks.mailbox,
        settings={**mailbox.settings, **lists},
        exemptions={fold(marks.device): noted} if noted is not None else EMPTY,
    )
