"""What a plan says of people, and how the same is said without them: a comment goes to everybody who watches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policylint.model.state import MAILBOX
from policylint.regex import regex
from policylint.render.people import NameMask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.model.entity import Value
    from policylint.plan.plan import Plan
    from policylint.plan.refusal import Refusal

_OF_SETTING = regex(r"^(`[a-z.-]+` names ).*(, which is (?:the name of [\d,]+ mailboxes?|no mailbox)).*$", re.DOTALL)
"""A note on a name in policylint.yaml, which may be any that Exchange knows a mailbox by."""


class Mask(NameMask):
    """Takes the people of a plan out of texts: what has the form of an address, and the names that the plan knows."""

    def __init__(self, plan: Plan, *, shown: bool = False) -> None:
        super().__init__(_all_names(plan), shown=shown)

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
