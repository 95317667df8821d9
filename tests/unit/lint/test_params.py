"""The parameters of rules: our small reader of schemas agrees with a full one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from policylint.lint.params import KEYWORDS, problems
from policylint.lint.predicates import PREDICATES
from tests.rules.harness import rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.lint.rule import Predicate

CASES: list[Any] = [
    {},
    {"field": "DefaultAccessLevel", "values": ["Allow"]},
    {"field": 3, "values": []},
    {"fields": [], "values": [True]},
    {"kinds": ["mailbox"]},
    {"kinds": [3]},
    {"want": "rule", "classes": [{"name": "x", "when": "online"}]},
    {"want": "Block", "classes": [{"name": "x", "when": "never", "more": 1}]},
    {"values": {"UserAgent": ["a"]}, "unless-seen": True},
    {"values": {"UserAgent": "a"}},
    {"needs": "a", "value": 1, "settings": ["b"]},
    {"change": "moved"},
]


@pytest.mark.parametrize("predicate", PREDICATES.values(), ids=lambda predicate: predicate.name)
def test_parameters_are_judged_as_json_schema_judges_them(predicate: Predicate) -> None:
    validator = jsonschema.Draft202012Validator(predicate.params)
    jsonschema.Draft202012Validator.check_schema(predicate.params)
    cases = CASES + [rule.params for rule in rules() if rule.predicate == predicate.name]
    for case in cases:
        assert validator.is_valid(case) == (next(problems(predicate.params, case), None) is None), case


@pytest.mark.parametrize("predicate", PREDICATES.values(), ids=lambda predicate: predicate.name)
def test_predicates_use_known_keywords_only(predicate: Predicate) -> None:
    assert set(_keywords(predicate.params)) <= KEYWORDS
    assert predicate.params["additionalProperties"] is False


def _keywords(schema: Mapping[str, Any]) -> Iterator[str]:
    for keyword, value in schema.items():
        yield keyword
        if keyword == "properties":
            for part in value.values():
                yield from _keywords(part)
        elif isinstance(value, dict):
            yield from _keywords(value)


def test_a_problem_says_where_it_is() -> None:
    schema = PREDICATES["class-access"].params
    wrong = {"want": "rule", "classes": [{"name": "x", "when": "never"}]}
    assert list(problems(schema, wrong)) == ["params.classes[0].when is none of online, server, hybrid"]
