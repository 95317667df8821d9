"""The text of the device catalog to rows of whole values, and to the values that devices of a name report."""

from __future__ import annotations

import json
from bisect import bisect_left
from functools import cached_property
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

from policylint.model.device import PROPERTIES
from policylint.named_tuple import NamedTuple
from policylint.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from policylint.model.device import DeviceClass

_PREFIX = "prefix"
_ORDINAL = regex(r"(?<=[0-9])(?:st|nd|rd|th)\b")
_NEEDLESS = regex(r"\bapple\b|\bwi-?fi\b|\bcellular\b|\blte\b|\bgen(?:eration)?\b|[- ]?\binch\b|[^a-z0-9.]")
_SHORTEST = 8
"""How long the beginning of a name is at least; `iPhone` and `iPad` are kinds of device, not names."""
_MOST = 40
"""How many values the beginning of a name may have."""


class _Known(NamedTuple):
    rows: tuple[DeviceClass, ...]
    names: Mapping[str, Mapping[str, Sequence[str]]]
    compiled: str


class Catalog(_Known):
    """What is known of devices: rows of values in the order of the catalog, and what devices of a name report.

    `names` gives the values by characteristic and by the key of the name, see `_key`. `compiled` is the day, written
    YYYY-MM-DD. A value or a name that is newer is not known, and may be right.
    """

    @cached_property
    def _sorted(self) -> Mapping[str, Sequence[tuple[str, int]]]:
        """Return the keys of the names of each characteristic, sorted, with their places among the names."""
        return {of: sorted((key, place) for place, key in enumerate(names)) for of, names in self.names.items()}

    def named(self, characteristic: str, text: str) -> tuple[str, ...]:
        """Return what devices report that people know by a name; empty where the text is no known name.

        The beginning of a name stands for all the names that begin so, if they are not many.
        """
        return self._named(characteristic, _key(text))

    def named_by(self, characteristics: Iterable[str], text: str) -> str | None:
        """Return the first of some characteristics by which something is known by a name, None where none is."""
        key = _key(text)
        return next((each for each in characteristics if self._named(each, key)), None)

    def _named(self, characteristic: str, key: str) -> tuple[str, ...]:
        names = self.names.get(characteristic)
        if not key or not names:
            return ()
        if key in names or len(key) < _SHORTEST:
            return tuple(names.get(key, ()))
        ordered, found, number = self._sorted[characteristic], [], 0
        for name, place in islice(ordered, bisect_left(ordered, (key, 0)), None):
            if not name.startswith(key) or number > _MOST:
                break
            found.append((place, names[name]))
            number += len(names[name])
        longer = [value for _, values in sorted(found, key=itemgetter(0)) for value in values]
        return tuple(dict.fromkeys(longer)) if len(longer) <= _MOST else ()


def _key(name: str) -> str:
    """Return a name without case, signs and the words that reports leave out: `iPad Pro 12.9-inch (2nd generation)`."""
    return _NEEDLESS.sub("", _ORDINAL.sub("", name.lower()))


def read_catalog(text: str) -> Catalog:
    """Return the catalog.

    Where a source gives only the beginning of a value, that value is left out: rules compare whole values.
    """
    data = json.loads(text)
    columns = [data["columns"].index(name) for name in PROPERTIES]
    evidence = data["columns"].index("evidence")
    rows = []
    for entry in data["entries"]:
        row = [entry[column] for column in columns]
        if entry[evidence] == _PREFIX:
            last = max(index for index, value in enumerate(row) if value is not None)
            row[last] = None
        if any(value is not None for value in row):
            rows.append((row[0], row[1], row[2], row[3]))
    names = {
        characteristic: {_key(name): values for name, values in of.items()}
        for characteristic, of in data.get("names", {}).items()
    }
    return Catalog(tuple(rows), names, data.get("compiled", ""))
