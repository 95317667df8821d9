"""`policylint fmt` at a terminal: files rewritten whole or left alone, and what it says of each."""

from __future__ import annotations

import codecs
import os
import subprocess
import sys
from itertools import product
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from policylint.adapters.disk import DiskFiles
from policylint.cli.main import main
from policylint.errors import FileError

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

UGLY = "organization: {AdminMailRecipients: [a@contoso.com],   DefaultAccessLevel: 'Quarantine' }\n"
NEAT = "organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: [a@contoso.com]}\n"


def test_the_shipped_example_is_canonical(example: Folder) -> None:
    done = example.run("fmt", "--check")
    assert (done.returncode, done.stdout) == (0, "7 files in canonical form\n")


def test_files_are_rewritten_once(folder: Folder) -> None:
    folder.write("policylint.yaml", "version:   1\n")
    ugly = folder.write("policy/a.yaml", UGLY)
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


ENCODINGS = [(codecs.BOM_UTF8, "utf-8"), (b"", "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
             (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF32_LE, "utf-32-le")]  # fmt: skip
LONG = "mailboxes:\n- {{Identity: a@contoso.com,  reason: {0}}} # {0}\n"
LONG_NEAT = "mailboxes:\n  - {{Identity: a@contoso.com, reason: {0}}}  # {0}\n"
FOREIGN = "\u0159 \u2019 \U0001f4f1"


def test_encoding_and_line_ends_stay(folder: Folder) -> None:
    neat, ugly = LONG_NEAT.format(FOREIGN), LONG.format(FOREIGN)
    expected = {}
    for number, ((bom, encoding), end) in enumerate(product(ENCODINGS, ["\n", "\r\n", "\r"])):
        saved = [bom + text.replace("\n", end).encode(encoding) for text in (neat, ugly)]
        folder.write(f"neat/{number}.yaml", saved[0])
        expected[folder.write(f"ugly/{number}.yaml", saved[1])] = saved[0]
    done = folder.run("fmt", "--check", "neat")
    assert (0, f"{len(expected)} files in canonical form\n") == (done.returncode, done.stdout)
    assert 0 == folder.run("fmt", "ugly").returncode
    assert expected == {path: path.read_bytes() for path in expected}


@pytest.mark.parametrize("console", ["utf-8", "cp1252", "cp437", "ascii", "utf-16"])
@pytest.mark.parametrize(("bom", "encoding"), ENCODINGS[:3], ids=["UTF-8 with a mark", "UTF-8", "UTF-16"])
def test_standard_input_is_bytes_in_and_bytes_out(folder: Folder, bom: bytes, encoding: str, console: str) -> None:
    """Python takes the code page of Windows for a redirected standard output, not that of the file."""

    def saved(text: str) -> bytes:
        return bom + text.replace("\n", "\r\n").encode(encoding)

    done = subprocess.run(
        [sys.executable, "-m", "policylint", "fmt", "-"],
        cwd=folder.path,
        env={**os.environ, "PYTHONIOENCODING": console, "PYTHONUTF8": "0"},
        input=saved(LONG.format(FOREIGN)),
        capture_output=True,
        check=False,
    )
    assert (0, saved(LONG_NEAT.format(FOREIGN)), b"") == (done.returncode, done.stdout, done.stderr)


def test_mixed_line_ends_become_those_of_the_first_line(folder: Folder) -> None:
    file = folder.write("a.yaml", "organization:\r\n  DefaultAccessLevel: Allow\n")
    assert 1 == folder.run("fmt", "--check", "a.yaml").returncode
    assert 0 == folder.run("fmt", "a.yaml").returncode
    assert b"organization:\r\n  DefaultAccessLevel: Allow\r\n" == file.read_bytes()


def test_a_file_that_cannot_be_read_keeps_no_other(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    folder.write("policy/a.yaml", UGLY)
    good = folder.write("policy/b.yaml", UGLY)

    read = DiskFiles.read_bytes

    def refuse(files: DiskFiles, path: str) -> bytes:
        if path == "policy/a.yaml":
            raise FileError("cannot be read: Permission denied", path=path)
        return read(files, path)

    monkeypatch.chdir(folder.path)
    monkeypatch.setattr(DiskFiles, "read_bytes", refuse)
    done = CliRunner().invoke(main, ["fmt"])
    assert 4 == done.exit_code
    assert "1 file rewritten, 1 file in canonical form, 1 file left as found" in done.output
    assert NEAT == good.read_text()


def test_a_file_that_cannot_be_written_keeps_no_other(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    outside = folder.path.parent / "outside.yaml"
    outside.write_text(UGLY)
    good = folder.write("policy/b.yaml", UGLY)
    (folder.path / "policy" / "a.yaml").symlink_to(outside)
    done = folder.run("fmt")
    assert 4 == done.returncode
    assert "1 file rewritten, 1 file in canonical form, 1 file left as found" in done.stdout
    assert "a link out of the repository" in done.stderr
    assert (UGLY, NEAT) == (outside.read_text(), good.read_text())


@pytest.mark.parametrize(
    "content",
    ["organization:\r\n  DefaultAccessLevel: Allow\n", NEAT.rstrip("\n")],
    ids=["mixed line ends", "no last line end"],
)
def test_a_difference_that_no_line_shows(folder: Folder, content: str) -> None:
    folder.write("a.yaml", content)
    done = folder.run("fmt", "--check", "--diff", "a.yaml")
    assert (done.returncode, done.stdout) == (1, "a.yaml: only line ends would change\n")


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
