"""What a plan says of people, and how the same is said without them: a comment goes to everybody who watches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policylint.model.state import MAILBOX
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.model.entity import Value
    from policylint.plan.plan import Plan
    from policylint.plan.refusal import Refusal

HIDDEN = "(not shown)"
"""What stands where somebody was named."""

_BETWEEN = ",;:'\"`<>()[]"
_LETTER = rf"[^\s@{re.escape(_BETWEEN)}]"
_ADDRESS = re.compile(rf"(?<!{_LETTER})([+-]?){_LETTER}+@{_LETTER}+")
_WORD = re.compile(r"[^\W_]+")
"""What is between two signs that are no letters and no digits: a name begins and ends with such words."""
_SHORTEST = 3
"""Of how many characters a name is at least that is found in a text: a shorter one may be any word."""

_OF_SETTING = re.compile(
    r"^(`[a-z.-]+` names ).*(, which is (?:the name of [\d,]+ mailboxes?|no mailbox)).*$", re.DOTALL
)
"""A note on a name in policylint.yaml, which may be any that Exchange knows a mailbox by."""


class Mask:
    """Takes the people of a plan out of texts: what has the form of an address, and the names that the plan knows."""

    def __init__(self, plan: Plan, *, shown: bool = False) -> None:
        self.shown = shown
        self._names: set[str] = set()
        self._most: dict[str, int] = {}
        for name, words in () if shown else _names(plan):
            self._names.add(name)
            first = words[0]
            self._most[first] = max(self._most.get(first, 0), len(words))

    def hide(self, text: str) -> str:
        """Return a text without mailboxes and device IDs; as it is where they are shown."""
        if self.shown or not text:
            return text
        return _ADDRESS.sub(rf"\1{HIDDEN}", "".join(self._without_names(text)))

    def note(self, text: str) -> str:
        """Return a note of a plan without the names of people in it."""
        return self.hide(text if self.shown else _OF_SETTING.sub(r"\1a name\2", text))

    def message(self, refusal: Refusal) -> str:
        """Return what a refusal says."""
        return refusal.message if self.shown else self.hide(refusal.summary or refusal.message)

    def word(self, refusal: Refusal) -> str:
        """Return what lifts a refusal as a word of a command line: its code where the text names somebody."""
        names_somebody = refusal.summary or self.hide(refusal.word) != refusal.word
        return refusal.code if names_somebody and not self.shown else refusal.word

    def _without_names(self, text: str) -> Iterator[str]:
        """Yield the pieces of a text, the names of the plan in it replaced; the longest name first."""
        words = [found.span() for found in _WORD.finditer(text)]
        done = first = 0
        while first < len(words):
            start, end = words[first]
            most = self._most.get(fold(text[start:end]), 0)
            for last in range(min(first + most, len(words)) - 1, first - 1, -1):
                if fold(text[start : words[last][1]]) in self._names:
                    yield text[done:start] + HIDDEN
                    done, first = words[last][1], last
                    break
            first += 1
        yield text[done:]


def _names(plan: Plan) -> Iterator[tuple[str, list[str]]]:
    """Yield the mailboxes and device IDs of a plan, folded, from their first word to their last, with these words."""
    for name in _all_names(plan):
        spans = [found.span() for found in _WORD.finditer(name)]
        if spans and spans[-1][1] - spans[0][0] >= _SHORTEST:
            yield fold(name[spans[0][0] : spans[-1][1]]), [fold(name[start:end]) for start, end in spans]


def _all_names(plan: Plan) -> Iterator[str]:
    for step in plan.steps:
        if step.kind == MAILBOX:
            yield from (step.identity, step.identity.partition("@")[0])
            yield from filter(None, step.target.values())
            for change in step.changes:
                yield from (*_items(change.before), *_items(change.after), *(change.known or ()))
    for drift in plan.drift:
        if drift.kind == MAILBOX:
            yield drift.identity
            yield from (*_items(drift.live), *_items(drift.desired))
    for device in plan.affected or ():
        yield from (device.mailbox, device.mailbox.partition("@")[0], device.device_id)
    for each in plan.attribution.no_longer_needed if plan.attribution is not None else ():
        if each.kind == MAILBOX:
            yield each.identity
            items = (edit.value for edit in each.edits if edit.what in {"add", "remove"})
            yield from (value for value in items if isinstance(value, str))
    if plan.ring is not None:
        if plan.ring.names is not None:
            yield from plan.ring.name.split(",")
            yield from plan.ring.names
        for held in plan.ring.held:
            yield from (held.mailbox, held.device_id)


def _items(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
