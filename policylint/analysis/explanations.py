"""What is known of the things people have in hand when a device does not sync: codes, states, refusals, messages.

The data is `schemas/data/explanations.json`; each entry names its sources there.
"""

from __future__ import annotations

import json
import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

from policylint.access.steps import STEPS
from policylint.named_tuple import NamedTuple
from policylint.phrases import nearest
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Sureness: TypeAlias = Literal["documented", "seen in the field", "not published"]

MESSAGE = "message"
"""The kind of the entries whose names are the words that a phone or a mail shows."""

CODES = ("status", "HTTP status", "HRESULT")
"""The kinds of the entries that are codes of a client or a server."""

KINDS: Mapping[str, str] = {
    MESSAGE: "Messages of phones and mails",
    "status": "ActiveSync status codes",
    "HTTP status": "HTTP status codes",
    "HRESULT": "Error codes of Windows",
    "state": "Access states (DeviceAccessState)",
    "reason": "Reasons (DeviceAccessStateReason)",
    "policy status": "Enforcement of the mailbox policy (DevicePolicyApplicationStatus)",
    "step": "Steps of the order of decision",
    "guard": "Refusals of plan",
    "problem": "Problems with live state",
    "topic": "Good to know",
}
"""The kinds of entries with their headings, in the order of the pages about them."""

STEP_NUMBERS: Mapping[str, int] = {step.name: number for number, step in enumerate(STEPS, start=1)}
"""The place of each step in the order of decision."""

_QUESTIONS: Mapping[str, str] = {step.name: step.question for step in STEPS}
_CATALOG_DATE = "{catalog-date}"


class Explanation(NamedTuple):
    """One thing and its meaning. `steps` are empty where no step decides it; `next` are commands."""

    kind: str
    id: str
    title: str
    means: str
    steps: tuple[str, ...]
    next: tuple[str, ...]
    sure: Sureness
    sources: tuple[str, ...]
    names: tuple[str, ...] = ()

    @property
    def evidence(self) -> str:
        """Return in words what the meaning rests on."""
        return "reported by administrators" if self.sure == "seen in the field" else self.sure

    @property
    def label(self) -> str:
        """Return what it is called: its words, its code, or its name."""
        if self.kind == MESSAGE:
            return f'"{self.names[0]}"'
        if self.kind == "status":
            return f"ActiveSync status {self.names[0]} ({self.names[1]})"
        if self.kind == "HTTP status":
            return self.names[1]
        return self.id.removeprefix(f"{self.kind.replace(' ', '-')}-")

    @property
    def questions(self) -> tuple[str, ...]:
        """Return the steps with their places in the order, and what each asks."""
        return tuple(f"{STEP_NUMBERS[step]} {step}: {_QUESTIONS[step]}" for step in self.steps)


class Explanations:
    """Every entry, and how to find one by what somebody has typed or pasted."""

    def __init__(self, entries: Iterable[Explanation]) -> None:
        self.entries = tuple(entries)

    @cached_property
    def _by_key(self) -> Mapping[str, tuple[Explanation, ...]]:
        found: dict[str, dict[Explanation, None]] = {}
        for entry in self.entries:
            for name in (entry.id, *entry.names):
                found.setdefault(squeezed(name), {})[entry] = None
        return {key: tuple(entries) for key, entries in found.items()}

    @cached_property
    def _codes(self) -> Mapping[str, Explanation]:
        """Return the entries of codes by their number."""
        return {entry.names[0]: entry for entry in self.entries if entry.kind in {"status", "HTTP status"}}

    def find(self, query: str) -> tuple[Explanation, ...]:
        """Return every entry that a text can mean, in the order of the data; none where nothing fits.

        Case, punctuation and quotes do not matter. A part of a message is enough, and so is a code in a longer text.
        """
        exact = self._by_key.get(squeezed(query), ()) or self._of_kind(query) or self._several(query)
        found = set(exact) or {*self._messages(query), *self._numbers(query)} or set(self._alike(query))
        return tuple(entry for entry in self.entries if entry in found)

    def _of_kind(self, query: str) -> tuple[Explanation, ...]:
        """Return the entries of a name behind words that say its kind: `reason Policy`, `status 126`."""
        words, kinds = _words(query).split(), tuple(KINDS)
        while len(words) > 1 and words[0] in _KIND_WORDS:
            kinds, words = _KIND_WORDS[words[0]], words[1:]
        return tuple(entry for entry in self._by_key.get("".join(words), ()) if entry.kind in kinds)

    def _several(self, query: str) -> tuple[Explanation, ...]:
        """Return the entries of a text that is nothing but names: `Blocked (DeviceRule)`."""
        each = [self._by_key.get(word, ()) for word in _words(query).split()]
        return tuple(entry for entries in each for entry in entries) if all(each) else ()

    def _messages(self, query: str) -> Iterator[Explanation]:
        """Yield the messages that a text is a part of, or that are a part of it."""
        asked = _words(query)
        if len(asked.split()) < 2 and len(asked.strip()) < 8:
            return
        for entry in self.entries:
            if entry.kind == MESSAGE and any(
                asked in (said := _words(name)) or (len(said.split()) > 1 and said in asked) for name in entry.names
            ):
                yield entry

    def _alike(self, query: str) -> Iterator[Explanation]:
        """Yield the messages that say nearly the same in other words: most of what is asked is in one of them."""
        asked = _gist(query)
        if len(asked) < _LEAST_WORDS:
            return
        for entry in self.entries:
            said = [_gist(name) for name in entry.names] if entry.kind == MESSAGE else []
            if any(len(asked & words) >= max(_LEAST_WORDS, _MOST_OF * len(asked)) for words in said):
                yield entry

    def _numbers(self, query: str) -> Iterator[Explanation]:
        for match in _NUMBER.finditer(fold(query)):
            number = int(match["hex"], 16) if match["hex"] else int(match["number"])
            entry = self._codes.get(str(number))
            if entry is not None and (match["kind"] is None or entry.kind == "HTTP status"):
                yield entry

    def symptoms_of_step(self, step: str) -> tuple[str, ...]:
        """Return the codes that a client can show where a step kept it out, those of the fewest steps first.

        `("status 126", "HTTP 403")` for the switch of a mailbox. Empty for a step that lets in or decides nothing.
        """
        codes = [entry for entry in self.entries if entry.kind in {"status", "HTTP status"} and step in entry.steps]
        codes.sort(key=lambda entry: len(entry.steps))
        return tuple(
            f"status {entry.names[0]}" if entry.kind == "status" else f"HTTP {entry.names[0]}" for entry in codes
        )

    def nearest(self, query: str) -> str | None:
        """Return the id or the words of the entry that is nearest to a text, None where nothing is near."""
        return nearest(query, [name for entry in self.entries for name in (entry.id, *entry.names)])


_NUMBER = regex(
    r"(?:(?P<kind>HTTP)(?:/[0-9.]+)?\W*)?(?<![0-9A-Z])(?:0X(?P<hex>[0-9A-F]{1,3})|(?P<number>[0-9]{3}))(?![0-9A-Z])"
)
"""A code of three digits in a folded text, or of up to three hexadecimal ones."""

_WORD = regex(r"[^\W_]+")

_KIND_WORDS: Mapping[str, tuple[str, ...]] = {
    "STATE": ("state",),
    "DEVICEACCESSSTATE": ("state",),
    "REASON": ("reason",),
    "DEVICEACCESSSTATEREASON": ("reason",),
    "DEVICEPOLICYAPPLICATIONSTATUS": ("policy status",),
    "GUARD": ("guard",),
    "REFUSAL": ("guard",),
    "PROBLEM": ("problem",),
    "STEP": ("step",),
    "HTTP": ("HTTP status",),
    "STATUS": CODES,
    "ERROR": CODES,
    "CODE": CODES,
    "ACTIVESYNC": CODES,
    "EAS": CODES,
}
"""Words in front of a name that say of which kind it is."""


def squeezed(text: str) -> str:
    """Return a text to compare names by: letters and digits alone, in one case."""
    return "".join(char for char in fold(unicodedata.normalize("NFKC", text)) if char.isalnum())


def _words(text: str) -> str:
    """Return the words of a text with a space around each, in one case."""
    plain = fold(unicodedata.normalize("NFKC", text)).replace("'", "").replace("\u2019", "")
    return f" {' '.join(_WORD.findall(plain))} "


_LEAST_WORDS, _MOST_OF = 2, 0.75
"""How many words two messages share at least, and which part of those that are asked for."""

_SAME = (
    (regex(r"\b(?:CANNOT|CANT|CAN NOT|COULDNT|COULD NOT|UNABLE TO)\b"), "CANNOT"),
    (regex(r"\b(?:IS|ARE|DOES|DO|HAS|HAVE|WAS) NOT\b|\b(?:ISNT|ARENT|DOESNT|DONT|HASNT|HAVENT|WASNT)\b"), "NOT"),
    (regex(r"\b(?:MOBILE )?(?:PHONE|DEVICE|IPHONE|IPAD|TABLET)\b"), "DEVICE"),
    (regex(r"\bREQUIRE[SD]\b"), "REQUIRE"),
    (regex(r"\bUSER ?NAME\b"), "USERNAME"),
)
"""Words that messages say the same thing with."""

_NEEDLESS = frozenset(
    {
        *("A", "AN", "THE", "YOUR", "YOU", "MY", "THIS", "IS", "ARE", "WAS", "BEEN", "BEING", "HAS", "HAVE"),
        *("TO", "OF", "ON", "IN", "FOR", "BY", "IT", "AND", "OR"),
    }
)


def _gist(text: str) -> frozenset[str]:
    """Return the words of a message that carry its meaning, each in one of the forms that it can have."""
    plain = _words(text)
    for pattern, word in _SAME:
        plain = pattern.sub(word, plain)
    return frozenset(plain.split()) - _NEEDLESS


def read_explanations(text: str, catalog_date: str) -> Explanations:
    """Return the entries of the data. `catalog_date` goes into what is said about the catalog of devices."""
    return Explanations(
        Explanation(
            kind=entry["kind"],
            id=entry["id"],
            title=entry["title"],
            means=entry["means"].replace(_CATALOG_DATE, catalog_date),
            steps=tuple(entry["steps"]),
            next=tuple(entry["next"]),
            sure=entry["sure"],
            sources=tuple(entry["sources"]),
            names=tuple(entry.get("names", ())),
        )
        for entry in json.loads(text)["entries"]
    )
