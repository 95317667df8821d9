"""Two settings contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import at, label, will_be
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def setting_conflict(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield one finding where the settings of `when` and `with` will have these values, and one is declared.

    With `declared` every one of them must be. The finding stands at the last that is declared.
    """
    assert subject is not None
    wanted = {**params["when"], **params["with"]}
    declared = [name for name in wanted if name in subject.settings]
    if not declared or (params.get("declared") and len(declared) < len(wanted)):
        return
    if any(will_be(context, subject, name) != (True, value) for name, value in wanted.items()):
        return
    place = declared[-1]
    related = tuple(
        mark for name in declared[:-1] for mark in label(subject, name, f"`{name}` is {show(subject.get(name))}")
    )
    yield Finding(at(subject, place), {}, related)


PREDICATE = Predicate(
    name="setting-conflict",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["when", "with"],
        "properties": {
            "when": {"type": "object"},
            "with": {"type": "object"},
            "declared": {"type": "boolean"},
        },
    },
    placeholders=(),
    apply=setting_conflict,
)
