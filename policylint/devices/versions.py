"""Ranges of versions, and the version in what a device reports as its system.

A value is a name and a version: `iOS 17.4 21E219`, `Android 4.4.2.XXX`. Where the version cannot be told for sure, as
in `Android`, `Android Tiramisu` or `Android 1x`, nothing is guessed.

Source: what devices report, https://learn.microsoft.com/exchange/clients/exchange-activesync/exchange-activesync and
`schemas/data/device-catalog.json`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable

_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,9})*"
_COMPARISON = regex(rf"(<=|>=|<|>|=|)[ ]*({_NUMBER})")
_BETWEEN = regex(r"[ ]*,[ ]*|[ ]+")
_VERSION = regex(rf"\s*[vV]?({_NUMBER})(\.?)(?![0-9])")
_IN_PART = regex(r"[^\s0-9][^\s]*")
_LATER = regex(rf"[A-Za-z]*{_NUMBER}")
_NO_WORD = regex(r"[^0-9A-Za-z.]+")


class Version(NamedTuple):
    """The numbers of a version. One that is not `whole` goes on with what is no number: `4.4.2.XXX`."""

    numbers: tuple[int, ...]
    whole: bool = True


_HOLDS: dict[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
    "=": lambda order: order == 0,
    "": lambda order: order == 0,
}
"""What each sign asks of how a version stands to the limit: below 0, at 0, above 0."""


class VersionRange(NamedTuple):
    """Comparisons that all hold, each a sign and a limit."""

    comparisons: tuple[tuple[str, tuple[int, ...]], ...]

    def holds(self, version: Version) -> bool | None:
        """Return whether a version is in the range, None where what is known of it does not tell."""
        results = [_holds(version, sign, limit) for sign, limit in self.comparisons]
        return False if False in results else None if None in results else True


def _holds(version: Version, sign: str, limit: tuple[int, ...]) -> bool | None:
    """Return how a comparison comes out, number by number, as far as the limit goes: `14` is 14.1 as well.

    Numbers that a version does not have are zeros.
    """
    numbers = version.numbers
    if not version.whole and len(numbers) < len(limit) and numbers == limit[: len(numbers)]:
        return None
    compared = (*numbers, *(0,) * (len(limit) - len(numbers)))[: len(limit)]
    return _HOLDS[sign]((compared > limit) - (compared < limit))


def read_range(text: str) -> VersionRange | None:
    """Return the range that a text says: `<14`, `>=12.1, <14`, `14`; None where it says none."""
    place, text = 0, text.strip()
    found: list[tuple[str, tuple[int, ...]]] = []
    while place < len(text):
        between = _BETWEEN.match(text, place) if found else None
        if found and between is None:
            return None
        place = between.end() if between is not None else place
        comparison = _COMPARISON.match(text, place)
        if comparison is None:
            return None
        found.append((comparison[1], tuple(map(int, comparison[2].split(".")))))
        place = comparison.end()
    return VersionRange(tuple(found)) if found else None


def begins_with_family(text: str, family: str) -> bool:
    """Return whether a value is a name, or begins with it as a word: `AndroidTV` does not begin with `Android`."""
    if fold(text[: len(family)]) != fold(family):
        return False
    after = text[len(family) :]
    if family[-1:].isdigit():
        return not after[:1].isalnum()
    return not after[:1].isalpha() or _VERSION.match(after) is not None


def version_after(text: str, family: str) -> Version | None:
    """Return the version behind the name that a value begins with, None where it cannot be told for sure."""
    after = text[len(family) :]
    found = _VERSION.match(after)
    if found is None or any(_LATER.fullmatch(word.strip(".")) for word in _NO_WORD.split(after[found.end() :])):
        return None
    numbers = tuple(map(int, found[1].split(".")))
    rest = after[found.end() :]
    if not rest[:1].strip():
        return Version(numbers, whole=not found[2])
    return Version(numbers, whole=False) if found[2] and _IN_PART.match(rest) else None
