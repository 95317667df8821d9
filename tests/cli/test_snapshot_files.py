"""Files that administrators have, at a terminal: shown, sealed, planned from, and refused by what they lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from policylint.adapters.resources import read_schema
from tests.readers.render_rows import encoded, render_clixml, render_csv, render_format_list
from tests.readers.test_collect import DEVICE, MAILBOX, ONLINE, POLICY, RULE, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Folder

TAKEN_AT, AN_HOUR_LATER = "2026-11-23T08:00:00Z", "1795424400"
EDITION = ("--edition", "exchange-online")
SCHEMA = json.loads(read_schema("output/snapshot-show-v1.schema.json"))
POLICY_FILE = """\
organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: [ops@contoso.com]}
deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}]
mobileDeviceMailboxPolicies: [{Name: Default, IsDefault: true, AllowNonProvisionableDevices: true}]
mailboxes: [{Identity: ann.lee@contoso.com, ActiveSyncAllowedDeviceIDs: [PHONE1]}]
"""


def exports(folder: Folder) -> None:
    """Write the outputs of five Get- cmdlets, each in another form, with files of other kinds beside them."""
    folder.write("exports/org.json", encoded(json.dumps({**SETTINGS, "OrganizationId": ONLINE}, indent=4), "utf-16-le"))
    folder.write("exports/rules.csv", encoded(render_csv([RULE], type_line="Selected.System.Object"), "utf-8-sig"))
    folder.write("exports/policies.xml", encoded(render_clixml([POLICY]), "utf-16-le"))
    folder.write("exports/cas.json", "\n".join(map(json.dumps, [MAILBOX])))
    folder.write("exports/devices.txt", render_format_list([DEVICE]))
    folder.write("exports/README.txt", "Exported by Kim on the second of April.\n")
    folder.write("exports/sub/rules.json", "[")


@pytest.fixture
def live(folder: Folder) -> Folder:
    """Return a folder with exports and a policy that says the same."""
    exports(folder)
    folder.write("policylint.yaml", "version: 1\nedition: exchange-online\nsnapshot: exports\n")
    folder.write("policy/all.yaml", POLICY_FILE)
    return folder


def shown(folder: Folder, *arguments: str) -> dict[str, Any]:
    """Return what `snapshot show` prints as JSON, which is as its schema says."""
    found: dict[str, Any] = json.loads(folder.run("snapshot", "show", *arguments, "--format", "json").stdout)
    jsonschema.validate(found, SCHEMA)
    return found


def test_a_folder_of_five_forms_is_a_snapshot(live: Folder) -> None:
    found = shown(live, "exports")
    assert [
        ("exports/README.txt", None, None, 0),
        ("exports/cas.json", "json", "utf-8", 1),
        ("exports/devices.txt", "format-list", "utf-8", 1),
        ("exports/org.json", "json", "utf-16-le", 1),
        ("exports/policies.xml", "clixml", "utf-16-le", 1),
        ("exports/rules.csv", "csv", "utf-8", 1),
    ] == [(each["path"], each["format"], each["encoding"], each["objects"]) for each in found["files"]]
    assert [True] * 5 == [each["complete"] for each in found["sections"]]
    assert ("exchange-online", "contoso.onmicrosoft.com", None) == tuple(
        found["header"][name] for name in ("edition", "organization", "takenAt")
    )
    (mailbox,) = found["objects"]["mailboxes"]
    assert (None, ["PHONE1"], "exports/cas.json", 1) == tuple(
        mailbox[name] for name in ("ActiveSyncMailboxPolicy", "ActiveSyncAllowedDeviceIDs", "path", "line")
    )
    (device,) = found["objects"]["devices"]
    assert ("ann.lee@contoso.com", "PHONE1") == (device["mailbox"], device["DeviceId"])


def test_its_plan_is_empty_once_it_is_known_when_it_was_taken(live: Folder) -> None:
    undated = live.run("plan")
    assert (1, True) == (undated.returncode, "does not say when it was taken" in undated.stdout)
    dated = live.run("plan", "--taken-at", TAKEN_AT, "--detailed-exitcode", SOURCE_DATE_EPOCH=AN_HOUR_LATER)
    assert (0, True) == (dated.returncode, dated.stdout.startswith("in sync")), dated.stdout


def test_a_sealed_snapshot_of_files_says_the_same(live: Folder) -> None:
    done = live.run("snapshot", "seal", "exports", "--taken-at", TAKEN_AT, "-o", "live.json")
    assert (0, "wrote live.json\n") == (done.returncode, done.stderr)
    own = {"path", "line"}
    one, other = (shown(live, path)["objects"] for path in ("exports", "live.json"))
    for section in one:
        for before, after in zip(one[section], other[section], strict=True):
            assert {name: after[name] for name in after.keys() & before.keys() - own} == {
                name: before[name] for name in after.keys() & before.keys() - own
            }
    again = live.run("snapshot", "seal", "exports", "--taken-at", TAKEN_AT)
    assert (live.path / "live.json").read_text() == again.stdout


def test_a_sealed_snapshot_with_pseudonyms_names_nobody(live: Folder) -> None:
    assert 0 == live.run("snapshot", "seal", "exports", "--redact", "-o", "live.json").returncode
    text = (live.path / "live.json").read_text()
    for name in ("ann", "contoso", "PHONE1", "ops@"):
        assert name not in text
    assert shown(live, "live.json")["header"]["redacted"]
    assert 0 == live.run("simulate", "--snapshot", "live.json", "--taken-at", TAKEN_AT).returncode
    plan = live.run("plan", "--snapshot", "live.json", "--taken-at", TAKEN_AT)
    assert (1, True) == (plan.returncode, "redacted-snapshot" in plan.stdout)


def test_nothing_is_sealed_of_what_is_lossy(live: Folder) -> None:
    live.write("exports/cas.json", json.dumps([{**MAILBOX, "ActiveSyncAllowedDeviceIDs": "System.Object[]"}]))
    for command in (("snapshot", "seal", "exports", "-o", "live.json"), ("plan",), ("simulate",), ("lint",)):
        done = live.run(*command)
        assert (4, "") == (done.returncode, done.stdout)
        assert done.stderr.startswith("error: exports/cas.json:1: ActiveSyncAllowedDeviceIDs was lost")
        assert "Get-CASMailbox -ResultSize Unlimited | ConvertTo-Json -Depth 4" in done.stderr
    assert not (live.path / "live.json").exists()
    done = live.run("snapshot", "show", "exports")
    assert (4, "") == (done.returncode, done.stderr)
    assert "[list-lost]" in done.stdout


def test_what_is_left_out_by_name_is_said_by_every_output(live: Folder) -> None:
    live.write("exports/cas.json", json.dumps([{**MAILBOX, "ActiveSyncAllowedDeviceIDs": "System.Object[]"}]))
    for command in (("simulate",), ("lint",), ("why", "PHONE1")):
        done = live.run(*command, "--allow-incomplete", "mailboxes.ActiveSyncAllowedDeviceIDs")
        assert 0 == done.returncode, done.stderr
        assert "without mailboxes.ActiveSyncAllowedDeviceIDs: left out by name" in " ".join(done.stdout.split())
    plan = live.run("plan", "--allow-incomplete", "mailboxes.ActiveSyncAllowedDeviceIDs")
    assert "ActiveSyncAllowedDeviceIDs of mailbox ann.lee@contoso.com was not read" in plan.stdout


def test_a_plan_needs_every_section(live: Folder) -> None:
    (live.path / "exports" / "cas.json").unlink()
    done = live.run("plan")
    assert (4, "") == (done.returncode, done.stdout)
    assert "error: exports: mailboxes: no file is about it" in done.stderr
    assert "`--allow-incomplete mailboxes`" in done.stderr
    assert 0 == live.run("simulate").returncode


@pytest.mark.parametrize(
    ("name", "why", "hint"),
    [
        ("mailbox", "a snapshot has no section `mailbox`", "did you mean `mailboxes`?"),
        ("nosuch", "a snapshot has no section `nosuch`", "write one of organization, "),
        ("organization.Foo", "organization settings have no property `Foo`", "`--allow-incomplete organization`"),
        (
            "mailboxes.ActiveSyncEnable",
            "mailboxes have no property `ActiveSyncEnable`",
            "did you mean `mailboxes.ActiveSyncEnabled`?",
        ),
    ],
)
def test_what_no_snapshot_has_cannot_be_left_out(live: Folder, name: str, why: str, hint: str) -> None:
    for command in (("snapshot", "show", "exports"), ("snapshot", "seal", "exports"), ("plan",)):
        done = live.run(*command, "--allow-incomplete", name)
        assert (3, "") == (done.returncode, done.stdout)
        assert done.stderr.startswith(f"error: {why}\n")
        assert hint in done.stderr


def test_what_is_true_or_false_is_so_in_json(live: Folder) -> None:
    row = MAILBOX | {"ActiveSyncMailboxPolicyIsDefaulted": "TRUE", "HasActiveSyncDevicePartnership": False}
    live.write("exports/cas.json", json.dumps(row))
    (mailbox,) = shown(live, "exports")["objects"]["mailboxes"]
    assert (True, False) == (mailbox["ActiveSyncMailboxPolicyIsDefaulted"], mailbox["HasActiveSyncDevicePartnership"])


def test_several_paths_are_one_snapshot(live: Folder) -> None:
    live.write("policylint.yaml", "version: 1\nedition: exchange-online\nsnapshot: [exports/org.json, other]\n")
    for name in ("rules.csv", "policies.xml", "cas.json", "devices.txt"):
        (live.path / "exports" / name).rename(live.write(f"other/{name}", ""))
    assert 0 == live.run("simulate").returncode
    paths = [option for path in ("exports", "other") for option in ("--snapshot", path)]
    assert "1 device" in live.run("simulate", *paths).stdout


def test_a_sealed_snapshot_is_alone(live: Folder) -> None:
    assert 0 == live.run("snapshot", "seal", "exports", "-o", "live.json").returncode
    (live.path / "live.json").rename(live.path / "exports" / "live.json")
    done = live.run("simulate")
    assert (4, True) == (done.returncode, "a sealed snapshot is whole: name it alone" in done.stderr)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: data.replace(b"Quarantine", b"Allow", 1), "seal-broken"),
        (lambda data: data[:300], "seal-broken"),
        (lambda data: data.rsplit(b'"seal"', 1)[0], "not-sealed"),
    ],
)
def test_a_broken_seal_is_shown(live: Folder, change: Callable[[bytes], bytes], code: str) -> None:
    assert 0 == live.run("snapshot", "seal", "exports", "-o", "live.json").returncode
    live.write("live.json", change((live.path / "live.json").read_bytes()))
    found = shown(live, "live.json")
    assert ([], [("live.json", code)]) == (
        found["sections"], [(each["path"], each["code"]) for each in found["problems"]])  # fmt: skip
    done = live.run("snapshot", "show", "live.json")
    assert (4, True) == (done.returncode, f"[{code}]" in done.stdout)


@pytest.mark.parametrize("target", ["exports/live.json", "exports/cas.json"])
def test_nothing_is_sealed_over_what_is_read(live: Folder, target: str) -> None:
    before = (live.path / "exports" / "cas.json").read_bytes()
    done = live.run("snapshot", "seal", "exports", "exports/cas.json", "-o", target)
    assert (3, True) == (done.returncode, "is read: it cannot be written to" in done.stderr)
    assert before == (live.path / "exports" / "cas.json").read_bytes()


def test_a_sealed_snapshot_forgets_nothing_that_was_left_out(live: Folder) -> None:
    (live.path / "exports" / "org.json").unlink()
    left_out = ("--allow-incomplete", "mailboxes.ActiveSyncBlockedDeviceIDs")
    assert 0 == live.run("snapshot", "seal", "exports", *left_out, "-o", "live.json").returncode
    for path in ("exports", "live.json"):
        arguments = left_out if path == "exports" else ()
        found = shown(live, path, *arguments)
        assert "organization" not in {each["section"] for each in found["sections"]}
        assert [False] == [each["complete"] for each in found["sections"] if each["section"] == "mailboxes"]
        text = " ".join(live.run("simulate", "--snapshot", path, *arguments).stdout.split())
        assert "without mailboxes.ActiveSyncBlockedDeviceIDs: left out by name" in text
        assert "without organization: no file is about it" in text
        assert 4 == live.run("plan", "--snapshot", path, *arguments).returncode
    text = live.run("snapshot", "show", "live.json").stdout
    assert text.startswith("4 sections read without mailboxes.ActiveSyncBlockedDeviceIDs\n")


def test_standard_input_is_a_file(folder: Folder) -> None:
    done = folder.pipe(json.dumps([RULE]), "snapshot", "show", "-", *EDITION, "--format", "json")
    assert 0 == done.returncode
    assert ("<stdin>", 1) == tuple(json.loads(done.stdout)["files"][0][name] for name in ("path", "objects"))


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("exports", "--section", "mailbox"), 3, "error: no section `mailbox`\n  = help: did you mean `mailboxes`?"),
        (("gone",), 4, "error: gone: the snapshot cannot be read: No such file or directory"),
        (("exports", "--taken-at", "yesterday"), 3, "`yesterday` is not a time"),
        ((), 3, "error: missing argument"),
    ],
)
def test_wrong_command_lines(live: Folder, arguments: tuple[str, ...], code: int, message: str) -> None:
    done = live.run("snapshot", "show", *arguments)
    assert (code, "", True) == (done.returncode, done.stdout, message.lower() in done.stderr.lower()), done.stderr


def test_an_edition_is_never_guessed(folder: Folder) -> None:
    exports(folder)
    done = folder.run("snapshot", "seal", "exports")
    assert (3, True) == (done.returncode, "does not say of which edition of Exchange it is" in done.stderr)
    assert shown(folder, "exports")["header"]["edition"] is None


def test_text_fits_a_narrow_screen(live: Folder) -> None:
    live.write("exports/cas.json", json.dumps([{**MAILBOX, "ActiveSyncAllowedDeviceIDs": "System.Object[]"}]))
    text = live.run("snapshot", "show", "exports").stdout
    assert text.startswith("not whole: 1 error\n")
    assert "  mailboxes                    1 object  not whole\n" in text
    assert "exports/README.txt: info: " in text
