"""The page on formats names each format of each command."""

from __future__ import annotations

import re

import click

from policylint.cli.main import COMMANDS, main
from policylint.cli.options import Format
from tools import ROOT

PAGE = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")


def _formats(name: str) -> str:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    found = (each.type.choices for each in command.params if isinstance(each.type, Format))
    return ", ".join(next(found, ()))


def test_it_has_every_format_of_every_command() -> None:
    table = PAGE.partition("<!-- formats -->")[2].partition("\n\n")[0]
    listed = dict(re.findall(r"^\| `([a-z ]+)` \| (.+) \|$", table, re.MULTILINE))
    assert {name: formats for name in COMMANDS if (formats := _formats(name))} == listed


def test_it_says_what_each_is_for() -> None:
    said = set(re.findall(r"^\| `([a-z-]+)` \|", PAGE.partition("## What each is for")[2], re.MULTILINE))
    assert {form for name in COMMANDS for form in _formats(name).split(", ") if form} - {"yaml"} <= said
