"""`policylint minimize` and `simulate --explain-mismatch` at a terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from policylint.project.minimize import minimize
from tests.texts import CONFIG, LIVE, project
from tests.worlds import sealed

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


RULES = """\
organization: {DefaultAccessLevel: Block}
deviceAccessRules:
- {Characteristic: DeviceType, matches: {one-of: [iPod, WP8]}, AccessLevel: Block}
- {Characteristic: DeviceType, matches: {one-of: [Tab 1]}, AccessLevel: Allow}
- {Characteristic: DeviceType, QueryString: iPad, AccessLevel: Allow}
"""


def test_an_entry_with_matches_goes_as_a_whole(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    folder.write("policy/a.yaml", RULES)
    record = json.loads(folder.run("minimize", "--format", "json").stdout)
    schema = json.loads((SCHEMAS / "minimise-v1.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(record)
    (entry,) = record["removable"]
    assert (3, 3) == (record["rules"], entry["line"])
    assert ["iPod (DeviceType)", "WP8 (DeviceType)"] == entry["standsFor"]
    assert "equal" == record["proof"]["verdict"]
    text = folder.run("minimize").stdout
    assert text.startswith("1 of 3 rules can go together\n  rule ")
    assert "the whole entry with `matches`, 2 rules  policy/a.yaml:3\n" in text


@pytest.mark.parametrize(
    ("rules", "config", "live"),
    [
        pytest.param(
            "- {Characteristic: DeviceType, QueryString: iPod, AccessLevel: Block}\n"
            "- {Characteristic: DeviceType, matches: {one-of: [IPOD, iPad]}, AccessLevel: Allow}\n",
            "",
            [],
            id="an entry with another level names the value too",
        ),
        pytest.param(
            "- {Characteristic: DeviceType, QueryString: iPod, AccessLevel: Block}\n",
            "manage: {deviceAccessRules: additive}\n",
            ["iPod"],
            id="a live rule of another level would stay",
        ),
        pytest.param(
            "- {Characteristic: DeviceType, matches: {one-of: [iPod, iPad]}, AccessLevel: Block}\n",
            "manage: {deviceAccessRules: owned}\n",
            ["iPad"],
            id="a live rule would stay for one value of an entry",
        ),
    ],
)
def test_a_rule_stays_where_another_one_would_take_its_place(rules: str, config: str, live: list[str]) -> None:
    text = f"organization: {{DefaultAccessLevel: Block}}\ndeviceAccessRules:\n{rules}"
    rows = (f"- {{Characteristic: DeviceType, QueryString: {value}, AccessLevel: Allow}}\n" for value in live)
    snapshot = sealed(f"organization: {{DefaultAccessLevel: Block}}\ndeviceAccessRules:\n{''.join(rows) or '  []'}")
    found = project({CONFIG: f"version: 1\n{config}", "a.yaml": text, LIVE: snapshot})
    assert () == minimize(found).removable
    assert "access-rule-redundant" not in {each.rule for each in found.lint().diagnostics}


def test_a_live_rule_of_another_level_goes_where_the_policy_is_all_there_is() -> None:
    text = (
        "organization: {DefaultAccessLevel: Block}\n"
        "deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPod, AccessLevel: Block}]\n"
    )
    snapshot = sealed(text.replace("l: Block}]", "l: Allow}]"))
    found = minimize(project({CONFIG: "version: 1\n", "a.yaml": text, LIVE: snapshot}))
    assert ["iPod (DeviceType)"] == [each.entry.identity for each in found.removable]
    assert "equal" == found.proof.verdict
