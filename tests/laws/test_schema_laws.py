"""The compiled schema and jsonschema agree; what is right is read, what is wrong is explained."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policylint.schema.compile import CompiledSchema
from policylint.schema.explain import validator
from policylint.schema.store import CONFIG, POLICY
from policylint.source import Source
from policylint.syntax.parse import parse
from tests.strategies import TREES, trees, written
from tests.worlds import STORE, read

IDENTIFIERS = (POLICY, CONFIG, "policylint:rule")
SCHEMAS = {name: CompiledSchema(STORE, name) for name in IDENTIFIERS}
VALIDATORS = {name: validator(STORE, name) for name in IDENTIFIERS}

lawful = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.mark.parametrize("identifier", IDENTIFIERS)
@lawful
@given(data=st.data())
def test_what_the_schema_admits_is_read_as_its_canonical_value(identifier: str, data: st.DataObject) -> None:
    tree, value = data.draw(trees(identifier, wrong=False))
    reading = read(written(tree), schema=SCHEMAS[identifier])
    assert ([], value) == (reading.lines, reading.value)


@pytest.mark.parametrize("identifier", IDENTIFIERS)
@lawful
@given(data=st.data())
def test_both_validators_agree(identifier: str, data: st.DataObject) -> None:
    tree, _ = data.draw(st.one_of(trees(identifier, wrong=True), st.tuples(TREES, st.none())))
    node, problems = parse(Source("a.yaml", written(tree)))
    assert (True, ()) == (node is not None, problems)
    assert node is not None
    value, valid = SCHEMAS[identifier].read(node)
    assert valid == VALIDATORS[identifier].is_valid(value)


@pytest.mark.parametrize("identifier", IDENTIFIERS)
@lawful
@given(data=st.data())
def test_whatever_is_wrong_is_explained_in_place(identifier: str, data: st.DataObject) -> None:
    tree, _ = data.draw(st.one_of(trees(identifier, wrong=True), st.tuples(TREES, st.none())))
    reading = read(written(tree), schema=SCHEMAS[identifier])
    assert reading.node is not None
    _, valid = SCHEMAS[identifier].read(reading.node)
    assert valid == (not reading.diagnostics)
    assert list(reading.diagnostics) == sorted(reading.diagnostics, key=lambda diagnostic: diagnostic.sort_key)
    for diagnostic in reading.diagnostics:
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(reading.source.text)
        assert well_said(diagnostic.message)
        assert diagnostic.help is not None
        assert well_said(diagnostic.help)


def well_said(text: Any) -> bool:
    """Return whether a text is one line that does not end like a sentence."""
    return bool(text) and "\n" not in text and not text.endswith(".") and text[0] in "`" + text[0].lower()
