"""`policylint mine`: the fewest rules that give today's access."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.access.rule_index import STRICTNESS
from policylint.adapters.files import display_path, is_there, write_new_files
from policylint.cli import terminal
from policylint.cli.exit_codes import ExitCode
from policylint.cli.options import ProjectOptions, declare, open_project, output_options, project_options
from policylint.cli.output import Output, live_state_record, with_live_state
from policylint.errors import UsageError
from policylint.escape import guarded, to_json
from policylint.model.device import CHARACTERISTICS
from policylint.phrases import did_you_mean, listed, quoted

if TYPE_CHECKING:
    from policylint.importing.mined import Mined
    from policylint.project.project import Project
    from policylint.render.style import Style

YAML = "yaml"
"""The format of a policy file."""


def _yaml(mined: Mined, project: Project, _style: Style) -> str:
    from policylint.render.mine.text import render_file

    snapshot = project.required_snapshot
    day = snapshot.header.taken_at.partition("T")[0]
    return render_file(mined, f"{snapshot.path} of {day}" if day else snapshot.path)


def _text(mined: Mined, project: Project, style: Style) -> str:
    from policylint.render.mine.text import render_report

    return with_live_state(render_report(mined, style=style), project)


def _json(mined: Mined, project: Project, style: Style) -> str:
    from policylint.render.mine.json import mine_record

    return to_json(mine_record(mined, _yaml(mined, project, style)) | live_state_record(project))


VIEWS = {YAML: _yaml, "text": _text, "json": _json}


@declare("mine", "policylint mine --format text", "policylint mine --default Block --budget 20 -o policy/rules.yaml")
@click.option(
    "--default",
    type=click.Choice(tuple(STRICTNESS)),
    help="The new DefaultAccessLevel; by default Quarantine, or the live one if that is stricter.",
)
@click.option(
    "--budget",
    type=click.IntRange(min=0),
    metavar="N",
    help="At most N rules, those with the most devices; the other devices go on lists of their mailboxes.",
)
@click.option(
    "--prefer",
    metavar="NAMES",
    help=f"The characteristics to prefer if two are equally good: {','.join(CHARACTERISTICS)}.",
)
@output_options(VIEWS, several=False)
@project_options
def command(
    options: ProjectOptions, output: Output, default: str | None, budget: int | None, prefer: str | None
) -> None:
    """Write the fewest device access rules that give every device of the snapshot the access that it has today.

    They replace all live rules, under a stricter default. If no rule fits, a device goes on a list of its mailbox.
    The output is a policy file that ends in a proof: the decisions about every device, live and mined, are
    compared. Exit code 1 if a device cannot keep what it has. An existing file is never overwritten.
    """
    from policylint.project.mine import mine

    preferred = _preferred(prefer)
    project = open_project(options, alone=True)
    for doubt in project.required_snapshot.doubts:
        terminal.say(doubt, err=True)
    mined = mine(project, default, budget=budget, prefer=preferred)
    text = VIEWS[output.format](mined, project, output.style)
    if output.format == YAML:
        _write_policy(text, mined, output)
    else:
        output.write(text)
    if mined.changes:
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _write_policy(text: str, mined: Mined, output: Output) -> None:
    """Write a policy file: to standard output, or to a file that is not there yet, and say then what is proven."""
    from policylint.render.mine.text import proof, verdict

    if output.file is None or str(output.file) == "-":
        output.write_document(text)
        return
    if is_there(output.file):
        raise UsageError(f"not overwritten: {display_path(output.file)}", help="nothing was written; name another file")
    write_new_files({output.file: guarded(text)})
    terminal.say(f"wrote {display_path(output.file)}: {verdict(mined)}", err=True)
    for line in proof(mined):
        terminal.say(line, err=True)


def _preferred(names: str | None) -> tuple[str, ...]:
    """Return the characteristics that are named. Raises UsageError where one is none."""
    found = tuple(name.strip() for name in names.split(",")) if names is not None else CHARACTERISTICS
    for name in found:
        if name not in CHARACTERISTICS:
            known = f"the characteristics are {listed(CHARACTERISTICS)}"
            hint = did_you_mean(name, CHARACTERISTICS) or known
            raise UsageError(f"invalid value for `--prefer`: {quoted(name)} is no characteristic", help=hint)
    return found
