"""`policylint init` and `policylint schema`: a repository that works at once, and nothing overwritten."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

EDITIONS = ("exchange-online", "exchange-2013", "exchange-2016", "exchange-2019", "exchange-se")


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_new_repository_works_at_once(folder: Folder, edition: str) -> None:
    done = folder.run("init", "--edition", edition)
    assert done.returncode == 0, done.stderr
    assert f"made a repository of policy for {edition}\n" in done.stdout
    for command, verdict in (
        (("lint",), "no findings in 4 files"),
        (("test",), "2 tests passed"),
        (("fmt", "--check"), "5 files in canonical form"),
        (("schema", "--check"), "the schemas are up to date"),
        (("simulate",), ""),
    ):
        done = folder.run(*command)
        assert (done.returncode, done.stderr) == (0, "")
        assert verdict in done.stdout
    for path in folder.path.rglob("*.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert (path.parent / first.removeprefix("# yaml-language-server: $schema=")).is_file(), path


def test_nothing_is_overwritten(folder: Folder) -> None:
    mine = folder.write("new/policy/tests.yaml", "tests: []\n")
    done = folder.run("init", "new")
    assert done.returncode == 3
    assert "not overwritten: new/policy/tests.yaml" in done.stderr
    assert [mine] == [path for path in folder.path.joinpath("new").rglob("*") if path.is_file()]


def test_all_or_nothing(folder: Folder) -> None:
    folder.write("new/.policylint", "a file where a folder must go\n")
    done = folder.run("init", "new")
    assert done.returncode == 4
    assert [".policylint"] == [path.name for path in folder.path.joinpath("new").rglob("*")]


def test_an_unknown_edition(folder: Folder) -> None:
    for command in ("init", "schema"):
        done = folder.run(command, "--edition", "exchange-2010")
        assert done.returncode == 3
        assert "no edition `exchange-2010`; known: exchange-online, " in done.stderr
    assert [] == list(folder.path.glob("*.yaml"))


def test_schemas_are_printed_written_and_checked(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    printed = folder.run("schema", "config").stdout
    assert "policylint configuration" == json.loads(printed)["title"]
    done = folder.run("schema", "--check")
    assert done.returncode == 1
    assert ".policylint/policy.schema.json: missing or out of date" in done.stdout
    assert folder.run("schema", "--write").returncode == 0
    assert printed == (folder.path / ".policylint" / "config.schema.json").read_text(encoding="utf-8")
    assert folder.run("schema", "--check").returncode == 0
    folder.write(".policylint/config.schema.json", "{}\n")
    done = folder.run("schema", "--write")
    assert ".policylint/config.schema.json: written\n" == done.stdout
