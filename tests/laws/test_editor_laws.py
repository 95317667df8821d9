"""What policylint admits, the schemas for editors admit: nothing right is underlined while it is typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor

from policylint.schema.compile import CompiledSchema
from policylint.schema.editor import editor_schema
from policylint.schema.store import CONFIG, POLICY, SchemaStore
from policylint.source import Source
from policylint.syntax.parse import parse
from tests.strategies import TRAPS, trees, written
from tests.worlds import STORE

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
SCHEMAS = {name: editor_schema(STORE, name) for name in (POLICY, CONFIG)}
COMPILED = {name: CompiledSchema(STORE, name) for name in SCHEMAS}
FORMATS = jsonschema.FormatChecker(formats=("date",))
FILES = sorted(
    path
    for pattern in ("rules/**/*.yaml", "docs/examples/**/*.yaml", "policylint/scaffold/**/*.yaml")
    for path in ROOT.glob(pattern)
    if path.name not in {"rule.yaml", "packs.yaml"}  # which no editor schema is for
)


class Reader12(SafeConstructor):
    """What a reader of YAML 1.2 makes of scalars; dates are texts, as they are in JSON."""


class Reader11(yaml.SafeLoader):
    """What a reader of YAML 1.1 makes of scalars: `NO` is false, 10:15:00 is 36900, 010 is 8; dates are texts."""


for _tag in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value"):
    Reader12.add_constructor(_tag, SafeConstructor.construct_yaml_str)
    Reader11.add_constructor(_tag, yaml.SafeLoader.construct_yaml_str)  # type: ignore[type-var]


def yaml_1_2(text: str) -> Any:
    """Return plain data as a reader of YAML 1.2 types it."""
    reader = YAML(typ="safe", pure=True)
    reader.Constructor = Reader12
    return _named(reader.load(text))


def yaml_1_1(text: str) -> Any:
    """Return plain data as a reader of YAML 1.1 types it."""
    return _named(yaml.load(text, Reader11))


READERS = pytest.mark.parametrize("as_an_editor_reads", [yaml_1_2, yaml_1_1], ids=["yaml-1.2", "yaml-1.1"])


def _named(value: Any) -> Any:
    """Return the value with its keys as the texts that they are in JSON."""
    if isinstance(value, dict):
        return {str(key): _named(part) for key, part in value.items()}
    return [_named(part) for part in value] if isinstance(value, list) else value


def against(schema: Any, value: Any) -> list[str]:
    """Return what a schema for editors has against plain data."""
    validator = jsonschema.Draft7Validator(schema, format_checker=FORMATS)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def admits(compiled: CompiledSchema, text: str) -> bool:
    """Return whether policylint has nothing against a text."""
    node, problems = parse(Source("a.yaml", text))
    return node is not None and not problems and compiled.read(node)[1]


@pytest.mark.parametrize("identifier", SCHEMAS)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_what_is_right_is_right_in_an_editor(identifier: str, data: st.DataObject) -> None:
    tree, _ = data.draw(trees(identifier, wrong=False))
    assert [] == against(SCHEMAS[identifier], yaml_1_2(written(tree)))


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_what_is_right_is_right_to_a_reader_of_yaml_1_1(data: st.DataObject) -> None:
    """Of policy files: the severity `off` of policylint.yaml is no text there."""
    tree, _ = data.draw(trees(POLICY, wrong=False))
    assert [] == against(SCHEMAS[POLICY], yaml_1_1(written(tree)))


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_what_happens_to_be_right_is_right_in_an_editor(data: st.DataObject) -> None:
    tree, _ = data.draw(trees(POLICY, wrong=True))
    text = written(tree)
    if admits(COMPILED[POLICY], text):
        assert [] == against(SCHEMAS[POLICY], yaml_1_2(text))


def alone(setting: dict[str, Any]) -> SchemaStore:
    """Return the schemas of a project that has nothing but this one setting."""
    schema = {"title": "X", "type": "object", "additionalProperties": False, "properties": {"x": setting}}
    return SchemaStore(lambda _: json.dumps(schema))


SETTINGS = {
    f"{kind.name}.{setting.name}": setting.schema
    for kind in STORE.object_types.values()
    for setting in kind.settings.values()
    if setting.kind != "strings"
}
SCALARS = (
    *(*TRAPS, "10:15:00", "23:59:59", "1.00:00:00", "0123", "08", "5MB", "20971520", "1_0", ".5", ".inf", "0o7", "="),
    *("TRUE", "All", "SHA1", "DES", "BlockNegotiation", "DeviceModel", ""),
)


@READERS
@pytest.mark.parametrize("quote", ["", '"'], ids=["plain", "quoted"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_whatever_type_a_reader_gives_it(setting: str, quote: str, as_an_editor_reads: Callable[[str], Any]) -> None:
    store = alone(SETTINGS[setting])
    compiled, schema = CompiledSchema(store, "policylint:x"), editor_schema(store, "policylint:x")
    texts = [f"x: {quote}{word}{quote}\n" for word in SCALARS]
    admitted = [text for text in texts if admits(compiled, text)]
    assert admitted or quote
    assert [] == [text for text in admitted if against(schema, as_an_editor_reads(text))]


@READERS
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_of_the_project_that_is_right(path: Path, as_an_editor_reads: Callable[[str], Any]) -> None:
    text = path.read_text(encoding="utf-8").replace("edition: {edition}", "edition: exchange-online")
    text = text.replace("{admin}", "it@contoso.com").replace("{target}", "target: contoso.com")
    identifier = CONFIG if path.name == "policylint.yaml" else POLICY
    if admits(COMPILED[identifier], text):
        assert [] == against(SCHEMAS[identifier], as_an_editor_reads(text))
    else:
        assert "bad" in path.parts
