"""`policylint import`: a repository made of live state, whose first commit passes its own hooks, and its updates."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Folder
from tests.importing.example import MAILBOXES, ORGANIZATION, mailbox, on_a_server, online, policy, rule
from tests.sealed import HEADER, seal
from tests.worlds import read_sealed

NOW = {"SOURCE_DATE_EPOCH": "1795424400"}
"""An hour after the snapshot was taken."""

POLICY = ("device-access-rules", "mailbox-policies", "mailboxes", "organization", "tests")
MADE = {f"policy/{name}.yaml" for name in POLICY} | {"policylint.yaml", "baseline.yaml", ".gitignore", ".gitattributes"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a repository made of live state, which is not to be changed."""
    folder = Folder(tmp_path_factory.mktemp("made") / "repository")
    (folder.path / ".git").mkdir(parents=True)
    folder.write("live.json", online())
    done = folder.run("import", "live.json", "-o", "policy")
    assert (0, "") == (done.returncode, done.stderr)
    commits = ["git add -A", 'git commit -m "what is live"', "git tag applied"]
    assert commits == [line.strip().partition("  ")[0] for line in done.stdout.splitlines()[-3:]]
    return folder.path


@pytest.fixture
def imported(made: Path, tmp_path: Path) -> Folder:
    """Return a copy of the repository."""
    return Folder(Path(shutil.copytree(made, tmp_path / "copy")))


def files(path: Path) -> dict[str, bytes]:
    """Return the files below a folder but those of git, with what they hold."""
    found = (file for file in path.rglob("*") if file.is_file() and ".git/" not in file.as_posix())
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in found}


def test_the_first_commit_passes_its_own_hooks(imported: Folder) -> None:
    assert {*MADE, "live.json"} == files(imported.path).keys()
    commands = (
        ("lint", "--strict"),
        ("fmt", "--check"),
        ("test",),
        ("plan", "--detailed-exitcode", "--fail-on", "drift"),
    )
    for command in commands:
        done = imported.run(*command, **NOW)
        assert (0, "") == (done.returncode, done.stderr), command
    assert imported.run("plan", **NOW).stdout.startswith("in sync")
    (imported.path / "live.json").unlink()
    for command in (("lint",), *commands[1:3]):
        assert 0 == imported.run(*command, **NOW).returncode, command


def test_errors_of_the_first_day_are_in_the_baseline(folder: Folder) -> None:
    folder.write("live.json", online(organization={**ORGANIZATION, "AdminMailRecipients": []}))
    assert 0 == folder.run("import", "live.json", "-o", "policy").returncode
    text = (folder.path / "policy" / "organization.yaml").read_text(encoding="utf-8")
    assert "# TODO quarantine-without-admin-recipients: " in text
    for arguments in ((), ("--no-snapshot",)):
        done = folder.run("lint", *arguments, **NOW)
        assert (0, False) == (done.returncode, "quarantine-without-admin" in done.stdout)
    assert "" == folder.run("lint", **NOW).stderr
    plan = folder.run("plan", **NOW)
    assert (0, True) == (plan.returncode, plan.stdout.startswith("in sync"))


def test_the_output_says_what_was_written_and_what_was_not(folder: Folder) -> None:
    own = mailbox("Migration.8f3e7716-2011-43e4-96b1-aba62d229136@contoso.com")
    hidden = mailbox("x@contoso.com", allowed=["a\u202eb"])
    folder.write("live.json", online(mailboxes=[*MAILBOXES, own, hidden]))
    done = folder.run("import", "live.json", "-o", "policy")
    assert all(f"  {name}\n" in done.stdout for name in MADE)
    assert "1 mailbox of 6 has nothing special and is left out\n1 system mailbox is left out\n" in done.stdout
    assert "note: ActiveSyncAllowedDeviceIDs of x@contoso.com is not written: " in done.stderr
    assert "a plan lists it as drift" in done.stderr
    drift = json.loads(folder.run("plan", "--format", "json", **NOW).stdout)["drift"]
    assert [("x@contoso.com", "ActiveSyncAllowedDeviceIDs")] == [(each["identity"], each["property"]) for each in drift]
    assert "\u202e" not in done.stdout + done.stderr + str(files(folder.path)["policy/mailboxes.yaml"])


@pytest.mark.parametrize(
    ("where", "config", "pattern"),
    [
        ("policy", "policylint.yaml", "policy/**/*.yaml"),
        ("team/policy", "team/policylint.yaml", "policy/**/*.yaml"),
        ("mobile/rules", "policylint.yaml", "mobile/rules/**/*.yaml"),
        ("a[1]", "policylint.yaml", '"a[[]1]/**/*.yaml"'),
        (".", "policylint.yaml", '"*.yaml"'),
    ],
)
def test_the_configuration_finds_the_policy_wherever_it_is(
    folder: Folder, where: str, config: str, pattern: str
) -> None:
    folder.write("live.json", online())
    assert 0 == folder.run("import", "live.json", "-o", where).returncode
    text = (folder.path / config).read_text(encoding="utf-8")
    assert f"policies: [{pattern}]\n" in text
    root = (folder.path / config).parent
    done = type(folder)(root).run("plan", "--snapshot", str(folder.path / "live.json"), **NOW)
    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.startswith("in sync")


def test_a_snapshot_outside_of_the_repository_is_not_named(folder: Folder) -> None:
    folder.write("live.json", online())
    (folder.path / "new" / ".git").mkdir(parents=True)
    done = folder.run("import", "live.json", "-o", "new/policy")
    assert "note: live.json is outside of the repository" in done.stderr
    assert "snapshot:" not in (folder.path / "new" / "policylint.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("there", sorted(MADE - {".gitignore", ".gitattributes"}))
def test_nothing_is_written_over_a_file(folder: Folder, there: str) -> None:
    folder.write("live.json", online())
    folder.write(there, "version: 1\n" if there == "policylint.yaml" else "organization: {}\n")
    before = files(folder.path)
    done = folder.run("import", "live.json", "-o", "policy")
    if there == "policylint.yaml":
        new = {f"policy/{name}.yaml" for name in POLICY}
        assert (0, {*before} | new) == (done.returncode, {*files(folder.path)})
        assert before[there] == files(folder.path)[there]
    else:
        assert (3, before) == (done.returncode, files(folder.path))
        assert "`--update`" in done.stderr


def test_files_of_git_that_are_there_stay(folder: Folder) -> None:
    folder.write("live.json", online())
    folder.write(".gitignore", "mine\n")
    assert 0 == folder.run("import", "live.json", "-o", "policy").returncode
    assert b"mine\n" == files(folder.path)[".gitignore"]


LACKING = (
    "`live.json`, `*.live.json`, `*.journal.jsonl`, `*.partial`, `/*.json`, `/*.csv`, `/*.html`, `/*.ps1`, `/*.txt` "
    "and `report.md`"
)


@pytest.mark.parametrize(
    ("ignored", "is_taken", "is_silent"),
    [(None, False, True), ("mine\n", True, False), ("exp*/\n", False, False), ("*\n!/export\n!*.json\n", True, False)],
)
def test_live_state_that_git_does_not_ignore_is_named_with_the_line_that_does(
    folder: Folder, ignored: str | None, is_taken: bool, is_silent: bool
) -> None:
    (folder.path / ".git").rmdir()
    subprocess.run(["git", "init", "-q", "."], cwd=folder.path, check=True)
    folder.write("export/live.json", online())
    if ignored is not None:
        folder.write(".gitignore", ignored)
        folder.write(".gitattributes", "*.yaml text eol=lf\n")
    done = folder.run("import", "export", "-o", "policy")
    assert 0 == done.returncode
    assert is_silent == (done.stderr == "")
    assert is_taken == ("`git add -A` would take export" in done.stderr and "`/export` to .gitignore" in done.stderr)
    assert is_taken == ("git add -A" not in done.stdout)
    if not is_silent:
        assert f"note: .gitignore was there and is not changed\n  = help: add the lines {LACKING}\n" in done.stderr
        assert (
            "note: .gitattributes was there and is not changed\n  = help: add the lines `*.json -text`\n" in done.stderr
        )


@pytest.mark.parametrize(("ignored", "is_taken"), [("mine\n", True), ("/live.json\n", False)])
def test_without_git_the_lines_of_gitignore_say_what_is_ignored(folder: Folder, ignored: str, is_taken: bool) -> None:
    folder.write("live.json", online())
    folder.write(".gitignore", ignored)
    done = folder.run("import", "live.json", "-o", "policy")
    assert (is_taken, is_taken) == ("`git add -A` would take live.json" in done.stderr, "git add FILES" in done.stdout)


def test_live_state_beside_a_configuration_that_is_there_is_named_too(folder: Folder) -> None:
    folder.write("team/live.json", online())
    folder.write("team/policylint.yaml", "version: 1\n")
    done = folder.run("import", "team/live.json", "-o", "team/policy")
    assert "add the line `/live.json` to team/.gitignore first" in done.stderr


@pytest.mark.parametrize(
    ("config", "arguments", "message"),
    [
        (None, ("--edition", "exchange-2019"), "the snapshot is of `exchange-online`, not of `exchange-2019`"),
        ("edition: exchange-se\n", (), "the snapshot is of `exchange-online`, not of `exchange-se`"),
        (
            "edition: exchange-se\n",
            ("--edition", "exchange-online"),
            "the edition is `exchange-se`, not `exchange-online`",
        ),
        ("policies: [other/*.yaml]\n", (), "nothing would read the policy"),
        (None, ("--take-live",), "--take-live changes what is declared"),
    ],
)
def test_what_cannot_be_is_refused(
    folder: Folder, config: str | None, arguments: tuple[str, ...], message: str
) -> None:
    folder.write("live.json", online())
    if config is not None:
        folder.write("policylint.yaml", f"version: 1\n{config}")
    before = files(folder.path)
    done = folder.run("import", "live.json", "-o", "policy", *arguments)
    assert (3, before) == (done.returncode, files(folder.path))
    assert message in done.stderr


def test_a_folder_that_no_configuration_can_name_is_refused(folder: Folder) -> None:
    folder.write("live.json", online())
    done = folder.run("import", "live.json", "-o", "a\u202eb")
    assert (3, {"live.json"}) == (done.returncode, {*files(folder.path)})
    assert "holds a bidirectional control character" in done.stderr


def test_mailboxes_of_exchange_itself_are_named_where_the_configuration_does_not_except_them(folder: Folder) -> None:
    own = "SystemMailbox{1f05a927-3be2-4fb9-aa03-b59fe3b56f4c}@contoso.com"
    folder.write("live.json", online(mailboxes=[*MAILBOXES, mailbox(own, ActiveSyncEnabled="False")]))
    folder.write("policylint.yaml", "version: 1\nsnapshot: live.json\n")
    hint = 'mailboxes: {mode: additive, except: ["SystemMailbox*{*"]}'
    for arguments in ((), ("--update",)):
        assert f"`{hint}`" in folder.run("import", "live.json", "-o", "policy", *arguments).stderr
        assert 2 == folder.run("plan", "--detailed-exitcode", **NOW).returncode
    folder.write("policylint.yaml", f"version: 1\nsnapshot: live.json\nmanage:\n  {hint}\n")
    assert "" == folder.run("import", "live.json", "-o", "policy", "--update").stderr
    assert 0 == folder.run("plan", "--detailed-exitcode", **NOW).returncode


def test_a_redacted_snapshot_says_no_policy(folder: Folder) -> None:
    folder.write("live.json", seal({**HEADER, "redacted": True}))
    done = folder.run("import", "live.json", "-o", "policy")
    assert (4, {"live.json"}) == (done.returncode, {*files(folder.path)})
    assert "redacted" in done.stderr


def test_a_policy_without_a_configuration_is_not_overlooked(folder: Folder) -> None:
    folder.write("live.json", online())
    folder.write("policy/mine.yaml", "organization: {}\n")
    done = folder.run("import", "live.json", "-o", "policy")
    assert (3, {"live.json", "policy/mine.yaml"}) == (done.returncode, {*files(folder.path)})


def test_devices_alone_say_no_policy(folder: Folder) -> None:
    header, row = "DeviceId,DeviceType,DeviceModel,DeviceOS,DeviceUserAgent,Guid", "A1,iPhone,iPhone15C2,iOS 17,x,g"
    folder.write("devices.csv", f"{header}\n{row}\n")
    done = folder.run("import", "devices.csv", "--edition", "exchange-online", "-o", "policy")
    assert (4, {"devices.csv"}) == (done.returncode, {*files(folder.path)})
    assert "holds no settings" in done.stderr


def test_a_folder_of_outputs_makes_a_repository(folder: Folder) -> None:
    """Numbers of enumerations, a list of properties, CSV; nothing says of which edition they are, or when taken."""
    folder.write(
        "export/org.txt", "\n\nDefaultAccessLevel  : Allow\nAdminMailRecipients : {}\nUserMailInsert      : \n\n"
    )
    rules = [{"QueryString": f"iOS {n}", "Characteristic": 2, "AccessLevel": 1} for n in ("6.1.2 10B146", "6.1 10B142")]
    folder.write("export/rules.json", json.dumps(rules))
    folder.write("export/policies.json", json.dumps({**policy("Default"), "IsDefault": True, "PasswordEnabled": True}))
    names = ("PrimarySmtpAddress", "ActiveSyncEnabled", "ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs")
    row = "pat.lee@adatum.com,False,,,Default,True"
    folder.write(
        "export/cas.csv", f"{','.join(names)},ActiveSyncMailboxPolicy,ActiveSyncMailboxPolicyIsDefaulted\n{row}\n"
    )
    assert 3 == folder.run("import", "export", "-o", "policy").returncode
    done = folder.run("import", "export", "--edition", "exchange-2019", "-o", "policy")
    assert 0 == done.returncode
    assert done.stderr.startswith("warning[list-unproven]: export/cas.csv: ")
    written = files(folder.path)
    assert b"DeviceOS, QueryString: iOS 6.1 10B142, AccessLevel: Block}\n" in written["policy/device-access-rules.yaml"]
    assert b"snapshot: export\n" in written["policylint.yaml"]
    (planned,) = [line for line in done.stdout.splitlines() if "policylint plan" in line]
    assert "policylint plan --allow-incomplete devices --taken-at TIME" in planned
    plan = folder.run("plan", "--allow-incomplete", "devices", "--format", "json", **NOW)
    record = json.loads(plan.stdout)
    assert ([], []) == (record["steps"], record["drift"])
    assert ["snapshot-max-age-hours"] == [refusal["guard"] for refusal in record["refusals"]]
    for command in (("lint",), ("fmt", "--check"), ("test",)):
        assert 0 == folder.run(*command, **NOW).returncode, command


def test_the_edition_is_that_of_the_snapshot(folder: Folder) -> None:
    folder.write("live.json", on_a_server())
    assert 0 == folder.run("import", "live.json", "-o", "policy").returncode
    assert b"edition: exchange-2019\n" in files(folder.path)["policylint.yaml"]
    assert b"target: adatum.com\n" in files(folder.path)["policylint.yaml"]


# Updates ------------------------------------------------------------------------------------------------------------

LATER = {
    "deviceAccessRules": [rule("DeviceType", "iPhone", "Block"), rule("DeviceType", "iPad", "Allow")],
    "mobileDeviceMailboxPolicies": [policy("Default"), policy("Field", AllowCamera="False")],
    "mailboxes": [mailbox("avery.example@contoso.com"), mailbox("d.o'neil@contoso.com", ActiveSyncEnabled="False")],
}


def test_an_update_without_news_changes_no_byte(imported: Folder) -> None:
    before = files(imported.path)
    for arguments in (("--update",), ("--update", "--take-live")):
        done = imported.run("import", "live.json", "-o", "policy", *arguments)
        assert (0, "nothing is new in live state\n", "") == (done.returncode, done.stdout, done.stderr)
        assert before == files(imported.path)


def test_an_update_adds_what_is_new_and_says_what_differs(imported: Folder) -> None:
    before = files(imported.path)
    imported.write("live.json", online(**LATER))
    done = imported.run("import", "live.json", "-o", "policy", "--update")
    assert 0 == done.returncode
    assert "added 1 device access rule, 1 mobile device mailbox policy and 1 mailbox\n" in done.stdout
    assert "2 declared values differ from live; `policylint plan` shows them" in done.stdout
    assert "7 declared objects are not live and left: " in done.stdout
    after = files(imported.path)
    for name in before.keys() - {"live.json"}:
        lines = iter(after[name].splitlines())
        assert all(line in lines for line in before[name].splitlines()), name
    assert (
        b"  # from live, 2026-11-23\n  - Name: Field\n    AllowCamera: false\n" in after["policy/mailbox-policies.yaml"]
    )


def test_an_update_is_shown_before_anything_is_written(imported: Folder) -> None:
    imported.write("live.json", online(**LATER))
    before = files(imported.path)
    shown = imported.run("import", "live.json", "-o", "policy", "--update", "--diff")
    assert (0, "") == (shown.returncode, shown.stderr)
    assert "\n+  # from live, 2026-11-23\n+  - Name: Field\n+    AllowCamera: false\n" in shown.stdout
    said = imported.run("import", "live.json", "-o", "policy", "--update", "--dry-run").stdout
    assert said.startswith("nothing is written; without --dry-run:\n")
    assert "added 1 device access rule, 1 mobile device mailbox policy and 1 mailbox\n" in said
    assert before == files(imported.path)
    alone = imported.run("import", "live.json", "-o", "policy", "--diff")
    assert 3 == alone.returncode
    assert "give them with --update" in alone.stderr


def test_live_values_leave_only_what_is_gone(imported: Folder) -> None:
    imported.write("live.json", online(**LATER))
    done = imported.run("import", "live.json", "-o", "policy", "--update", "--take-live")
    assert "took 2 declared values from live state\n" in done.stdout
    plan = json.loads(imported.run("plan", "--format", "json", **NOW).stdout)
    assert {"create"} == {step["action"] for step in plan["steps"]}
    assert [] == plan["drift"]


def test_an_update_of_nothing_is_an_import(folder: Folder) -> None:
    folder.write("live.json", online())
    assert 0 == folder.run("import", "live.json", "-o", "policy", "--update").returncode
    assert {*MADE, "live.json"} == files(folder.path).keys()


def test_a_new_mailbox_of_exchange_itself_is_named_with_the_line_that_excepts_it_too(imported: Folder) -> None:
    own = "Migration.8f3e7716-2011-43e4-96b1-aba62d229136@contoso.com"
    imported.write("live.json", online(mailboxes=[*MAILBOXES, mailbox(own, ActiveSyncEnabled="False")]))
    text = (imported.path / "policylint.yaml").read_text(encoding="utf-8")
    before, hint = (
        "mailboxes: {mode: additive, except: [kiosk-*]}",
        "mailboxes: {mode: additive, except: [kiosk-*, Migration.*]}",
    )
    imported.write("policylint.yaml", text.replace("mailboxes: owned", before))
    for _ in range(2):
        done = imported.run("import", "live.json", "-o", "policy", "--update", "--take-live")
        assert f"`{hint}`" in done.stderr
        assert 2 == imported.run("plan", "--detailed-exitcode", **NOW).returncode
    imported.write("policylint.yaml", text.replace("mailboxes: owned", hint))
    assert "" == imported.run("import", "live.json", "-o", "policy", "--update", "--take-live").stderr
    assert 0 == imported.run("plan", "--detailed-exitcode", **NOW).returncode


def test_a_section_that_no_file_has_gets_a_file(imported: Folder) -> None:
    (imported.path / "policy" / "mailboxes.yaml").unlink()
    imported.write("policy/device-access-rules.yaml", "tests: []\n")
    done = imported.run("import", "live.json", "-o", "policy", "--update")
    assert "  policy/device-access-rules-2.yaml\n  policy/mailboxes.yaml\n" in done.stdout
    assert 0 == imported.run("plan", "--detailed-exitcode", **NOW).returncode


def test_a_section_goes_where_the_configuration_finds_it(imported: Folder) -> None:
    (imported.path / "policy" / "mailboxes.yaml").unlink()
    before = files(imported.path)
    done = imported.run("import", "live.json", "-o", "elsewhere", "--update")
    assert (3, before) == (done.returncode, files(imported.path))
    assert "nothing would read the policy" in done.stderr
    done = imported.run("import", "live.json", "-o", "policy/below", "--update")
    assert "  policy/below/mailboxes.yaml\n" in done.stdout


def test_encoding_and_line_ends_stay(imported: Folder) -> None:
    text = "deviceAccessRules:\r\n  - {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}\r\n"
    imported.write("policy/device-access-rules.yaml", text.encode("utf-16"))
    assert 0 == imported.run("import", "live.json", "-o", "policy", "--update").returncode
    after = files(imported.path)["policy/device-access-rules.yaml"].decode("utf-16")
    assert 2 + 2 * 4 == after.count("\r\n") == after.count("\n")


def test_a_policy_that_is_not_valid_is_not_updated(imported: Folder) -> None:
    imported.write("policy/organization.yaml", "organization: {DefaultAccessLevel: Maybe}\n")
    before = files(imported.path)
    done = imported.run("import", "live.json", "-o", "policy", "--update")
    assert (1, before) == (done.returncode, files(imported.path))
    assert "DefaultAccessLevel" in done.stderr


# Live state alone ---------------------------------------------------------------------------------------------------


def test_live_state_alone_is_checked_as_the_policy_that_says_it(folder: Folder) -> None:
    folder.write("alone/live.json", online())
    done = type(folder)(folder.path / "alone").run("lint", "--snapshot", "live.json", "--format", "json", **NOW)
    alone = [(each["rule"], each["message"]) for each in json.loads(done.stdout)["diagnostics"]]
    assert (0, "") == (done.returncode, done.stderr)
    assert {"live.json"} == {file.name for file in (folder.path / "alone").iterdir()}
    folder.write("live.json", online())
    folder.run("import", "live.json", "-o", "policy")
    (folder.path / "baseline.yaml").write_text("version: 1\nfindings: []\n", encoding="utf-8")
    done = folder.run("lint", "--format", "json", **NOW)
    assert sorted(alone) == sorted((each["rule"], each["message"]) for each in json.loads(done.stdout)["diagnostics"])


def test_live_state_alone_has_its_edition(folder: Folder) -> None:
    folder.write("live.json", on_a_server())
    done = folder.run("lint", "--snapshot", "live.json", **NOW)
    assert 0 == done.returncode
    assert "live/organization.yaml:3:23: warning" in done.stdout
    assert "snapshot-of-other-edition" not in done.stdout


def test_without_a_snapshot_there_is_still_no_policy(folder: Folder) -> None:
    done = folder.run("lint")
    assert 4 == done.returncode
    assert "no policy found" in done.stderr


def test_the_example_is_read_as_it_is() -> None:
    """The snapshots of these tests are whole."""
    for content in (online(), on_a_server(), online(**LATER)):
        assert {} == dict(read_sealed(content).incomplete)
