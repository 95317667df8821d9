"""Mailbox policies that come to hold devices to more than what governs their mailboxes now."""

from __future__ import annotations

from functools import cache
from math import inf
from typing import TYPE_CHECKING

from policylint.model.entity import EMPTY
from policylint.model.state import MAILBOX, POLICY
from policylint.named_tuple import NamedTuple
from policylint.phrases import listed, show
from policylint.schema.values import UNLIMITED, timespan_seconds
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from policylint.model.entity import Entity, Value
    from policylint.model.state import State
    from policylint.schema.store import ObjectType, SchemaStore, Setting


class Raised(NamedTuple):
    """A policy that holds devices to more than another: the names of both, and what it asks more of, in words.

    `before` is None where the policy that there was is not known.
    """

    before: str | None
    after: str
    settings: tuple[str, ...]

    @property
    def words(self) -> str:
        """Return which policy asks more, and of what: `Default with MinPasswordLength 4 -> 6`."""
        instead = "" if self.before in {None, self.after} else f" instead of {self.before}"
        return f"{self.after}{instead} with {listed(self.settings, 3)}"


def newly_stricter(live: State, desired: State, store: SchemaStore) -> Callable[[str | None], Raised | None]:
    """Return what says of a mailbox, by its key, how its policy becomes stricter; None where it does not.

    It does so by a change of the policy, by another policy, or by another default.
    """
    described = store.object_type(POLICY)
    known: dict[tuple[str | None, str | None], Raised | None] = {}

    @cache
    def raised(mailbox: str | None) -> Raised | None:
        one, other = (state.policy_of(state.of_kind(MAILBOX).get(mailbox or "")) for state in (live, desired))
        pair = (one.key if one is not None else None, other.key if other is not None else None)
        if pair not in known:
            known[pair] = _raised(one, other, described)
        return known[pair]

    return raised


def _raised(before: Entity | None, after: Entity | None, described: ObjectType) -> Raised | None:
    settings = stricter_settings(before, after, described) if after is not None else {}
    if after is None or not settings:
        return None
    words = (f"{name} {show(one)} -> {show(other)}" for name, (one, other) in settings.items())
    return Raised(before.identity if before is not None else None, after.identity, tuple(words))


def stricter_settings(
    before: Entity | None, after: Entity | None, described: ObjectType
) -> Mapping[str, tuple[Value, Value]]:
    """Return the settings in which one policy holds devices to more than another, each with the two values.

    A setting that is not known has the value that Exchange gives a new policy, and so has each of a policy that is not
    known. Where nobody can tell which of two values asks more, the new one is taken to.
    """
    values = {name: (_value(before, setting), _value(after, setting)) for name, setting in described.settings.items()}
    return {
        name: (one, other)
        for name, (one, other) in values.items()
        if is_stricter(described.settings[name], one, other)
        and not any(values[need][1] is (not wanted) for need, wanted in described.settings[name].only_with.items())
    }


def _value(policy: Entity | None, setting: Setting) -> Value:
    settings = policy.settings if policy is not None else EMPTY
    default: Value = setting.schema.get("default", () if setting.kind == "strings" else None)
    value: Value = settings.get(setting.name, default)
    return value


def is_stricter(setting: Setting, before: Value, after: Value) -> bool:
    """Return whether a value of a setting holds devices to more than another one, or may do so."""
    way = setting.stricter
    if way is None or setting.same(before, after):
        return False
    if isinstance(way, bool):
        return after is not (not way)
    if way == "more":
        items = [set(map(fold, value)) if isinstance(value, tuple) else set() for value in (before, after)]
        return bool(items[1] - items[0])
    one, other = _rank(before, way), _rank(after, way)
    if one is None or other is None:
        return True
    return other < one if way == "lower" else other > one


def _rank(value: Value, way: str | tuple[str, ...]) -> float | None:
    """Return a number that stands for a value, None where there is none; of a limit that is not set, no limit."""
    if isinstance(way, tuple):
        return way.index(value) if isinstance(value, str) and value in way else None
    if value is None:
        return inf if way == "lower" else 0
    if value == UNLIMITED:
        return inf
    return timespan_seconds(value) if isinstance(value, str) else value if isinstance(value, int) else None
