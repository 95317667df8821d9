"""What commands say where something is not as it was meant: each message is true, and names the cure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from policylint.cli.main import ALIASES, COMMANDS
from policylint.documentation import Page, docs_line
from tests.worlds import sealed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Folder

ROOT = Path(__file__).parents[2]
LIVE = """\
organization: {DefaultAccessLevel: Allow}
deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}]
mobileDeviceMailboxPolicies:
- {Name: Default, IsDefault: true, AllowNonProvisionableDevices: true}
- {Name: Strict, IsDefault: false, AllowNonProvisionableDevices: false}
mailboxes:
- {Identity: john.doe@contoso.com, ActiveSyncEnabled: true, ActiveSyncMailboxPolicy: null}
- {Identity: pat.lee@contoso.com, ActiveSyncEnabled: true, ActiveSyncMailboxPolicy: Strict}
"""
PHONES = [
    {"mailbox": "john.doe@contoso.com", "DeviceId": "AppleDQ7", "DeviceType": "iPhone", "ClientType": "EAS"},
    {"mailbox": "pat.lee@contoso.com", "DeviceId": "Pixel42", "DeviceType": "Android", "ClientType": "EAS"},
]
BLOCKED = {"DeviceAccessState": "Blocked", "DeviceAccessStateReason": "Policy"}


@pytest.fixture
def live(folder: Folder) -> Folder:
    """Return a repository with a snapshot, whose policy declares nothing that live state does not have."""
    folder.write("policylint.yaml", "{version: 1, snapshot: live.json, guards: {snapshot-max-age-hours: null}}\n")
    folder.write("live.json", sealed(LIVE, PHONES))
    folder.write("policy/a.yaml", "organization: {DefaultAccessLevel: Allow}\n")
    return folder


def test_what_is_declared_and_not_live_is_not_in_sync(live: Folder) -> None:
    assert live.run("plan").stdout.startswith("in sync: live state is as the policy says\n")
    live.write("policy/b.yaml", "mailboxes: [{Identity: mary.major@contoso.com, ActiveSyncEnabled: true}]\n")
    done = live.run("plan", "--detailed-exitcode")
    assert (1, "not in sync: nothing to change, but 1 refusal and 1 live difference") == (
        done.returncode,
        done.stdout.splitlines()[0],
    )
    assert "  = to proceed anyway: --acknowledge unknown-mailbox=mary.major@contoso.com --reason" in done.stdout
    done = live.run("apply-script")
    assert "  = to proceed anyway: policylint plan --acknowledge unknown-mailbox=mary" in done.stderr
    assert docs_line(Page.GUARDS) == done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (
            ["AppleDQ7", "--mailbox", "pat.lee@contoso.com"],
            "no device `AppleDQ7` of pat.lee@contoso.com in live.json",
            "it is a device of john.doe@contoso.com: `policylint why AppleDQ7 --mailbox john.doe@contoso.com` shows it",
        ),
        (
            ["--mailbox", "nobody@contoso.com"],
            "no mailbox `nobody@contoso.com` in the snapshot or the policy",
            "check the address; a mailbox that is newer than the snapshot is not in it: export again",
        ),
        (["--mailbox", "jon.doe@contoso.com"], "no mailbox `jon.doe@", "did you mean `john.doe@contoso.com`?"),
        (["jon.doe@contoso.com"], "no mailbox `jon.doe@", "did you mean `john.doe@contoso.com`?"),
        (["AppleDQ8"], "no device `AppleDQ8` in live.json", "did you mean `AppleDQ7` of john.doe@contoso.com?"),
        (["ZZ"], "no device `ZZ` in live.json", "it has not synced, or the snapshot is old"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_device_or_mailbox_that_is_not_there(live: Folder, arguments: list[str], message: str, hint: str) -> None:
    done = live.run("why", *arguments)
    assert 4 == done.returncode
    first, *rest = done.stderr.splitlines()
    assert first.startswith(f"error: {message}")
    assert [f"  = help: {hint}", docs_line(Page.DOES_NOT_SYNC)] == rest


@pytest.mark.parametrize(
    ("arguments", "page"),
    [
        ("lint --snapshot gone.json", Page.SNAPSHOT),
        ("import gone.json -o new", Page.SNAPSHOT),
        ("apply-script gone.json", Page.SAVED_PLAN),
        ("show plan gone.json", Page.SAVED_PLAN),
        ("plan --after gone.json --out next.json", Page.SAVED_PLAN),
        ("approve ZZ", Page.REFUSED_EDITS),
        ("deny ZZ", Page.REFUSED_EDITS),
        ("approve ZZ --mailbox nobody@contoso.com", Page.REFUSED_EDITS),
        ("lint --edition exchange-2010", Page.KEYS),
        ("import live.json -o new --edition exchange-2010", Page.KEYS),
        ("lint --config wrong/policylint.yaml", Page.KEYS),
        ("lint --config right/policylint.yaml --edition exchange-se", Page.KEYS),
    ],
)
def test_what_cannot_be_done_names_a_page(live: Folder, arguments: str, page: Page) -> None:
    live.write("wrong/policylint.yaml", "version: 1\nedition: exchange-2010\n")
    live.write("right/policylint.yaml", "version: 1\nedition: exchange-2019\n")
    done = live.run(*arguments.split())
    assert 0 != done.returncode
    assert docs_line(page) in [*done.stderr.splitlines(), *done.stdout.splitlines()]


@pytest.mark.parametrize(("reported", "gated"), [({}, 1), (BLOCKED, 0)], ids=["not-read", "reported"])
def test_what_is_taken_as_met_is_not_what_was_decided(live: Folder, reported: dict[str, str], gated: int) -> None:
    live.write("live.json", sealed(LIVE, [PHONES[0], {**PHONES[1], **reported}]))
    note = (
        "note: the snapshot does not say whether 1 device enforces its mailbox policy: the plan assumes that it does\n"
    )
    assert gated == live.run("plan").stdout.count(note)


def test_what_passed_and_what_did_not_are_counted_apart(live: Folder) -> None:
    live.write(
        "policy/b.yaml",
        "tests:\n- {name: one, device: {DeviceType: iPhone}, expect: Allowed}\n"
        "- {name: two, device: {DeviceType: iPad}, expect: Allowed}\n"
        "assertions: [{name: nobody, never: {mailbox: nobody@contoso.com}}]\n",
    )
    assert live.run("test").stdout.startswith("2 tests passed, 1 of 1 assertion did not pass\n")


def test_a_failed_test_says_what_it_wants_and_what_it_got(live: Folder) -> None:
    test = "{name: it, device: {DeviceType: iPhone}, expect: [Quarantined, Blocked], reason: Global"
    live.write("policy/b.yaml", f"tests: [{test}, rule: {{Characteristic: DeviceOS, QueryString: iOS}}}}]\n")
    wanted = "expected Quarantined or Blocked (Global) by rule iOS (DeviceOS)"
    assert f"  {wanted}, got Allowed (DeviceRule) by rule iPhone (DeviceType) (live.json)\n" in live.run("test").stdout


def test_a_whole_object_has_no_value(live: Folder) -> None:
    live.write("policy/b.yaml", "mobileDeviceMailboxPolicies: [{Name: Strict, IsDefault: false}]\n")
    kept = live.run("plan").stdout
    assert "  mobile device mailbox policy Default (not declared)\n" in kept
    live.write("live.json", sealed(LIVE.replace(", ActiveSyncMailboxPolicy: Strict", "")))
    live.write("policy/b.yaml", "mobileDeviceMailboxPolicies: [{Name: Default, IsDefault: true}]\n")
    gone = live.run("plan").stdout
    assert "- mobile device mailbox policy Strict\n         with all its settings\n" in gone


def test_classes_are_shown_where_there_are_no_devices(folder: Folder) -> None:
    folder.write("policy/a.yaml", LIVE.partition("mobile")[0])
    shown = folder.run("simulate").stdout
    assert "DeviceType iPhone" in shown
    assert "any other device" in shown
    assert "more; --full" not in shown


@pytest.mark.parametrize(
    ("policy", "hint"),
    [
        ("organization: {DefaultAccessLevel: Block}\n", "nothing is refused"),
        ("organization: {DefaultAccessLevel: Allow}\n", "refusals of this plan: `max-newly-allowed-percent=1:"),
    ],
)
def test_what_can_be_acknowledged(live: Folder, policy: str, hint: str) -> None:
    live.write("live.json", sealed(LIVE.replace("DefaultAccessLevel: Allow", "DefaultAccessLevel: Block"), PHONES))
    live.write(
        "policylint.yaml", "version: 1\nsnapshot: live.json\nguards: {percent-floor: 0, snapshot-max-age-hours: null}\n"
    )
    live.write("policy/a.yaml", policy)
    done = live.run("plan", "--acknowledge", "it", "--reason", "why not")
    assert 3 == done.returncode
    assert "error: nothing to acknowledge with `it`\n" in done.stderr
    assert hint in done.stderr


def test_an_environment_where_none_is_declared(live: Folder) -> None:
    done = live.run("plan", "--env", "test")
    assert 3 == done.returncode
    assert "  = help: it declares none: write some under `environments:`\n" in done.stderr


def test_a_folder_of_something_else_is_no_snapshot(live: Folder) -> None:
    done = live.run("plan", "--snapshot", "policy")
    assert 4 == done.returncode
    assert done.stderr.startswith("error: nothing of live state in policy: policy/")
    assert "it looks like YAML" in done.stderr


@pytest.mark.parametrize(
    "command", [["simulate"], ["why", "AppleDQ7"], ["diff", "live"], ["test"], ["minimize"]], ids=" ".join
)
def test_devices_that_were_not_all_read(live: Folder, command: list[str]) -> None:
    assert "" == live.run(*command).stderr
    live.write("live.json", sealed(LIVE, PHONES, complete={"devices": "the connection was lost"}))
    done = live.run(*command, "--allow-incomplete", "devices")
    assert (0, "note: live.json lacks devices: the connection was lost\n") == (done.returncode, done.stderr)


def test_a_value_of_another_characteristic(folder: Folder) -> None:
    rule = "{Characteristic: DeviceOS, QueryString: Android, AccessLevel: Allow}"
    folder.write("policy/a.yaml", f"deviceAccessRules: [{rule}]\n")
    shown = folder.run("lint").stdout
    assert "devices report `Android` as DeviceType (the catalog), rarely or never as DeviceOS" in shown
    assert "= help: compare DeviceType instead\n" in shown


COMMAND = re.compile(
    r"`policylint ([a-z][a-z-]*)|^ *(?:[$>] |- run: |run: |entry: )?policylint ([a-z][a-z-]*)(?= [-a-z/]|$)"
)


def named_commands() -> Iterator[tuple[str, str]]:
    """Yield the commands that messages, rules and pages tell to run, with the file."""
    code = False
    folders = [
        ("policylint", "*.py"),
        ("policylint", "*.yaml"),
        ("rules", "*.yaml"),
        ("rules", "*.md"),
        ("docs", "*.md"),
    ]
    paths = [path for folder, pattern in folders for path in sorted((ROOT / folder).rglob(pattern))]
    for path in (*paths, *sorted(ROOT.glob("*.md")), ROOT / ".pre-commit-hooks.yaml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            code = code ^ line.startswith("```") if path.suffix == ".md" else False
            for inline, alone in COMMAND.findall(line):
                if inline or code or path.suffix == ".yaml" or line.startswith("    "):
                    yield inline or alone, path.relative_to(ROOT).as_posix()


def test_every_command_that_is_named_is_one() -> None:
    commands = {name.partition(" ")[0] for name in COMMANDS}
    known = {*commands, *ALIASES, "help"}
    named = set(named_commands())
    assert set() == {(name, path) for name, path in named if name not in known}
    assert commands <= {name for name, _ in named}


def test_a_group_without_a_command_shows_its_help(folder: Folder) -> None:
    done = folder.run("snapshot")
    assert (3, "", True) == (done.returncode, done.stdout, done.stderr.startswith("Usage: policylint snapshot "))
    assert "\n  seal  Make one sealed snapshot" in done.stderr


def test_a_missing_argument_names_its_choices_in_one_line(folder: Folder) -> None:
    first, *_ = folder.run("show").stderr.splitlines()
    assert "error: missing argument `WHAT`: one of mailbox, rules, policies, organization, plan" == first


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("live.json", None),
        ("rules.json", '[\n  {\n    "QueryString": "iPhone"}]'),
        ("rules.clixml", '<Objs Version="1.1.0.1">'),
    ],
)
def test_live_state_is_linted_as_such(live: Folder, name: str, text: str | None) -> None:
    if text is not None:
        live.write(name, text)
    done = live.run("lint", name)
    assert (3, "") == (done.returncode, done.stdout)
    assert [
        f"error: {name}: live state, not a policy",
        f"  = help: `policylint lint --snapshot {name}` checks live state",
    ] == done.stderr.splitlines()


@pytest.mark.parametrize("command", ["lint", "simulate"])
def test_an_empty_folder_is_told_of_live_state(folder: Folder, command: str) -> None:
    assert "or give live state alone with --snapshot" in folder.run(command).stderr
