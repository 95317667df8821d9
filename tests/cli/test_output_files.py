"""Where outputs are written, and what they never write over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from tests.cli.test_formats import NOW
from tests.requirements import POSIX

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Folder


def content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (("lint", "--format", "json={}"), "policy/tests.yaml"),
        (("lint", "--format", "text", "--format", "json={}"), "live.json"),
        (("test", "-o", "{}"), "policylint.yaml"),
        (("simulate", "--format", "json={}"), "live.json"),
        (("diff", "live", "-o", "{}"), "policy/tests.yaml"),
        (("plan", "--format", "markdown={}", "--out", "plan.json"), "live.json"),
        (("plan", "--out", "{}"), "live.json"),
        (("lint", "--fix", "--format", "json={}"), "policy/tests.yaml"),
        (("lint", "--baseline", "new.yaml", "--update-baseline", "--format", "json={}"), "policy/tests.yaml"),
        (("lint", "--format", "json={}"), "policylint.lock"),
        (("lint", "--format", "json={}"), "second-name.json"),
    ],
)
def test_what_is_read_is_not_overwritten(example: Folder, arguments: tuple[str, ...], file: str) -> None:
    (example.path / "second-name.json").hardlink_to(example.path / "live.json")
    if file == "policylint.lock":
        example.write(file, "version: 1\n")
    before = content(example.path)
    done = example.run(*(each.format(file) for each in arguments), SOURCE_DATE_EPOCH=NOW)
    assert (3, "") == (done.returncode, done.stdout)
    assert f"error: {file} is read, and would be overwritten" in done.stderr
    assert before == content(example.path)


def test_an_output_is_written_again(example: Folder) -> None:
    for _ in range(2):
        done = example.run("lint", "-o", "out.txt", "--no-snapshot", SOURCE_DATE_EPOCH=NOW)
        assert "wrote out.txt" in done.stderr


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("out.json", "a link, which no output follows"),
        ("nothing.json", "a link, which no output follows"),
        ("linked/config", "in the folder of git"),
        ("../.git/hooks", "in the folder of git"),
        ("/nowhere/x.json", "cannot be written"),
    ],
)
def test_a_file_that_is_not_written_hides_nothing(example: Folder, file: str, reason: str) -> None:
    git = example.path.parent / ".git"
    (git / "config").write_text("before")
    (example.path / "out.json").symlink_to("../.git/config")
    (example.path / "nothing.json").symlink_to("new.json")
    (example.path / "linked").symlink_to("../.git")
    formats = ("--format", "json=a.json", "--format", f"sarif={file}", "--format", "junit=c.xml", "--format", "text")
    done = example.run("lint", "--no-snapshot", *formats, SOURCE_DATE_EPOCH=NOW)
    assert (4, True) == (done.returncode, bool(done.stdout))
    assert reason in done.stderr
    assert json.loads((example.path / "a.json").read_text())
    assert ElementTree.parse(example.path / "c.xml")
    assert ["before"] == [path.read_text() for path in git.iterdir()]
    assert not (example.path / "new.json").exists()


@POSIX.needed
def test_what_stands_for_standard_output_may_be_a_pipe(example: Folder) -> None:
    seen = example.run("lint", "--no-snapshot", SOURCE_DATE_EPOCH=NOW)
    piped = example.start("", "lint", "--no-snapshot", "--format", "text=/dev/stdout", SOURCE_DATE_EPOCH=NOW)
    assert (seen.returncode, seen.stdout) == (piped.returncode, piped.stdout)


BAD = "organization: {DefaultAccessLevel: x}\n"


@pytest.mark.parametrize(("command", "first"), [("test", "github"), ("test", "azure"), ("plan", "github")])
def test_an_invalid_policy_is_told_to_the_service(example: Folder, command: str, first: str) -> None:
    example.write("policy/bad.yaml", BAD)
    files = ("--format", "junit=F.xml") if command == "test" else ()
    done = example.run(command, "--format", first, *files, SOURCE_DATE_EPOCH=NOW)
    assert 1 == done.returncode
    assert ("::error" if first == "github" else "##vso[task.logissue type=error") in done.stdout
    assert "policy/bad.yaml" in done.stdout
    if files:
        root = ElementTree.parse(example.path / "F.xml").getroot()
        assert ("1", "0", "1") == (root.get("tests"), root.get("failures"), root.get("errors"))
        assert "policy/bad.yaml:1:" in str(root.findtext(".//error"))


def test_nothing_fails_with_exit_zero(example: Folder) -> None:
    example.write("policy/bad.yaml", BAD)
    for options, failures in (((), True), (("--exit-zero",), False)):
        done = example.run("lint", "--no-snapshot", "--format", "junit", *options, SOURCE_DATE_EPOCH=NOW)
        assert (int(failures), failures) == (done.returncode, "<failure" in done.stdout)


IDS = ("ABCDEF0123456789", "FEDCBA9876543210", "AAAA1111BBBB2222")


@pytest.mark.parametrize(
    "mailboxes",
    [
        pytest.param("- Identity: x@a.b\n  ActiveSyncAllowedDeviceIDs: {0}\n", id="scalar"),
        pytest.param("- Identity: x@a.b\n  ActiveSyncBlockedDeviceIDs: ['{0};{1}, {2}']\n", id="joined"),
        pytest.param("- Identity: x@a.b\n  ActiveSyncBlockedDeviceIDs: '{0};{1}'\n", id="joined-scalar"),
        pytest.param("- {0}\n- {1}\n", id="strings"),
        pytest.param("  {0}:\n    ActiveSyncEnabled: true\n", id="keys"),
        pytest.param("- Identity: x@a.b\n  ActiveSyncAllowedDeviceIDs:\n  - {0}: {1}\n", id="unknown-keys"),
        pytest.param("- Identity: x@a.b\n  ActiveSyncEnabled: {0}\n", id="wrong-place"),
        pytest.param("- Identity: [{0}]\n  Nonsense: {1}\n", id="unknown-key"),
    ],
)
def test_markdown_names_nobody_of_a_malformed_policy(folder: Folder, mailboxes: str) -> None:
    folder.write("policylint.yaml", "version: 1\nedition: exchange-2019\npolicies: ['policy/*.yaml']\n")
    folder.write("policy/a.yaml", "mailboxes:\n" + mailboxes.format(*IDS))
    done = folder.run("lint", "--format", "markdown")
    assert "policy/a.yaml" in done.stdout
    assert [] == [each for each in IDS if each.lower() in done.stdout.lower()]
