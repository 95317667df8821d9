"""Options of `lint` that choose findings: what they leave out, what they cannot, and that it is always counted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from policylint.errors import UsageError
from tests.rules.harness import lint
from tests.texts import CONFIG, output_schema, project

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

OPEN, PINNED, SHORT = "default-level-allow", "version-pinned-rule", "cis-password-short"
POLICY = """\
organization: {DefaultAccessLevel: Allow}
deviceAccessRules:
  - {Characteristic: DeviceOS, QueryString: iOS 17.4 21E219, AccessLevel: Block}
  - {Characteristic: DeviceOS, QueryString: iOS 17.5 21F79, AccessLevel: Block}
"""
WEAK = """\
mobileDeviceMailboxPolicies:
  - {Name: Default, IsDefault: true, MinPasswordLength: null}
"""
IGNORED = "  # policylint: ignore[{}] a laboratory (owner: help desk, until 2999-01-31)\n"


@pytest.fixture
def policy(folder: Folder) -> Folder:
    """Return a repository with a finding of severity error and two warnings."""
    folder.write("policylint.yaml", f"version: 1\nseverity: {{{OPEN}: error}}\n")
    folder.write("policy/a.yaml", POLICY)
    return folder


def record(folder: Folder, *arguments: str) -> dict[str, Any]:
    done = folder.run("lint", "--format", "json", *arguments)
    found: dict[str, Any] = json.loads(done.stdout)
    output_schema("lint").validate(found)
    return found | {"code": done.returncode}


def rules(found: dict[str, Any]) -> list[str]:
    return [each["rule"] for each in found["diagnostics"]]


def counted(found: dict[str, Any]) -> dict[str, int]:
    return {name: number for name, number in found["summary"].items() if name != "files" and number}


@pytest.mark.parametrize(
    ("arguments", "expected", "left_out", "code"),
    [
        (("--select", OPEN), [OPEN], 2, 1),
        (("--select", f"{OPEN},{PINNED}"), [OPEN, PINNED, PINNED], 0, 1),
        (("--select", "device-os-rule-rots"), [PINNED, PINNED], 1, 0),
        (("--select", "pack:recommended", "--ignore", OPEN), [PINNED, PINNED], 1, 0),
        (("--ignore", "pack:recommended"), [], 3, 0),
        (("--min-severity", "error"), [OPEN], 2, 1),
        (("--strict", "--ignore", OPEN), [PINNED, PINNED], 1, 1),
        (("--exit-zero",), [OPEN, PINNED, PINNED], 0, 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_is_left_out_is_counted_and_fails_no_run(
    policy: Folder, arguments: tuple[str, ...], expected: list[str], left_out: int, code: int
) -> None:
    found = record(policy, *arguments)
    assert (expected, left_out, code) == (rules(found), found["summary"]["unselected"], found["code"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("--select", "version-pined-rule"),
            "--select: no rule `version-pined-rule`\n  = help: did you mean `version-pin",
        ),
        (("--ignore", "pack:recomended"), "--ignore: no pack `recomended`\n  = help: did you mean `recommended`?"),
        (("--ignore", f"{OPEN},"), "a name is empty"),
        (("--min-severity", "loud"), "`loud` is not one of"),
        (("--strict", "--exit-zero"), "--strict and --exit-zero exclude each other"),
        (("--fix", "--select", OPEN), "--fix is about all findings: it excludes --select"),
        (("--fix", "--base", "HEAD"), "it excludes --base"),
        (("--update-baseline", "--changed"), "a new baseline is about all findings: it excludes --changed"),
        (("--add-to-baseline", "--min-severity", "error"), "it excludes --min-severity"),
        (("--all",), "--all is for --base"),
        (("--all", "--base", "HEAD", "--changed"), "--all and --changed exclude each other"),
        (("--statistics", "--quiet"), "--statistics and --quiet exclude each other"),
        (("--statistics", "--fix", "--diff"), "--statistics and --diff exclude each other"),
        (("--statistics", "--format", "github"), "use text or json with --statistics"),
        (("-", "--base", "HEAD"), "standard input has no earlier version to compare with: --base"),
        (("-", "--changed"), "standard input has no earlier version to compare with: --changed"),
        (("--base", "HEAD"), "--base compares with git: "),
        (("--changed",), "--changed compares with git: "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_does_not_go_together_is_refused(policy: Folder, arguments: tuple[str, ...], words: str) -> None:
    done = policy.run("lint", *arguments)
    assert (3, "") == (done.returncode, done.stdout)
    assert words in done.stderr


def test_a_selected_rule_applies_though_no_pack_has_it_or_it_is_off(policy: Folder) -> None:
    policy.write("policy/b.yaml", WEAK)
    assert SHORT not in rules(record(policy))
    assert [SHORT] == rules(record(policy, "--select", SHORT))
    policy.write("policylint.yaml", f"version: 1\nseverity: {{{SHORT}: off}}\n")
    found = record(policy, "--select", SHORT)["diagnostics"]
    assert [(SHORT, "warning")] == [(each["rule"], each["severity"]) for each in found]
    policy.write("policylint.yaml", "version: 1\nedition: exchange-2019\n")
    done = policy.run("lint", "--select", "windows-mail-rule")
    assert "note: `windows-mail-rule` is not for exchange-2019\n" in done.stderr


def test_errors_of_mandatory_rules_are_left_out_by_nothing(policy: Folder) -> None:
    policy.write("policy/b.yaml", "organization: {DefaultAccessLevel: Maybe}\n")
    policy.write("policy/c.yaml", f"mailboxes: []  # policylint: ignore[{OPEN}] nothing\n")
    for arguments in (("--select", PINNED), ("--ignore", "schema,suppression"), ("--min-severity", "error")):
        found = record(policy, *arguments)
        assert "schema" in rules(found)
        assert ("--min-severity" not in arguments) == ("suppression" in rules(found)), "a warning is no error"
    done = policy.run("lint", "--ignore", "schema")
    assert "note: --ignore leaves `schema` in: it may not be ignored\n" in done.stderr


def test_counts_are_said_in_every_format(policy: Folder) -> None:
    policy.write(
        "policy/a.yaml",
        POLICY.replace("21F79, AccessLevel: Block}\n", "21F79, AccessLevel: Block}" + IGNORED.format(PINNED)),
    )
    words = "1 finding ignored by comments, 1 finding left out by options"
    assert policy.run("lint", "--ignore", OPEN).stdout.startswith(f"1 warning in 1 file ({words})\n")
    for name in ("concise", "github", "sarif"):
        assert f"note: not shown: {words}\n" == policy.run("lint", "--ignore", OPEN, "--format", name).stderr
    for name in ("concise", "text"):
        done = policy.run("lint", "--ignore", OPEN, "--format", name, "--quiet")
        assert f"note: not shown: {words}\n" == done.stderr
    assert {"warning": 1, "hidden": 1, "unselected": 1} == counted(record(policy, "--ignore", OPEN))
    both = policy.run("lint", "--ignore", OPEN, "--format", "text", "--format", "concise=out.txt")
    assert "not shown" not in both.stderr


def test_a_hidden_finding_says_by_which_comment(policy: Folder) -> None:
    policy.write("policy/a.yaml", IGNORED.format(OPEN).lstrip() + POLICY)
    (hidden,) = record(policy)["hidden"]
    expected = {"reason": "a laboratory", "owner": "help desk", "until": "2999-01-31", "line": 1}
    assert (2, expected) == (hidden["line"], hidden["ignored"])


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("ignore[default-level-allow] why (owner: )", "ignore comment with an owner without a name"),
        ("ignore[default-level-allow] (owner: it)", "ignore comment without a reason"),
        ("ignore[default-level-allow] why (owner: it, until 2020-01-31)", "ignore comment ended on 2020-01-31"),
        ("ignore[default-level-allow] why (owner: it, until 20270131)", "`until 20270131` is not a day"),
        ("ignore[default-level-alow] why", "no rule `default-level-alow` to ignore"),
        ("ignore[stale-device-id] why", "nothing to ignore: `stale-device-id` finds nothing here"),
    ],
)
def test_a_comment_that_is_not_right_is_a_finding(comment: str, expected: str) -> None:
    found = lint(POLICY.replace("}\n", f"}}  # policylint: {comment}\n", 1))
    assert [expected] == [each.message for each in found.of("suppression")]
    assert found.of(OPEN)


def test_statistics_count_by_rule(policy: Folder) -> None:
    done = policy.run("lint", "--statistics")
    assert f"1 error, 2 warnings in 1 file\n\n2  warning  {PINNED}\n1  error    {OPEN}\n" == done.stdout
    assert 1 == done.returncode
    expected = [(PINNED, "warning", 2), (OPEN, "error", 1)]
    found = record(policy, "--statistics")["statistics"]
    assert expected == [(each["rule"], each["severity"], each["count"]) for each in found]
    assert (
        "no findings in 1 file (3 findings left out by options)\n"
        == policy.run("lint", "--statistics", "--ignore", "pack:recommended").stdout
    )


def test_quiet_shows_findings_alone(policy: Folder) -> None:
    loud, quiet = (policy.run("lint", *each) for each in ((), ("--quiet",)))
    assert loud.stdout.split("\n\n", 1)[1] == quiet.stdout
    clean = policy.run("lint", "-q", "--ignore", "pack:recommended")
    words = "note: not shown: 3 findings left out by options\n"
    assert (0, "", words) == (clean.returncode, clean.stdout, clean.stderr)


def test_what_is_found_in_other_files_than_the_named_is_counted(policy: Folder) -> None:
    comment = IGNORED.format("mailbox-without-policy").rstrip()
    policy.write("policy/b.yaml", POLICY.replace("organization", "mailboxes: []\n#").replace("17.", "16."))
    policy.write("policy/c.yaml", f"mobileDeviceMailboxPolicies: []{comment}\n")
    found = record(policy, "policy/b.yaml")
    assert (2, 4) == (found["summary"]["warning"], found["summary"]["unselected"])
    assert {"policy/b.yaml"} == {each["path"] for each in found["diagnostics"]}
    assert [] == found["hidden"]


def test_a_pack_is_selected_with_what_it_includes(policy: Folder) -> None:
    assert {OPEN, PINNED} < {*rules(record(policy, "--select", "pack:strict"))}
    assert [OPEN, PINNED, PINNED] == rules(record(policy, "--ignore", "pack:strict"))


def test_exit_zero_does_not_hide_a_file_that_cannot_be_read(policy: Folder) -> None:
    policy.write("policy/b.yaml", b"\xff\xfe\x00")
    (policy.path / "policy" / "c.yaml").symlink_to("nowhere.yaml")
    assert 4 == policy.run("lint", "--exit-zero").returncode


# Rules that may not be ignored

FIXED = f"version: 1\nbaseline: known.yaml\nnot-ignorable: [{OPEN}]\n"


def test_what_may_not_be_ignored_is_held_back_by_nothing(policy: Folder) -> None:
    policy.write("policylint.yaml", FIXED.replace("baseline: known.yaml\n", ""))
    policy.write(
        "known.yaml", f"version: 1\nfindings: [{{rule: {OPEN}, kind: organization, words: {{value: Allow}}}}]\n"
    )
    for arguments in (
        ("--ignore", OPEN),
        ("--min-severity", "error"),
        ("--select", PINNED),
        ("--baseline", "known.yaml"),
    ):
        assert OPEN in rules(record(policy, *arguments)), arguments
    policy.write("policy/a.yaml", POLICY.replace("}\n", f"}}  # policylint: ignore[{OPEN}] why\n", 1))
    found = record(policy)
    assert OPEN in rules(found)
    assert [f"`{OPEN}` may not be ignored"] == [
        each["message"] for each in found["diagnostics"] if each["rule"] == "suppression"
    ]


def test_no_baseline_is_written_with_it(policy: Folder) -> None:
    policy.write("policylint.yaml", FIXED)
    done = policy.run("lint", "--update-baseline", "--format", "json")
    assert [OPEN] == rules(json.loads(done.stdout))
    assert OPEN not in (policy.path / "known.yaml").read_text(encoding="utf-8")


def test_it_applies_though_no_pack_has_it(policy: Folder) -> None:
    policy.write("policy/b.yaml", WEAK)
    policy.write("policylint.yaml", f"version: 1\nnot-ignorable: [{SHORT}]\n")
    assert SHORT in rules(record(policy))


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("not-ignorable: [default-level-alow]", "policylint.yaml:2:17: error: no rule `default-level-alow`"),
        (
            f"not-ignorable: [{OPEN}]\nseverity: {{{OPEN}: off}}",
            "policylint.yaml:3:12: error: `default-level-allow` is off",
        ),
        (f"severity: {{device-os-rule-rots: off}}\nnot-ignorable: [{PINNED}]", "policylint.yaml:2:12: error: "),
        (
            f"not-ignorable: [{OPEN}]\nenvironments: {{lab: {{severity: {{{OPEN}: off}}}}}}",
            "policylint.yaml:3:33: error: ",
        ),
        (
            f"severity: {{{OPEN}: off}}\nenvironments: {{lab: {{not-ignorable: [{OPEN}]}}}}",
            "policylint.yaml:2:12: error: ",
        ),
    ],
    ids=["unknown", "off", "off-by-an-earlier-id", "off-in-an-environment", "off-above-an-environment"],
)
def test_a_configuration_that_contradicts_itself_is_refused_at_the_place(config: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        project({CONFIG: f"version: 1\n{config}\n"}).rules  # noqa: B018
    assert f"{refused.value.span}: error: {refused.value.message}".startswith(words)


def test_the_refusal_names_the_place(policy: Folder) -> None:
    policy.write("policylint.yaml", f"version: 1\nnot-ignorable: [{OPEN}]\nseverity: {{{OPEN}: off}}\n")
    done = policy.run("lint")
    assert (3, "") == (done.returncode, done.stdout)
    assert f"policylint.yaml:3:12: error: `{OPEN}` is off, and `not-ignorable` names it\n" in done.stderr
