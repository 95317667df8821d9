"""Several outputs of one run: `--format NAME[=FILE]`, and what excludes each other."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import click
import pytest

from policylint.cli import main as cli
from policylint.cli.options import Format
from tests.worlds import sealed

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

NOW = "1795435200"
COMMANDS = {
    "environments": ("environments",),
    "lint": ("lint",),
    "test": ("test",),
    "simulate": ("simulate",),
    "show": ("show", "organization"),
    "diff": ("diff", "live"),
    "plan": ("plan",),
    "rings": ("plan", "--rings", "john*"),
    "minimize": ("minimize",),
    "report exemptions": ("report", "exemptions"),
    "rules": ("rules",),
    "snapshot show": ("snapshot", "show", "live.json"),
    "expire": ("expire", "--dry-run"),
}


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_formats_of_one_run_are_those_of_a_run_each(example: Folder, arguments: tuple[str, ...]) -> None:
    each = {name: example.run(*arguments, "--format", name, SOURCE_DATE_EPOCH=NOW) for name in ("text", "json")}
    both = example.run(*arguments, "--format", "text", "--format", "json=out.json", SOURCE_DATE_EPOCH=NOW)
    assert both.stdout == each["text"].stdout
    assert both.returncode == each["text"].returncode == each["json"].returncode
    assert json.loads((example.path / "out.json").read_text("utf-8")) == json.loads(each["json"].stdout)
    assert "wrote out.json" in both.stderr


def test_a_log_holds_text_and_annotations(example: Folder) -> None:
    text, github = (example.run("lint", "--format", name).stdout for name in ("text", "github"))
    assert example.run("lint", "--format", "text", "--format", "github").stdout == text + github


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--format", "text", "--format", "json"), "`text` and `json` cannot both go to standard output"),
        (("--format", "json", "--format", "text=-"), "`json` and `text` cannot both go to standard output"),
        (("--format", "json", "--format", "json"), "one format goes to standard output twice"),
        (("--format", "text", "--format", "json=a", "-o", "b"), "-o is the file of one format"),
        (("--format", "json=a", "-o", "b"), "-o and --format NAME=FILE both name a file"),
        (("--format", "json=a", "--format", "text=a"), "two formats go to one file"),
        (
            (
                "--format",
                "json=",
            ),
            "the name is empty",
        ),
        (
            (
                "--format",
                "jsn",
            ),
            "jsn",
        ),
    ],
)
def test_outputs_that_exclude_each_other(example: Folder, arguments: tuple[str, ...], message: str) -> None:
    done = example.run("lint", *arguments)
    assert (3, "") == (done.returncode, done.stdout)
    assert message in done.stderr
    assert not (example.path / "a").exists()


def test_a_command_that_asks_has_one_format(example: Folder) -> None:
    done = example.run("triage", "--format", "text", "--format", "json=a")
    assert 3 == done.returncode
    assert "--format is given more than once" in done.stderr


DATA = Path(__file__).parents[1] / "data"
FAILING = """\
organization: {DefaultAccessLevel: Allow}
deviceAccessRules:
- {Characteristic: DeviceType, QueryString: AppleDQ7xxxxx, AccessLevel: Allow, reason: for jane.roe@contoso.com}
mailboxes:
- Identity: jane.roe@contoso.com
  ActiveSyncAllowedDeviceIDs: [SEC1234567890ABC]
  ActiveSyncBlockedDeviceIDs: [SEC1234567890ABC]
tests:
- {name: nobody gets in, device: {DeviceType: iPhone}, mailbox: jane.roe@contoso.com, expect: Blocked}
- {name: everybody gets in, device: {DeviceType: iPhone}, expect: Allowed}
- {name: nobody knows, device: {DeviceType: iPhone}, mailbox: not.jane.roe@contoso.com, expect: Allowed}
assertions:
- {name: no tablets, never: {state: Allowed, DeviceType: Tablet}, owner: Security, reason: they are shared}
"""
LIVE = """\
organization: {DefaultAccessLevel: Block}
mailboxes:
- {Identity: jane.roe@contoso.com, ActiveSyncAllowedDeviceIDs: [SEC1234567890ABC]}
"""
CONFIG = "version: 1\nsnapshot: live.json\ntarget: contoso.onmicrosoft.com\n"
NOW = "1795435200"
FAILS = {
    "lint": ("lint", "--strict"),
    "test": ("test",),
    "diff": ("diff", "live", "--fail-on", "any"),
    "plan": ("plan", "--fail-on", "drift"),
}


@pytest.fixture
def failing(folder: Folder) -> Folder:
    """Return a policy in which everything fails that can."""
    folder.write("policylint.yaml", CONFIG)
    folder.write("policy/a.yaml", FAILING)
    folder.write("live.json", sealed(LIVE))
    return folder


def formats_of(name: str) -> tuple[str, ...]:
    command = cli.main.get_command(click.Context(cli.main), name)
    assert command is not None
    return next((tuple(each.type.choices) for each in command.params if isinstance(each.type, Format)), ())


@pytest.mark.parametrize("name", FAILS)
def test_the_exit_code_does_not_depend_on_the_format(failing: Folder, name: str) -> None:
    codes = {form: failing.run(*FAILS[name], "--format", form).returncode for form in formats_of(name)}
    assert dict.fromkeys(codes, 1) == codes


@pytest.mark.parametrize("name", ["simulate", "report exemptions", "environments"])
def test_the_exit_code_is_that_of_text_in_every_format(example: Folder, name: str) -> None:
    """Of the commands that have more than text and JSON, which are run above."""
    files = [f"--format={form}=out.{form}" for form in formats_of(name)]
    assert example.run(*COMMANDS[name]).returncode == example.run(*COMMANDS[name], *files).returncode
    assert all((example.path / each.rpartition("=")[2]).stat().st_size for each in files)


def test_every_other_command_has_text_and_json_alone() -> None:
    """What is run above is all there is."""
    more = {name for name in cli.COMMANDS if not {"text", "json", "yaml"} >= {*formats_of(name)}}
    assert {*FAILS, "simulate", "why", "report exemptions", "report pack", "show", "environments"} == more


def test_each_format_of_tests_says_what_failed(failing: Folder) -> None:
    outputs = {form: failing.run("test", "--format", form).stdout for form in ("github", "azure", "junit", "markdown")}
    for line, outcome, name in (
        (9, "failed", "nobody gets in"),
        (11, "undecided", "nobody knows"),
        (13, "failed", "no tablets"),
    ):
        assert f"::error file=policy/a.yaml,line={line},endLine={line},title=policylint " in outputs["github"]
        assert f"]{outcome}: {name}%0A" in outputs["azure"]
    assert 3 == outputs["github"].count("::error ") == outputs["azure"].count("##vso[task.logissue type=error;")
    root = ElementTree.fromstring(outputs["junit"])
    assert ("4", "3") == (root.get("tests"), root.get("failures"))
    assert ["nobody gets in", "nobody knows", "no tablets"] == [
        each.get("name") for each in root.iter("testcase") if len(each)
    ]
    etree: Any = importlib.import_module("lxml.etree")
    schema = etree.XMLSchema(etree.parse(str(DATA / "junit" / "junit-10.xsd")))
    schema.assertValid(etree.fromstring(outputs["junit"].encode()))
    assert outputs["markdown"].startswith("### 2 of 3 tests did not pass, 1 of 1 assertion did not pass\n")
    assert "ask Security" in outputs["markdown"]


def test_what_is_skipped_fails_no_case(failing: Folder) -> None:
    (failing.path / "live.json").unlink()
    failing.write("policy/a.yaml", FAILING[FAILING.index("tests:") : FAILING.index("assertions:")])
    done = failing.run("test", "--format", "junit")
    root = ElementTree.fromstring(done.stdout)
    assert 0 == done.returncode, done.stdout
    assert "0" == root.get("failures")
    assert [*root.iter("skipped")]


@pytest.mark.parametrize("name", ["lint", "test", "diff"])
def test_markdown_names_nobody_unless_it_is_told_to(failing: Folder, name: str) -> None:
    hidden, shown = (
        failing.run(*FAILS[name], "--format", "markdown", *more)
        .stdout.replace("&#64;&#8203;", "@")
        .replace("&#64;", "@")
        for more in ((), ("--show-people",))
    )
    assert not [word for word in ("jane.roe", "SEC1234567890ABC") if word.lower() in hidden.lower()]
    assert "jane.roe@contoso.com" in shown
    assert hidden.startswith("### ")


@pytest.mark.parametrize("name", ["lint", "test", "diff"])
def test_the_smallest_comment_is_two_thousand_characters(failing: Folder, name: str) -> None:
    rules = "".join(
        f"- {{Characteristic: DeviceModel, QueryString: '{number} {'x' * 90}', AccessLevel: Allow}}\n"
        for number in range(40)
    )
    failing.write("policy/b.yaml", "deviceAccessRules:\n" + rules)
    text = failing.run(*FAILS[name], "--format", "markdown", "--max-size", "2000").stdout
    assert 500 < len(text) <= 2_000
    done = failing.run(*FAILS[name], "--format", "markdown", "--max-size", "1999")
    assert 3 == done.returncode
    assert "1999 is not in the range x>=2000" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("lint", "--show-people"), "--show-people is for Markdown"),
        (("test", "--format", "junit", "--max-size", "4000"), "--max-size is for Markdown"),
        (("diff", "--format", "json", "--show-people"), "--show-people is for Markdown"),
        (("lint", "--format", "gitlab", "--format", "junit"), "`gitlab` and `junit` cannot both go to standard output"),
    ],
)
def test_an_option_that_means_nothing_to_a_format(failing: Folder, arguments: tuple[str, ...], message: str) -> None:
    done = failing.run(*arguments)
    assert (3, "") == (done.returncode, done.stdout)
    assert message in done.stderr


def test_a_refused_plan_is_an_error_of_the_run(failing: Folder) -> None:
    github, azure = (failing.run("plan", "--format", form) for form in ("github", "azure"))
    assert 1 == github.returncode == azure.returncode
    assert "::error title=policylint snapshot-max-age-hours::" in github.stdout
    assert "##vso[task.logissue type=error;code=snapshot-max-age-hours]" in azure.stdout
    assert "--acknowledge" in github.stdout
