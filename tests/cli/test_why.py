"""`policylint why`: devices of the snapshot, described devices, and what would change the decision."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from tests.worlds import sealed

if TYPE_CHECKING:
    from tests.cli.conftest import Folder


def why(folder: Folder, *arguments: str) -> list[dict[str, Any]]:
    done = folder.run("why", *arguments, "--format", "json")
    assert (0, "") == (done.returncode, done.stderr)
    devices: list[dict[str, Any]] = json.loads(done.stdout)["devices"]
    return devices


def changes(device: dict[str, Any]) -> list[tuple[str, int, int]]:
    return [(", ".join(found["changes"]), found["opens"], found["closes"]) for found in device["changes"]]


def test_what_would_let_a_device_in(example: Folder) -> None:
    (device,) = why(example, "SEC0438184C9BE2A")
    assert [
        ("add SEC0438184C9BE2A to ActiveSyncAllowedDeviceIDs of john.doe@contoso.com", 0, 0),
        ("delete rule Android 11 (DeviceOS)", 3, 0),
        ("set rule Android 11 (DeviceOS) to Allow", 4, 0),
    ] == changes(device)
    assert {"Allowed"} == {found["decision"]["state"] for found in device["changes"]}


def test_what_would_keep_a_device_out(example: Folder) -> None:
    (device,) = why(example, "--type", "iPhone", "--os", "iOS 17.4 21E219")
    assert "Allowed" == device["desired"]["decision"]["state"]
    found = changes(device)
    assert ("new rule iOS 17.4 21E219 (DeviceOS): Block", 0, 0) == found[0]
    assert ("set rule iPhone (DeviceType) to Block", 0, 41) == found[1]
    assert {"Blocked"} == {each["decision"]["state"] for each in device["changes"]}


def test_a_described_device_of_a_mailbox(example: Folder) -> None:
    (device,) = why(example, "--type", "iPhone", "--mailbox", "tomas.novak@contoso.com")
    assert "mailbox-switch" == device["desired"]["decision"]["step"]
    assert "set ActiveSyncEnabled of tomas.novak@contoso.com to true" == changes(device)[0][0]


def test_two_changes_where_one_does_not_do(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    folder.write(
        "policy/a.yaml",
        "organization: {DefaultAccessLevel: Allow}\n"
        "deviceAccessRules:\n"
        "- {Characteristic: DeviceType, QueryString: Android, AccessLevel: Block}\n"
        "- {Characteristic: DeviceOS, QueryString: Android 11, AccessLevel: Block}\n",
    )
    (device,) = why(folder, "--type", "Android", "--os", "Android 11")
    assert all(len(found["changes"]) == 2 for found in device["changes"])
    both = {"delete rule Android (DeviceType)", "delete rule Android 11 (DeviceOS)"}
    assert both in [set(found["changes"]) for found in device["changes"]]


def test_allowing_all_is_the_last_resort(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    folder.write("policy/a.yaml", "organization: {DefaultAccessLevel: Quarantine}\n")
    (device,) = why(folder, "--type", "Android", "--model", "Pixel 8")
    assert [
        "new rule Pixel 8 (DeviceModel): Allow",
        "new rule Android (DeviceType): Allow",
        "set DefaultAccessLevel to Allow",
    ] == [words for words, _, _ in changes(device)]


def test_no_change_of_these_settings_helps_against_the_service(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    folder.write("policy/a.yaml", "organization: {DefaultAccessLevel: Allow}\n")
    (device,) = why(folder, "--type", "iPhone", "--client-version", "14.1")
    assert "service" == device["desired"]["decision"]["step"]
    assert [] == device["changes"]
    assert (
        "no change of these settings would let it in"
        in folder.run("why", "--type", "iPhone", "--client-version", "14.1").stdout
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 3, "name a device ID, or a mailbox with --mailbox"),
        (("--type", "iPhone", "--mailbox", "jon.doe@contoso.com"), 4, "did you mean `john.doe@contoso.com`?"),
    ],
)
def test_wrong_questions(example: Folder, arguments: tuple[str, ...], code: int, message: str) -> None:
    done = example.run("why", *arguments)
    assert code == done.returncode
    assert message in done.stderr


@pytest.mark.parametrize("arguments", [("--mailbox", "john.doe@contoso.com"), ("john.doe@contoso.com",)])
def test_a_mailbox_begins_with_one_line_a_device(example: Folder, arguments: tuple[str, ...]) -> None:
    first, details = example.run("why", *arguments).stdout.split("\n\n", 1)
    lines = first.splitlines()
    assert ["Allowed", "Allowed", "Blocked", "Quarantined"] == [line.split()[0] for line in lines]
    assert "(Individual)  iPad6C11" in lines[2]
    assert lines[2].endswith("ActiveSyncBlockedDeviceIDs of john.doe@contoso.com, policy/mailboxes/head-office.yaml:10")
    assert "if a device that is let in does not sync, look at\n" in details
    assert "after a fix, for the user\n" in details


def test_a_page_begins_with_one_line_a_device_too(example: Folder) -> None:
    page = example.run("why", "--mailbox", "john.doe@contoso.com", "--format", "html", "-o", "why.html")
    assert 0 == page.returncode, page.stderr
    text = (example.path / "why.html").read_text("ascii")
    assert "<h1>4 devices of john.doe@contoso.com: 2 Allowed, 1 Quarantined, 1 Blocked</h1>" in text
    table = text.partition('<section id="devices"')[2].partition("</section>")[0]
    assert [f"#device-{number}" for number in range(1, 5)] == re.findall(r'<a href="(#device-\d)">', table)
    devices = re.findall(r'<section id="device-\d">\n<h2>(.*?)</h2>(.*?)</section>', text, re.DOTALL)
    assert len(devices) == 4
    name, words = next(each for each in devices if "SEC0438184C9BE2A" in each[0])
    assert "SM-G981B, Android 11, SEC0438184C9BE2A" == name
    order = [
        "<h3>Live</h3>",
        "<h3>Desired</h3>",
        "After the planned change, what would let it in",
        "policylint approve",
    ]
    assert sorted(map(words.index, order)) == [words.index(each) for each in order]
    assert "<h3>After a fix, for the user</h3>" in text.partition('<section id="next"')[2]


def test_a_page_of_one_device_says_what_it_gets(example: Folder) -> None:
    text = example.run("why", "--type", "iPhone", "--format", "html").stdout
    assert "<h1>Device iPhone, no ID: Allowed</h1>" in text
    assert 'id="devices"' not in text
    assert "What would keep it out, the safest first" in text


def test_one_device_has_no_such_line(example: Folder) -> None:
    assert example.run("why", "SEC0438184C9BE2A").stdout.startswith("device SM-G981B, Android 11, SEC0438184C9BE2A of ")


def test_without_a_snapshot_no_effect_on_others_is_said(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    folder.write("policy/a.yaml", "organization: {DefaultAccessLevel: Quarantine}\n")
    text = folder.run("why", "--type", "Android").stdout
    assert "new rule Android (DeviceType): Allow: other devices are not counted without a snapshot\n" in text


def test_a_mailbox_without_devices_says_what_keeps_them_out(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\nsnapshot: live.json\n")
    entry = "{Identity: lost@contoso.com, ActiveSyncEnabled: false, ActiveSyncBlockedDeviceIDs: [GONE1]}"
    folder.write("policy/a.yaml", f"mailboxes: [{entry}]\n")
    folder.write("live.json", sealed(f"mailboxes: [{entry}]"))
    done = folder.run("why", "--mailbox", "lost@contoso.com")
    assert 4 == done.returncode
    assert "of this mailbox ActiveSyncEnabled is false and ActiveSyncBlockedDeviceIDs has GONE1\n" in done.stderr


def commands(device: dict[str, Any]) -> list[str | None]:
    return [found["command"] for found in device["changes"]]


@pytest.mark.parametrize(
    ("device_id", "mailbox", "verb", "state"),
    [
        ("SEC0438184C9BE2A", "john.doe@contoso.com", "approve", "Allowed"),
        ("7R1XKC4LG4HLZJX0GWYD209CZ9", "james.carter@contoso.com", "deny", "Blocked"),
    ],
)
def test_the_command_beside_a_change_makes_it(
    example: Folder, device_id: str, mailbox: str, verb: str, state: str
) -> None:
    (before,) = why(example, device_id)
    command = f"policylint {verb} {device_id} --mailbox {mailbox}"
    assert [command] == [each for each in commands(before) if each is not None]
    assert f"\n        run: {command}\n" in example.run("why", device_id).stdout
    assert 0 == example.run(*shlex.split(command)[1:]).returncode
    (after,) = why(example, device_id)
    assert state == after["desired"]["decision"]["state"]


def test_the_command_is_about_the_policy_and_the_live_state_of_the_question(example: Folder) -> None:
    asked = ("--snapshot", "live.json", "--config", "policylint.yaml")
    (device,) = why(example, "SEC0438184C9BE2A", *asked)
    assert ("policylint", "approve", "SEC0438184C9BE2A", "--mailbox", "john.doe@contoso.com", *asked) == tuple(
        shlex.split(commands(device)[0] or "")
    )


@pytest.mark.parametrize(
    "asked",
    [
        ("5965953A315B7ACE5B6B5B238E26C519", "--no-snapshot", "--type", "iPhone", "--mailbox", "john.doe@contoso.com"),
        ("NEW1", "--type", "Android", "--mailbox", "john.doe@contoso.com"),
    ],
    ids=["without-live-state", "described"],
)
def test_no_command_where_it_would_be_refused(example: Folder, asked: tuple[str, ...]) -> None:
    (device,) = why(example, *asked)
    assert any("DeviceIDs of john.doe@contoso.com" in words for words, _, _ in changes(device))
    assert {None} == set(commands(device))


def test_no_command_lifts_a_block(example: Folder) -> None:
    example.run("deny", "SEC0438184C9BE2A")
    (device,) = why(example, "SEC0438184C9BE2A")
    assert "Blocked" == device["desired"]["decision"]["state"]
    assert {None} == set(commands(device))


def test_why_a_device_is_blocked_is_shown_with_the_change_that_lifts_it(example: Folder) -> None:
    example.run("deny", "SEC0438184C9BE2A", "--reason", "stolen in May", "--owner", "security")
    (device,) = why(example, "SEC0438184C9BE2A")
    words = "SEC0438184C9BE2A of john.doe@contoso.com: stolen in May (owner: security)"
    assert f"the policy gives a reason for {words}" in device["changes"][0]["cautions"]
