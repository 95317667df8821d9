"""`policylint rules`: the lint rules there are, and a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import click

from policylint.adapters.files import display_path
from policylint.cli import terminal
from policylint.cli.options import (
    FILE,
    ProjectOptions,
    config_options,
    declare,
    disk_files,
    open_project,
    output_options,
)
from policylint.cli.output import Output, create_files
from policylint.errors import UsageError
from policylint.escape import to_json
from policylint.lint.check import active_rules
from policylint.phrases import did_you_mean, listed

if TYPE_CHECKING:
    from pathlib import Path

    from policylint.lint.rule import Rule
    from policylint.project.project import Project
    from policylint.render.style import Style


class _Row(NamedTuple):
    """A rule with its severity here; `off` is one that is not applied."""

    rule: Rule
    severity: str


_Rows: TypeAlias = list[_Row]


def _text(rows: _Rows, style: Style) -> str:
    from policylint.render.style import Column, table

    cells = ((row.rule.id, row.severity, row.rule.title) for row in rows)
    return table(cells, (Column(), Column(paint=style.word)), indent="", screen=style.screen)


def _json(rows: _Rows, _style: Style) -> str:
    rules = [
        {"id": row.rule.id, "severity": row.severity, "title": row.rule.title, "packs": list(row.rule.packs)}
        for row in rows
    ]
    return to_json({"format": "policylint-rules/1", "rules": rules})


VIEWS = {"text": _text, "json": _json}


@declare("rules", "policylint rules --pack hybrid --format json", "policylint rules new house/default-level-open")
@click.argument("words", nargs=-1, metavar="[new GROUP/ID]")
@click.option(
    "--folder", type=FILE, metavar="FOLDER", help="Where `new` puts the rule; else the first of `custom-rules`."
)
@click.option("--pack", metavar="NAME", help="Only the rules of this pack, whether it is applied or not.")
@output_options(VIEWS)
@config_options
def command(
    words: tuple[str, ...], folder: Path | None, pack: str | None, options: ProjectOptions, output: Output
) -> None:
    """List the rules with their severity here, where `off` is one that is not applied.

    `rules new GROUP/ID` makes a rule of the repository's own: a folder with its page and examples, ready to be changed.
    """
    if words:
        if pack is not None:
            raise UsageError("--pack chooses rules to list", help="leave it out of `rules new`")
        _create(words, folder, options)
        return
    if folder is not None:
        raise UsageError("--folder is for `rules new`", help="see `policylint rules --help`")
    project = open_project(options)
    active = {rule.id: str(rule.severity) for rule in active_rules(project.rules, project.config)}
    chosen = project.rules if pack is None else _in_pack(project, pack)
    rows = [_Row(rule, active.get(rule.id, "off")) for rule in chosen]
    output.write(VIEWS[output.format](rows, output.style))


def _in_pack(project: Project, pack: str) -> tuple[Rule, ...]:
    """Return the rules of a pack. Raises UsageError where there is no such pack."""
    found = tuple(rule for rule in project.rules if pack in rule.packs)
    if not found:
        packs = dict.fromkeys(
            (*project.resources.packs.packs, *(name for rule in project.rules for name in rule.packs))
        )
        hint = did_you_mean(pack, packs) or f"the packs are {listed(packs, most=None)}"
        raise UsageError(f"no pack `{pack}`", help=hint)
    return found


def _create(words: tuple[str, ...], folder: Path | None, options: ProjectOptions) -> None:
    """Write the files of a new rule. Raises UsageError where it has no name, or another rule has it."""
    from policylint.lint.scaffold import rule_files

    action, *names = words
    if action != "new":
        raise UsageError(f"unexpected argument `{action}`", help="see `policylint rules --help`")
    if len(names) != 1:
        raise UsageError("`rules new` makes one rule", help="write `rules new GROUP/ID`")
    texts = rule_files(names[0])
    identifier = names[0].rpartition("/")[2]
    files = disk_files(options)
    project = open_project(options, files)
    own = [files.path(files.beside(path)) for path in project.config.custom_rules]
    if folder is None and not own:
        hint = "add `custom-rules: [lint/]` to policylint.yaml, or give --folder"
        raise UsageError("the repository has no folder of its own rules", help=hint)
    target = folder or own[0]
    rules = project.rules if all(path.is_dir() for path in own) else project.resources.rules
    if any(identifier in rule.names for rule in rules):
        raise UsageError(f"there is a rule `{identifier}` already", help="an id is used once; choose another")
    created = create_files({target / name: text for name, text in texts.items()})
    for path in created:
        terminal.say(display_path(path))
    if target.resolve() not in {path.resolve() for path in own}:
        terminal.note(f"add `custom-rules: [{display_path(target)}]` to policylint.yaml")
