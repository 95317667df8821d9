"""Unit tests of `policylint --version`, which imports nothing and says what the command line says."""

from __future__ import annotations

import subprocess
import sys

import pytest

from policylint.__main__ import main
from policylint.cli.main import run

_SCRIPT = """
import sys
from policylint.__main__ import main
sys.argv = ["policylint", "--version"]
try:
    main()
finally:
    print("click" in sys.modules)
"""


def test_the_version_is_that_of_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as of_click:
        run(["--version"])
    expected = capsys.readouterr()
    monkeypatch.setattr("gc.set_threshold", lambda *_given: None)
    monkeypatch.setattr(sys, "argv", ["policylint", "--version"])
    with pytest.raises(SystemExit) as end:
        main()
    assert (expected, 0, None) == (capsys.readouterr(), of_click.value.code, end.value.code)


def test_the_version_imports_no_command_line() -> None:
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, encoding="utf-8", check=True)
    assert "False" == done.stdout.splitlines()[-1]
