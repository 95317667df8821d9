"""The text of what a refusal is about, so that acknowledging it covers these devices or objects and no others."""

from __future__ import annotations

import hashlib
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING

from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policylint.model.device import Device

_DIGITS = 12
"""How many hexadecimal digits stand for what is affected: too many to find another change with the same ones."""

_AT_ONCE = 10_000


def affected(number: int, names: Iterable[str]) -> str:
    """Return a number and a short digest of what it counts, whatever the order: `7:3f9c2a81d0b4`."""
    return affected_names(number, sorted(map(fold, names)))


def affected_names(number: int, names: Iterable[str], how: Iterable[str] = ()) -> str:
    """Return the text of some devices, which is the same for the same devices in another snapshot.

    `names` are those that `Simulation.names` has, folded and sorted. `how` are words that say what happens to the
    devices, where the text is to lift nothing else.
    """
    hashed, words = hashlib.sha256(), sorted(map(fold, how))
    ordered, between = merge(words, names) if words else iter(names), ""
    while some := [*islice(ordered, _AT_ONCE)]:
        hashed.update((between + "\0".join(some)).encode("utf-8", "backslashreplace"))
        between = "\0"
    return f"{number}:{hashed.hexdigest()[:_DIGITS]}"


def affected_devices(devices: Sequence[Device]) -> str:
    """Return the text of some devices, as `affected_names` does of their names."""
    return affected(len(devices), (f"{each.owner}\1{each.device_id}\1{each.guid}" for each in devices))
