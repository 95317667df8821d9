"""The text of the device catalog to rows of whole values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policylint.model.device import PROPERTIES

if TYPE_CHECKING:
    from policylint.model.device import DeviceClass

_PREFIX = "prefix"


def read_date(text: str) -> str:
    """Return the day as of which the catalog is, as YYYY-MM-DD: what is newer than that, it cannot know."""
    date: str = json.loads(text)["date"]
    return date


def read_catalog(text: str) -> tuple[DeviceClass, ...]:
    """Return the rows of values that devices are known to report, in the order of the catalog.

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
    return tuple(rows)
