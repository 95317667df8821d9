"""`policylint snapshot show`: what files of live state hold, and what is lost in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.cli.exit_codes import ExitCode
from policylint.cli.live import collect_named
from policylint.cli.options import (
    FILE,
    ProjectOptions,
    declare,
    edition_option,
    live_options,
    open_project,
    output_options,
    shown_path,
)
from policylint.errors import SnapshotError, UsageError
from policylint.escape import to_json
from policylint.named_tuple import NamedTuple
from policylint.phrases import did_you_mean
from policylint.project.live import nothing_read

if TYPE_CHECKING:
    from pathlib import Path

    from policylint.cli.output import Output
    from policylint.readers.collected import Collected
    from policylint.render.style import Style
    from policylint.schema.store import SchemaStore


class _Shown(NamedTuple):
    """What files hold, and what of it is asked for."""

    found: Collected
    store: SchemaStore
    sections: tuple[str, ...]
    objects: bool


def _text(shown: _Shown, style: Style) -> str:
    from policylint.render.live.text import render_live

    return render_live(shown.found, sections=shown.sections, style=style)


def _json(shown: _Shown, _style: Style) -> str:
    from policylint.render.live.json import live_record

    return to_json(live_record(shown.found, shown.store, sections=shown.sections, objects=shown.objects))


VIEWS = {"text": _text, "json": _json}


@declare(
    "snapshot show",
    "policylint snapshot show exports",
    "policylint snapshot show cas.csv rules.json --edition exchange-online --format json",
)
@click.argument("paths", nargs=-1, required=True, type=FILE)
@edition_option("The edition of Exchange; by default that of policylint.yaml, otherwise not known.")
@click.option("--section", "sections", multiple=True, metavar="SECTION", help="Only this section. May be repeated.")
@click.option("--no-objects", is_flag=True, help="JSON without the objects themselves.")
@output_options(VIEWS)
@live_options
def command(
    paths: tuple[Path, ...],
    edition: str | None,
    sections: tuple[str, ...],
    no_objects: bool,
    output: Output,
    options: ProjectOptions,
) -> None:
    """Show what files of live state hold, what is missing, and how to export it completely.

    PATHS are sealed snapshots, outputs of Get- cmdlets (JSON, CSV, CLIXML, Format-List), or folders of them, whose
    files together are one snapshot. - is standard input. The content of a file decides what it is. Exit code 4 if
    something is incomplete or cannot be read.
    """
    project = open_project(options)
    known = _sections(project.store)
    for section in sections:
        if section not in known:
            raise UsageError(
                f"no section `{section}`", help=did_you_mean(section, known) or f"one of {', '.join(known)}"
            )
    objects = "json" in output.formats and not no_objects
    try:
        found = collect_named(project, paths, edition, options, keep_devices=objects)
    except SnapshotError as problem:
        found = nothing_read(problem, tuple(map(shown_path, paths)))
    output.show(lambda each: VIEWS[each.format](_Shown(found, project.store, sections, objects), each.style))
    if found.errors or not found.sections:
        raise click.exceptions.Exit(ExitCode.FAILED)


def _sections(store: SchemaStore) -> tuple[str, ...]:
    from policylint.readers.raw import DEVICES

    return (*store.sections, DEVICES)
