"""A plan cut into parts, each a script of its own."""

from __future__ import annotations

from policylint.named_tuple import NamedTuple


class Part(NamedTuple):
    """One of several parts of a plan, counted from 1: its steps are those from `first` up to and without `end`."""

    number: int
    of: int
    first: int
    end: int


MOST_PARTS = 100
"""How many parts a plan may have: each is a script with all its steps."""


def parts_of(steps: int, most: int) -> tuple[Part, ...]:
    """Return the parts of a plan with that many steps, in order: as few as can be, each with at most `most` steps."""
    starts = range(0, max(steps, 1), most)
    return tuple(Part(number, len(starts), first, min(first + most, steps)) for number, first in enumerate(starts, 1))
