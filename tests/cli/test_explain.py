"""`policylint explain`: the page of a rule, or what a code, a state, a refusal or a message means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

SCHEMA = Path(__file__).resolve().parents[2] / "schemas" / "output" / "explain-v1.schema.json"


def test_a_status_code(folder: Folder) -> None:
    done = folder.run("explain", "status 126")
    assert (0, "") == (done.returncode, done.stderr)
    lines = done.stdout.splitlines()
    assert "ActiveSync status 126 (UserDisabledForSync): ActiveSync is off for the mailbox" == lines[0]
    assert "  step:     3 mailbox-switch: is this kind of client switched off for the mailbox?" in lines
    assert "  next:     policylint why --mailbox ADDRESS" in lines
    assert "  evidence: documented" in lines
    assert any(line.startswith("  source:   https://learn.microsoft.com/") for line in lines)


def test_a_code_that_no_step_gives(folder: Folder) -> None:
    assert "  step:     none of the order of decision\n" in folder.run("explain", "165").stdout


def test_what_people_report_is_called_so(folder: Folder) -> None:
    done = folder.run("explain", "Permission to sync not established")
    assert "  evidence: reported by administrators\n" in done.stdout
    assert "seen in the field" not in done.stdout


def test_a_word_with_more_than_one_meaning_has_all_of_them(folder: Folder) -> None:
    text = folder.run("explain", "Unknown").stdout
    assert text.startswith("3 meanings\n")
    assert ("Unknown (state): ", "Unknown (reason): ") == tuple(
        word for word in ("Unknown (state): ", "Unknown (reason): ") if word in text
    )


@pytest.mark.parametrize("query", ["Windows-Mail Rule", "device-os-rule-rots", "126", "catalog", "Unknown"])
def test_json_fits_its_schema(folder: Folder, query: str) -> None:
    record = json.loads(folder.run("explain", query, "--format", "json").stdout)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(record)
    assert (query, True) == (record["query"], len(record["found"]) > 0)


def test_the_list_has_everything_but_the_rules(folder: Folder) -> None:
    done = folder.run("explain", "--list")
    assert 0 == done.returncode
    assert {"max-newly-denied", '"Cannot Get Mail"', "HTTP 403", "DeviceDiscovery", "mailbox-switch"} <= {
        line.strip().split("  ")[0] for line in done.stdout.splitlines()
    }
    record = json.loads(folder.run("explain", "--list", "--format", "json").stdout)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(record)
    assert record["query"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["default-level-alow"], "did you mean `default-level-allow`? `policylint explain --list` shows"),
        (["quarentined"], "did you mean `Quarantined`?"),
        (["stolen"], "nothing is known of `stolen`\n  = help: `policylint explain --list`"),
        (["frobnicate"], "nothing is known of `frobnicate`"),
        ([], "name what to explain"),
    ],
)
def test_what_is_not_known_says_how_to_go_on(folder: Folder, arguments: list[str], message: str) -> None:
    done = folder.run("explain", *arguments)
    assert (3, "") == (done.returncode, done.stdout)
    assert message in done.stderr
    assert "policylint explain --list" in done.stderr
