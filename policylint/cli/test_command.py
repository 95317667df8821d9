"""`policylint test`: the repository's own expectations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.cli import terminal
from policylint.cli.exit_codes import ExitCode
from policylint.cli.options import (
    ProjectOptions,
    check_options,
    declare,
    disk_files,
    open_project,
    output_options,
    see_lint,
    staged_option,
)
from policylint.cli.output import (
    AZURE,
    GITHUB,
    Output,
    annotated,
    findings_code,
    live_state_lines,
    live_state_record,
    note_missing_devices,
    note_missing_snapshot,
    require_valid,
    show_errors,
    with_live_state,
)
from policylint.cli.view_options import SMALLEST, ViewOptions, view_options
from policylint.escape import to_json
from policylint.named_tuple import NamedTuple
from policylint.phrases import count
from policylint.project.verify import Verification, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from policylint.access.decide import AccessModel
    from policylint.project.project import Project
    from policylint.render.annotations import Annotation
    from policylint.render.style import Style


class _Shown(NamedTuple):
    """What became of the tests and how it is to be shown."""

    found: Verification
    project: Project
    options: ViewOptions


def _text(shown: _Shown, style: Style) -> str:
    from policylint.render.verification.text import render_tests

    found = shown.found
    return with_live_state(render_tests(found.tests, found.assertions, found.coverage, style=style), shown.project)


def _json(shown: _Shown, _style: Style) -> str:
    from policylint.render.verification.json import tests_record

    found = shown.found
    record = tests_record(found.tests, found.assertions, found.coverage)
    return to_json(record | live_state_record(shown.project))


def _annotations(shown: _Shown) -> Iterable[Annotation]:
    from policylint.render.verification.annotations import annotations_of

    return annotations_of(shown.found.tests, shown.found.assertions)


def _junit(shown: _Shown, _style: Style) -> str:
    from policylint.render.verification.junit import render_tests

    return render_tests(shown.found.tests, shown.found.assertions, shown.found.coverage)


def _markdown(shown: _Shown, _style: Style) -> str:
    from policylint.cli.view_options import mask
    from policylint.render.verification.markdown import render_markdown

    found, size = shown.found, shown.options.size
    people = mask([shown.project], shown.options)
    return render_markdown(
        found.tests, found.assertions, found.coverage, people, live_state_lines(shown.project), size=size
    )


VIEWS: Mapping[str, Callable[[_Shown, Style], str]] = {
    "text": _text,
    "json": _json,
    "github": annotated(GITHUB, _annotations),
    "junit": _junit,
    "azure": annotated(AZURE, _annotations),
    "markdown": _markdown,
}


@declare("test", "policylint test", "policylint test --snapshot live.json --format json")
@view_options(smallest=SMALLEST, formats="Markdown, which others will read")
@output_options(VIEWS)
@check_options
@staged_option(is_told=True)
def command(options: ProjectOptions, output: Output, *, staged: bool, show_people: bool, max_size: int | None) -> None:
    """Run the tests of the policy: the access that a device must get, and what must hold for all devices.

    Exit code 1 if one fails, or cannot be decided.
    """
    views = ViewOptions(show_people=show_people, max_size=max_size)
    views.check(output, "markdown")
    files = disk_files(options)
    project = open_project(options, files)
    if project.errors:
        show_errors(project, output, "policylint test")
    if staged and project.errors:
        hint = see_lint(options)
        terminal.error(f"the policy is not valid: {count(len(project.errors), 'error')}; no test was run", hint)
        raise click.exceptions.Exit(findings_code(project, project.errors))
    require_valid(project, output.style)

    def baseline(since: str) -> AccessModel:
        from policylint.cli.revisions import before_of

        return before_of(since, project, files, output.style)

    found = verify(project, baseline)
    note_missing_devices(project)
    shown = _Shown(found, project, views)
    output.show(lambda each: VIEWS[each.format](shown, each.style))
    skipped = {
        "test": sum(each.outcome == "skipped" for each in found.tests),
        "assertion": sum(each.outcome == "skipped" for each in found.assertions),
    }
    note_missing_snapshot(project, [count(number, noun) for noun, number in skipped.items() if number])
    if not found.passed:
        raise click.exceptions.Exit(ExitCode.FINDINGS)
