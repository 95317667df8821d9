"""What is read may be saved as Notepad and Windows PowerShell save it: with a byte order mark, as UTF-16, in CRLF."""

from __future__ import annotations

import codecs
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import CLEAN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Folder

CLOCK = {"SOURCE_DATE_EPOCH": "1795435200"}

ENCODINGS = {
    "UTF-8 with a mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "UTF-8 with a mark in CRLF": lambda text: codecs.BOM_UTF8 + text.replace("\n", "\r\n").encode(),
    "UTF-16LE in CRLF": lambda text: codecs.BOM_UTF16_LE + text.replace("\n", "\r\n").encode("utf-16-le"),
    "UTF-16BE": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
}
"""PowerShell 5.1 writes UTF-16LE for `>` and a mark for UTF-8.

Source: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_character_encoding
"""

RULE = """\
id: own-rule
title: An own rule
severity: warning
subject: organization
predicate: field-in
params: {field: DefaultAccessLevel, values: [Quarantine]}
message: "ř → 📱: `{value}`"
help: look here
"""

INPUTS = {
    "policylint.yaml": ["lint", "--format", "json"],
    "policy/organization.yaml": ["plan", "--format", "json"],
    "rules/own/own-rule/rule.yaml": ["lint", "--format", "json"],
    "rules/own/own-rule/rule.md": ["explain", "own-rule"],
    "plan.json": ["apply-script", "plan.json"],
}
"""Inputs, and a command that shows what was read."""


def saved(path: Path, name: str) -> None:
    path.write_bytes(ENCODINGS[name](path.read_bytes().decode()))


@pytest.fixture
def filled(example: Folder) -> Folder:
    """Return the shipped example with a lint rule of its own and a saved plan."""
    example.write("rules/own/own-rule/rule.yaml", RULE)
    example.write("rules/own/own-rule/rule.md", "# Own\n\n## What it finds\n\nř → 📱\n")
    config = example.path / "policylint.yaml"
    config.write_text(config.read_text() + "custom-rules: [rules]\n")
    assert 0 == example.run("plan", "--out", "plan.json", **CLOCK).returncode
    return example


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("path", INPUTS)
def test_an_input_is_read_in_every_encoding(filled: Folder, path: str, name: str) -> None:
    expected = filled.run(*INPUTS[path], **CLOCK)
    assert expected.stdout, expected.stderr
    saved(filled.path / path, name)
    done = filled.run(*INPUTS[path], **CLOCK)
    assert (expected.returncode, expected.stdout) == (done.returncode, done.stdout), done.stderr


def piped(folder: Folder, data: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "policylint", *arguments]
    return subprocess.run(
        command, cwd=folder.path, env=CLEAN | CLOCK, input=data, capture_output=True, timeout=60, check=False
    )


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        pytest.param("policy/organization.yaml", ["lint", "-", "--format", "json"], id="lint"),
        pytest.param("plan.json", ["apply-script", "-"], id="apply-script"),
    ],
)
def test_standard_input_is_read_in_every_encoding(filled: Folder, path: str, arguments: list[str], name: str) -> None:
    data = (filled.path / path).read_bytes()
    expected = piped(filled, data, *arguments)
    done = piped(filled, ENCODINGS[name](data.decode()), *arguments)
    assert (expected.returncode, expected.stdout) == (done.returncode, done.stdout), done.stderr


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("way", ["file", "standard input"])
def test_a_snapshot_is_sealed_over_its_bytes(example: Folder, way: str, name: str) -> None:
    data = ENCODINGS[name]((example.path / "live.json").read_text())
    example.write("live.json", data)
    snapshot = "live.json" if way == "file" else "-"
    done = piped(example, data, "plan", "--snapshot", snapshot)
    errors = done.stderr.decode()
    assert (4, b"") == (done.returncode, done.stdout)
    assert "it is UTF-16" in errors or "it begins with a byte order mark" in errors
    assert "= help: " in errors
