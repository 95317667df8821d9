"""Numbers, values and lists in the words of a message."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import timedelta
    from typing import TypeVar

    _Value = TypeVar("_Value")

LONGEST = 80
"""How many characters of a value a message shows."""


MOST_ITEMS = 20
"""How many items of a list a message shows."""

MOST_COMPARED = 500
"""With how many words one word is compared letter by letter."""

_NEAR, _NEAR_SHORT, _SHORT = 0.7, 0.75, 7
"""How near, by difflib, a word has to be to be suggested, and a short one, of how many letters at most."""


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun: `1 device`, `12 devices`, `3 mailboxes`, `2 policies`."""
    return f"{number:,} {noun if number == 1 else plural or pluralize(noun)}"


def long_words(span: timedelta) -> str:
    """Return a span of time in whole minutes, hours or days: `12 minutes`, `47 hours`, `8 days`."""
    minutes = int(span.total_seconds()) // 60
    for unit, size, least in (("day", 1440, 2880), ("hour", 60, 120)):
        if minutes >= least:
            return count(minutes // size, unit)
    return count(minutes, "minute")


def capital(text: str) -> str:
    """Return a text as it begins a sentence."""
    return text[:1].upper() + text[1:]


def pluralize(noun: str) -> str:
    """Return the plural of an English noun that follows the rules: `devices`, `mailboxes`, `policies`."""
    if noun.endswith(("x", "s", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def listed(words: Iterable[str], most: int | None = 5, last: str = " and ") -> str:
    """Return words with commas, an `and` before the last, and the number of those beyond `most`, if there is a limit.

    `last` is what goes before the last word instead of the `and`.
    """
    known: Sequence[str] = tuple(words)
    if most is not None and len(known) > most:
        return f"{', '.join(known[:most])} and {len(known) - most:,} more"
    return last.join(filter(None, (", ".join(known[:-1]), *known[-1:])))


def some(values: Sequence[_Value], most: int, words: Callable[[_Value], str]) -> str:
    """Return the first of values in words, and the number of the others: those may be many, and are only counted."""
    if len(values) <= most:
        return listed(map(words, values), None)
    return f"{', '.join(map(words, values[:most]))} and {len(values) - most:,} more"


def show(value: object, width: int | None = LONGEST) -> str:
    """Return a setting as it is written in YAML, on one line; where there is a width, texts and lists are cut."""
    if type(value) is str and value.isprintable():
        return cut(value, width)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, tuple):
        most = len(value) if width is None else MOST_ITEMS
        more = [f"... {len(value) - most:,} more"] if len(value) > most else []
        return f"[{', '.join([*(show(item, width) for item in value[:most]), *more])}]"
    text = str(value)
    if not text.isprintable():
        text = "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
    return cut(text, width)


def quoted(value: object) -> str:
    """Return a setting in backticks, as messages show what a user wrote."""
    return f"`{show(value)}`"


def shorten(text: str, width: int = 60) -> str:
    """Return a text on one line, cut to a width."""
    return cut(" ".join(text.split()), width)


def cut(text: str, width: int | None) -> str:
    """Return a text cut to a width, if there is one."""
    return text if width is None or len(text) <= width else f"{text[: width - 3]}..."


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant: one that differs in case only, else a near one, else None.

    Long words, and those beyond `MOST_COMPARED`, are not near any.
    """
    import difflib

    folded = {fold(name): name for name in known}
    if fold(word) in folded:
        return folded[fold(word)]
    if len(word) > LONGEST:
        return None
    cutoff = _NEAR if len(word) > _SHORT else _NEAR_SHORT
    near = difflib.get_close_matches(fold(word), islice(folded, MOST_COMPARED), n=1, cutoff=cutoff)
    return folded[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return the question after the nearest known word, None where nothing is near."""
    near = nearest(word, known)
    return f"did you mean `{near}`?" if near else None
