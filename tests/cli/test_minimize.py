"""`policylint minimize` and `simulate --explain-mismatch` at a terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

SCHEMAS = Path(__file__).parents[2] / "schemas" / "output"


def test_rules_that_can_go_with_the_proof(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    folder.write(
        "policy/a.yaml",
        "organization: {DefaultAccessLevel: Block}\n"
        "deviceAccessRules:\n"
        "- {Characteristic: DeviceType, QueryString: iPod, AccessLevel: Block}\n"
        "- {Characteristic: DeviceType, QueryString: iPad, AccessLevel: Allow}\n"
        "- {Characteristic: DeviceType, QueryString: WP8, AccessLevel: Block}\n"
        "- {Characteristic: DeviceOS, QueryString: iOS 6, AccessLevel: Block}\n",
    )
    done = folder.run("minimize", "--format", "json")
    record = json.loads(done.stdout)
    schema = json.loads((SCHEMAS / "minimise-v1.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(record)
    assert ["iPod (DeviceType)", "WP8 (DeviceType)"] == [rule["identity"] for rule in record["removable"]]
    assert "equal" == record["proof"]["verdict"]
    text = folder.run("minimize").stdout
    assert text.startswith("2 of 4 rules can go together\n  rule iPod (DeviceType): Block")
    assert "with and without them: equal: no device can tell the two apart" in text


def test_no_rule_can_go(example: Folder) -> None:
    assert example.run("minimize").stdout.startswith("no rule can go: each of 13 rules changes somebody's access")


def test_mismatches_are_counted_and_explained_on_demand(example: Folder) -> None:
    note = "note: 8 of 152 devices report another state than live settings give; --explain-mismatch shows them"
    assert note in example.run("simulate").stdout
    shown = example.run("simulate", "--explain-mismatch").stdout
    assert "reported DeviceDiscovery (Unknown), computed Allowed: rule iPhone (DeviceType)" in shown
    assert "- transient: Exchange is still finding out what the device is" in shown
    found = json.loads(example.run("simulate", "--format", "json").stdout)["mismatches"]
    assert 8 == len(found)
    assert all(each["candidates"] and each["reported"]["state"] for each in found)
