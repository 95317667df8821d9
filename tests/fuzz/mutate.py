"""Changes of JSON: of the values that it holds, and of its text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

TEXTS = (
    *("", " ", "x", "\n", "\r\n::error::x", "\x1b[2J", "\x00", "\u202e", "\u2018", "'", '"', "`", "$(x)", "@'", "#>"),
    *(
        "'; Remove-Mailbox x; '",
        "\u0661\u0662",
        "\uff11",
        "A" * 300,
        "\ud83d\ude00",
        "<script>",
        "=1+1",
        "../x",
        "s002",
    ),
    *("2026-11-23T09:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-23T09:00:00", "Unlimited"),
    *("True", "False", "null", "Allow", "Escalate", "System.Object[]", "DomainController", "WhatIf", "Identity"),
    *("exchange-2013", "exchange-online", "mailbox", "organization", "create", "delete", "strings", "bool"),
)
NUMBERS = (-1, 0, 1, 2, 255, 2**31, 2**53, 10**17, -(10**17))


def value(random: Random) -> Any:
    """Return a value that a file can hold and that nobody expects."""
    leaf = random.choice((random.choice(TEXTS), random.choice(NUMBERS), True, False, None))
    return random.choice((leaf, leaf, leaf, [leaf], [], {}, {random.choice(TEXTS): leaf}, [[leaf], leaf]))


def _places(part: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container with each of its keys."""
    keys = part.keys() if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ()
    for key in keys:
        yield part, key
        yield from _places(part[key])


def change_value(record: Any, random: Random) -> None:
    """Change one place of a value: another value, none, one of elsewhere, once more, or in another order."""
    places = [*_places(record)]
    if not places:
        return
    part, key = random.choice(places)
    way = random.randrange(6)
    if way == 0:
        del part[key]
    elif way == 1:
        other, name = random.choice(places)
        part[key] = json.loads(json.dumps(other[name]))
    elif way == 2 and isinstance(part, list):
        part.insert(key, json.loads(json.dumps(part[key])))
    elif way == 3 and isinstance(part, list):
        random.shuffle(part)
    elif way == 4 and isinstance(part, dict):
        part[random.choice(TEXTS)] = part[key]
    else:
        part[key] = value(random)


_PIECES = (
    *('"', ",", "{", "}", "[", "]", ":", "\\", "\t", "\x00", "NaN", "-Infinity", "1e999", "1" * 5000, "0.5", "\\ud800"),
    *('"a": 1, "a": 2', "\n", "\r", "\f", "\ufeff", "\u00e9", "{}", "null", "[" * 40, '{"a":' * 2000),
)


def change_text(text: str, random: Random) -> str:
    """Return a text with something put in, taken out, doubled or moved."""
    start = random.randrange(len(text) + 1)
    end = min(len(text), start + random.choice((0, 0, 1, 2, 20, 200)))
    put = random.choice((random.choice(_PIECES), text[start:end] * 2, "", chr(random.randrange(0x20, 0x7F))))
    return text[:start] + put + text[end:]
