"""`apply-script --max-steps`: the numbered scripts of one plan."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Folder


def test_numbered_scripts(example: Folder) -> None:
    whole = example.run("apply-script", "-o", "whole.ps1")
    assert whole.returncode == 0, whole.stderr
    steps = re.findall(r"^        ,?@\('(s\d+)'", (example.path / "whole.ps1").read_text("ascii"), re.MULTILINE)
    most = len(steps) // 2 - 1
    for number in (4, 5, 11):
        (example.path / f"part.{number}.ps1").write_text("of an earlier call")
    done = example.run("apply-script", "--max-steps", str(most), "-o", "part.ps1")
    assert done.returncode == 0, done.stderr
    texts = [(example.path / f"part.{number}.ps1").read_text("ascii") for number in (1, 2, 3)]
    assert 2 * most < len(steps) <= 3 * most
    for number, text in enumerate(texts, 1):
        first, last = steps[(number - 1) * most], steps[min(number * most, len(steps)) - 1]
        assert f"# This is part {number} of 3: steps {first} to {last}." in text
        assert f"wrote part.{number}.ps1" in done.stderr
    assert not (example.path / "part.ps1").exists()
    assert "part.4.ps1, part.5.ps1 and part.11.ps1 are no parts of these scripts" in done.stderr


@pytest.mark.parametrize("arguments", [(), ("-o", "-")])
def test_several_scripts_need_a_file_name(example: Folder, arguments: tuple[str, ...]) -> None:
    done = example.run("apply-script", "--max-steps", "5", *arguments)
    assert done.returncode == 3
    assert "--max-steps writes several files, so it needs --output" in done.stderr


def test_too_many_scripts(example: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policylint.cli.apply_script_command.MOST_PARTS", 4)
    done = example.run("apply-script", "--max-steps", "1", "-o", "part.ps1")
    assert done.returncode == 3
    assert re.search(r"--max-steps 1 makes \d+ scripts, each with all \d+ steps", done.stderr)
    assert re.search(r"--max-steps \d makes [34]", done.stderr)
    assert not list(example.path.glob("part*"))
