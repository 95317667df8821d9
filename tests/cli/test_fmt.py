"""`policylint fmt` at a terminal: files rewritten whole or left alone, and what it says of each."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

UGLY = "organization: {AdminMailRecipients: [a@contoso.com],   DefaultAccessLevel: 'Quarantine' }\n"
NEAT = "organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: [a@contoso.com]}\n"


def test_the_shipped_example_is_canonical(example: Folder) -> None:
    done = example.run("fmt", "--check")
    assert (done.returncode, done.stdout) == (0, "7 files in canonical form\n")


def test_files_are_rewritten_once(folder: Folder) -> None:
    folder.write("policylint.yaml", "version:   1\n")
    ugly = folder.write("policy/a.yaml", b"\xef\xbb\xbf" + UGLY.replace("\n", "\r\n").encode())
    done = folder.run("fmt")
    assert (done.returncode, done.stdout) == (0, "2 files rewritten\n  - policylint.yaml\n  - policy/a.yaml\n")
    assert NEAT.encode() == ugly.read_bytes()
    done = folder.run("fmt")
    assert (done.returncode, done.stdout) == (0, "2 files in canonical form\n")


def test_check_and_diff_write_nothing(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    ugly = folder.write("policy/a.yaml", UGLY)
    done = folder.run("fmt", "--check")
    assert (done.returncode, done.stdout) == (
        1,
        "1 file would be rewritten, 1 file in canonical form\n  - policy/a.yaml\n",
    )
    done = folder.run("fmt", "--diff")
    assert done.returncode == 0
    assert f"-{UGLY}+{NEAT}" in done.stdout
    assert UGLY == ugly.read_text()


def test_a_bad_file_is_left_alone_and_does_not_keep_the_others(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    bad = folder.write("policy/bad.yaml", "organization:   {DefaultAccessLevel: Deny}\n")
    ugly = folder.write("policy/good.yaml", UGLY)
    latin = folder.write("policy/latin.yaml", b"organization: {UserMailInsert: caf\xe9}\n")
    done = folder.run("fmt")
    assert done.returncode == 1
    assert "1 file rewritten, 1 file in canonical form, 2 files left as found\n  - policy/good.yaml\n" == done.stdout
    assert "policy/bad.yaml:1:38: error: " in done.stderr
    assert "policy/latin.yaml:1:35: error: not UTF-8 text" in done.stderr
    assert "organization:   {DefaultAccessLevel: Deny}\n" == bad.read_text()
    assert NEAT == ugly.read_text()
    assert b"caf\xe9" in latin.read_bytes()


def test_named_files_only(folder: Folder) -> None:
    one, other = folder.write("one.yaml", UGLY), folder.write("other.yaml", UGLY)
    assert folder.run("fmt", "one.yaml").returncode == 0
    assert (NEAT, UGLY) == (one.read_text(), other.read_text())
    assert folder.run("fmt", "nowhere.yaml").returncode == 4


def test_a_repository_may_be_named(folder: Folder) -> None:
    folder.write("contoso/policylint.yaml", "version:   1\n")
    ugly = folder.write("contoso/policy/a.yaml", UGLY)
    done = folder.run("fmt", "contoso")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "2 files rewritten")
    assert NEAT == ugly.read_text()


def test_a_folder_without_policy_is_no_success(folder: Folder) -> None:
    folder.write("docs/readme.txt", "nothing")
    done = folder.run("fmt", "--check", "docs")
    assert (done.returncode, done.stdout) == (4, "")
    assert "docs: no policy file in it" in done.stderr


def test_a_configuration_of_another_name(folder: Folder) -> None:
    folder.write("policy/a.yaml", NEAT)
    other = folder.write("prod.yaml", "version:   1\n")
    assert folder.run("fmt", "--config", "prod.yaml").returncode == 0
    assert "version: 1\n" == other.read_text()


@pytest.mark.parametrize(
    "content", [NEAT.replace("\n", "\r\n"), NEAT.rstrip("\n")], ids=["line ends", "no last line end"]
)
def test_a_difference_that_no_line_shows(folder: Folder, content: str) -> None:
    folder.write("a.yaml", content)
    done = folder.run("fmt", "--check", "--diff", "a.yaml")
    assert (done.returncode, done.stdout) == (1, "a.yaml: only the encoding or line ends would change\n")


def piped(folder: Folder, text: str, *options: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "policylint", "fmt", *options, "-"]
    done = subprocess.run(command, cwd=folder.path, input=text, capture_output=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("text", "code", "out"),
    [
        pytest.param(UGLY, 0, NEAT, id="policy"),
        pytest.param(NEAT, 0, NEAT, id="canonical already"),
        pytest.param(
            "edition: exchange-online\nversion:   1\n", 0, "version: 1\nedition: exchange-online\n", id="config"
        ),
        pytest.param("a: [\n", 1, "", id="broken"),
    ],
)
def test_standard_input(folder: Folder, text: str, code: int, out: str) -> None:
    assert (code, out) == piped(folder, text)


def test_standard_input_is_checked_too(folder: Folder) -> None:
    assert (1, "1 file would be rewritten\n  - <stdin>\n") == piped(folder, UGLY, "--check")
    assert (0, "1 file in canonical form\n") == piped(folder, NEAT, "--check")
    code, out = piped(folder, UGLY, "--diff")
    assert (0, True) == (code, f"-{UGLY}+{NEAT}" in out)
    assert folder.run("fmt", "-", "a.yaml").returncode == 3
