"""`policylint report pack`: whether each control of a pack holds, for whoever has to show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.cli.completing import PACK
from policylint.cli.exit_codes import ExitCode
from policylint.cli.options import (
    ProjectOptions,
    declare,
    disk_files,
    lint_options,
    open_project,
    output_options,
)
from policylint.cli.output import (
    Output,
    facts_of,
    live_state_record,
    note_missing_snapshot,
    require_valid,
    with_live_state,
)
from policylint.escape import to_json
from policylint.phrases import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from policylint.project.project import Project
    from policylint.render.facts import Facts
    from policylint.render.pack.view import PackReport
    from policylint.render.style import Style


def _text(report: PackReport, project: Project, _facts: Facts, style: Style, full: bool) -> str:
    from policylint.render.pack.text import render_pack

    return with_live_state(render_pack(report, style=style, full=full), project)


def _html(report: PackReport, _project: Project, facts: Facts, _style: Style, full: bool) -> str:
    from policylint.render.pack.html import render_pack_html

    return render_pack_html(report, facts, full=full)


def _json(report: PackReport, project: Project, facts: Facts, _style: Style, _full: bool) -> str:
    from policylint.render.pack.json import pack_record

    return to_json(pack_record(report, facts) | live_state_record(project))


VIEWS: Mapping[str, Callable[[PackReport, Project, Facts, Style, bool], str]] = {
    "text": _text,
    "html": _html,
    "json": _json,
}
FAILS = ("fail", "not-known")


@declare(
    "report pack",
    "policylint report pack cis-exchange-2019-l1 --format html -o cis.html",
    "policylint report pack strict --fail-on fail --fail-on not-known",
)
@click.argument("name", type=PACK, metavar="PACK")
@click.option("--full", is_flag=True, help="Show every finding.")
@click.option(
    "--fail-on",
    type=click.Choice(FAILS),
    multiple=True,
    help="Exit with 1 if a control has this result. May be repeated.",
)
@output_options(VIEWS)
@lint_options
def command(options: ProjectOptions, output: Output, name: str, full: bool, fail_on: tuple[str, ...]) -> None:
    """Show the result of each rule of a pack: pass, fail, accepted, not applicable or not known.

    The pack applies whether policylint.yaml names it or not. Severities of policylint.yaml stay. A finding that an
    ignore comment hides is accepted, with its reason; one in the baseline is a known failure. A rule that needs
    data that was not read is not known, never a pass. Without a policy, the command checks the live state that
    --snapshot names. The exit code is 0 whatever the results are, unless --fail-on names one.
    """
    from policylint.lint.controls import check_pack
    from policylint.project.packs import rules_in_pack
    from policylint.render.pack.view import PackReport

    files = disk_files(options)
    opened = open_project(options, files, alone=True, packs=(name,))
    facts = facts_of(opened)
    project = opened
    if opened.is_alone:
        from policylint.project.imported import live_project

        project = live_project(opened, [opened.required_snapshot.path])
    rules = rules_in_pack(project, name)
    require_valid(project, output.style)
    result = project.lint()
    controls = check_pack(name, rules, result, project.lint_facts)
    purpose = project.resources.packs.packs.get(name, "a pack of this repository")
    report = PackReport(name, purpose, controls, project.today, opened.revision, project.snapshot is not None)
    output.show(lambda each: VIEWS[each.format](report, project, facts, each.style, full))
    skipped = len({rule.id for rule in result.skipped} & {rule.id for rule in rules})
    note_missing_snapshot(project, [count(skipped, "rule")] if skipped else [])
    if {each.outcome.replace(" ", "-") for each in controls} & {*fail_on}:
        raise click.exceptions.Exit(ExitCode.FINDINGS)
