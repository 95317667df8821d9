"""A step of a plan in one line of plain ASCII: what the table of a script says beside the data of the step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policylint.model.state import RULE
from policylint.phrases import count
from policylint.render.phrases import ARROW
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.model.entity import Value
    from policylint.plan.change import PlanStep, PropertyChange
    from policylint.schema.store import SchemaStore


def step_words(step: PlanStep, store: SchemaStore) -> str:
    """Return what a step changes: `"kim@contoso.com": ActiveSyncAllowedDeviceIDs +"A1" (lets 1 in)`.

    Its action and its kind of object stand before it. Texts stand in the quotes and escapes of JSON. Nothing is cut. Of
    an object that is deleted, a rule shows its level, any other the number of its settings.
    """
    described = store.object_type(step.kind)
    name = [] if described.single else [_value(step.identity)]
    changes = ": ".join([*name, *filter(None, [", ".join(_changes(step, described.key))])])
    effect = [f"lets {step.opens:,} in" if step.opens else "", f"keeps {step.closes:,} out" if step.closes else ""]
    tail = ", ".join(filter(None, effect))
    return f"{changes}{f' ({tail})' if tail else ''}"


def _changes(step: PlanStep, key: tuple[str, ...]) -> Iterator[str]:
    if step.action == "delete" and step.kind != RULE:
        yield f"with its {count(len(step.changes), 'setting')}"
        return
    for change in step.changes:
        if step.action == "update":
            yield f"{change.property} {_difference(change)}"
        elif change.property not in key and (value := _given(step, change)) not in (None, ()):
            yield f"{change.property} {'was ' if step.action == 'delete' else ''}{_value(value)}"


def _given(step: PlanStep, change: PropertyChange) -> Value:
    return change.before if step.action == "delete" else change.after


def _difference(change: PropertyChange) -> str:
    """Return the items that come and go of a list, the value before and after of anything else."""
    if change.kind != "strings":
        return f"{_value(change.before)} {ARROW} {_value(change.after)}"
    before, after = (value if isinstance(value, tuple) else () for value in (change.before, change.after))
    there, wanted = frozenset(map(fold, before)), frozenset(map(fold, after))
    added = [f"+{_value(item)}" for item in after if fold(item) not in there]
    removed = [f"-{_value(item)}" for item in before if fold(item) not in wanted]
    return " ".join([*added, *removed])


def _value(value: Value) -> str:
    return json.dumps(value, ensure_ascii=True)
