"""What the revision last applied does to a plan: removal, release, and what bounds plans shown at the top."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import Folder
from tests.worlds import sealed

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """version: 1
snapshot: live.json
target: contoso.onmicrosoft.com
since: applied
manage: {deviceAccessRules: owned, mobileDeviceMailboxPolicies: owned, mailboxes: owned}
guards: {snapshot-max-age-hours: null, max-deletes-percent: null}
"""
ORGANIZATION = "organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: [it@contoso.com]}\n"
FIRST = ORGANIZATION + "deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPad, AccessLevel: Allow}]\n"
SECOND = (
    FIRST
    + """\
  # more
mailboxes:
  - {Identity: ann@contoso.com, ActiveSyncAllowedDeviceIDs: [PHONE1], ActiveSyncEnabled: true}
"""
)
LIVE_SECOND = (
    ORGANIZATION
    + """
deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPad, AccessLevel: Allow}]
mailboxes: [{Identity: ann@contoso.com, ActiveSyncAllowedDeviceIDs: [PHONE1], ActiveSyncEnabled: true}]
"""
)


class Repository(Folder):
    """A folder under git."""

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@contoso.com", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *arguments], cwd=self.path, check=True, capture_output=True)

    def commit(self, name: str = "policy/a.yaml", text: str | None = None) -> None:
        """Write a file and commit every file but the snapshot."""
        if text is not None:
            self.write(name, text)
        self.git("add", "policylint.yaml", "policy")
        self.git("commit", "-q", "--allow-empty", "-m", "change")

    def plan(self, *arguments: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("plan", "--format", "json", *arguments).stdout)
        return found


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return a repository whose second commit is applied and tagged."""
    found = Repository(tmp_path)
    found.git("init", "-q", "-b", "main")
    found.write("policylint.yaml", CONFIG)
    found.commit(text=FIRST)
    found.commit(text=SECOND)
    found.git("tag", "applied")
    found.write("live.json", sealed(LIVE_SECOND))
    return found


def steps(record: dict[str, Any]) -> list[tuple[str, str, str, object, object]]:
    return [
        (step["action"], step["identity"], change["property"], change["before"], change["after"])
        for step in record["steps"]
        for change in step["changes"]
    ]


def test_a_reverted_commit_is_taken_back(repository: Repository) -> None:
    repository.git("revert", "--no-edit", "HEAD")
    record = repository.plan()
    assert [("update", "ann@contoso.com", "ActiveSyncAllowedDeviceIDs", ["PHONE1"], [])] == steps(record)
    assert ["applied", "HEAD"] == [record[name]["name"] for name in ("since", "revision")]
    assert record["since"]["commit"] != record["revision"]["commit"]


def test_what_has_no_value_to_go_back_to_is_released(repository: Repository) -> None:
    off = SECOND.replace("ActiveSyncEnabled: true", "ActiveSyncEnabled: false")
    repository.commit(text=off)
    repository.git("tag", "-f", "applied")
    repository.write("live.json", sealed(LIVE_SECOND.replace("Enabled: true", "Enabled: false")))
    repository.commit(text=FIRST)
    record = repository.plan()
    assert ["released"] == [each["why"] for each in record["drift"] if each["property"] == "ActiveSyncEnabled"]
    done = repository.run("plan")
    assert "  mailbox ann@contoso.com.ActiveSyncEnabled: false (released)\n" in done.stdout


@pytest.mark.parametrize("since", ["nowhere", "-x"])
def test_without_a_revision_nothing_is_removed_and_the_plan_says_so(repository: Repository, since: str) -> None:
    repository.commit(text=FIRST)
    done = repository.run("plan", f"--since={since}", "--detailed-exitcode")
    assert 2 == done.returncode, done.stderr
    assert done.stdout.startswith("not in sync: nothing to change, but 1 live difference\n")
    assert f"note: `{since}`, the revision last applied, is not known here: nothing is removed" in done.stdout


def test_drift_has_its_own_exit_code(repository: Repository) -> None:
    assert 0 == repository.run("plan", "--detailed-exitcode", "--fail-on", "drift").returncode
    extra = "{Characteristic: DeviceType, QueryString: Android, AccessLevel: Allow}"
    by_hand = LIVE_SECOND.replace("AccessLevel: Allow}]", f"AccessLevel: Allow}}, {extra}]")
    repository.write("live.json", sealed(by_hand))
    assert 0 == repository.run("plan").returncode
    assert 1 == repository.run("plan", "--fail-on", "drift").returncode
    done = repository.run("plan", "--detailed-exitcode")
    assert 2 == done.returncode
    assert "  device access rule Android (DeviceType): Allow (not declared)\n" in done.stdout


def test_what_a_branch_changes_of_the_bounds_is_at_the_top(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "branch")
    changed = CONFIG.replace("mailboxes: owned", "mailboxes: exact").replace("null, max", "null, protect: [a@b.c], max")
    rules = "packs: [outlook-mobile]\nseverity: {version-pinned-rule: error}\n"
    repository.commit("policylint.yaml", rules + changed.replace("since: applied", "since: main"))
    lines = repository.run("plan").stdout.split("steps, in")[0].splitlines()
    assert [
        'policylint.yaml changes guards.protect: [] -> ["a@b.c"] (against main)',
        'policylint.yaml changes manage.mailboxes: "owned" -> "exact" (against main)',
        'policylint.yaml changes packs: ["recommended"] -> ["outlook-mobile"] (against main)',
        'policylint.yaml changes severity.version-pinned-rule: null -> "error" (against main)',
        'policylint.yaml changes since: "applied" -> "main" (against main)',
    ] == sorted(line for line in lines if line.startswith("policylint.yaml changes"))
    assert 5 == len(repository.plan()["configurationChanges"])


def test_the_removal_holds_for_simulate_and_why(repository: Repository) -> None:
    repository.git("revert", "--no-edit", "HEAD")
    done = repository.run("why", "PHONE1", "--mailbox", "ann@contoso.com", "--type", "Android", "--format", "json")
    (found,) = json.loads(done.stdout)["devices"]
    assert ["Allowed", "Quarantined"] == [found[side]["decision"]["state"] for side in ("live", "desired")]


@pytest.mark.parametrize("mode", ["exact", "owned", "additive", "listed"])
def test_diff_shows_what_a_branch_means_once_it_is_applied(repository: Repository, mode: str) -> None:
    """A rule for all Androids that is live by now, in a repository whose earlier commit does not have it."""
    config = CONFIG.replace("deviceAccessRules: owned", f"deviceAccessRules: {mode}")
    repository.commit("policylint.yaml", config)
    rule = "{Characteristic: DeviceType, QueryString: Android, AccessLevel: Allow}"
    repository.commit(text=SECOND.replace("AccessLevel: Allow}]", f"AccessLevel: Allow}}, {rule}]"))
    for live in (LIVE_SECOND, LIVE_SECOND.replace("AccessLevel: Allow}]", f"AccessLevel: Allow}}, {rule}]")):
        repository.write("live.json", sealed(live))
        done = repository.run("diff", "HEAD~1", "HEAD")
        assert done.stdout.startswith("looser: "), done.stdout
        assert 1 == repository.run("diff", "HEAD~1", "HEAD", "--fail-on", "looser").returncode


def test_diff_says_which_setting_only_one_side_declares(repository: Repository) -> None:
    repository.commit(text=FIRST.replace("Quarantine", "Allow"))
    repository.commit(text="deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPad, AccessLevel: Allow}]\n")
    repository.write("live.json", sealed(LIVE_SECOND.replace("Quarantine", "Allow")))
    note = "only HEAD~1 declares DefaultAccessLevel of Mobile Mailbox Settings: HEAD is taken to leave it as it is live"
    assert note in repository.run("diff", "HEAD~1", "HEAD").stdout


def test_an_assertion_about_new_access_sees_what_is_applied(repository: Repository) -> None:
    rule = "{Characteristic: DeviceType, QueryString: Android, AccessLevel: Allow}"
    assertion = "assertions: [{name: nothing new, no-new-access: {since: HEAD~1}}]\n"
    repository.commit(text=SECOND.replace("AccessLevel: Allow}]", f"AccessLevel: Allow}}, {rule}]") + assertion)
    repository.write("policylint.yaml", CONFIG.replace("deviceAccessRules: owned", "deviceAccessRules: additive"))
    repository.write("live.json", sealed(LIVE_SECOND.replace("AccessLevel: Allow}]", f"AccessLevel: Allow}}, {rule}]")))
    assert 1 == repository.run("test").returncode
