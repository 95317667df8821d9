"""Policies that newly block devices which do not enforce them, where nobody knows whether they do."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from policylint.access.request import must_enforce
from policylint.model.entity import EMPTY, comparable
from policylint.model.state import MAILBOX

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from policylint.access.decision import Decision
    from policylint.model.entity import Entity, Value
    from policylint.model.state import State


def newly_held(live: State, desired: State) -> Callable[[str | None], bool]:
    """Return what says of a mailbox whether its devices newly have to enforce a policy, or more of it."""

    held_to: dict[tuple[int, int], bool] = {}

    @cache
    def is_held(mailbox: str | None) -> bool:
        one, other = (state.policy_of(state.of_kind(MAILBOX).get(mailbox or "")) for state in (live, desired))
        pair = id(one), id(other)
        if pair not in held_to:
            held_to[pair] = must_enforce(other) and not (must_enforce(one) and _holds_to(one) == _holds_to(other))
        return held_to[pair]

    return is_held


def rests_on_enforcement(desired: Decision) -> bool:
    """Return whether a device gets in because it is taken to enforce its policy; one that is blocked loses nothing."""
    return desired.assumed and desired.state != "Blocked"


def _holds_to(policy: Entity | None) -> Mapping[str, Value | frozenset[str]]:
    """Return what a policy holds devices to: its settings but for its name and whether it is the default one."""
    settings = policy.settings if policy is not None else EMPTY
    return {name: comparable(value) for name, value in settings.items() if name not in {"Name", "IsDefault"}}
