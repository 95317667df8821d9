"""`policylint mine` at a terminal: what becomes a rule, what goes on a list, what cannot be kept, and the proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from tests.worlds import sealed

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

SCHEMA = Path(__file__).parents[2] / "schemas" / "output" / "mine-v1.schema.json"
ANN, BOB = "ann@contoso.com", "bob@contoso.com"
MAILBOXES = "\n".join(
    f"- {{Identity: {name}, ActiveSyncEnabled: true, ActiveSyncAllowedDeviceIDs: [], ActiveSyncBlockedDeviceIDs: []}}"
    for name in (ANN, BOB)
)
ADMINS = "AdminMailRecipients: [mobile-admins@contoso.com]"


def live(default: str, *rules: str) -> str:
    """Return live state: a default, rules written `DeviceType iPhone Allow`, and the mailboxes."""
    lines = []
    for rule in rules:
        characteristic, *value, level = rule.split(" ")
        query = json.dumps(" ".join(value))
        lines.append(f"- {{Characteristic: {characteristic}, QueryString: {query}, AccessLevel: {level}}}")
    section = "\n".join(["deviceAccessRules:", *lines] if lines else ["deviceAccessRules: []"])
    return f"organization: {{DefaultAccessLevel: {default}, {ADMINS}}}\n{section}\nmailboxes:\n{MAILBOXES}\n"


def device(owner: str, number: int, *reported: str, **other: str) -> dict[str, Any]:
    """Return the row of a device: what it reports in the order of the characteristics, and other properties."""
    properties = ("DeviceType", "DeviceModel", "DeviceOS", "DeviceUserAgent")
    named = {"mailbox": owner, "DeviceId": f"ID{number}", "ClientType": "EAS", "ClientVersion": "16.1"}
    return {**named, **dict(zip(properties, reported, strict=False)), **other}


def world(folder: Folder, state: str, *devices: dict[str, Any]) -> Folder:
    folder.write("policylint.yaml", "version: 1\nedition: exchange-online\nsnapshot: live.json\n")
    folder.write("live.json", sealed(state, devices))
    return folder


def mined(folder: Folder, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code and the record, which is as its schema says; the policy in it is in canonical form."""
    done = folder.run("mine", "--format", "json", *arguments)
    record = json.loads(done.stdout)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(record)
    assert 0 == folder.pipe(record["policy"], "fmt", "--check", "-").returncode
    return done.returncode, record


def rules(record: dict[str, Any]) -> list[str]:
    names = ("Characteristic", "QueryString", "AccessLevel")
    return [" ".join(rule[name] for name in names) for rule in record["rules"]]


def entries(record: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each["mailbox"], each["setting"], each["deviceId"]) for each in record["entries"]]


IPHONES = [device(ANN, number, "iPhone", f"iPhone1{number}C1", f"iOS 26.{number}") for number in range(4)]
PIXEL = device(BOB, 8, "Android", "Pixel 8", "Android 15")
OLD = device(BOB, 9, "Android", "Pixel 8", "Android 11")
PLAIN = device(BOB, 7, "Android")


@pytest.mark.parametrize(
    ("state", "devices", "arguments", "expected"),
    [
        pytest.param(
            live("Allow"), [*IPHONES, PIXEL], [], ["DeviceType Android Allow", "DeviceType iPhone Allow"], id="types"
        ),
        pytest.param(live("Allow"), IPHONES, ["--default", "Allow"], [], id="nothing-to-say-under-the-same-default"),
        pytest.param(
            live("Quarantine", "DeviceOS Android 15 Allow"),
            [PIXEL, OLD],
            [],
            ["DeviceOS Android 15 Allow"],
            id="a-version-where-nothing-else-tells-them-apart",
        ),
        pytest.param(
            live("Quarantine", "DeviceOS iOS 26.1 Allow"),
            IPHONES,
            [],
            ["DeviceModel iPhone11C1 Allow"],
            id="a-value-that-lasts-before-a-version",
        ),
        pytest.param(
            live("Allow"), [PIXEL], ["--prefer", "UserAgent,DeviceModel"], ["DeviceModel Pixel 8 Allow"], id="preferred"
        ),
        pytest.param(
            live("Allow", "DeviceOS Android 11 Block"),
            [PIXEL, OLD, *IPHONES],
            ["--budget", "1"],
            ["DeviceType iPhone Allow"],
            id="the-rule-of-most-devices",
        ),
        pytest.param(
            live("Allow", "DeviceModel iPhone10C1 Block"),
            IPHONES,
            [],
            ["DeviceModel iPhone10C1 Block", "DeviceType iPhone Allow"],
            id="a-model-as-the-exception-of-its-type",
        ),
        pytest.param(
            live("Quarantine", "DeviceType iPhone Allow", "DeviceModel iPhone10C1 Quarantine"),
            IPHONES,
            [],
            ["DeviceModel iPhone10C1 Quarantine", "DeviceType iPhone Allow"],
            id="an-exception-as-strict-as-the-default",
        ),
        pytest.param(
            live("Allow", "DeviceOS iOS 26.0 Block"),
            [*IPHONES, device(ANN, 8, "iPhone", "iPhone10C1", "iOS 26.9")],
            [],
            ["DeviceType iPhone Allow"],
            id="no-version-as-an-exception",
        ),
        pytest.param(
            live("Allow"),
            [device(ANN, 1, "NO", "*", "0123"), device(ANN, 2, "pHone ", "a: b #c", "x\"y'")],
            [],
            ["DeviceType NO Allow", "DeviceType pHone  Allow"],
            id="values-that-yaml-reads-otherwise",
        ),
        pytest.param(
            live("Allow"),
            [device(ANN, 1, "iPhone"), device(ANN, 2, "IPHONE"), device(BOB, 3, "IPHONE")],
            [],
            ["DeviceType IPHONE Allow"],
            id="one-value-in-two-spellings",
        ),
    ],
)
def test_what_becomes_a_rule(
    folder: Folder, state: str, devices: list[dict[str, Any]], arguments: list[str], expected: list[str]
) -> None:
    code, record = mined(world(folder, state, *devices), *arguments)
    assert expected == rules(record)
    assert (0, 0, len(devices)) == (code, record["proof"]["changed"], record["proof"]["devices"])
    folder.write("policy/rules.yaml", record["policy"])
    assert 0 == folder.run("lint").returncode, folder.run("lint").stdout


ALLOWED = "ActiveSyncAllowedDeviceIDs"
BLOCKED = "ActiveSyncBlockedDeviceIDs"
MIXED = live("Quarantine", "DeviceOS Android 11 Allow")
TWIN = device(BOB, 9, "Android", "Pixel 8", "Android 11", ClientType="Outlook")


@pytest.mark.parametrize(
    ("state", "devices", "arguments", "listed", "why"),
    [
        pytest.param(MIXED, [PIXEL, OLD], ["--budget", "0"], [(BOB, ALLOWED, "ID9")], [], id="allowed"),
        pytest.param(
            live("Allow", "DeviceType Android Block"),
            [PIXEL],
            ["--budget", "0"],
            [(BOB, BLOCKED, "ID8")],
            [],
            id="blocked",
        ),
        pytest.param(MIXED, [OLD, TWIN], ["--budget", "0"], [(BOB, ALLOWED, "ID9")], [], id="an-id-twice"),
        pytest.param(
            MIXED,
            [OLD, device(BOB, 9, "iPhone")],
            ["--budget", "0"],
            [],
            ["another device of its mailbox has the same ID and other access"],
            id="an-id-of-two-with-other-access",
        ),
        pytest.param(
            MIXED,
            [OLD | {"mailbox": "gone@contoso.com"}],
            ["--budget", "0"],
            [],
            ["its mailbox is not known"],
            id="an-owner-that-is-not-known",
        ),
        pytest.param(
            live("Quarantine", "DeviceType Android Block", "UserAgent x Allow"),
            [device(ANN, 1, "iPhone", "", "", "same"), device(ANN, 2, "Android", "", "", "same"), device(ANN, 3)],
            ["--default", "Block"],
            [],
            ["no list of a mailbox quarantines"],
            id="quarantined-and-shows-nothing",
        ),
        pytest.param(
            live("Allow").replace("ActiveSyncEnabled: true", "ActiveSyncEnabled: false"),
            [device(ANN, 1, ClientType="Outlook")],
            [],
            [],
            ["ActiveSyncEnabled of its mailbox is false, and whether lists then count is not published"],
            id="lists-that-may-not-count",
        ),
    ],
)
def test_what_goes_on_a_list_and_what_cannot(
    folder: Folder,
    state: str,
    devices: list[dict[str, Any]],
    arguments: list[str],
    listed: list[tuple[str, str, str]],
    why: list[str],
) -> None:
    code, record = mined(world(folder, state, *devices), *arguments)
    assert listed == entries(record)
    assert why == [change["why"] for change in record["proof"]["changes"]]
    assert (1 if why else 0) == code


def test_what_something_else_decides_is_not_kept_by_a_list(folder: Folder) -> None:
    world(folder, MIXED, OLD, TWIN)
    folder.write(
        "policylint.yaml",
        "version: 1\nsnapshot: live.json\noutside: {conditional-access-covers-outlook-mobile: true}\n",
    )
    code, record = mined(folder, "--budget", "0")
    assert (1, [], 1, 1) == (code, entries(record), record["proof"]["changed"], record["proof"]["undecided"])


def test_the_file_is_a_policy_that_changes_nothing(folder: Folder) -> None:
    world(folder, MIXED, PIXEL, OLD, *IPHONES, device(ANN, 20, "Android", "Pixel 8", "Android 15", "Gmail"))
    done = folder.run("mine", "--default", "Quarantine", "--budget", "0", "-o", "policy/rules.yaml")
    assert (0, "") == (done.returncode, done.stdout)
    assert "wrote policy/rules.yaml: 0 rules and 1 personal entry under DefaultAccessLevel Quarantine, " in done.stderr
    assert "Proof: 0 of 7 devices change; kinds not seen before would be quarantined.\n" in done.stderr
    text = (folder.path / "policy" / "rules.yaml").read_text(encoding="utf-8")
    assert text.endswith("\n# Proof: 0 of 7 devices change; kinds not seen before would be quarantined.\n")
    assert "      Add:\n        - ID9  # Pixel 8, Android 11\n" in text
    assert 0 == folder.run("fmt", "--check").returncode
    assert 0 == folder.run("lint").returncode
    assert "nothing changes for any of 7 devices" in folder.run("simulate").stdout
    again = folder.run("mine", "-o", "policy/rules.yaml")
    assert (3, "error: not overwritten: policy/rules.yaml\n") == (again.returncode, again.stderr.partition("  =")[0])
    assert text == (folder.path / "policy" / "rules.yaml").read_text(encoding="utf-8")


def test_the_example(example: Folder) -> None:
    before = example.run("simulate", "--format", "json").stdout
    code, record = mined(example)
    assert (0, 9, 152, 0) == (code, len(record["rules"]), record["proof"]["devices"], record["proof"]["changed"])
    example.write("mined/rules.yaml", record["policy"])
    example.write("policylint.yaml", "version: 1\nedition: exchange-online\nsnapshot: live.json\npolicies: [mined/*]\n")
    lives = [{each["live"]["state"]} for each in json.loads(before)["devices"]]
    after = json.loads(example.run("simulate", "--format", "json").stdout)["devices"]
    assert lives == [{each["live"]["state"], each["desired"]["state"]} for each in after]


def test_what_people_should_know_before_they_use_it(folder: Folder) -> None:
    fake = device(ANN, 3, "iPhone", "iPhone15C2", "iOS 26.1", "Thunderbird-EAS/1.0", DeviceAccessState="Blocked")
    world(folder, live("Allow", "XMSWLHeader x Block", "DeviceModel Pixel 8 Block"), fake, PIXEL, IPHONES[0])
    done = folder.run("mine", "--format", "text")
    assert 0 == done.returncode
    assert done.stdout.startswith("3 rules under DefaultAccessLevel Quarantine, instead of 2 rules under Allow\n")
    assert (
        "Warning: 1 device that gets in contradicts itself, such as DeviceType iPhone, but DeviceUserAgent"
        in done.stdout
    )
    assert "Note: 1 device reports another state than live settings give" in done.stdout
    assert "Note: what 1 kept rule would match is not known: no device record shows it.\n" in done.stdout
    assert "2 devices: iPhone10C1 (1) and iPhone15C2 (1); also admits " in done.stdout
    text = folder.run("mine").stdout
    assert "# kept: no device record shows what it compares\n  - {Characteristic: XMSWLHeader, QueryString: x," in text


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--default", "Allow"], 3, "`--default Allow` is looser than the live default, Quarantine"),
        (["--prefer", "DeviceTyp"], 3, "`DeviceTyp` is no characteristic\n  = help: did you mean `DeviceType`?"),
        (["--budget", "-1"], 3, "-1"),
        (["--no-snapshot"], 3, "no snapshot of live state is named"),
    ],
    ids=["looser", "prefer", "budget", "no-snapshot"],
)
def test_what_is_refused(folder: Folder, arguments: list[str], code: int, message: str) -> None:
    done = world(folder, MIXED, PIXEL).run("mine", *arguments)
    assert (code, "") == (done.returncode, done.stdout)
    assert message in done.stderr


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("devices", "not all devices were read"),
        ("deviceAccessRules", "device access rules were not read"),
        ("organization", "DefaultAccessLevel was not read"),
    ],
)
def test_what_the_snapshot_has_to_hold(folder: Folder, section: str, message: str) -> None:
    world(folder, MIXED, PIXEL)
    folder.write("live.json", sealed(MIXED, [PIXEL], {section: "cut"}))
    done = folder.run("mine", "--allow-incomplete", section)
    assert (4, "") == (done.returncode, done.stdout)
    assert f"error: live.json: {message}" in done.stderr


def test_a_redacted_snapshot_gives_rules_and_no_entries(folder: Folder) -> None:
    world(folder, MIXED, PIXEL, OLD).run("snapshot", "seal", "live.json", "--redact", "-o", "redacted.json")
    code, record = mined(folder, "--snapshot", "redacted.json")
    assert (0, ["DeviceOS Android 11 Allow"]) == (code, rules(record))
    code, record = mined(folder, "--snapshot", "redacted.json", "--budget", "0")
    why = "the snapshot is redacted: its IDs are not the live ones"
    assert (1, [], [why]) == (code, entries(record), [each["why"] for each in record["proof"]["changes"]])


def test_without_mailboxes_and_policies_rules_are_mined_all_the_same(folder: Folder) -> None:
    lacking = dict.fromkeys(("mailboxes", "mobileDeviceMailboxPolicies"), "cut")
    world(folder, live("Allow")).write("live.json", sealed(live("Allow"), IPHONES, lacking))
    code, record = mined(folder, *(word for name in lacking for word in ("--allow-incomplete", name)))
    assert (0, ["DeviceType iPhone Allow"]) == (code, rules(record))
