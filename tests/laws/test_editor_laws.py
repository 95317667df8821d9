"""What policylint admits, the schemas for editors admit: nothing right is underlined while it is typed."""

from __future__ import annotations

from datetime import date
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from policylint.schema.editor import editor_schema
from policylint.schema.store import CONFIG, POLICY
from tests.policies import STORE
from tests.strategies import trees, written

SCHEMAS = {name: editor_schema(STORE, name) for name in (POLICY, CONFIG)}
FORMATS = jsonschema.FormatChecker(formats=("date",))


def as_an_editor_reads(text: str) -> Any:
    """Return plain data as a reader of YAML 1.2 types it; a date is a text there."""
    return _texts(YAML(typ="safe", pure=True).load(text))


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _texts(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_texts(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("identifier", SCHEMAS)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_what_is_right_is_right_in_an_editor(identifier: str, data: st.DataObject) -> None:
    tree, _ = data.draw(trees(identifier, wrong=False))
    value = as_an_editor_reads(written(tree))
    validator = jsonschema.Draft7Validator(SCHEMAS[identifier], format_checker=FORMATS)
    assert [] == [error.message for error in validator.iter_errors(value)]
