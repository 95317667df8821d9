"""Law 10: going back to an earlier policy takes back what the later one alone declares, and nothing else."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from policylint.plan.drift import RELEASED
from policylint.text import fold
from tests.examples import examples
from tests.laws.reference_exchange import apply, managed, steps
from tests.strategies import EVERY_DEVICE, live_states, partial_states
from tests.worlds import STORE, plan

if TYPE_CHECKING:
    from policylint.model.entity import Entity, Value
    from policylint.model.state import State
    from policylint.plan.plan import Plan

MODES = ("exact", "owned")


def after(made: Plan, live: State) -> State:
    """Return live state once the steps of a plan are taken."""
    return reduce(apply, steps(made), live)


def folded(value: Value) -> set[str]:
    """Return the items of a list without regard to case; nothing for what is no list."""
    return set(map(fold, value)) if isinstance(value, tuple) else set()


def back_and_forth(first: State, second: State, live: State, mode: str) -> tuple[State, State, Plan, State]:
    """Return live state under the first policy and the second, the plan back to the first, and what comes of it."""
    config = managed(mode)
    before = after(plan(first, live, EVERY_DEVICE, config), live)
    there = after(plan(second, before, EVERY_DEVICE, config, previous=first), before)
    back = plan(first, there, EVERY_DEVICE, config, previous=second)
    return before, there, back, after(back, there)


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=examples(60))
@given(first=partial_states(), second=partial_states(), live=live_states())
def test_what_both_policies_say_is_as_the_first_says(mode: str, first: State, second: State, live: State) -> None:
    _, _, _, done = back_and_forth(first, second, live, mode)
    for entity in first.entities():
        found = done.of_kind(entity.kind).get(entity.key) or done.organization
        for name, value in entity.settings.items():
            setting = STORE.object_type(entity.kind).settings[name]
            if name != "IsDefault" and setting.planned and setting.settable and entity.kind != "mailbox":
                assert found is not None
                assert setting.same(found.get(name), value), (entity.identity, name)


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=examples(60))
@given(first=partial_states(), second=partial_states(), live=live_states())
def test_what_only_the_second_declared_and_made_goes_away(mode: str, first: State, second: State, live: State) -> None:
    before, there, back, done = back_and_forth(first, second, live, mode)
    released = {(drift.identity, drift.property) for drift in back.drift if drift.why == RELEASED}
    for entity in second.entities():
        kind, declared = entity.kind, first.of_kind(entity.kind).get(entity.key)
        if "create" in STORE.object_type(kind).actions:
            if declared is None and entity.key not in before.of_kind(kind):
                stays = done.of_kind(kind).get(entity.key)
                assert stays is None or stays.get("IsDefault") is True
            continue
        _check_settings(entity, declared, before, there, done, released)


def _check_settings(
    entity: Entity,
    declared: Entity | None,
    before: State,
    there: State,
    done: State,
    released: set[tuple[str, str | None]],
) -> None:
    if entity.key not in there.of_kind(entity.kind):
        return
    was, now = (state.of_kind(entity.kind)[entity.key] for state in (before, done))
    for name, value in entity.settings.items():
        if not STORE.object_type(entity.kind).settings[name].settable:
            continue
        if isinstance(value, tuple):
            own = folded(declared.get(name)) if declared is not None else set()
            assert not (folded(value) - folded(was.get(name)) - own) & folded(now.get(name)), name
        elif declared is None or name not in declared.settings:
            assert (entity.identity, name) in released or now.get(name) is None


@settings(max_examples=examples(60))
@given(first=partial_states(), second=partial_states(), live=live_states())
def test_owned_removes_nothing_that_was_never_declared(first: State, second: State, live: State) -> None:
    _, there, _, done = back_and_forth(first, second, live, "owned")
    for entity in there.entities():
        own = [state.of_kind(entity.kind).get(entity.key) for state in (first, second)]
        stays = done.of_kind(entity.kind).get(entity.key)
        if not any(own):
            assert stays is not None
        for name, value in entity.settings.items():
            if isinstance(value, tuple) and not any(one is not None and name in one.settings for one in own):
                assert stays is not None
                assert folded(value) == folded(stays.get(name))


@given(first=partial_states(), live=live_states())
def test_without_a_revision_nothing_owned_is_removed(first: State, live: State) -> None:
    made = plan(first, live, EVERY_DEVICE, managed("owned"))
    assert not [step for step in made.steps if step.action == "delete"]
