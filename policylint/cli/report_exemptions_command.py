"""`policylint report exemptions`: who has which exemption, since when, by whom, and when it was last used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.cli import terminal
from policylint.cli.completing import MAILBOX
from policylint.cli.options import ProjectOptions, check_options, declare, disk_files, open_valid, output_options
from policylint.cli.output import Output, facts_of, live_state_record, note_missing_devices, with_live_state
from policylint.escape import to_json
from policylint.phrases import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from policylint.adapters.disk import DiskFiles
    from policylint.analysis.exemption_list import Granted, Key
    from policylint.model.commit import Commit
    from policylint.project.project import Project
    from policylint.render.exemptions.rows import Row
    from policylint.render.style import Style


def _text(rows: Sequence[Row], project: Project, style: Style, full: bool) -> str:
    from policylint.render.exemptions.text import render_exemptions

    return with_live_state(render_exemptions(rows, style=style, full=full), project)


def _csv(rows: Sequence[Row], _project: Project, _style: Style, _full: bool) -> str:
    from policylint.render.exemptions.csv import render_exemptions_csv

    return render_exemptions_csv(rows)


def _html(rows: Sequence[Row], project: Project, _style: Style, full: bool) -> str:
    from policylint.render.exemptions.html import render_exemptions_html

    return render_exemptions_html(rows, facts_of(project), full=full)


def _json(rows: Sequence[Row], project: Project, _style: Style, _full: bool) -> str:
    from policylint.render.exemptions.json import exemptions_record

    return to_json(exemptions_record(rows, project.now.date()) | live_state_record(project))


VIEWS: Mapping[str, Callable[[Sequence[Row], Project, Style, bool], str]] = {
    "text": _text,
    "csv": _csv,
    "html": _html,
    "json": _json,
}


@declare(
    "report exemptions",
    "policylint report exemptions --format csv -o exemptions.csv",
    "policylint report exemptions --mailbox john.doe@contoso.com",
)
@click.option("--mailbox", type=MAILBOX, metavar="MAILBOX", help="Only exemptions of this mailbox.")
@click.option("--full", is_flag=True, help="Show every exemption.")
@output_options(VIEWS)
@check_options
def command(options: ProjectOptions, output: Output, mailbox: str | None, full: bool) -> None:
    """Show who has which exemption: listed device IDs, access rules, clients switched off, policies of one mailbox.

    Each has its owner and reason, its last day, who declared it and when (from git), the last sync of the device,
    and whether it is declared, live or both. A live one that no file declares is an exemption too.
    """
    from policylint.analysis.exemption_list import exemption_list, of_mailbox
    from policylint.render.exemptions.rows import rows_of

    files = disk_files(options)
    project = open_valid(options, output.style, files)
    found = exemption_list(project.policy, project.snapshot, project.live_model)
    if mailbox is not None:
        from policylint.project.lookup import find_mailbox

        found = of_mailbox(found, find_mailbox(project, mailbox).identity)
    added, lines = _written(found, files, project)
    rows = rows_of(found, added, lines, project.now.date())
    note_missing_devices(project)
    output.show(lambda each: VIEWS[each.format](rows, project, each.style, full))


def _written(
    found: Sequence[Granted], files: DiskFiles, project: Project
) -> tuple[Mapping[Key, Commit | None], Mapping[str, Sequence[tuple[str, str] | None]]]:
    """Return in which commit each exemption was added, and of older ones who wrote the lines of their files and when.

    Say where git does not know, and where it is only known of the line.
    """
    from policylint.project.introduced import introduced

    project.doing("asking git who added what")
    added = introduced(project, files, [each.key for each in found if each.key is not None])
    older = [each for each in found if each.at is not None and each.key not in added]
    lines = {path: files.introduced(path) for path in sorted({each.at.path for each in older if each.at is not None})}
    if unknown := [path for path, known in lines.items() if known is None]:
        terminal.note(
            f"git does not know {unknown[0]}: it cannot tell since when and by whom", "commit the policy files"
        )
    elif older:
        number = count(len(older), "exemption is", "exemptions are")
        terminal.note(
            f"{number} older than the commits that were read: for these the report names who last changed the line"
        )
    return added, {path: known for path, known in lines.items() if known is not None}
