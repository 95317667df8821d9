"""The schema files themselves: valid, closed, understood by the compiler, and annotated."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from policylint.adapters.resources import root
from policylint.schema.compile import CompiledSchema
from policylint.schema.describe import describe
from policylint.schema.keywords import compile_check, kind_of
from policylint.schema.store import DEVICE, POLICY, SchemaStore
from tests.worlds import OBJECT_KINDS, STORE

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = root() / "schemas"
FILES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("**/*.schema.json"))
READ_BY_US = [name for name in FILES if name.startswith("policy/")] + ["config.schema.json", "rule.schema.json"]
TYPE_OF_KIND = {
    "bool": "boolean",
    "string": "string",
    "enum": "string",
    "timespan": "string",
    "policy-ref": "string",
    "int": "integer",
    "nullable-int": "integer",
    "strings": "array",
}


def schema_of(name: str) -> dict[str, Any]:
    """Return the schema of a file."""
    schema: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return schema


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield a schema and every schema inside it."""
    yield schema
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            yield from parts(schema[keyword])
    for keyword in ("properties", "$defs"):
        for inner in schema.get(keyword, {}).values():
            yield from parts(inner)
    for keyword in ("oneOf", "anyOf", "allOf"):
        for inner in schema.get(keyword, ()):
            yield from parts(inner)


@pytest.mark.parametrize("name", [name for name in READ_BY_US if name != "rule.schema.json"])
def test_every_number_and_every_time_span_has_a_limit(name: str) -> None:
    for schema in parts(schema_of(name)):
        types = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", [])
        assert "number" not in types
        if "integer" in types and "const" not in schema:
            assert 0 <= schema["minimum"] <= schema["maximum"] <= 2**31 - 1, schema
        if schema.get("format") == "timespan":
            assert "formatMaximum" in schema, schema


@pytest.mark.parametrize("name", FILES)
def test_is_a_valid_schema_of_2020_12(name: str) -> None:
    schema = schema_of(name)
    assert "https://json-schema.org/draft/2020-12/schema" == schema["$schema"]
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", READ_BY_US)
def test_is_closed_described_and_named_by_its_path(name: str) -> None:
    schema = schema_of(name)
    assert "policylint:" + name.removesuffix(".schema.json") == schema["$id"]
    for part in parts(schema):
        if "properties" in part:
            assert part["additionalProperties"] is False
            assert set(part.get("required", ())) <= part["properties"].keys()
        if "$ref" in part:
            assert part["$ref"] == STORE.schema(part["$ref"])["$id"]
        if "default" in part and part.get("type") not in ("object", "array"):
            jsonschema.validate(part["default"], part)
    for prop in schema["properties"].values():
        assert name == "rule.schema.json" or "$ref" in prop or prop.get("description")
        assert describe(prop)


@pytest.mark.parametrize("name", READ_BY_US)
def test_every_keyword_is_understood(name: str) -> None:
    CompiledSchema(STORE, schema_of(name)["$id"])


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "uniqueItems", "patternProperties", "if", "dependentRequired"])
def test_a_keyword_that_is_not_understood_is_refused(keyword: str) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, keyword: {}}
    with pytest.raises(NotImplementedError, match=keyword):
        CompiledSchema(SchemaStore(lambda _: json.dumps(schema)), "policylint:a")
    inner = {"type": "object", "properties": {"a": {"type": "string", keyword: {}}}}
    with pytest.raises(NotImplementedError, match=keyword):
        CompiledSchema(SchemaStore(lambda _: json.dumps(inner)), "policylint:a")


def test_every_property_is_exchanges_and_capitalised_or_ours_and_not() -> None:
    for kind in STORE.object_types.values():
        for name, prop in kind.schema["properties"].items():
            assert ("exchange" in prop) == name[0].isupper(), name


def test_the_kind_of_a_setting_goes_with_its_type() -> None:
    for kind in STORE.object_types.values():
        for setting in kind.settings.values():
            if setting.kind.startswith("unlimited"):
                assert {"const": "Unlimited"} == setting.schema["oneOf"][0], setting.name
            else:
                kinds = setting.schema.get("type", "string")
                assert TYPE_OF_KIND[setting.kind] == (kinds if isinstance(kinds, str) else kinds[0]), setting.name
            assert setting.kind == kind_of(setting.schema)
            assert (setting.kind == "enum") == bool(setting.members)


def test_what_exchange_sets_along_is_a_value_of_another_setting_and_is_documented() -> None:
    coupled = [(kind, kind.settings[name]) for kind in STORE.object_types.values() for name in kind.coupled]
    assert coupled
    for kind, setting in coupled:
        assert setting.also is not None
        assert compile_check(setting.schema)(setting.also.value)
        assert setting.name not in setting.also.sets
        for name, value in setting.also.sets.items():
            assert compile_check(kind.settings[name].schema)(value)
            assert kind.settings[name].planned
            assert kind.settings[name].settable
            assert kind.settings[name].editions == setting.editions
            assert kind.settings[name].also is None, "what is set along sets nothing more"
        assert setting.schema["exchange"]["also"]["source"].startswith("https://learn.microsoft.com/")


def test_no_two_settings_share_an_old_name() -> None:
    for kind in STORE.object_types.values():
        old = [setting.schema["exchange"].get("legacyName") for setting in kind.settings.values()]
        names = [name for name in old if name is not None]
        assert len(names) == len(set(names))
        assert not set(names) & kind.settings.keys()


def test_a_finding_about_an_object_points_at_one_of_its_settings() -> None:
    for kind in STORE.object_types.values():
        assert (kind.point_at is None) == kind.single
        assert {kind.point_at} <= {None, *kind.settings}


def test_what_scripts_call_and_read_is_named_as_exchange_names_it() -> None:
    device = STORE.schema(DEVICE)
    assert {*device["exchange"]["personal"], *device["exchange"]["statistics"]} <= device["properties"].keys()
    for kind in STORE.object_types.values():
        addresses = {kind.addresses} if kind.addresses is not None else set()
        names = {
            *kind.ids,
            *addresses,
            *kind.read,
            *kind.names,
            *kind.target,
            *kind.personal,
            *kind.key,
            *kind.settings,
        }
        assert [name for name in names if not re.fullmatch("[A-Z][A-Za-z0-9]+", name)] == []
        assert {*kind.names, *kind.target, *kind.personal, *kind.key} <= {
            *kind.ids,
            *addresses,
            *kind.read,
            *kind.settings,
        }
        assert all(re.fullmatch("(Get|New|Set|Remove)-[A-Za-z]+", cmdlet) for cmdlet in kind.cmdlets.values())


def test_the_objects_come_in_the_order_of_a_snapshot() -> None:
    assert list(OBJECT_KINDS) == [kind.name for kind in STORE.object_types.values()]
    assert [*STORE.sections, "tests", "assertions"] == list(STORE.schema(POLICY)["properties"])


@pytest.mark.parametrize(("name", "edition", "expected"), [
    ("AllowApplePushNotifications", "exchange-online", True),
    ("AllowApplePushNotifications", "exchange-2019", False),
    ("PasswordEnabled", "exchange-2013", True),
])  # fmt: skip
def test_exists_in(name: str, edition: str, expected: bool) -> None:
    assert expected == STORE.object_type("mobileDeviceMailboxPolicy").settings[name].exists_in(edition)
