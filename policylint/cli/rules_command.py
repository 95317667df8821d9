"""`policylint rules`: the lint rules there are, a new one, and the examples of a repository's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from policylint.adapters.disk import DiskFiles
from policylint.adapters.files import display_path
from policylint.adapters.resources import rules_folder
from policylint.cli import terminal
from policylint.cli.completing import ACTION, PACK
from policylint.cli.exit_codes import ExitCode
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
from policylint.escape import command_line, to_json
from policylint.lint.check import active_rules
from policylint.lint.load import load_rules
from policylint.named_tuple import NamedTuple
from policylint.phrases import did_you_mean
from policylint.project.packs import rules_in_pack
from policylint.render.rule_tests import render_rule_tests, rule_tests_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policylint.lint.examples import RuleTest
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
TEST_VIEWS = {"text": render_rule_tests, "json": rule_tests_json}


@declare("rules", "policylint rules --pack hybrid --format json", "policylint rules new house/default-level-open")
@click.argument("words", nargs=-1, type=ACTION, metavar="[new GROUP/ID | test [FOLDER...]]")
@click.option(
    "--folder", type=FILE, metavar="FOLDER", help="The folder for `new`; by default the first of `custom-rules`."
)
@click.option("--pack", type=PACK, metavar="NAME", help="Only the rules of this pack, whether it applies or not.")
@output_options(VIEWS)
@config_options
def command(
    words: tuple[str, ...], folder: Path | None, pack: str | None, options: ProjectOptions, output: Output
) -> None:
    """List the rules with their severity in this repository; `off` is a rule that does not apply.

    `rules new GROUP/ID` makes a rule of your own: a folder with its page and examples, ready to edit.

    `rules test` runs the examples of the rules in the folders of `custom-rules`, or below the folders that you
    name: a rule must find each line of its bad examples that is marked `# expect: ID`, and nothing else. Exit code
    1 if one does not, or has no examples.
    """
    action, *names = words or ("",)
    if action and pack is not None:
        raise UsageError("--pack chooses rules to list", help=f"leave it out of `rules {action}`")
    if action != "new" and folder is not None:
        raise UsageError("--folder is for `rules new`", help="see `policylint rules --help`")
    if action == "new":
        _create(names, folder, options)
    elif action == "test":
        _test([Path(name) for name in names], options, output)
    elif action:
        hint = did_you_mean(action, ("new", "test")) or "write `rules new` or `rules test`"
        raise UsageError(f"unexpected argument `{action}`", help=hint)
    else:
        project = open_project(options)
        active = {rule.id: str(rule.severity) for rule in active_rules(project.rules, project.config)}
        chosen = project.rules if pack is None else rules_in_pack(project, pack)
        rows = [_Row(rule, active.get(rule.id, "off")) for rule in chosen]
        output.show(lambda each: VIEWS[each.format](rows, each.style))


def _test(folders: Sequence[Path], options: ProjectOptions, output: Output) -> None:
    """Run the examples of the rules in folders, by default those of the configuration."""
    from policylint.project.rule_examples import rule_test

    found: list[RuleTest] = []
    for files, paths, project in _rules_to_test(folders, options):
        sources = list(map(files.read, paths))
        if all(_comes_with_policylint(files, path) for path in paths):
            rules = load_rules(sources, project.store)
        else:
            rules = project.resources.rules_with(sources)
        asked = [rule for rule in rules if rule.path in paths and rule.predicate is not None]
        found += [rule_test(rule, files, project.resources) for rule in asked]
    found.sort(key=lambda each: each.rule.path)
    output.show(lambda each: TEST_VIEWS[each.format](found, each.style))
    if not all(each.passed for each in found):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _rules_to_test(
    folders: Sequence[Path], options: ProjectOptions
) -> Iterator[tuple[DiskFiles, tuple[str, ...], Project]]:
    """Yield the rules to test: the files that hold some, the path of each rule.yaml, and a project of the files.

    Raises UsageError where there are none.
    """
    if folders:
        for folder in folders:
            files = DiskFiles(folder)
            paths = files.rules_below(folder)
            if not paths:
                hint = "a rule is a folder with a rule.yaml: `policylint rules new GROUP/ID` makes one"
                raise UsageError(f"{display_path(folder)}: there is no rule below this folder", help=hint)
            yield files, paths, open_project(options, files)
        return
    files = disk_files(options)
    project = open_project(options, files)
    paths = tuple(path for name in project.config.custom_rules for path in files.rules(files.beside(name)))
    if not paths:
        hint = "name a folder of rules, or add `custom-rules: [lint/]` to policylint.yaml"
        raise UsageError("the repository has no rules of its own", help=hint)
    yield files, paths, project


def _comes_with_policylint(files: DiskFiles, path: str) -> bool:
    return files.path(path).resolve().is_relative_to(rules_folder().resolve())


def _create(names: Sequence[str], folder: Path | None, options: ProjectOptions) -> None:
    """Write the files of a new rule. Raises UsageError where it has no name, or another rule has it."""
    from policylint.lint.scaffold import rule_files

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
    line = command_line("policylint rules test", display_path(target / names[0])) or "policylint rules test"
    terminal.say(f"next: change it, then `{line}`")
    if target.resolve() not in {path.resolve() for path in own}:
        terminal.note(f"add `custom-rules: [{display_path(target)}]` to policylint.yaml")
