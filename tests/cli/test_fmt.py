"""`policylint fmt` at a terminal: files rewritten whole or left alone, and what it says of each."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

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
    assert (done.returncode, done.stdout) == (0, "2 files rewritten\n  policylint.yaml\n  policy/a.yaml\n")
    assert NEAT.encode() == ugly.read_bytes()
    done = folder.run("fmt")
    assert (done.returncode, done.stdout) == (0, "2 files in canonical form\n")


def test_check_and_diff_write_nothing(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    ugly = folder.write("policy/a.yaml", UGLY)
    done = folder.run("fmt", "--check")
    assert (done.returncode, done.stdout) == (
        1,
        "1 file would be rewritten, 1 file in canonical form\n  policy/a.yaml\n",
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
    assert "1 file rewritten, 1 file in canonical form\n  policy/good.yaml\n" == done.stdout
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


def test_standard_input(folder: Folder) -> None:
    for text, code, out in ((UGLY, 0, NEAT), ("a: [\n", 1, "")):
        command = [sys.executable, "-m", "policylint", "fmt", "-"]
        done = subprocess.run(command, cwd=folder.path, input=text, capture_output=True, encoding="utf-8", check=False)
        assert (done.returncode, done.stdout) == (code, out)
