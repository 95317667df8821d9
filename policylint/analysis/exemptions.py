"""What a policy says of single devices, rules and mailboxes for a while: each with its notes and the day it ends."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal, TypeAlias

from policylint.access.steps import ALLOWED, BLOCKED, REFERENCE
from policylint.model.entity import removed_items
from policylint.model.state import MAILBOX, RULE
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity, Value
    from policylint.source import Span
    from policylint.syntax.suppression import Suppression

EXPIRES = "expires"
"""The note that says the last day."""

Effect: TypeAlias = Literal["lets in", "keeps out", "other"]
"""What an exemption does to access."""

Outcome: TypeAlias = Literal["goes", "stays-live", "stays-declared", "remove", "not-live"]
"""What becomes in Exchange of what goes out of the policy.

`goes`: the plan takes it out; `remove`: that too, as the policy now says so; `stays-live`: nothing takes it out;
`stays-declared`: another entry still says it; `not-live`: it is not there.
"""


class Exemption(NamedTuple):
    """A rule, or a setting of a mailbox, or one ID of a list of it.

    `setting` is None for the whole of an object. `removed` says that the list takes the ID out.
    """

    entity: Entity
    setting: str | None = None
    item: str | None = None
    place: int = 0
    removed: bool = False

    @property
    def notes(self) -> Mapping[str, str]:
        """Return what is said of it: reason, owner, expires."""
        return self.entity.notes_of(self.item) if self.item is not None else self.entity.notes

    @property
    def day(self) -> date | None:
        """Return its last day, None where it has none."""
        return day_in(self.notes)

    @property
    def value(self) -> Value:
        """Return the value of the setting."""
        return self.entity.get(self.setting) if self.setting is not None else None

    @property
    def is_default_policy(self) -> bool:
        """Return whether it says that a mailbox has no policy of its own."""
        return self.setting == REFERENCE and self.value is None

    @property
    def effect(self) -> Effect:
        """Return what it does to access."""
        if self.entity.kind == RULE:
            return "lets in" if self.entity.get("AccessLevel") == "Allow" else "keeps out"
        if self.setting in (ALLOWED, BLOCKED):
            return "lets in" if (self.setting == ALLOWED) is not self.removed else "keeps out"
        if self.setting is not None and self.setting.endswith("Enabled"):
            return "lets in" if self.value is True else "keeps out"
        return "other"

    @property
    def words(self) -> str:
        """Return what it is: `allowed ID ABC of eva@contoso.com`, `rule iPhone (DeviceType)`."""
        if self.item is not None:
            kind = {ALLOWED: "allowed ID", BLOCKED: "blocked ID"}.get(self.setting or "", f"{self.setting} item")
            kind = f"removed {kind}" if self.removed else kind
            return f"{kind} {self.item} of {self.entity.identity}"
        if self.setting is not None:
            return f"{self.setting} of {self.entity.identity}"
        if self.entity.kind == RULE:
            return f"{self.entity.get('AccessLevel')} rule {self.entity.identity}"
        return self.entity.identity

    def span(self) -> Span:
        """Return where it is declared."""
        if self.item is not None and self.setting is not None:
            return self.entity.item_at(self.setting, self.place)
        return self.entity.at(self.setting)


def day_in(notes: Mapping[str, str]) -> date | None:
    """Return the last day that notes name, None where they name none."""
    if EXPIRES not in notes:
        return None
    try:
        return date.fromisoformat(notes[EXPIRES])
    except ValueError:
        return None


def has_ended(day: date | None, today: date) -> bool:
    """Return whether a last day has passed; the day itself still counts."""
    return day is not None and day < today


def exemptions_of(entity: Entity) -> Iterator[Exemption]:
    """Yield what a declared object says: of a mailbox each ID and each other setting, else the whole object."""
    if entity.kind != MAILBOX:
        yield Exemption(entity)
        return
    for name, value in entity.settings.items():
        if isinstance(value, tuple):
            added = len(value)
            yield from (Exemption(entity, name, item, place) for place, item in enumerate(value))
            for place, item in enumerate(removed_items(value)):
                yield Exemption(entity, name, item, added + place, removed=True)
        elif name != "Identity":
            yield Exemption(entity, name)


def own_day(entity: Entity, item: str) -> date | None:
    """Return the last day that is said of an item of a list itself, None where there is none."""
    return day_in(entity.exemptions.get(fold(item), {}))


def is_of_entry(exemption: Exemption) -> bool:
    """Return whether the last day of the object is that of an exemption, not one of its own.

    What a list takes out, an empty list, and the default policy (`null`) end nothing.
    """
    if exemption.item is None:
        return not exemption.is_default_policy
    return not exemption.removed and own_day(exemption.entity, exemption.item) is None


def ends_with_entry(entity: Entity) -> bool:
    """Return whether the last day of an object is that of something that it says."""
    return not entity.settings.keys() - {"Identity"} or any(map(is_of_entry, exemptions_of(entity)))


class Ended(NamedTuple):
    """What goes out of the policy, why, and what becomes of it in Exchange."""

    what: Exemption
    why: str
    outcome: Outcome = "goes"


class Kept(NamedTuple):
    """What has expired and stays in the policy, and why."""

    what: Exemption
    why: str


class Expiry(NamedTuple):
    """What ends and what has expired and stays, each in the order of the files."""

    ended: tuple[Ended, ...]
    kept: tuple[Kept, ...]


class EndedComment(NamedTuple):
    """An ignore comment, the names of rules that it need not have, and why. Where that is all of them, it goes.

    `at` is where it was before all edits.
    """

    comment: Suppression
    names: tuple[str, ...]
    why: str
    at: Span

    @property
    def words(self) -> str:
        """Return what goes: the comment, or some names of it."""
        whole = len(self.names) == len(self.comment.rules)
        return f"ignore[{', '.join(self.names)}]" + ("" if whole else " of a comment that stays")
