"""The data of the page: columns of text, each packed by itself, so that little is in memory at a time."""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from collections import Counter
from typing import TYPE_CHECKING, Any

from policylint.escape import clean
from policylint.named_tuple import NamedTuple
from policylint.render.phrases import ALL_STATES, kind_words, report_words, reported_words
from policylint.text import instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policylint.access.decision import AccessState
    from policylint.analysis.help_desk import Answers
    from policylint.analysis.why import Explanation
    from policylint.model.device import Device
    from policylint.render.help_desk.said import Sayings

_AT_ONCE = 4096


class Box(NamedTuple):
    """A mailbox of the page: its name, its other names, and its devices with the numbers of what is said of them.

    `none` is what is known where it has no device. `owned` is false where devices name an owner that is no mailbox.
    """

    name: str
    others: tuple[str, ...]
    devices: tuple[tuple[Device, int], ...]
    none: str = ""
    owned: bool = True


class Packed(NamedTuple):
    """Columns as text that a page can hold, by name, and how many mailboxes, devices, and devices in each state."""

    columns: Mapping[str, str]
    mailboxes: int
    devices: int
    states: Mapping[AccessState | None, int]


class _Column:
    """Items of a column, one after the other, packed some at a time."""

    def __init__(self, between: str) -> None:
        self._between = between
        self._items: list[str] = []
        self._packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._pieces: list[bytes] = []

    def add(self, item: str) -> None:
        self._items.append(item)
        if len(self._items) >= _AT_ONCE:
            self._pack()

    def _pack(self) -> None:
        text = "".join(f"{item}{self._between}" for item in self._items)
        self._pieces.append(self._packer.compress(text.encode()))
        self._items.clear()

    def packed(self) -> str:
        """Return all items, each with the separator behind it: raw deflate, as base64."""
        self._pack()
        self._pieces.append(self._packer.flush())
        return b64encode(b"".join(self._pieces)).decode()


def pack(boxes: Iterable[Box], answers: Answers, sayings: Sayings, taken_at: str) -> Packed:
    """Return mailboxes as columns, in the order given. Times are seconds before the snapshot was taken."""
    names, others, counts, nothing = (_Column(each) for each in ("\n", "\n", " ", " "))
    ids, numbers, kind_of, synced, times = (_Column(each) for each in ("\n", " ", " ", " ", "\n"))
    kinds: dict[Any, int] = {}
    said: list[list[Any]] = []
    needs_times: list[bool] = []
    states: Counter[AccessState | None] = Counter()
    mailboxes = devices = 0
    for box in boxes:
        mailboxes += box.owned
        names.add(clean(box.name))
        others.add("\t".join(map(clean, box.others)))
        counts.add(str(len(box.devices) if box.owned else -len(box.devices)))
        if not box.devices:
            nothing.add(str(sayings.number(box.none)))
        for device, number in box.devices:
            while len(said) <= number:
                explanation = answers.explanations[len(said)]
                said.append(sayings.record(explanation))
                needs_times.append(_names_times(explanation, answers))
            devices += 1
            states[ALL_STATES[said[number][0]]] += 1
            ids.add(clean(device.device_id))
            numbers.add(str(number))
            kind = kinds.setdefault(device[_REPORTED], len(kinds))
            kind_of.add(str(kind))
            synced.add(_before(taken_at, device.last_sync))
            if needs_times[number]:
                times.add(f"{device.first_sync}\t{device.changed}")
    table = {
        "texts": list(sayings.texts),
        "said": said,
        "kinds": [*map(_kind, kinds)],
        "times": [number for number, needs in enumerate(needs_times) if needs],
    }
    packed = _Column("")
    packed.add(json.dumps(table, ensure_ascii=True, separators=(",", ":")))
    columns = {
        "said": packed,
        "names": names,
        "others": others,
        "counts": counts,
        "nothing": nothing,
        "ids": ids,
        "numbers": numbers,
        "kinds": kind_of,
        "synced": synced,
        "times": times,
    }
    return Packed({name: column.packed() for name, column in columns.items()}, mailboxes, devices, states)


_REPORTED = slice(2, 10)
"""The fields of a device that say what it reports."""


def _kind(reported: tuple[Any, ...]) -> list[Any]:
    """Return what devices report: in few words, in all, the state that Exchange shows, and whether it is ActiveSync."""
    from policylint.model.device import Device

    device = Device("", None, *reported)
    shown = reported_words(device) if device.live_state else ""
    words = (kind_words(device), report_words(device), shown)
    return [*map(clean, words), int(device.client_type == "EAS")]


def _before(taken_at: str, time: str) -> str:
    """Return how many seconds before the snapshot a time is, the empty text where there is none."""
    moment, taken = instant(time), instant(taken_at) or instant("1970-01-01T00:00:00Z")
    return str(int((taken - moment).total_seconds())) if moment is not None and taken is not None else ""


def _names_times(explanation: Explanation, answers: Answers) -> bool:
    """Return whether what may be behind a reported state names a time that no other text has."""
    marks = answers.marks
    return any(mark in words for words in explanation.candidates for mark in (marks.first_sync, marks.changed))
