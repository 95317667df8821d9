"""Law 11: what is live in a managed section and not as the files say is changed or listed as drift, in every mode."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from policylint.text import fold
from tests.examples import examples
from tests.laws.reference_exchange import apply, managed, steps
from tests.strategies import EVERY_DEVICE, live_states, partial_states
from tests.worlds import STORE, plan

if TYPE_CHECKING:
    from policylint.model.entity import Entity, Value
    from policylint.model.state import State


@pytest.mark.parametrize("mode", ["exact", "owned", "additive"])
@settings(max_examples=examples(100))
@given(declared=partial_states(), previous=partial_states(), live=live_states())
def test_what_is_live_is_declared_or_usual_or_drift(mode: str, declared: State, previous: State, live: State) -> None:
    made = plan(declared, live, EVERY_DEVICE, managed(mode), previous=previous)
    done = reduce(apply, steps(made), live)
    drift = {(each.kind, each.identity, each.property): each.live for each in made.drift}
    for entity in done.entities():
        own = declared.of_kind(entity.kind).get(entity.key)
        if own is None and entity.kind == "organization":
            own = declared.organization
        if own is None and "create" in STORE.object_type(entity.kind).actions:
            assert (entity.kind, entity.identity, None) in drift
            continue
        for name, value in entity.settings.items():
            _check(entity, name, value, own, drift)
    assert made.in_sync is not bool(made.steps or made.refusals or made.drift)


def _check(
    entity: Entity, name: str, value: Value, own: Entity | None, drift: dict[tuple[str, str, str | None], Value]
) -> None:
    setting = STORE.object_type(entity.kind).settings[name]
    if not setting.planned or not setting.settable:
        return
    listed = drift.get((entity.kind, entity.identity, name))
    if isinstance(value, tuple):
        wanted = own.get(name) if own is not None else ()
        known = {fold(item) for items in (wanted, listed) if isinstance(items, tuple) for item in items}
        assert {fold(item) for item in value} <= known
    elif own is None or name not in own.settings:
        usual = setting.schema.get("default")
        assert listed == value or setting.same(value, usual)
