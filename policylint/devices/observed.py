"""The values that devices report: those of the snapshot, with their numbers, and those of the catalog.

Built once a run and asked by many rules, so that every question costs about the same however many devices there are.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from policylint.devices.confusables import plain_letters
from policylint.devices.query_forms import version_in
from policylint.model.device import CHARACTERISTICS
from policylint.phrases import count, listed, quoted
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policylint.devices.query_forms import Version
    from policylint.model.device import DeviceClass
    from policylint.model.device_table import DeviceTable

MOST_SCANNED = 500
"""How many values one question looks at; the most frequent ones come first."""

MOST_FORMS = 300_000
"""How many texts with a letter left out are kept, for finding typing errors; those of the most frequent values."""

LONGEST = 200
"""How many characters a value has at most that is compared as more than a whole text: as nearly another one, or as a
version. No published value is longer than 100; what a device reports may be as long as its client likes."""

_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9])")
_NOT_WORD = re.compile(r"[\W_]+")
_SIGN = re.compile(r"[^\w\s.]")
_DIGITS = re.compile(r"[0-9]+")


class ObservedValue(NamedTuple):
    """A value as it is mostly spelled, how many devices of the snapshot report it, and how many catalog rows."""

    text: str
    devices: int
    rows: int

    @property
    def order(self) -> tuple[int, int, str]:
        """Return a key that puts the most frequent first."""
        return (-self.devices, -self.rows, self.text)

    def __str__(self) -> str:
        return f"{quoted(self.text)} ({count(self.devices, 'device')})" if self.devices else quoted(self.text)


class ObservedValues:
    """The values of one characteristic."""

    def __init__(self, devices: Mapping[str, int], rows: Iterable[str]) -> None:
        spellings: dict[str, Counter[str]] = {}
        numbers: Counter[str] = Counter()
        known: Counter[str] = Counter()
        for text, number in devices.items():
            spellings.setdefault(fold(text), Counter())[text] += number
            numbers[fold(text)] += number
        for text in rows:
            known[fold(text)] += 1
            if fold(text) not in numbers:
                spellings.setdefault(fold(text), Counter())[text] += 1
        self._seen = {
            key: ObservedValue(min(texts, key=lambda text: (-texts[text], text)), numbers[key], known[key])
            for key, texts in spellings.items()
        }
        self.spellings: Mapping[str, frozenset[str]] = {key: frozenset(texts) for key, texts in spellings.items()}

    def find(self, text: str) -> ObservedValue | None:
        """Return the value that a rule with this text matches, None where nothing known reports it."""
        return self._seen.get(fold(text))

    @property
    def seen(self) -> Iterator[ObservedValue]:
        """Yield the values that devices of the snapshot report."""
        return (value for value in self._seen.values() if value.devices)

    @cached_property
    def families(self) -> Mapping[str, Sequence[tuple[Version, ObservedValue]]]:
        """Return the values of the snapshot that hold a version, by the folded name before it, the lowest first."""
        found: dict[str, list[tuple[Version, ObservedValue]]] = {}
        for value in self.seen:
            known = version_in(value.text) if len(value.text) <= LONGEST else None
            if known is not None:
                found.setdefault(fold(known[0]), []).append((known[1], value))
        return {name: sorted(values, key=lambda item: (item[0], item[1].order)) for name, values in found.items()}

    @cached_property
    def seen_shapes(self) -> frozenset[str]:
        """Return the shapes of the values of the snapshot."""
        return frozenset(shape(value.text) for value in self.seen)

    @cached_property
    def seen_forms(self) -> frozenset[str]:
        """Return the values of the snapshot with each number replaced: `IPHONE#C#`."""
        return frozenset(form(value.text) for value in self.seen)

    def within(self, text: str) -> list[ObservedValue]:
        """Return values that the text contains, the longest first."""
        whole = fold(text)
        found = [seen for key, seen in self._scanned if 3 < len(key) <= len(whole) and key in whole]
        return sorted(found, key=lambda seen: (-len(seen.text), seen.order))

    def containing(self, text: str) -> list[ObservedValue]:
        """Return values of the snapshot with the text in them, the most frequent first."""
        part = fold(text)
        return [seen for key, seen in self._scanned if seen.devices and part in key]

    @cached_property
    def _scanned(self) -> Sequence[tuple[str, ObservedValue]]:
        """Return the most frequent values that are not too long, with each folded."""
        short = (seen for seen in self.frequent if len(seen.text) <= LONGEST)
        return [(fold(seen.text), seen) for seen in islice(short, MOST_SCANNED)]

    @cached_property
    def frequent(self) -> Sequence[ObservedValue]:
        """Return every value, the most frequent first."""
        return sorted(self._seen.values(), key=lambda seen: seen.order)

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._seen)

    def starting_with(self, text: str) -> list[ObservedValue]:
        """Return values that are longer and begin with the text, the most frequent first."""
        beginning = fold(text)
        first = bisect_left(self._sorted, beginning)
        found = []
        for key in self._sorted[first : first + MOST_SCANNED]:
            if not key.startswith(beginning):
                break
            if key != beginning:
                found.append(self._seen[key])
        return sorted(found, key=lambda seen: seen.order)

    @cached_property
    def _skeletons(self) -> dict[str, ObservedValue]:
        found: dict[str, ObservedValue] = {}
        for seen in self.frequent:
            found.setdefault(skeleton(seen.text), seen)
        return found

    def alike(self, text: str) -> ObservedValue | None:
        """Return the value that differs from the text in spaces and punctuation only, None where there is none."""
        bones = skeleton(text)
        return self._skeletons.get(bones) if bones else None

    @cached_property
    def _shortened(self) -> dict[str, list[ObservedValue]]:
        found: dict[str, list[ObservedValue]] = {}
        left = MOST_FORMS
        for seen in (seen for seen in self.frequent if len(seen.text) <= LONGEST):
            left -= len(seen.text)
            if left < 0:
                break
            for short in _shorter(fold(seen.text)):
                found.setdefault(short, []).append(seen)
        return found

    def mistyped(self, text: str) -> ObservedValue | None:
        """Return the value that is one letter away from the text; a value that differs in its digits is another one."""
        key = fold(text)
        if not 4 <= len(key) <= LONGEST:
            return None
        near = {seen for short in _shorter(key) for seen in self._shortened.get(short, ())[:8]}
        letters = _DIGITS.sub("", key)
        near = {seen for seen in near if _DIGITS.sub("", fold(seen.text)) != letters}
        return min(near, key=lambda seen: seen.order, default=None)

    @cached_property
    def signs(self) -> frozenset[str]:
        """Return every character of the values that is no letter, digit, space or period."""
        return frozenset(sign for seen in self._seen.values() for sign in _SIGN.findall(seen.text))

    @cached_property
    def _shapes(self) -> frozenset[str]:
        return frozenset(shape(seen.text) for seen in self._seen.values())

    def is_plausible(self, text: str) -> bool:
        """Return whether a text with a number in it has the shape of a known value: `Android 13` has."""
        return _DIGITS.search(text) is not None and shape(text) in self._shapes


class Observed:
    """The values of every characteristic, and the classes of devices of the snapshot with their numbers.

    `devices` are None where there is no snapshot, or none with all its devices; then the catalog is all there is, as of
    its date.
    """

    def __init__(self, devices: DeviceTable | None, catalog: Iterable[DeviceClass], catalog_date: str) -> None:
        self.catalog_date = catalog_date
        self.has_devices = devices is not None and len(devices) > 0
        classes: Counter[DeviceClass] = Counter()
        for kind in devices.kinds() if devices is not None else ():
            if kind.representative.client_type != "UniversalOutlook":
                classes[kind.representative.device_class] += kind.size
        self.classes: Mapping[DeviceClass, int] = classes
        self.catalog = tuple(catalog)
        counts: list[Counter[str]] = [Counter() for _ in CHARACTERISTICS]
        for device_class, number in self.classes.items():
            for index, value in enumerate(device_class):
                if value is not None:
                    counts[index][value] += number
        self._values = {
            name: ObservedValues(counts[index], (value for row in self.catalog if (value := row[index]) is not None))
            for index, name in enumerate(CHARACTERISTICS)
        }

    def of(self, characteristic: str) -> ObservedValues | None:
        """Return the values of a characteristic, None where no device record shows it."""
        return self._values.get(characteristic)

    def elsewhere(self, characteristic: str, text: str) -> Iterator[tuple[str, ObservedValue]]:
        """Yield the other characteristics that devices report the text as."""
        for name, values in self._values.items():
            seen = values.find(text)
            if name != characteristic and seen is not None:
                yield name, seen

    def shows(self, characteristic: str) -> bool:
        """Return whether some device of the snapshot shows a characteristic; where none does, it was not read."""
        values = self._values.get(characteristic)
        return self.has_devices and values is not None and next(values.seen, None) is not None

    def sources_phrase(self, characteristic: str) -> str:
        """Return in words where the values of a characteristic are from."""
        catalog = f"the catalog of {self.catalog_date}"
        if self.shows(characteristic):
            return f"the snapshot or {catalog}"
        return f"{catalog} ({'the snapshot does not show any' if self.has_devices else 'there is no snapshot'})"


def skeleton(text: str) -> str:
    """Return what is left of a text without case, accents, spaces and punctuation; `14,2` is `14C2`, as Apple has it.

    Source: Exchange shows the comma of an Apple model as C, https://forums.developer.apple.com/thread/99522
    """
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", plain_letters(text))
        text = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _NOT_WORD.sub("", _COMMA.sub("C", fold(text)))


def shape(text: str) -> str:
    """Return a text with each word that holds a digit replaced: what values of one client have in common."""
    return " ".join("#" if _DIGITS.search(word) else word for word in fold(text).split())


def form(text: str) -> str:
    """Return a text, folded, with each number replaced: what the models of one maker have in common."""
    return _DIGITS.sub("#", fold(text))


def has_wildcard(text: str) -> bool:
    """Return whether a text holds what other programs take for a wildcard."""
    return "*" in text or "?" in text


def sample(values: Sequence[ObservedValue], most: int = 4) -> str:
    """Return some values with their devices, in words."""
    return listed((str(seen) for seen in values), most)


def _shorter(text: str) -> Iterator[str]:
    yield text
    for index in range(len(text)):
        yield text[:index] + text[index + 1 :]
