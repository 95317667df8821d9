"""The values that devices report: those of the snapshot, with their numbers, and those of the catalog.

Built once a run and asked by many rules, so that every question costs about the same however many devices there are.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from functools import cached_property
from itertools import accumulate, islice
from operator import itemgetter
from typing import TYPE_CHECKING

from policylint.devices.confusables import plain_letters
from policylint.devices.query_forms import version_in
from policylint.model.device import CHARACTERISTICS
from policylint.named_tuple import NamedTuple
from policylint.phrases import count, quoted, some
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from typing import TypeVar

    from policylint.devices.query_forms import Version
    from policylint.model.device import DeviceClass
    from policylint.model.device_table import DeviceTable

    _Value = TypeVar("_Value")

MOST_SCANNED = 500
"""How many values one question looks at; the most frequent ones come first."""

MOST_FORMS = 300_000
"""How many texts with a letter left out are kept, for finding typing errors; those of the most frequent values."""

MOST_NEAR = 8
"""How many values that are the same without one letter are compared; the most frequent ones come first."""

LONGEST = 200
"""How many characters a value has at most that is compared as more than a whole text: as nearly another one, or as a
version. No published value is longer than 100; what a device reports may be as long as its client likes."""

_COMMA = regex(r"(?<=[0-9]),(?=[0-9])")
_NOT_WORD = regex(r"[\W_]+")
_SIGN = regex(r"[^\w\s.]")
_DIGITS = regex(r"[0-9]+")


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
        spellings: defaultdict[str, dict[str, int]] = defaultdict(dict)
        numbers: dict[str, int] = {}
        known: dict[str, int] = {}
        for text, number in devices.items():
            key = fold(text)
            spellings[key][text] = number
            numbers[key] = numbers.get(key, 0) + number
        for text in rows:
            key = fold(text)
            known[key] = known.get(key, 0) + 1
            if key not in numbers:
                spellings[key][text] = spellings[key].get(text, 0) + 1
        self._seen = {
            key: ObservedValue(_most_frequent(texts), numbers.get(key, 0), known.get(key, 0))
            for key, texts in spellings.items()
        }
        self.spellings: Mapping[str, frozenset[str]] = {key: frozenset(texts) for key, texts in spellings.items()}
        self._letters_near: dict[str, Sequence[str]] = {}
        self._forms: dict[str, Mapping[str, Sequence[tuple[int, ObservedValue]]]] = {}

    def find(self, text: str) -> ObservedValue | None:
        """Return the value that a rule with this text matches, None where nothing known reports it."""
        return self._seen.get(fold(text))

    def find_folded(self, key: str) -> ObservedValue | None:
        """Return the value that a rule with a text of this folded form matches, None where nothing known reports it."""
        return self._seen.get(key)

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
    def _below(self) -> Mapping[str, tuple[Sequence[ObservedValue], Sequence[int]]]:
        """Return the values of each family in its order, and how many devices report those below each of them."""
        return {
            name: (
                [value for _, value in family],
                [*accumulate((value.devices for _, value in family), initial=0)],
            )
            for name, family in self.families.items()
        }

    def below(self, name: str, version: Version) -> tuple[Sequence[ObservedValue], int]:
        """Return the values of a family that are lower than a version, the lowest first, and how many devices have one.

        The name is folded.
        """
        values, devices = self._below.get(name, ((), (0,)))
        number = bisect_left(self.families.get(name, ()), version, key=itemgetter(0))
        return values[:number], devices[number]

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
        lengths = [length for length in self._lengths if length <= len(whole)]
        if len(lengths) * len(whole) < len(self._scanned):
            parts = {whole[at : at + length] for length in lengths for at in range(len(whole) - length + 1)}
            found = [self._scanned_by_key[part] for part in parts if part in self._scanned_by_key]
        else:
            found = [seen for key, seen in self._scanned if 3 < len(key) <= len(whole) and key in whole]
        return sorted(found, key=lambda seen: (-len(seen.text), seen.order))

    def containing(self, text: str) -> list[ObservedValue]:
        """Return values of the snapshot with the text in them, the most frequent first."""
        part = fold(text)
        if part not in self._scanned_text:
            return []
        return [seen for key, seen in self._scanned if seen.devices and part in key]

    @cached_property
    def _scanned(self) -> Sequence[tuple[str, ObservedValue]]:
        """Return the most frequent values that are not too long, with each folded."""
        short = (seen for seen in self.frequent if len(seen.text) <= LONGEST)
        return [(fold(seen.text), seen) for seen in islice(short, MOST_SCANNED)]

    @cached_property
    def _scanned_by_key(self) -> Mapping[str, ObservedValue]:
        return {key: seen for key, seen in self._scanned if len(key) > 3}

    @cached_property
    def _lengths(self) -> Collection[int]:
        return {len(key) for key in self._scanned_by_key}

    @cached_property
    def _scanned_text(self) -> str:
        """Return the text in which whatever is part of a value that is scanned is found too."""
        return "\n".join(key for key, _ in self._scanned)

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
    def _by_letters(self) -> Mapping[str, Sequence[tuple[int, ObservedValue]]]:
        """Return the values that texts are compared with letter by letter, each with its rank, by their letters."""
        found: dict[str, list[tuple[int, ObservedValue]]] = {}
        left = MOST_FORMS
        short = (seen for seen in self.frequent if len(seen.text) <= LONGEST)
        for rank, seen in enumerate(short):
            left -= len(seen.text)
            if left < 0:
                break
            found.setdefault(_letters(fold(seen.text)), []).append((rank, seen))
        return found

    @cached_property
    def _letters_shortened(self) -> Mapping[str, Sequence[str]]:
        return _shortened((letters, letters) for letters in self._by_letters)

    def _near_letters(self, letters: str) -> Sequence[str]:
        """Return the letters of values that are one letter away from some others."""
        if letters not in self._letters_near:
            near = {each for short in _shorter(letters) for each in self._letters_shortened.get(short, ())}
            self._letters_near[letters] = [*(near - {letters})]
        return self._letters_near[letters]

    def _forms_of(self, letters: str) -> Mapping[str, Sequence[tuple[int, ObservedValue]]]:
        """Return the values of some letters, with their ranks, by each text left without one of their characters."""
        if letters not in self._forms:
            values = self._by_letters.get(letters, ())
            self._forms[letters] = _shortened((fold(each[1].text), each) for each in values)
        return self._forms[letters]

    def mistyped(self, text: str) -> ObservedValue | None:
        """Return the value that is one letter away from the text; a value that differs in its digits is another one.

        What is left of two such texts without one of their characters is the same, and so are their letters without one
        of those. Many values have the same letters, so few of them are compared.
        """
        key = fold(text)
        if not 4 <= len(key) <= LONGEST:
            return None
        letters = _letters(key)
        others = self._near_letters(letters)
        near: set[ObservedValue] = set()
        shorts = set(_shorter(key)) if others else set()
        found: dict[str, list[tuple[int, ObservedValue]]] = {}
        for forms in map(self._forms_of, others):
            for short in forms.keys() & shorts:
                found.setdefault(short, []).extend(forms[short])
        for short, values in found.items():
            first = sorted([*values, *self._forms_of(letters).get(short, ())], key=itemgetter(0))[:MOST_NEAR]
            near.update(seen for _, seen in first)
        near = {seen for seen in near if _letters(fold(seen.text)) != letters}
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
        key = fold(text)
        for name, values in self._values.items():
            if name != characteristic and (seen := values.find_folded(key)) is not None:
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
    return some(values, most, str)


def _most_frequent(texts: Mapping[str, int]) -> str:
    return min(texts, key=lambda text: (-texts[text], text)) if len(texts) > 1 else next(iter(texts))


def _letters(text: str) -> str:
    return _DIGITS.sub("", text)


def _shortened(named: Iterable[tuple[str, _Value]]) -> Mapping[str, Sequence[_Value]]:
    """Return values by each text that is left of their names without one character, and by the names."""
    found: dict[str, list[_Value]] = {}
    for name, value in named:
        for short in _shorter(name):
            found.setdefault(short, []).append(value)
    return found


def _shorter(text: str) -> Iterator[str]:
    yield text
    for index in range(len(text)):
        yield text[:index] + text[index + 1 :]
