"""What commands print of the shipped example, held fast: a change of any of it is seen in review."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from policylint.cli.main import main
from policylint.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from syrupy.assertion import SnapshotAssertion

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "contoso"
DATE = "1795435200"
OF_EVERY_PAGE = re.compile(r"(<style>|<script>|-src 'sha256-).*?(</style>|</script>|')", re.DOTALL)
"""What is alike in all reports, and is tested in a browser."""


class _Kept(SingleFileSnapshotExtension):
    """A text in a file of its own."""

    _write_mode = WriteMode.TEXT


def extension(ending: str) -> type[SingleFileSnapshotExtension]:
    """Return how syrupy keeps a text: in a file of its own, with its true ending."""
    return type(f"Kept{ending.title()}", (_Kept,), {"file_extension": ending})


@pytest.fixture(autouse=True)
def no_version() -> Iterator[None]:
    """Let outputs name version 0.0.0, or what is held fast would change with each release."""

    def name(version: str) -> None:
        for module in _modules():
            module.__dict__["__version__"] = version

    name("0.0.0")
    yield
    name(__version__)


def _modules() -> list[ModuleType]:
    """Return the modules that have the version of policylint."""
    found = [module for name, module in sys.modules.items() if name.startswith("policylint")]
    return [module for module in found if "__version__" in module.__dict__]


RENDERED = (
    ("lint", "txt", ["lint"]),
    ("lint-json", "json", ["lint", "--format", "json"]),
    ("lint-github", "txt", ["lint", "--format", "github"]),
    ("lint-colour", "txt", ["lint", "--color", "always"]),
    ("simulate", "txt", ["simulate", "--explain-mismatch"]),
    ("simulate-csv", "csv", ["simulate", "--format", "csv"]),
    ("simulate-html", "html", ["simulate", "--format", "html"]),
    ("simulate-by-type", "txt", ["simulate", "--by", "type"]),
    ("simulate-by-mailbox-csv", "csv", ["simulate", "--by", "mailbox", "--format", "csv"]),
    ("why", "txt", ["why", "--mailbox", "john.doe@contoso.com"]),
    ("why-html", "html", ["why", "--mailbox", "john.doe@contoso.com", "--format", "html"]),
    ("diff-live", "txt", ["diff", "live"]),
    ("diff-live-markdown", "md", ["diff", "live", "--format", "markdown", "--max-size", "8000"]),
    ("plan", "txt", ["plan"]),
    ("plan-json", "json", ["plan", "--format", "json"]),
    ("plan-markdown", "md", ["plan", "--format", "markdown"]),
    ("plan-html", "html", ["plan", "--format", "html", "--show-people"]),
    ("test", "txt", ["test"]),
    ("test-junit", "xml", ["test", "--format", "junit"]),
    ("test-markdown", "md", ["test", "--format", "markdown"]),
    ("minimize", "txt", ["minimize"]),
    ("apply-script", "ps1", ["apply-script"]),
    ("export-script", "ps1", ["export-script"]),
)


@pytest.mark.parametrize(("ending", "arguments"), [case[1:] for case in RENDERED], ids=[case[0] for case in RENDERED])
def test_rendered(
    ending: str, arguments: list[str], snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(EXAMPLE)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", DATE)
    monkeypatch.setenv("PATH", "")  # without git: the commit is another one every time
    monkeypatch.delenv("NO_COLOR", raising=False)
    done = CliRunner().invoke(main, arguments)
    assert 0 == done.exit_code, done.output
    text = OF_EVERY_PAGE.sub(r"\1...\2", done.stdout) if ending == "html" else done.stdout
    assert snapshot(extension_class=extension(ending)) == text
