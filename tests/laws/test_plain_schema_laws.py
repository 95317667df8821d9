"""The fast check of plain data accepts nothing that jsonschema does not, and saved plans as they are made."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylint.plan.planfile import plan_of, plan_record
from policylint.schema.plain import checker, flaw
from tests import evidence
from tests.powershell import scenes
from tests.worlds import STORE

OTHERS: tuple[Any, ...] = (None, True, -1, 1.5, "", [], {})
PLAN = STORE.schema("policylint:output/plan-v1")

scalars = (
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0, 1.5]) | st.sampled_from(["", "a", "ab"])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
types = st.sampled_from(["object", "array", "string", "integer", "number", "boolean", "null"])


def _schemas(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": types | st.lists(types, min_size=1, max_size=3, unique=True),
            "enum": st.lists(scalars, min_size=1, max_size=3),
            "const": scalars,
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
            "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
            "additionalProperties": st.booleans() | inner,
            "items": inner,
            "minimum": st.integers(-1, 1),
            "minLength": st.integers(0, 2),
            "minItems": st.integers(0, 2),
            "minProperties": st.integers(0, 2),
            "pattern": st.sampled_from(["^a", "b$", "a"]),
            "description": st.just("words"),
        },
    )


schemas: st.SearchStrategy[dict[str, Any]] = st.recursive(st.just({}), _schemas, max_leaves=4)


@given(schema=schemas, value=values)
def test_what_the_fast_check_accepts_is_valid(schema: dict[str, Any], value: Any) -> None:
    valid = jsonschema.Draft202012Validator(schema).is_valid(value)
    check = checker(schema)
    assert check is None or not check(value) or valid
    assert valid == (flaw(value, schema) is None)


@pytest.mark.parametrize("made", [scenes.plan(), scenes.full_plan()], ids=["empty", "full"])
def test_a_plan_is_accepted_without_jsonschema(made: dict[str, Any]) -> None:
    record = plan_record(plan_of(made))
    check = checker(PLAN)
    assert check is not None
    assert check(json.loads(json.dumps(record)))


@pytest.mark.parametrize("keyword", ["oneOf", "patternProperties", "maximum", "$ref"])
def test_a_keyword_that_is_not_read_is_left_to_jsonschema(keyword: str) -> None:
    assert checker({"type": "object", keyword: {}}) is None
    assert checker({"items": {keyword: {}}}) is None


def test_a_plan_with_another_value_anywhere_is_accepted_only_if_it_is_valid() -> None:
    record = evidence.telling_plan()
    check, slow = checker(PLAN), jsonschema.Draft202012Validator(PLAN)
    assert check is not None
    assert check(record)
    for keys, value in list(evidence.leaves(record))[::7]:
        inner = record
        for key in keys[:-1]:
            inner = inner[key]
        for other in OTHERS:
            inner[keys[-1]] = other
            assert not check(record) or slow.is_valid(record), (keys, other)
        inner[keys[-1]] = value
