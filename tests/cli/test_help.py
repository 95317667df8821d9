"""The help of the program and of each command."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import click
import pytest

from policylint.cli.main import ALIASES, COMMANDS, main
from policylint.cli.options import Command

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

CONTEXT = click.Context(main, info_name="policylint")


def test_no_command_is_a_question_for_help(folder: Folder) -> None:
    alone, asked, helped = folder.run(), folder.run("--help"), folder.run("help")
    assert (0, "") == (alone.returncode, alone.stderr)
    assert alone.stdout == asked.stdout == helped.stdout
    assert alone.stdout.startswith("Usage: policylint ")


@pytest.mark.parametrize("width", [60, 80])
def test_each_summary_is_a_whole_sentence_on_one_line(folder: Folder, width: int) -> None:
    shown = folder.run("--help", COLUMNS=str(width)).stdout
    assert all(len(line) < width for line in shown.splitlines())
    assert "..." not in shown.partition("\n")[2]
    for name, summary in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(summary)}$", shown, re.MULTILINE)
        assert summary.endswith(".")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_ends_its_help_with_two_examples(folder: Folder, name: str) -> None:
    command = main.get_command(CONTEXT, name)
    assert isinstance(command, Command)
    assert COMMANDS[name] == command.short_help
    assert 2 == len(command.examples)
    done = folder.run("help", *name.split())
    assert folder.run(*name.split(), "--help").stdout == done.stdout
    assert done.stdout.endswith("\nExamples:\n" + "".join(f"  {line}\n" for line in command.examples))
    for line in command.examples:
        words = shlex.split(line)
        called = ["policylint", *name.split()]
        assert called == words[: len(called)]
        command.make_context(name, words[len(called) :], parent=CONTEXT)


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_an_alias_works_and_is_not_listed(example: Folder, alias: str, name: str) -> None:
    assert alias not in example.run().stdout
    assert (0, example.run(name).stdout) == (example.run(alias).returncode, example.run(alias).stdout)


def test_an_edition_is_chosen_from_those_that_the_help_names(folder: Folder) -> None:
    for name in ("init", "schema", "export-script"):
        assert "[exchange-online|exchange-2013|exchange-2016|" in folder.run(*name.split(), "--help").stdout
