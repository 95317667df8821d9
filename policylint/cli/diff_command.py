"""`policylint diff`: what a change of policy means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.analysis.compare import compare
from policylint.cli import terminal
from policylint.cli.exit_codes import ExitCode
from policylint.cli.options import ProjectOptions, check_options, declare, disk_files, open_project, output_options
from policylint.cli.output import (
    Output,
    live_state_lines,
    live_state_record,
    note_missing_devices,
    note_missing_snapshot,
    with_live_state,
)
from policylint.cli.revisions import compared, of_revision, resolve_operand
from policylint.cli.view_options import SMALLEST, ViewOptions, view_options
from policylint.errors import NoConfigError, UsageError
from policylint.escape import clean, command_line, to_json, to_markdown
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from policylint.analysis.compare import Comparison
    from policylint.cli.revisions import Operand
    from policylint.project.project import Project
    from policylint.render.style import Style


class _Shown(NamedTuple):
    """The difference of two sides and how it is to be shown."""

    found: Comparison
    sides: tuple[Operand, Operand]
    project: Project
    options: ViewOptions
    command: str

    @property
    def names(self) -> tuple[str, str]:
        """Return what the sides are called."""
        old, new = self.sides
        return old.name, new.name


def _text(shown: _Shown, style: Style) -> str:
    from policylint.render.diff.text import render_diff

    text = render_diff(shown.found, *shown.names, style=style, full=shown.options.full)
    return with_live_state(text, shown.project, *(side.snapshot for side in shown.sides))


def _json(shown: _Shown, _style: Style) -> str:
    from policylint.render.diff.json import diff_record

    return to_json(diff_record(shown.found, *shown.names) | live_state_record(shown.project))


def _markdown(shown: _Shown, _style: Style) -> str:
    from policylint.cli.view_options import mask
    from policylint.render.diff.markdown import render_markdown

    options, sides = shown.options, shown.sides
    projects = {id(each.project): each.project for each in sides if each.project is not None}
    people = mask((shown.project, *projects.values()), options, *(each.snapshot for each in sides))
    lines = live_state_lines(shown.project, *(each.snapshot for each in sides))
    return render_markdown(shown.found, *shown.names, people, lines, command=shown.command, size=options.size)


VIEWS: Mapping[str, Callable[[_Shown, Style], str]] = {"text": _text, "json": _json, "markdown": _markdown}


class _Nothing(NamedTuple):
    """What the sides are called, and why there is nothing to compare the new one with."""

    old: str
    new: str
    note: str


def _no_json(nothing: _Nothing) -> str:
    from policylint.render.diff.json import nothing_record

    return to_json(nothing_record(*nothing))


NOTHING: Mapping[str, Callable[[_Nothing], str]] = {
    "text": lambda nothing: f"{clean(nothing.note)}\n",
    "json": _no_json,
    "markdown": lambda nothing: f"{to_markdown(nothing.note)}\n",
}


_LONGEST = 60
"""How many characters a command has at most that a comment shows: it may be there several times."""


@declare("diff", "policylint diff --base origin/main --fail-on looser", "policylint diff live")
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--base", metavar="REV", help="Compare with a git revision, never a folder of its name, and without OLD.")
@click.option(
    "--full", is_flag=True, help="Show every region, every value, and devices that differ only in the reason."
)
@click.option(
    "--fail-on",
    type=click.Choice(["looser", "stricter", "any"]),
    help="Exit code 1 if access gets looser, stricter, or any of the two.",
)
@view_options(smallest=SMALLEST, formats="Markdown, which others will read")
@output_options(VIEWS)
@check_options
def command(
    old: str | None,
    new: str | None,
    base: str | None,
    options: ProjectOptions,
    output: Output,
    full: bool,
    fail_on: str | None,
    show_people: bool,
    max_size: int | None,
) -> None:
    """Show which devices two policies treat differently: which get in only under NEW, and which no longer do.

    OLD and NEW are git revisions, folders with a policylint.yaml, live state (a snapshot, or a file or folder of
    outputs of Get- cmdlets), or `live`, the snapshot of the configuration. By default, OLD is HEAD and NEW is the
    files as they are now. An empty result is a proof: no device is treated differently.

    In CI, name the revision with --base: OLD could also be a folder that a branch has added. A name that is both is
    an error. If the revision of --base has no policylint.yaml, nothing is compared, and the exit code is 0.
    """
    views = ViewOptions(full, show_people, max_size)
    views.check(output, "markdown")
    if base is not None and old is not None:
        raise UsageError("--base excludes OLD and NEW", help="leave one of them out")
    files = disk_files(options)
    project = open_project(options, files)
    after = resolve_operand(new, project, files, output.style)
    revision = base if base is not None else "HEAD" if old is None else None
    try:
        if revision is not None:
            before = of_revision(revision, project, files, output.style)
        else:
            before = resolve_operand(old, project, files, output.style)
    except NoConfigError as problem:
        if base is None:
            raise
        note = f"nothing to compare with: {problem.message}"
        terminal.note(note)
        nothing = _Nothing(base, after.name, note)
        output.show(lambda each: NOTHING[each.format](nothing))
        return
    pair = compared(before, after)
    project.doing("comparing")
    found = compare(pair.before, pair.after, devices=project.devices or (), catalog=project.catalog)
    found = found._replace(notes=(*found.notes, *pair.notes))
    note_missing_devices(project)
    note_missing_snapshot(project, ["live settings and devices, so what is not declared is not known"])
    shown = _Shown(found, (before, after), project, views, _command(options, base, old, new))
    output.show(lambda each: VIEWS[each.format](shown, each.style))
    if fail_on is not None and _fails(found, fail_on):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _command(options: ProjectOptions, base: str | None, old: str | None, new: str | None) -> str:
    """Return the command that shows all of it, as it may be copied where its names allow that and are short."""
    given = [*options.given, *([] if base is None else [("base", base)])]
    named = dict(given)
    whole = len(named) == len(given)
    command = command_line("policylint diff", *filter(None, (old, new)), **named) if whole else None
    return f"{command if command is not None and len(command) <= _LONGEST else 'policylint diff OLD NEW'} --full"


def _fails(found: Comparison, fail_on: str) -> bool:
    return any(fail_on == "any" or region.direction in {fail_on, "other"} for region in found.regions)
