"""The schemas against the public reference of the cmdlets: no parameter missing, added, or of another type or range."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policylint.schema.describe import is_only_ours
from policylint.schema.values import timespan_seconds, timespan_text
from tests.worlds import OBJECT_KINDS, STORE, read

EDITIONS = {"exchange-2013", "exchange-2016", "exchange-2019", "exchange-se", "exchange-online"}
CMDLETS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "data" / "exchange-parameters.json").read_text(encoding="utf-8")
)
PARAMETERS = [
    pytest.param(cmdlet["object"], name, facts, id=f"{verb} {name}")
    for verb, cmdlet in CMDLETS.items()
    for name, facts in cmdlet["parameters"].items()
]

KIND_OF_TYPE = {
    "Boolean": "bool",
    "String": "string",
    "TenantAdminPreference": "string",
    "MultiValuedProperty": "strings",
    "ApprovedApplicationCollection": "strings",
    "MailboxPolicyIdParameter": "policy-ref",
    "EnhancedTimeSpan": "timespan",
}
KIND_OF_UNIT = {"timespan": "unlimited-timespan", "bytes": "unlimited-bytes"}


LONGEST_SPAN = {"max": "10675199.00:00:00"}
"""The whole days of the longest TimeSpan: https://learn.microsoft.com/dotnet/api/system.timespan.maxvalue"""

NOT_DOCUMENTED: dict[str, dict[str, Any]] = {
    "BehaviorTypeIncidenceLimit": {"min": 0, "max": 2**31 - 1},
    "BehaviorTypeIncidenceDuration": LONGEST_SPAN,
    "DeviceBlockDuration": LONGEST_SPAN,
    "DevicePolicyRefreshInterval": LONGEST_SPAN,
}
"""Limits that the reference does not give: those of the type."""


def kind(facts: dict[str, Any]) -> str:
    """Return the kind of value that a parameter takes."""
    if "values" in facts:
        return "enum"
    if facts["type"] == "Unlimited":
        return KIND_OF_UNIT.get(facts["range"].get("unit"), "unlimited-int")
    if facts["type"] == "Int32":
        return "nullable-int" if facts.get("null") else "int"
    return KIND_OF_TYPE[facts["type"]]


def range_of(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the limits that a schema sets, in the words of the table."""
    schema = next((branch for branch in schema.get("oneOf", ()) if "const" not in branch), schema)
    words = {"min": ("minimum", "formatMinimum"), "max": ("maximum", "formatMaximum"), "max_length": ("maxLength",)}
    return {
        word: schema[name]
        for word, names in words.items()
        for name in names
        if name in schema and not is_only_ours(schema, name)
    }


@pytest.mark.parametrize(("object_type", "name", "facts"), PARAMETERS)
def test_a_parameter_is_as_the_reference_says(object_type: str, name: str, facts: dict[str, Any]) -> None:
    setting = STORE.object_type(object_type).settings[name]
    limits = {word: limit for word, limit in facts.get("range", {}).items() if word != "unit"}
    assert kind(facts) == setting.kind
    assert set(facts.get("values", ())) == set(setting.members)
    assert limits | NOT_DOCUMENTED.get(name, {}) == range_of(setting.schema)
    assert set(facts["editions"]) == (EDITIONS if setting.editions is None else setting.editions)
    assert facts.get("unlimited", False) == any(b.get("const") == "Unlimited" for b in setting.schema.get("oneOf", ()))
    assert "null" not in facts or setting.kind == "strings" or "null" in setting.schema["type"]
    if "default" in facts:
        assert facts["default"] == setting.schema["default"]
    elif "default" in setting.schema:
        assert setting.schema["exchange"]["defaultSource"]


LIMITS = [
    pytest.param(cmdlet["object"], name, limit, step, id=f"{verb} {name} {word}")
    for verb, cmdlet in CMDLETS.items()
    for name, facts in cmdlet["parameters"].items()
    for word, limit in facts.get("range", {}).items()
    for step in ({"min": -1, "max": 1}.get(word),)
    if step is not None
]


@pytest.mark.parametrize(("object_type", "name", "limit", "step"), LIMITS)
def test_a_limit_is_accepted_and_what_is_beyond_it_is_not(object_type: str, name: str, limit: Any, step: int) -> None:
    seconds = timespan_seconds(limit) if isinstance(limit, str) else None
    beyond = timespan_text(seconds + step) if seconds is not None else limit + step
    section = STORE.object_type(object_type).section
    text = f"{section}: [{{Name: a, {name}: %s}}]"
    assert [] == read(text % limit).lines
    assert 1 == len(read(text % beyond).lines)


@pytest.mark.parametrize("object_type", OBJECT_KINDS)
def test_a_schema_has_the_parameters_of_its_cmdlets_and_no_other(object_type: str) -> None:
    documented = {
        name for cmdlet in CMDLETS.values() if cmdlet["object"] == object_type for name in cmdlet["parameters"]
    }
    assert documented == STORE.object_type(object_type).settings.keys() - {"Identity"}


@pytest.mark.parametrize("object_type", OBJECT_KINDS)
def test_what_set_takes_is_settable(object_type: str) -> None:
    kinds = STORE.object_type(object_type)
    taken = CMDLETS[kinds.cmdlets["set"]]["parameters"].keys()
    settable = {name for name, setting in kinds.settings.items() if setting.settable}
    assert settable == taken - {"Name"}


@pytest.mark.parametrize("object_type", OBJECT_KINDS)
def test_the_cmdlets_exist(object_type: str) -> None:
    cmdlets = STORE.object_type(object_type).cmdlets
    assert {name for name, facts in CMDLETS.items() if facts["object"] == object_type} == {
        name for verb, name in cmdlets.items() if verb in ("new", "set")
    }


OTHERS = [
    pytest.param(cmdlet["object"], verb, name, id=f"{verb} {name}")
    for verb, cmdlet in CMDLETS.items()
    for name in cmdlet.get("others", ())
]


@pytest.mark.parametrize(("object_type", "cmdlet", "name"), OTHERS)
def test_a_parameter_that_is_not_managed_is_said_to_be_none(object_type: str, cmdlet: str, name: str) -> None:
    described = STORE.object_type(object_type)
    if name in described.schema["properties"]:
        return
    text = f"{described.section}: {{{name}: 1}}\n" if described.single else f"{described.section}: [{{{name}: 1}}]\n"
    found = dict(zip(read(text).lines, read(text).helps, strict=True))
    (place,) = [line for line in found if f"`{name}`" in line]
    assert place.endswith(f"`{name}` is a parameter of {cmdlet} that policylint does not manage")
    assert "remove it" in str(found[place])


def test_nothing_is_both_managed_and_not() -> None:
    for described in STORE.object_types.values():
        for parameters in described.schema["exchange"].get("unmanaged", {}).values():
            assert not set(parameters) & set(described.schema["properties"])
