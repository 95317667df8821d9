"""The question that rules ask about the steps of a plan: which of them are as a rule says.

`lint` has no steps, so it finds nothing by such a rule; `plan` asks it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.lint.parameters import Parameter, many, mapping, object_kind, one_of, optional, text
from policylint.lint.predicate import Predicate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.lint.parameters import Scope
    from policylint.schema.store import Schema

STEP = "step"
"""The subject of a rule that is about the steps of a plan."""

UNLESS = "unless"
"""The parameter with what keeps a step from being found."""

OF_A_KIND = ("property", "before", "after", "adds", "removes")
"""The parameters that name settings of the kind of object which the rule is about."""


def _settings(scope: Scope, *, lists: bool) -> dict[str, Schema]:
    """Return the schemas of the settings that are lists, or of the others, of the kind that a rule names."""
    described = scope.store.object_types.get(scope.first("kind"))
    known = described.settings.values() if described is not None else ()
    return {setting.name: setting.schema for setting in known if (setting.kind == "strings") == lists}


def _named(description: str) -> Parameter:
    def schema(scope: Scope) -> Schema:
        names = [*_settings(scope, lists=False), *_settings(scope, lists=True)]
        return {"type": "array", "minItems": 1, "items": {"enum": names}}

    return optional(Parameter(description, "list of settings", schema))


def _values(description: str) -> Parameter:
    def schema(scope: Scope) -> Schema:
        known = {
            name: {"type": "array", "minItems": 1, "items": each}
            for name, each in _settings(scope, lists=False).items()
        }
        return {"type": "object", "additionalProperties": False, "properties": known}

    return optional(Parameter(description, "mapping of settings to lists of their values", schema))


def _items(description: str) -> Parameter:
    def schema(scope: Scope) -> Schema:
        patterns = {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}
        known = dict.fromkeys(_settings(scope, lists=True), patterns)
        return {"type": "object", "additionalProperties": False, "properties": known}

    return optional(Parameter(description, "mapping of settings that are lists to lists of patterns", schema))


def _more_than(description: str) -> Parameter:
    limit = {"type": "integer", "minimum": 0, "maximum": 2_147_483_647}
    return optional(Parameter(description, "whole number from 0", lambda _scope: limit))


_RESPECTS: Mapping[str, Parameter] = {
    "action": optional(many(one_of("what the step does, any of these", "create", "update", "delete"))),
    "kind": optional(object_kind("the kind of object that the step is about")),
    "identity": optional(many(text("patterns of the name of the object, any of these"))),
    "property": _named("settings of which the step changes one"),
    "before": _values("what settings are before the step, all of them, each one of these values"),
    "after": _values("what settings are after the step, all of them, each one of these values"),
    "adds": _items("what the step puts into one of these lists"),
    "removes": _items("what the step takes out of one of these lists"),
    "lets-in-more-than": _more_than("how many devices of the snapshot may gain access at the step"),
    "keeps-out-more-than": _more_than("how many devices of the snapshot may lose access at the step"),
    "without": optional(many(one_of("what the policy does not say of the object", "reason", "owner"))),
    "reason": optional(many(text("patterns of the reason that the policy gives, any of these"))),
    "owner": optional(many(text("patterns of the owner that the policy names, any of these"))),
}
_PARAMS: Mapping[str, Parameter] = {
    **_RESPECTS,
    UNLESS: optional(mapping("the same parameters again: steps that are as these say are not found", _RESPECTS)),
}
_WORDS: Mapping[str, str] = {
    "step": "the ID of the step",
    "action": "create, update or delete",
    "kind": "the kind of object",
    "identity": "the name of the object",
    "property": "the setting that the rule is about, else the first one that the step changes",
    "before": "what that setting is before the step",
    "after": "what it is after the step",
    "added": "what the step puts into that setting, if it is a list",
    "removed": "what the step takes out of it",
    "opens": "how many devices gain access at the step",
    "closes": "how many devices lose access at the step",
    "reason": "the reason that the policy gives",
    "owner": "the owner that the policy names",
}

STEP_IS = Predicate(
    "step-is",
    STEP,
    _PARAMS,
    (),
    _WORDS,
    """Find each step of a plan that is as the rule says in every respect that it names, `unless` it is as that says.

    A setting that identifies the object, such as the characteristic of a device access rule, is known at every step;
    another one only at steps that change it, and at those that create or delete the object. Patterns ignore case.
    """,
    lambda _kind, _params, _facts: iter(()),
)
"""The predicate of the rules about steps."""
