"""What a reviewer reads in a converging script: its table is the plan and nothing else, with each step in words."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policylint.adapters.resources import read_script
from policylint.bind.config import bind_config
from policylint.plan.evidence_table import evidence_table
from policylint.plan.make import make_plan
from policylint.plan.part import parts_of
from policylint.plan.planfile import plan_of, plan_record
from policylint.render.powershell import render_converge_script, render_parts
from policylint.render.step_words import step_words
from tests.laws.test_law_6_quoting import texts
from tests.powershell import scenes
from tests.powershell.exchange import HERE
from tests.powershell.scenes import change, full_plan, plan, step
from tests.texts import TODAY
from tests.worlds import FREE, STORE, bind, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXAMPLES = 1 if settings.get_current_profile_name() == "default" else settings().max_examples // 10
SIGNATURE = (
    "# SIG # Begin signature block\r\n# MIIFuQYJKoZIhvcNAQcCoIIFqjCCBaYCAQExDzANBglg\r\n# SIG # End signature block\r\n"
)
PHONE = {"mailbox": "ann@contoso.com", "DeviceId": "A", "DeviceType": "Android", "ClientType": "EAS"}
HOSTILE = (
    "#> ; exit 9 <#",
    "' + (exit 9) + '",
    "$(exit 9)",
    "@'\n'@",
    "\u2019; exit 9 #",
    "<plan>",
    "# SIG # Begin signature block",
)


class Reader:
    """One PowerShell process that reads scripts."""

    def __init__(self, pwsh: str, folder: Path) -> None:
        self.folder = folder
        command = [pwsh, "-NoProfile", "-NonInteractive", "-File", str(HERE / "table.ps1")]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", cwd=folder
        )

    def read(self, script: str) -> dict[str, Any]:
        """Return what the engine finds in a script."""
        assert self.process.stdin
        assert self.process.stdout
        path = self.folder / "script.ps1"
        path.write_text(script, encoding="ascii", newline="")
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found


@pytest.fixture(scope="module")
def reader(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Return an engine that reads scripts, for all tests of this file."""
    started = Reader(pwsh, tmp_path_factory.mktemp("reader"))
    yield started
    started.process.communicate(timeout=30)


def assert_says(found: dict[str, Any], made: dict[str, Any]) -> None:
    """Assert that the table of a script says what the plan of a record says, all of it and no more."""
    assert ([], 1, []) == (found["problems"], found["tables"], found["strange"])
    assert set(found["variables"]) <= {"null", "true", "false"}
    table, wanted = found["table"], plan_of(made)
    record = plan_record(wanted)
    assert {
        name: record[name] for name in ("fingerprint", "tenant", "organization", "organizationGuid", "notAfter")
    } == {name: table[name] for name in ("fingerprint", "tenant", "organization", "organizationGuid", "notAfter")}
    assert len(record["steps"]) == len(table["steps"])
    kinds = {kind["name"]: kind for kind in table["kinds"]}
    for each, made_step, row in zip(record["steps"], wanted.steps, table["steps"], strict=True):
        described = STORE.object_type(each["kind"])
        identifier, action, kind, words, name, target, opens, closes, *changes = row
        assert (each["id"], step_words(made_step, STORE)) == (identifier, words)
        assert (each["action"], each["kind"], each["opens"], each["closes"]) == (action, kind, opens, closes)
        assert each["identity"] == (target[0] if name is None else name)
        assert [each["target"].get(name) for name in described.target] == target
        assert [one["property"] for one in each["changes"]] == [one[0] for one in changes]
        assert [one["kind"] for one in each["changes"]] == [kinds[kind]["settings"][one[0]] for one in changes]
        assert [(one["before"], one["after"]) for one in each["changes"]] == list(map(before_and_after, changes))


def before_and_after(row: list[Any]) -> tuple[Any, Any]:
    """Return what a row says a setting is before a step and after it."""
    if len(row) == 3:
        return row[1], row[2]
    _, before, gone, added = row
    return before, [item for item in before if item not in gone] + added


def test_the_table_is_the_plan(reader: Reader) -> None:
    for made in (full_plan(), plan(), full_plan() | {"edition": "exchange-2019", "tenant": None, "steps": []}):
        assert_says(reader.read(scenes.converge(made)), made)


def test_one_class_of_evidence_is_a_row_too(reader: Reader) -> None:
    live = "{Identity: ann@contoso.com, ActiveSyncBlockedDeviceIDs: []}"
    there = snapshot(f"organization: {{DefaultAccessLevel: Allow}}\nmailboxes: [{live}]\n", [PHONE])
    settings = bind_config({"guards": FREE}, None, None, STORE)
    made = make_plan(bind(f"mailboxes: [{live.replace('[]', '[A]')}]\n"), there, settings, STORE, now=TODAY)
    rows = evidence_table(plan_record(made))[1]
    assert 1 == len(rows)
    script = render_converge_script(read_script("converge.ps1"), made, STORE)
    assert [list(map(str, row)) for row in rows] == [
        list(map(str, row)) for row in reader.read(script)["table"]["classes"]
    ]


def hostile(found: list[str]) -> dict[str, Any]:
    """Return a plan with these texts wherever one can stand."""
    steps = []
    for text in found:
        target = {"Characteristic": "DeviceModel", "QueryString": text}
        steps.append(step("create", "deviceAccessRule", target, change("AccessLevel", "enum", None, "Block")))
        steps.append(step("delete", "deviceAccessRule", target, change("AccessLevel", "enum", text, None)))
        ids = change("ActiveSyncAllowedDeviceIDs", "strings", [text], [f"{text}2"])
        steps.append(step("update", "mailbox", {"PrimarySmtpAddress": text, "Guid": text, "Identity": text}, ids))
        steps.append(step("update", "organization", {}, change("UserMailInsert", "string", text, f"{text}3")))
    return plan(*steps, organization=found[0] if found else None)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.lists(texts, max_size=4).map(lambda found: [*found, *HOSTILE]))
def test_law_6_no_text_of_a_plan_is_more_than_data(reader: Reader, found: list[str]) -> None:
    read = reader.read(scenes.converge(hostile(found)))
    assert_says(read, hostile(found))
    assert 3 == len(read["notes"].strip().splitlines())


def test_its_help_says_what_the_plan_is(reader: Reader) -> None:
    found = reader.read(scenes.converge(full_plan()))
    assert [
        f"Plan {scenes.fingerprint(full_plan())}, 11 steps for exchange-online.",
        "Created 2026-11-23T09:00:00Z, refused after 2999-01-01T00:00:00Z.",
        "Its steps create 1 device access rule, create 1 mobile device mailbox policy, delete 1 device access rule, "
        "delete 1 mobile device mailbox policy, update 1 device access rule, update 4 mailboxes, "
        "update 1 mobile device mailbox policy and update organization settings.",
    ] == found["notes"].strip().splitlines()
    assert "one Exchange organization" in found["synopsis"]
    assert found["examples"] >= 4
    assert {"REPORT", "STEPID", "UNTIL", "UNATTENDED", "CONNECT"} <= set(found["parameters"])


def test_parts_have_the_whole_plan(reader: Reader) -> None:
    made = full_plan()
    parts = parts_of(11, 4)
    for part, script in zip(parts, render_parts(read_script("converge.ps1"), plan_of(made), STORE, parts), strict=True):
        found = reader.read(script)
        assert_says(found, made)
        assert {"number": part.number, "of": 3, "from": part.first, "until": part.end} == found["table"]["part"]
        words = f"This is part {part.number} of 3: steps s{part.first + 1:03d} to s{part.end:03d}."
        assert words in found["notes"]
        assert f"# {words}" in script


def test_a_signature_changes_nothing_before_it(reader: Reader) -> None:
    """A script is signed by a comment at its end; nothing of it may look like the beginning of one."""
    script = scenes.converge(hostile(list(HOSTILE)))
    plain, signed = reader.read(script), reader.read(script + SIGNATURE)
    assert [] == signed["problems"]
    assert plain == signed
