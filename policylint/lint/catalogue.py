"""The text of the device catalogue to rows of whole values."""

from __future__ import annotations

import json
from typing import TypeAlias

Row: TypeAlias = tuple[str | None, ...]
"""Values in the order of `policylint.model.device.CHARACTERISTICS`; None is a value that the source did not show."""

_PREFIX = "prefix"


def read_catalogue(text: str) -> tuple[Row, ...]:
    """Return the rows of values that devices are known to report, in the order of the catalogue.

    Where a source gives only the beginning of a value, that value is left out: rules compare whole values.
    """
    data = json.loads(text)
    names = ("DeviceType", "DeviceModel", "DeviceOS", "DeviceUserAgent")
    columns = [data["columns"].index(name) for name in names]
    evidence = data["columns"].index("evidence")
    rows = []
    for entry in data["entries"]:
        row = [entry[column] for column in columns]
        if entry[evidence] == _PREFIX:
            last = max(index for index, value in enumerate(row) if value is not None)
            row[last] = None
        if any(value is not None for value in row):
            rows.append(tuple(row))
    return tuple(rows)
