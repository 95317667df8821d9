"""Names of live objects that are nearly another name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.devices.observed import ObservedValues
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable


class NearNames:
    """Names, made ready to be asked which of them was probably meant."""

    def __init__(self, names: Iterable[str]) -> None:
        known = tuple(names)
        self._values = ObservedValues(dict.fromkeys(known, 1), ())
        self._by_local = {fold(name).partition("@")[0]: name for name in known if "@" in name}

    def of(self, name: str) -> str | None:
        """Return the name that is one letter away from another one, or its address in another domain; else None."""
        near = self._values.mistyped(name)
        return near.text if near is not None else self._by_local.get(fold(name).partition("@")[0])
