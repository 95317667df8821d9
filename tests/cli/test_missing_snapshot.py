"""A configured snapshot that is not there: what goes on without it, what is skipped, and what refuses."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.worlds import sealed

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

POLICY = """
organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: [it@contoso.com]}
deviceAccessRules:
  - {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}
  - {Characteristic: DeviceModel, QueryString: Outlook for iOS and Android, AccessLevel: Allow}
tests:
  - {name: an iPhone gets in, device: {DeviceType: iPhone}, expect: Allowed}
  - {name: hers too, mailbox: ann@contoso.com, device: {DeviceType: iPhone}, expect: Allowed}
assertions:
  - {name: hers, always: {mailbox: ann@contoso.com, DeviceType: iPhone}}
"""


@pytest.fixture
def without(folder: Folder) -> Folder:
    """Return a repository whose snapshot is kept out of git, as in a fresh checkout."""
    folder.write("policylint.yaml", "version: 1\nsnapshot: live.json\n")
    folder.write("policy/a.yaml", POLICY)
    return folder


def test_lint_goes_on_and_counts_the_rules_that_it_skips(without: Folder) -> None:
    done = without.run("lint")
    assert (0, "no findings in 1 file\n") == (done.returncode, done.stdout)
    assert done.stderr.startswith("note: live.json is not there: skipped ")
    assert "access-rule-overridden, " in done.stderr
    assert "--require-snapshot" in done.stderr


def test_tests_that_need_it_are_skipped_and_counted(without: Folder) -> None:
    done = without.run("test")
    assert (0, "1 test passed, 1 skipped, 0 assertions passed, 1 skipped") == (
        done.returncode,
        done.stdout.splitlines()[0],
    )
    assert "note: live.json is not there: skipped 1 test and 1 assertion\n" in done.stderr
    record = json.loads(without.run("test", "--format", "json").stdout)
    assert 1 == record["summary"]["skipped"]


@pytest.mark.parametrize("command", [["lint"], ["test"], ["diff", ".", "."], ["fmt"], ["minimize"]])
def test_what_can_do_without_it_does(without: Folder, command: list[str]) -> None:
    assert 0 == without.run(*command).returncode


@pytest.mark.parametrize("command", [["lint"], ["test"], ["diff", ".", "."]])
def test_in_continuous_integration_it_can_be_required(without: Folder, command: list[str]) -> None:
    done = without.run(*command, "--require-snapshot")
    assert 4 == done.returncode
    assert "error: live.json: the snapshot cannot be read" in done.stderr


@pytest.mark.parametrize("command", [["plan"], ["simulate"], ["mine"], ["why", "--type", "iPhone"], ["apply-script"]])
def test_what_needs_it_refuses(without: Folder, command: list[str]) -> None:
    done = without.run(*command)
    assert (4, "") == (done.returncode, done.stdout)
    assert "error: live.json: the snapshot cannot be read" in done.stderr


@pytest.mark.parametrize("command", [["lint"], ["test"], ["simulate"], ["why", "--type", "iPhone"]])
def test_none_is_used_where_none_is_wanted(without: Folder, command: list[str]) -> None:
    without.write("live.json", "not a snapshot")
    assert 4 == without.run(*command).returncode
    assert "not a" not in without.run(*command, "--no-snapshot").stderr
    assert 3 == without.run(*command, "--no-snapshot", "--snapshot", "live.json").returncode


def test_a_snapshot_that_is_there_skips_nothing(without: Folder) -> None:
    without.write("live.json", sealed(POLICY.partition("tests:")[0] + "mailboxes: [{Identity: ann@contoso.com}]"))
    for command in ("lint", "test"):
        done = without.run(command)
        assert (0, "") == (done.returncode, done.stderr)


def test_warnings_fail_where_they_are_to(without: Folder) -> None:
    pinned = POLICY.replace("DeviceType, QueryString: iPhone", "DeviceOS, QueryString: iOS 17.4 21E219")
    without.write("policy/a.yaml", pinned)
    assert 0 == without.run("lint").returncode
    assert 1 == without.run("lint", "--strict").returncode


UNDATED = re.sub(rb'"takenAt": "[^"]*"', b'"takenAt": null', sealed(POLICY.partition("tests:")[0]))


def test_a_plan_needs_to_know_when_a_snapshot_was_taken(without: Folder) -> None:
    """A file whose header has no time, sealed again."""
    head, _, end = UNDATED.rpartition(b'"seal": ')
    digest = b'"sha256": "%s"' % hashlib.sha256(head).hexdigest().encode()
    without.write("live.json", head + b'"seal": ' + re.sub(rb'"sha256": "[0-9a-f]*"', digest, end))
    assert 0 == without.run("simulate").returncode
    done = without.run("plan")
    assert 1 == done.returncode
    assert "the snapshot does not say when it was taken (--taken-at says it)" in done.stdout
    assert 3 == without.run("plan", "--taken-at", "yesterday").returncode
    done = without.run("plan", "--taken-at", "2026-01-01T00:00:00Z")
    assert 1 == done.returncode
    assert "snapshot-max-age-hours" in done.stdout
