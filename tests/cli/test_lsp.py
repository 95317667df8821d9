"""`policylint lsp` as a command: what it says without its extra, and how it ends without an editor."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Folder


@pytest.fixture
def without_pygls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "policylint.lsp.server", raising=False)
    for name in [name for name in sys.modules if name.partition(".")[0] == "pygls"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pygls", None)


@pytest.mark.usefixtures("without_pygls")
def test_the_extra_is_named_where_it_is_missing(folder: Folder) -> None:
    done = folder.run("lsp")
    assert 3 == done.returncode
    assert "the language server needs pygls, which is not installed" in done.stderr
    assert "pip install 'policylint[lsp]'" in done.stderr


@pytest.mark.usefixtures("without_pygls")
def test_help_needs_no_extra(folder: Folder) -> None:
    assert 0 == folder.run("lsp", "--help").returncode


def test_an_editor_that_goes_without_a_word_is_no_success(folder: Folder) -> None:
    done = folder.run("lsp", "--stdio")
    assert (1, "", "") == (done.returncode, done.stdout, done.stderr)
