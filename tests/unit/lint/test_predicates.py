"""Every predicate says what it asks, what rules pass to it and what it gives them."""

from __future__ import annotations

import re

import pytest

from policylint.lint.parameters import Scope, schema_of
from policylint.lint.predicate import POLICY, Predicate
from policylint.lint.predicates import PREDICATES
from policylint.lint.predicates.steps import STEP, STEP_IS
from policylint.schema.compile import CompiledSchema
from policylint.syntax.node import MappingNode
from tests.rules.harness import rules, store

EVERY = (*PREDICATES.values(), STEP_IS)


@pytest.mark.parametrize("predicate", EVERY, ids=lambda predicate: predicate.name)
def test_a_predicate_is_described(predicate: Predicate) -> None:
    first, *_ = predicate.documentation.splitlines()
    assert re.fullmatch(r"Find .+\.", first)
    for words in (*predicate.placeholders.values(), *(param.description for param in predicate.params.values())):
        assert re.fullmatch(r"[a-zA-Z`].*[^.]", words)
    assert set(predicate.either) <= {name for name, parameter in predicate.params.items() if not parameter.required}


@pytest.mark.parametrize("predicate", EVERY, ids=lambda predicate: predicate.name)
def test_the_schema_of_its_parameters_compiles_for_each_subject(predicate: Predicate) -> None:
    kinds = (predicate.subject,) if predicate.subject is not None else tuple(store().object_types)
    assert set(kinds) <= {*store().object_types, POLICY, STEP}
    for kind in kinds:
        scope = Scope(store(), kind, MappingNode(0))
        schema = schema_of(predicate.params, scope)
        store().define("policylint:params/test", schema)
        _, is_valid = CompiledSchema(store(), "policylint:params/test").read(MappingNode(0))
        assert is_valid == (not schema["required"])


def test_the_placeholders_of_messages_are_those_that_a_predicate_gives() -> None:
    """Loading checks it; the other way round, what no shipped rule uses is documented all the same."""
    for rule in rules():
        if rule.predicate is not None:
            named = set(re.findall(r"\{(.+?)\}", rule.message + rule.help))
            assert named <= {*rule.predicate.placeholders, *rule.params}
