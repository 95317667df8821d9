"""`policylint lint --fix`: what it edits, what it leaves and says so, and that it writes all files or none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.worlds import sealed

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

DEFAULT = "organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: [help-desk@contoso.com]}\n"
JOHN = "mailboxes:\n  - Identity: john.doe@contoso.com\n"
RULES = "deviceAccessRules:\n"


def rule(query: str, name: str = "DeviceType", level: str = "Allow") -> str:
    return f"  - {{Characteristic: {name}, QueryString: {query}, AccessLevel: {level}}}\n"


def test_a_fix_that_would_add_a_finding_is_not_applied_and_said_so(folder: Folder) -> None:
    text = DEFAULT + RULES + rule("'iOS18.7.1 22H31'", "DeviceOS")
    folder.write("policy/a.yaml", text)
    folder.write("policylint.yaml", "version: 1\n")
    done = folder.run("lint", "--fix", "--unsafe")
    assert (
        "policy/a.yaml:3:45: not fixed [access-rule-matches-nothing]: it would add a finding of `version-pinned-rule`"
        in done.stderr
    )
    assert text == (folder.path / "policy/a.yaml").read_text(encoding="utf-8")


def test_what_was_fixed_is_said_by_file_and_the_rest_is_shown(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    folder.write("policy/a.yaml", DEFAULT + RULES + rule("iPHONE") + rule("Apple iPhone"))
    folder.write("policy/b.yaml", f"{JOHN}    ActiveSyncAllowedDeviceIDs: [A1, a1]\n")
    found = folder.run("lint")
    assert "\n2 fixable with --fix\n" in found.stdout
    assert "= fix: write `iPhone`" in found.stdout
    done = folder.run("lint", "--fix")
    assert "fixed 2 of 4 findings" in done.stderr
    assert "policy/a.yaml:\n  - line 3: write `iPhone` [query-string-case]\n" in done.stderr
    assert "policy/b.yaml:\n  - line 3: remove `a1` [list-item-twice]\n" in done.stderr
    assert "access-rule-matches-nothing" in done.stdout
    assert "fixed 0 of 2 findings\n" in folder.run("lint", "--fix").stderr


def test_a_difference_is_shown_and_nothing_written(folder: Folder) -> None:
    path = folder.write("policy/a.yaml", RULES + rule("iPHONE"))
    done = folder.run("lint", "--fix", "--diff")
    assert (0, f"-{rule('iPHONE')}+{rule('iPhone')}") == (done.returncode, "".join(done.stdout.splitlines(True)[-2:]))
    assert "would fix 1 of" in done.stderr
    assert RULES + rule("iPHONE") == path.read_text(encoding="utf-8")
    piped = folder.pipe(RULES + rule("iPHONE"), "lint", "--fix", "--diff", "-")
    assert f"+{rule('iPhone')}" in piped.stdout


def test_only_files_that_are_named_are_fixed(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    one = folder.write("policy/a.yaml", RULES + rule("iPHONE"))
    other = folder.write("policy/b.yaml", f"{JOHN}    ActiveSyncAllowedDeviceIDs: [A1, a1]\n")
    folder.run("lint", "--fix", "policy/b.yaml")
    assert rule("iPHONE") in one.read_text(encoding="utf-8")
    assert "[A1]" in other.read_text(encoding="utf-8")


def test_a_finding_in_the_baseline_is_not_fixed(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\nbaseline: baseline.yaml\n")
    path = folder.write("policy/a.yaml", RULES + rule("iPHONE"))
    folder.run("lint", "--update-baseline")
    folder.run("lint", "--fix", "--unsafe")
    assert RULES + rule("iPHONE") == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_encoding_stays(folder: Folder, encoding: str) -> None:
    path = folder.write("policy/a.yaml", f"# Zoë\n{RULES}{rule('iPHONE')}".encode(encoding))
    folder.run("lint", "--fix")
    assert f"# Zoë\n{RULES}{rule('iPhone')}".encode(encoding) == path.read_bytes()


def test_a_file_that_may_not_be_written_keeps_all_files_as_they_are(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    one = folder.write("policy/a.yaml", RULES + rule("iPHONE"))
    locked = folder.write("policy/b.yaml", f"{JOHN}    ActiveSyncAllowedDeviceIDs: [A1, a1]\n")
    locked.chmod(0o444)
    done = folder.run("lint", "--fix")
    assert done.returncode == 4
    assert "policy/b.yaml" in done.stderr
    assert rule("iPHONE") in one.read_text(encoding="utf-8")


REFUSED = {
    "standard input": ("--fix", "-"),
    "unsafe alone": ("--unsafe",),
    "diff alone": ("--diff",),
    "a difference as JSON": ("--fix", "--diff", "--format", "json"),
    "a new baseline": ("--fix", "--update-baseline", "--baseline", "known.yaml"),
}


@pytest.mark.parametrize("options", REFUSED.values(), ids=REFUSED.keys())
def test_options_that_do_not_go_together(folder: Folder, options: tuple[str, ...]) -> None:
    folder.write("policy/a.yaml", RULES + rule("iPHONE"))
    assert folder.run("lint", *options).returncode == 3


def test_json_offers_the_edits(folder: Folder) -> None:
    folder.write("policy/a.yaml", RULES + rule("iPHONE"))
    found = json.loads(folder.run("lint", "--format", "json").stdout)["diagnostics"]
    edit = {"path": "policy/a.yaml", "line": 2, "column": 47, "endLine": 2, "endColumn": 53, "text": "iPhone"}
    wanted = {"title": "write `iPhone`", "safe": True, "edits": [edit]}
    assert wanted in [each["fix"] for each in found]


def test_a_policy_in_canonical_form_stays_so(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    ids = ", ".join(f"'{number:030}'" for number in range(4))
    text = f"{JOHN}    ActiveSyncAllowedDeviceIDs: [{ids}]\n    # policylint: ignore[windows-mail-rule] so\n"
    folder.write("policy/a.yaml", text)
    folder.run("fmt")
    folder.run("lint", "--fix", "--unsafe")
    assert folder.run("fmt", "--check").returncode == 0


def test_live_state_is_not_fixed(folder: Folder) -> None:
    folder.write("live.json", (Path(__file__).parents[2] / "docs/examples/contoso/live.json").read_bytes())
    assert folder.run("lint", "--fix", "--snapshot", "live.json").returncode == 3


SHARED = "version: 1\npolicies: ['policy/*.yaml']\nenvironments: {test: {policies: [policy/base.yaml]}}\n"


@pytest.mark.parametrize(
    ("twice", "finding"),
    [
        (RULES + rule("TbSync", level="Block"), "access-rule-duplicate"),
        (f"{JOHN}    ActiveSyncBlockedDeviceIDs: [STOLEN1]\n", "declared-twice"),
    ],
    ids=["rule", "mailbox"],
)
@pytest.mark.parametrize("named", [(), ("policy",)], ids=["all", "named"])
def test_a_safe_fix_changes_no_access_in_another_environment(
    folder: Folder, twice: str, finding: str, named: tuple[str, ...]
) -> None:
    folder.write("policylint.yaml", SHARED)
    folder.write("policy/a.yaml", twice)
    base = folder.write("policy/base.yaml", DEFAULT + twice)
    done = folder.run("lint", "--fix", *named)
    why = "in the environment `test` it would change which devices have access"
    assert f"not fixed [{finding}]: {why}" in done.stderr
    assert DEFAULT + twice == base.read_text(encoding="utf-8")
    folder.write("policylint.yaml", SHARED.replace("base", "*"))
    folder.run("lint", "--fix", *named)
    assert DEFAULT + twice != base.read_text(encoding="utf-8")


def test_no_fix_fails_a_test_of_another_environment(folder: Folder) -> None:
    test = "{name: t, device: {DeviceId: A1}, mailbox: john.doe@contoso.com, expect: Quarantined}"
    folder.write(
        "policylint.yaml", "version: 1\npolicies: [policy/base.yaml]\nenvironments: {test: {policies: ['*/*']}}\n"
    )
    text = f"{DEFAULT}{JOHN}    ActiveSyncBlockedDeviceIDs: [' A1']\n"
    path = folder.write("policy/base.yaml", text)
    folder.write("policy/t.yaml", f"tests:\n  - {test}\n")
    done = folder.run("lint", "--fix", "--unsafe")
    assert (
        "not fixed [untidy-device-id]: in the environment `test` the test `t` of policy/t.yaml would fail"
        in done.stderr
    )
    assert text == path.read_text(encoding="utf-8")


def test_no_fix_fails_an_assertion_that_compares_with_live_state(folder: Folder) -> None:
    text = "organization: {DefaultAccessLevel: Quarantine}\n" + RULES + rule("'iPhone14,2'", "DeviceModel")
    folder.write("policylint.yaml", "version: 1\nsnapshot: live.json\nguards: {snapshot-max-age-hours: null}\n")
    folder.write("live.json", sealed(text, [{"DeviceId": "A1", "DeviceModel": "iPhone14C2"}]))
    kept = f"{text}assertions:\n  - {{name: as it is, no-new-access: {{since: live}}}}\n"
    path = folder.write("policy/a.yaml", kept)
    done = folder.run("lint", "--fix", "--unsafe")
    assert "the assertion `as it is` (no-new-access) would fail" in done.stderr
    assert kept == path.read_text(encoding="utf-8")
    folder.write("policy/a.yaml", text)
    assert "iPhone14C2" in folder.run("lint", "--fix", "--unsafe", "--diff").stdout


DEFAULT_POLICY = "mobileDeviceMailboxPolicies:\n  - {Name: Default, IsDefault: true, "


@pytest.mark.parametrize(
    ("text", "fixed", "said"),
    [
        (f'{DEFAULT_POLICY}minPasswordLength: "6"}}\n', f"{DEFAULT_POLICY}MinPasswordLength: 6}}\n", "2 of 2 findings"),
        (f"{DEFAULT_POLICY}minPasswordLength: x}}\n", f"{DEFAULT_POLICY}MinPasswordLength: x}}\n", "1 of 2 findings"),
        (
            "deviceaccessrules:\n  - {characteristic: devicetype, querystring: iPad, accesslevel: allow}\n",
            f"{RULES}{rule('iPad')}",
            "6 of 6 findings",
        ),
    ],
    ids=["a value behind its key", "a value without a fix", "all of a section"],
)
def test_what_is_behind_a_key_that_was_wrong_is_fixed_too(folder: Folder, text: str, fixed: str, said: str) -> None:
    path = folder.write("policy/a.yaml", text)
    done = folder.run("lint", "--fix")
    assert fixed == path.read_text(encoding="utf-8")
    assert f"fixed {said}\n" in done.stderr


def test_a_file_that_can_be_read_shows_what_it_hid(folder: Folder) -> None:
    path = folder.write("policy/a.yaml", "organization: {DefaultAccessLevel: allow}\n")
    done = folder.run("lint", "--fix", "--diff")
    assert "+organization: {DefaultAccessLevel: Allow}\n" in done.stdout
    folder.run("lint", "--fix")
    assert "organization: {DefaultAccessLevel: Allow}\n" == path.read_text(encoding="utf-8")
    assert "[default-level-allow]" in folder.run("lint").stdout


def test_a_key_is_not_written_twice(folder: Folder) -> None:
    text = "organization: {DefaultAccessLevel: Block, defaultaccesslevel: Allow}\n"
    path = folder.write("policy/a.yaml", text)
    done = folder.run("lint", "--fix", "--unsafe")
    assert (1, text) == (done.returncode, path.read_text(encoding="utf-8"))
    assert "fixed 0 of 1 finding\n" in done.stderr
    assert "fixable" not in done.stdout


NOTED = """\
mailboxes:
  - Identity: john.doe@contoso.com
    ActiveSyncAllowedDeviceIDs: {allowed}
    ActiveSyncBlockedDeviceIDs: {blocked}
    exemptions: {said}
"""
LOAN = "{reason: loan, expires: 2030-12-31}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("[SEC-1]", "[]", f"{{sec-1: {LOAN}}}"), ("[SEC1]", "[]", f"{{SEC1: {LOAN}}}")),
        (("{Add: [SEC-1]}", "[]", f"{{SEC-1: {LOAN}}}"), ("{Add: [SEC1]}", "[]", f"{{SEC1: {LOAN}}}")),
        (("[SEC-1, SEC1]", "[]", f"{{SEC-1: {LOAN}}}"), ("[SEC1]", "[]", f"{{SEC1: {LOAN}}}")),
        (("[SEC1, LOST2]", "[SEC1]", f"{{SEC1: {LOAN}}}"), ("[LOST2]", "[SEC1]", f"{{SEC1: {LOAN}}}")),
        (
            ("[SEC-1, SEC1]", "[]", f"{{SEC-1: {LOAN}, SEC1: {LOAN}}}"),
            ("[SEC-1, SEC1]", "[]", f"{{SEC-1: {LOAN}, SEC1: {LOAN}}}"),
        ),
    ],
    ids=["rewritten", "in a list in part", "in the list already", "on the other list too", "noted twice"],
)
def test_what_is_said_of_an_id_stays_with_it(
    folder: Folder, before: tuple[str, str, str], after: tuple[str, str, str]
) -> None:
    names = ("allowed", "blocked", "said")
    path = folder.write("policy/a.yaml", NOTED.format(**dict(zip(names, before, strict=True))))
    folder.run("lint", "--fix", "--unsafe")
    assert NOTED.format(**dict(zip(names, after, strict=True))) == path.read_text(encoding="utf-8")
