"""`policylint simulate` in its formats: groups, CSV, JSON."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from tests.worlds import sealed

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

SCHEMA = Path(__file__).parents[2] / "schemas" / "output" / "simulate-v1.schema.json"
VERDICT = "access changes for 18 of 152 devices: 8 gain it, 7 lose it, 3 change in another way"


@pytest.mark.parametrize("by", ["type", "model", "os", "agent", "mailbox", "client"])
def test_groups_hold_every_device(example: Folder, by: str) -> None:
    record = json.loads(example.run("simulate", "--by", by, "--format", "json").stdout)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(record)
    assert 152 == sum(group["devices"] for group in record["groups"])
    assert 18 == sum(group["changed"] for group in record["groups"])
    rows = list(csv.DictReader(io.StringIO(example.run("simulate", "--by", by, "--format", "csv").stdout)))
    assert [group["value"] or "" for group in record["groups"]] == [row["value"] for row in rows]
    text = example.run("simulate", "--by", by).stdout.splitlines()
    assert VERDICT == text[0]
    assert str(record["groups"][0]["value"])[:40] in text[3]


def test_groups_are_folded_beyond_a_screen(example: Folder) -> None:
    text = example.run("simulate", "--by", "mailbox").stdout
    assert "more; --full shows all" in text
    assert len(text.splitlines()) < 30 < len(example.run("simulate", "--by", "mailbox", "--full").stdout.splitlines())


def test_csv_has_a_row_a_device(example: Folder) -> None:
    rows = list(csv.DictReader(io.StringIO(example.run("simulate", "--format", "csv").stdout)))
    devices = json.loads(example.run("simulate", "--format", "json").stdout)["devices"]
    assert [device["deviceId"] for device in devices] == [row["deviceId"] for row in rows]
    assert [str(device["changed"]).lower() for device in devices] == [row["changed"] for row in rows]
    assert [device["desired"]["state"] or "not decided here" for device in devices] == [
        row["desiredState"] for row in rows
    ]


def test_groups_show_what_is_not_decided_where_there_is_such(example: Folder) -> None:
    lines = example.run("simulate", "--by", "client").stdout.splitlines()
    (row,) = (line.split() for line in lines if line.endswith("UniversalOutlook"))
    assert ["5", "->", "5", "UniversalOutlook"] == row[-4:]
    assert "not decided" in lines[2]


@pytest.mark.parametrize("more", [(), ("--by", "os")], ids=["devices", "groups"])
def test_csv_ends_lines_as_rfc_4180_has_them(example: Folder, more: tuple[str, ...]) -> None:
    example.run("simulate", "--format", "csv", "-o", "devices.csv", *more)
    content = (example.path / "devices.csv").read_bytes()
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r") > 20


def test_a_title_is_for_the_report(example: Folder) -> None:
    report = example.run("simulate", "--format", "html", "--title", "Second wave").stdout
    assert f'<h1>Second wave</h1>\n<p class="lead">A{VERDICT[1:]}</p>' in report
    refused = example.run("simulate", "--title", "Second wave")
    assert 3 == refused.returncode
    assert "--format html" in refused.stderr


def test_a_formula_is_no_formula(folder: Folder) -> None:
    from tests.worlds import sealed

    folder.write("policylint.yaml", "version: 1\nsnapshot: live.json\n")
    folder.write("policy/a.yaml", "organization: {DefaultAccessLevel: Allow}\n")
    device = {"mailbox": None, "DeviceId": "@SUM(A1)", "DeviceType": "=cmd|' /C calc'!A0", "ClientType": "EAS"}
    device |= {"DeviceModel": "+1", "DeviceOS": "-1", "DeviceUserAgent": "\t=1"}
    folder.write("live.json", sealed("organization: {DefaultAccessLevel: Allow}\n", [device]))
    done = folder.run("simulate", "--format", "csv")
    assert 0 == done.returncode, done.stderr
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    assert ("'@SUM(A1)", "'=cmd|' /C calc'!A0") == (row["deviceId"], row["DeviceType"])
    assert ("'+1", "'-1", "'\\u0009=1") == (row["DeviceModel"], row["DeviceOS"], row["DeviceUserAgent"])


def test_the_report_is_the_same_every_time(example: Folder) -> None:
    now = "1795435200"
    one, other = (
        example.run("simulate", "--format", "html", PYTHONHASHSEED=seed, SOURCE_DATE_EPOCH=now).stdout
        for seed in ("1", "2")
    )
    assert one == other
    assert one.startswith("<!doctype html>")


def test_a_mailbox_near_the_limit_of_partnerships_is_named(folder: Folder) -> None:
    policy = "organization: {DefaultAccessLevel: Allow}\nmailboxes: [{Identity: ann.lee@contoso.com}]\n"
    rows = [{"mailbox": "ann.lee@contoso.com", "DeviceId": str(number), "DeviceType": "iPhone"} for number in range(95)]
    folder.write("policylint.yaml", "{version: 1, snapshot: live.json}\n")
    folder.write("policy/a.yaml", "organization: {DefaultAccessLevel: Allow}\n")
    folder.write("live.json", sealed(policy, rows))
    text = folder.run("simulate", "--by", "mailbox").stdout
    assert "note: ann.lee@contoso.com has 95 Exchange ActiveSync partnerships: the documented default limit" in text
    record = json.loads(folder.run("simulate", "--by", "mailbox", "--format", "json").stdout)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(record)
    assert {"activeSync": 95, "others": 0, "documentedLimit": 100, "nearLimit": True} == record["groups"][0][
        "partnerships"
    ]
    (row,) = csv.DictReader(io.StringIO(folder.run("simulate", "--by", "mailbox", "--format", "csv").stdout))
    assert "95" == row["partnerships"]
    assert "partnerships" in folder.run("why", "--mailbox", "ann.lee@contoso.com").stdout.split("\n\n")[0]


def test_values_that_contradict_each_other_are_named_in_every_format(folder: Folder) -> None:
    row = {"mailbox": "ann.lee@contoso.com", "DeviceId": "1", "DeviceType": "iPhone", "DeviceUserAgent": "Thunderbird"}
    folder.write("policylint.yaml", "{version: 1, snapshot: live.json}\n")
    folder.write("policy/a.yaml", "organization: {DefaultAccessLevel: Allow}\n")
    folder.write("live.json", sealed("mailboxes: [{Identity: ann.lee@contoso.com}]\n", [row]))
    words = "(DeviceType iPhone, but DeviceUserAgent Thunderbird)"
    assert words in folder.run("simulate").stdout
    assert words in folder.run("simulate", "--format", "html").stdout
    record = json.loads(folder.run("simulate", "--format", "json").stdout)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(record)
    assert (1, "1") == (record["contradictions"]["devices"], record["contradictions"]["example"]["deviceId"])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--state", "quarantined"), lambda device: device["desired"]["state"] == "Quarantined"),
        (("--state", "undecided"), lambda device: device["desired"]["state"] is None),
        (("--mailbox", "john.doe@contoso.com"), lambda device: device["mailbox"] == "john.doe@contoso.com"),
        (("--changed",), lambda device: device["changed"]),
        (
            ("--changed", "--state", "Blocked"),
            lambda device: device["changed"] and device["desired"]["state"] == "Blocked",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_filter_gives_the_devices_asked_for_in_every_format(
    example: Folder, arguments: tuple[str, ...], expected: Any
) -> None:
    every = json.loads(example.run("simulate", "--format", "json").stdout)["devices"]
    wanted = [device["deviceId"] for device in every if expected(device)]
    assert wanted
    record = json.loads(example.run("simulate", *arguments, "--format", "json").stdout)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(record)
    assert wanted == [device["deviceId"] for device in record["devices"]]
    assert len(wanted) == record["impact"]["devices"]
    rows = csv.DictReader(io.StringIO(example.run("simulate", *arguments, "--format", "csv").stdout))
    assert wanted == [row["deviceId"] for row in rows]
    text = example.run("simulate", *arguments, "--full").stdout
    html = example.run("simulate", *arguments, "--format", "html").stdout
    assert all(device_id in text and device_id in html for device_id in filter(None, wanted))
    groups = json.loads(example.run("simulate", *arguments, "--by", "type", "--format", "json").stdout)["groups"]
    assert len(wanted) == sum(group["devices"] for group in groups)


def test_a_filter_without_devices_says_so(example: Folder) -> None:
    arguments = ("simulate", "--mailbox", "john.doe@contoso.com", "--state", "undecided")
    text = example.run(*arguments).stdout
    assert text.startswith("no device of the snapshot (state undecided, mailbox john.doe@contoso.com)\n\nlive state: ")
    assert "there are no devices to group\n" in example.run(*arguments, "--by", "type").stdout
    assert 0 == example.run(*arguments, "--format", "html").returncode
    assert 1 == len(example.run(*arguments, "--format", "csv").stdout.splitlines())


@pytest.mark.parametrize("more", [("--state", "Blocked"), ("--changed",), ("--fail-on", "mismatch")])
def test_devices_are_asked_for_of_a_snapshot(folder: Folder, more: tuple[str, ...]) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    folder.write("policy/a.yaml", "organization: {DefaultAccessLevel: Allow}\n")
    done = folder.run("simulate", *more)
    assert (3, True) == (done.returncode, "no snapshot of live state is named" in done.stderr)


def test_groups_without_a_snapshot_say_that_there_are_no_devices(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    folder.write("policy/a.yaml", "organization: {DefaultAccessLevel: Allow}\n")
    assert "there are no devices to group\n" in folder.run("simulate", "--by", "model").stdout


@pytest.mark.parametrize("more", [(), ("--explain-mismatch",), ("--format", "json"), ("--by", "type")])
def test_a_mismatch_fails_where_that_is_asked_for(example: Folder, more: tuple[str, ...]) -> None:
    assert 0 == example.run("simulate", *more).returncode
    assert 1 == example.run("simulate", *more, "--fail-on", "mismatch").returncode
    none = ("--mailbox", "james.carter@contoso.com", "--state", "undecided")
    assert 0 == example.run("simulate", *none, "--fail-on", "mismatch").returncode
