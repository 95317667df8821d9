"""Names in policylint.yaml that are not there: an error at their place, with what was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

GOOD = "organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: [it@contoso.com]}\n"


@pytest.mark.parametrize(
    ("config", "place", "message", "hint"),
    [
        ("packs: [recommnded]", "2:9", "no pack `recommnded`", "did you mean `recommended`?"),
        ("packs: [recommended, xyz]", "2:22", "no pack `xyz`", "packs: cis-exchange-2019-l1, hybrid, lifecycle"),
        (
            "severity: {access-rule-match-nothing: error}",
            "2:12",
            "no rule",
            "did you mean `access-rule-matches-nothing`?",
        ),
        ("environments: {test: {packs: [hybird]}}", "2:31", "no pack `hybird`", "did you mean `hybrid`?"),
        ("environments: {test: {severity: {zzz: off}}}", "2:34", "no rule `zzz`", "see `policylint rules`"),
        ("guards: {max-newly-deny: 3}", "2:10", "unknown key `max-newly-deny`", "did you mean `max-newly-denied`?"),
        ("manage: {mailboxes: {mode: exakt}}", "2:28", "`mode` is `exakt`", "write `exact`"),
        ("manage: {mailboxes: {mode: exact, excep: []}}", "2:35", "unknown key `excep`", "did you mean `except`?"),
    ],
)
@pytest.mark.parametrize("command", ["lint", "plan"])
def test_a_name_that_is_not_there(
    folder: Folder, command: str, config: str, place: str, message: str, hint: str
) -> None:
    from tests.worlds import sealed

    folder.write("policylint.yaml", f"version: 1\n{config}\n")
    folder.write("policy/a.yaml", GOOD)
    folder.write("live.json", sealed(GOOD))
    done = folder.run(command, "--snapshot", "live.json")
    assert (3, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith(f"policylint.yaml:{place}: error: ")
    assert message in done.stderr
    assert f"  = help: {hint}" in done.stderr


def test_an_environment_that_is_not_there(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\nenvironments: {production: {}}\n")
    folder.write("policy/a.yaml", GOOD)
    done = folder.run("lint", "--env", "prodution")
    assert 3 == done.returncode
    assert "  = help: did you mean `production`?\n" in done.stderr


@pytest.mark.parametrize(
    ("named", "rule", "message"),
    [
        ("lint", "lint/own/rule.yaml", "own/rule.yaml is not GROUP/ID/rule.yaml"),
        ("lint", "lint/a/b/own/rule.yaml", "a/b/own/rule.yaml is not GROUP/ID/rule.yaml"),
        ("lint/a", "lint/a/own/rule.yaml", "did you mean `custom-rules: [lint]`?"),
        ("lint", "else/a/own/rule.yaml", "no such folder"),
    ],
)
def test_a_folder_of_rules_of_the_wrong_depth(folder: Folder, named: str, rule: str, message: str) -> None:
    folder.write("policylint.yaml", f"version: 1\ncustom-rules: [{named}]\n")
    folder.write("policy/a.yaml", GOOD)
    folder.write(rule, "title: x\n")
    done = folder.run("lint")
    assert (4, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith("policylint.yaml:2:16: error: ")
    assert message in done.stderr
