"""A new kind of object needs a schema and no code: one goes from YAML and a snapshot to plan, scripts and messages."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from policylint.adapters.resources import read_schema, read_script
from policylint.bind.config import bind_config
from policylint.bind.policy import PolicyFile, bind_policy
from policylint.bind.snapshot import bind_snapshot
from policylint.plan.make import make_plan
from policylint.readers.sealed import read_sealed
from policylint.render.plan.text import render_plan
from policylint.render.powershell import render_converge_script, render_export_script
from policylint.render.style import Style
from policylint.schema.compile import CompiledSchema
from policylint.schema.store import POLICY, SchemaStore
from policylint.schema.validate import validate
from policylint.source import Source
from policylint.syntax.node import MappingNode
from policylint.syntax.parse import parse
from tests.laws.powershell_reader import unquote
from tests.sealed import seal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.plan.plan import Plan

SYNC_WINDOW: dict[str, Any] = {
    "$id": "policylint:policy/sync-window",
    "title": "Sync window",
    "description": "When devices may sync.",
    "exchange": {
        "object": "syncWindow",
        "title": ["sync window", "sync windows"],
        "target": ["Name", "Guid"],
        "personal": ["Owners"],
        "key": ["Name"],
        "names": ["Name"],
        "optional": True,
        "get": "Get-SyncWindow",
        "new": "New-SyncWindow",
        "set": "Set-SyncWindow",
        "remove": "Remove-SyncWindow",
        "ids": ["Guid"],
        "read": ["WhenCreatedUTC"],
    },
    "type": "object",
    "additionalProperties": False,
    "required": ["Name"],
    "properties": {
        "Name": {"type": "string", "minLength": 1, "exchange": {"kind": "string", "set": False}},
        "Length": {"type": "string", "format": "timespan", "exchange": {"kind": "timespan"}},
        "Enabled": {"type": "boolean", "exchange": {"kind": "bool"}},
        "Owners": {"type": "array", "items": {"type": "string"}, "exchange": {"kind": "strings"}},
    },
}
DECLARED = """\
syncWindows:
- {Name: Day, Length: "08:00:00", Enabled: true}
- {Name: NIGHT, Length: "06:00:00", Owners: [kim@contoso.com]}
"""
ROWS = [
    {"Name": "Night", "Guid": "G1", "Length": "10:00:00", "Enabled": "True", "Owners": ["pat@contoso.com"]},
    {"Name": "Noon", "Guid": "G2", "Length": "01:00:00", "Enabled": "False", "Owners": []},
]
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def store_with(window: dict[str, Any]) -> SchemaStore:
    """Return the shipped schemas with one more kind of object."""

    def read(name: str) -> str:
        if name == "policy/sync-window.schema.json":
            return json.dumps(window)
        if name != "policy/policy.schema.json":
            return read_schema(name)
        schema = json.loads(read_schema(name))
        schema["properties"]["syncWindows"] = {"type": "array", "items": {"$ref": window["$id"]}}
        return json.dumps(schema)

    return SchemaStore(read)


STORE = store_with(SYNC_WINDOW)


def validated(text: str, store: SchemaStore) -> tuple[PolicyFile, tuple[Diagnostic, ...]]:
    source = Source("policy.yaml", text)
    node, problems = parse(source)
    assert isinstance(node, MappingNode)
    value, more = validate(CompiledSchema(store, POLICY), source, node)
    return PolicyFile(source, node, value), problems + more


def planned(store: SchemaStore = STORE, text: str = DECLARED, rows: Sequence[dict[str, Any]] = ROWS) -> Plan:
    """Return the plan that brings live rows to what a text declares."""
    file, problems = validated(text, store)
    assert () == problems
    content = seal(syncWindows=rows)
    snapshot = bind_snapshot(read_sealed([content], "live.json", store), store)
    config = bind_config({"guards": {"require-target": False}}, None, None, store)
    return make_plan(bind_policy([file], store), snapshot, config, store, now=NOW)


def table_rows(script: str) -> list[Any]:
    """Return the rows of the arrays in the table of a script."""
    return [unquote(row) for row in re.findall(r"^        ,?(@[{(].*[})]),?\r$", script, re.MULTILINE)]


def test_a_wrong_declaration_is_found() -> None:
    _, problems = validated("syncWindows:\n- {Name: Day, Length: 8 hours, Enabld: true}\n", STORE)
    messages = sorted(problem.message for problem in problems)
    assert messages[0].startswith("`Length` is `8 hours`, which is not a time span")
    assert messages[1] == "unknown key `Enabld`"


def test_a_plan_changes_creates_and_deletes() -> None:
    text = render_plan(planned(), STORE, style=Style(color=False), full=True)
    assert text.partition("steps, in the order they are taken\n")[2].splitlines()[:8] == [
        "  s001 + sync window Day",
        "         Name: Day",
        "         Length: 08:00:00",
        "         Enabled: true",
        "  s002 ~ sync window Night",
        "         Length: 10:00:00 -> 06:00:00",
        "         Owners: +kim@contoso.com, -pat@contoso.com",
        "  s003 - sync window Noon",
    ]


def test_a_plan_and_its_script_hold_the_same_steps() -> None:
    made = planned(rows=[*ROWS, *({"Name": f"W{number}"} for number in range(9))])
    assert "max-deletes-percent" in {refusal.guard for refusal in made.refusals}
    kind, *steps = table_rows(render_converge_script(read_script("converge.ps1"), made, STORE))
    assert kind == {
        "name": "syncWindow",
        "title": "sync window",
        "cmdlets": {"read": "Get-SyncWindow"}
        | {"create": "New-SyncWindow", "update": "Set-SyncWindow", "delete": "Remove-SyncWindow"},
        "key": ["Name"],
        "target": ["Name", "Guid"],
        "settings": {"Name": "string", "Length": "timespan", "Enabled": "bool", "Owners": "strings"},
    }
    assert [
        [step.id, step.action, step.kind, [step.target.get(name) for name in ("Name", "Guid")]] for step in made.steps
    ] == [[*row[:3], row[5]] for row in steps]
    assert ["update", "syncWindow", ["Night", "G1"]] == [*steps[1][1:3], steps[1][5]]
    assert ["Length", "10:00:00", "06:00:00"] in steps[1]


def test_the_exporting_script_reads_it() -> None:
    script = render_export_script(read_script("export.ps1"), STORE, edition="exchange-online", tool="0.1.0")
    (row,) = (row for row in table_rows(script) if row["name"] == "syncWindows")
    assert row == {
        "name": "syncWindows",
        "cmdlet": "Get-SyncWindow",
        "optional": True,
        "properties": ["Guid", "WhenCreatedUTC", "Name", "Length", "Enabled", "Owners"],
        "lists": ["Owners"],
        "personal": ["Owners"],
    }


def test_refusals_call_it_by_its_title() -> None:
    deleting = planned(text="syncWindows: []\n")
    (refusal,) = (refusal for refusal in deleting.refusals if refusal.guard == "max-deletes-percent")
    assert "2 of 2 sync windows would be deleted, the limit is 30 %" == refusal.message
    assert str(refusal.acknowledge).startswith("max-deletes-percent=syncWindow:2:")
    fixed = {name: value for name, value in SYNC_WINDOW["exchange"].items() if name not in {"new", "remove"}}
    (refusal,) = planned(store_with(SYNC_WINDOW | {"exchange": fixed})).refusals
    assert "sync window Day is declared but not live: check the spelling, or remove it" == refusal.message
    assert "unknown-syncWindow=Day" == refusal.acknowledge


@pytest.mark.parametrize("allowed", [[], ["syncWindows"]])
def test_a_snapshot_may_lack_it(allowed: list[str]) -> None:
    raw = read_sealed([seal()], "live.json", STORE)
    snapshot = bind_snapshot(raw, STORE, allow_incomplete=allowed)
    assert snapshot.state.section("syncWindow") is None
    assert allowed == list(snapshot.incomplete)
