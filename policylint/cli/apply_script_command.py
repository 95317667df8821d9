"""`policylint apply-script`: the PowerShell that brings live state to the policy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from policylint.adapters import resources
from policylint.adapters.clock import now
from policylint.adapters.files import display_path, read_source
from policylint.cli import terminal
from policylint.cli.exit_codes import ExitCode
from policylint.cli.options import (
    FILE,
    ProjectOptions,
    acknowledge_options,
    declare,
    file_option,
    open_project,
    open_valid,
    project_options,
)
from policylint.cli.output import Output, save
from policylint.cli.saved_plan import read_saved_plan
from policylint.documentation import Page, docs_line
from policylint.errors import UsageError
from policylint.escape import guarded, shell_word
from policylint.phrases import listed
from policylint.plan.part import MOST_PARTS, parts_of
from policylint.render.powershell import render_converge_script, render_parts
from policylint.schema.store import SchemaStore

if TYPE_CHECKING:
    from pathlib import Path

    from policylint.plan.plan import Plan


@declare(
    "apply-script",
    "policylint apply-script plan.json -o converge.ps1",
    "policylint apply-script --rollback policylint-d47397fb3d29.journal.jsonl -o back.ps1",
)
@click.argument("plan", required=False, type=FILE)
@click.option(
    "--rollback", type=FILE, metavar="JOURNAL", help="Undo what a script did, from its journal. PLAN is its plan."
)
@click.option(
    "--max-steps",
    type=click.IntRange(min=1),
    metavar="N",
    help="Write numbered scripts to run in order, each with at most N steps: converge.1.ps1 for -o converge.ps1.",
)
@acknowledge_options
@file_option
@project_options
def command(
    plan: Path | None,
    rollback: Path | None,
    max_steps: int | None,
    options: ProjectOptions,
    output: Output,
    acknowledge: tuple[str, ...],
    reason: str,
) -> None:
    """Print the PowerShell script of a plan.

    PLAN is a file that `policylint plan --out` wrote, - is standard input; without PLAN the plan is made now. A plan
    with refusals makes no script: exit code 1.

    With --rollback, the plan undoes what the script of PLAN did, from the journal that it wrote.
    """
    if max_steps is not None and (output.file is None or str(output.file) == "-"):
        raise UsageError("--max-steps writes several files, so it needs --output", help="for example -o converge.ps1")
    store = SchemaStore(resources.read_schema)
    if rollback is not None:
        found = _back(options, rollback, plan, acknowledge, reason)
    elif plan is None:
        found = open_valid(options, Output().style).plan(acknowledge, reason)
    elif acknowledge or reason:
        hint = "give --acknowledge to `policylint plan --out`"
        raise UsageError("a saved plan cannot be acknowledged any more", help=hint)
    else:
        found = read_saved_plan(plan, store, now())
    if found.refusals:
        _refuse(found, _again(found, plan, rollback))
    template = resources.read_script("converge.ps1")
    if max_steps is None or output.file is None:
        output.write_document(render_converge_script(template, found, store))
    else:
        _write_parts(template, found, store, output.file, max_steps)


def _write_parts(template: str, plan: Plan, store: SchemaStore, file: Path, most: int) -> None:
    """Write the script of each part of a plan beside one another."""
    parts = parts_of(len(plan.steps), most)
    if len(parts) > MOST_PARTS:
        least = -(-len(plan.steps) // MOST_PARTS)
        message = (
            f"--max-steps {most} makes {len(parts):,} scripts, each with all {len(plan.steps):,} steps in its table"
        )
        raise UsageError(message, help=f"--max-steps {least} makes {len(parts_of(len(plan.steps), least))}")
    for part, script in zip(parts, render_parts(template, plan, store, parts), strict=True):
        save(guarded(script), _numbered(file, part.number))
    stray = _numbered_after(file, len(parts))
    if stray:
        names = listed(map(display_path, stray), None)
        what = "is no part of these scripts" if len(stray) == 1 else "are no parts of these scripts"
        which = "it" if len(stray) == 1 else "them"
        terminal.note(f"{names} {what}", f"an earlier call wrote more of them: delete {which}")


def _numbered_after(file: Path, last: int) -> list[Path]:
    """Return the numbered files that are there beyond the last one of now, by their number."""
    name = re.compile(rf"{re.escape(file.stem)}\.([1-9][0-9]{{0,8}}){re.escape(file.suffix)}")
    found = ((name.fullmatch(path.name), path) for path in file.absolute().parent.iterdir())
    numbers = sorted((int(match[1]), path.name) for match, path in found if match is not None)
    return [file.with_name(text) for number, text in numbers if number > last]


def _numbered(file: Path, number: int) -> Path:
    return file.with_name(f"{file.stem}.{number}{file.suffix}")


def _back(options: ProjectOptions, journal: Path, plan: Path | None, acknowledge: tuple[str, ...], reason: str) -> Plan:
    """Return the plan that takes back what a journal says was done for another one."""
    from policylint.project.rollback import plan_back

    project = open_project(options)
    undone = None
    if plan is not None:
        undone = read_saved_plan(plan, project.store, project.now)
    return plan_back(project, read_source(journal), undone, acknowledge, reason)


def _again(found: Plan, plan: Path | None, rollback: Path | None) -> str:
    """Return the command that makes a plan again."""
    if rollback is not None:
        words = [shell_word(display_path(plan)) or "PLAN"] if plan is not None else []
        return " ".join(
            ("policylint apply-script", *words, "--rollback", shell_word(display_path(rollback)) or "JOURNAL", "")
        )
    if found.takes_back is not None:
        return f"policylint plan --from-journal {shell_word(found.takes_back.journal) or 'JOURNAL'} "
    return "policylint plan "


def _refuse(plan: Plan, command: str) -> None:
    """Say why there is no script, and exit."""
    from policylint.render.plan.text import proceed_anyway

    terminal.error("the plan is refused, so there is no script")
    for refusal in plan.refusals:
        terminal.say(f"  refused: {refusal.message} [{refusal.guard}]", err=True)
        if refusal.acknowledge is not None:
            terminal.say(proceed_anyway(refusal, command), err=True)
    terminal.say(docs_line(Page.GUARDS), err=True)
    raise click.exceptions.Exit(ExitCode.FINDINGS)
