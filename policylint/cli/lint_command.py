"""`policylint lint`: schema and rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from policylint.adapters.files import display_path, is_pipe, open_plain
from policylint.cli import terminal
from policylint.cli.options import (
    FILE,
    ProjectOptions,
    declare,
    disk_files,
    lint_options,
    open_project,
    output_options,
    staged_option,
)
from policylint.cli.output import (
    TEXT,
    Output,
    findings_code,
    live_state_record,
    note_missing_snapshot,
    require_valid,
    save,
    with_live_state,
)
from policylint.diagnostic import Severity
from policylint.errors import UsageError
from policylint.escape import command_line, to_json
from policylint.phrases import count, listed

if TYPE_CHECKING:
    from pathlib import Path

    from policylint.adapters.disk import DiskFiles
    from policylint.lint.run import LintResult
    from policylint.project.project import Project
    from policylint.render.style import Style


def _text(result: LintResult, style: Style, project: Project) -> str:
    from policylint.render.diagnostics.text import fixable, render_text

    hidden, known = len(result.suppressed), len(result.known)
    text = render_text(result.diagnostics, files=result.files, hidden=hidden, known=known, style=style)
    footer = fixable(result.diagnostics)
    return with_live_state(f"{text}\n{footer}" if footer else text, project)


def _concise(result: LintResult, style: Style, _project: Project) -> str:
    from policylint.render.diagnostics.concise import render_concise

    return render_concise(result.diagnostics, style)


def _json(result: LintResult, _style: Style, project: Project) -> str:
    from policylint.render.diagnostics.json import baseline_record, lint_record

    record = lint_record(result.diagnostics, result.suppressed, files=result.files)
    return to_json(record | baseline_record(result) | live_state_record(project))


def _github(result: LintResult, _style: Style, _project: Project) -> str:
    from policylint.render.diagnostics.github import render_github

    return render_github(result.diagnostics)


def _sarif(result: LintResult, _style: Style, project: Project) -> str:
    from policylint.render.diagnostics.sarif import sarif_record
    from policylint.version import __version__

    return to_json(sarif_record(result, project.rules, __version__))


VIEWS = {"text": _text, "concise": _concise, "json": _json, "sarif": _sarif, "github": _github}


@declare("lint", "policylint lint policy/mailboxes --format json", "policylint lint --fix --diff")
@click.argument("paths", nargs=-1, type=FILE)
@click.option("--strict", is_flag=True, help="Exit with 1 also where there is a warning.")
@click.option(
    "--update-baseline",
    "update",
    is_flag=True,
    help="Remove from the baseline what is found no longer. Where there is no such file, write one of what is found.",
)
@click.option("--add-to-baseline", "add", is_flag=True, help="Add what is found to the baseline.")
@click.option("--fix", "fixes", is_flag=True, help="Fix what can be fixed without changing any device's access.")
@click.option("--unsafe", is_flag=True, help="With --fix: also fix what may change which devices have access.")
@click.option("--diff", is_flag=True, help="With --fix: write nothing; show what would change.")
@output_options(VIEWS)
@lint_options
@staged_option
def command(
    paths: tuple[Path, ...],
    options: ProjectOptions,
    output: Output,
    strict: bool,
    update: bool,
    add: bool,
    fixes: bool,
    unsafe: bool,
    diff: bool,
) -> None:
    """Check the policy against schemas and rules.

    PATHS are policy files or folders; findings elsewhere are then not shown. - is standard input, which is then the
    whole policy. Without PATHS it is the policy of policylint.yaml; where there is none, the one that says what is
    live in the snapshot.
    Concise is one line a finding, for editors and `grep`. Exit code 1 where there is an error, with --strict also a
    warning. Findings in the baseline are counted and not shown; they do not count for the exit code.
    With --fix, files are edited in place, each fix only where it removes its finding and adds none; comments stay.
    What is left is shown.
    """
    _refuse_options(paths, output, baseline=update or add, fixes=fixes, unsafe=unsafe, diff=diff)
    for path in paths:
        _refuse_live(path)
    files = disk_files(options, paths)
    opened = open_project(options, files, alone=not files.explicit)
    if fixes and opened.is_alone:
        raise UsageError("live state cannot be fixed", help="`policylint import` writes a policy that can")
    project = _or_live(opened)
    if fixes:
        project, result = _fixed(project, files, output, unsafe=unsafe, diff=diff)
    elif update or add:
        result = _with_new_baseline(project, files, remove=update, add=add)
    else:
        result = _lint(project, files)
        _note_gone(result)
    if not diff:
        output.write(VIEWS[output.format](result, output.style, project))
    rules = f"{count(len(result.skipped), 'rule')} ({listed(rule.id for rule in result.skipped)})"
    note_missing_snapshot(project, [rules] if result.skipped else [])
    if result.errors or (strict and any(found.severity is Severity.WARNING for found in result.diagnostics)):
        raise click.exceptions.Exit(findings_code(project, result.diagnostics))


def _refuse_options(
    paths: tuple[Path, ...], output: Output, *, baseline: bool, fixes: bool, unsafe: bool, diff: bool
) -> None:
    """Raise UsageError where options do not go together."""
    if not fixes and (unsafe or diff):
        raise UsageError(f"{'--unsafe' if unsafe else '--diff'} says how to fix", help="give it with --fix")
    if fixes and baseline:
        raise UsageError("--fix and a new baseline at once", help="fix first, then write the baseline")
    if fixes and not diff and any(map(is_pipe, paths)):
        raise UsageError("standard input cannot be fixed in place", help="name the file, or give --diff too")
    if diff and output.format != TEXT:
        raise UsageError(f"--diff shows a difference, not {output.format}", help="leave out --format")


def _fixed(
    project: Project, files: DiskFiles, output: Output, *, unsafe: bool, diff: bool
) -> tuple[Project, LintResult]:
    """Return the project after its findings are fixed, and what is left; with `diff` nothing is written."""
    from policylint.cli.edits import EditOptions, baseline_of, finish
    from policylint.cli.fix_report import note_fixes
    from policylint.project.fix import fix

    found = project.lint()
    fixed = fix(
        project,
        files.explicit or None,
        unsafe=unsafe,
        found=found,
        files=files.unnamed,
        baseline=lambda each: baseline_of(each, files, output.style),
    )
    if fixed.edited is not None:
        finish(fixed.edited, files, EditOptions(diff=diff), output)
    after = fixed.edited or project
    before, result = _in_named(found, project, files), _in_named(fixed.result, after, files)
    note_fixes(fixed, len(before.diagnostics), result.diagnostics, written=not diff)
    return after, result


_LIVE = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\{\s*"header"\s*:|\[\s*\{\s*"|<Objs\s)')
"""How a file of live state may begin, and no policy does."""


def _refuse_live(path: Path) -> None:
    """Raise UsageError where a file is live state: of that nothing is right as a policy."""
    if not is_pipe(path) and path.is_file():
        with open_plain(path) as file:
            head = file.read(_HEAD)
        if _LIVE.match(head) is not None:
            command = command_line("policylint lint --snapshot", str(path)) or "policylint lint --snapshot"
            raise UsageError(f"{display_path(path)}: live state, not a policy", help=f"`{command}` checks live state")


_HEAD = 400


def _or_live(project: Project) -> Project:
    """Return the project; of live state alone one whose policy is what that says."""
    if not project.is_alone:
        return project
    from policylint.project.imported import live_project

    return live_project(project, [project.required_snapshot.path])


def _lint(project: Project, files: DiskFiles, *, with_baseline: bool = True) -> LintResult:
    """Return what is wrong with the policy, in the files that are named where some are."""
    return _in_named(project.lint(with_baseline=with_baseline), project, files)


def _in_named(result: LintResult, project: Project, files: DiskFiles) -> LintResult:
    """Return what was found in the files that are named, where some are."""
    return result.only(files.explicit, project.lint_facts.declared_in(files.explicit)) if files.explicit else result


def _note_gone(result: LintResult) -> None:
    if result.gone and result.baseline is not None:
        number = sum(each.times for each in result.gone)
        words = f"{count(number, 'finding')} that {'is' if number == 1 else 'are'} gone"
        terminal.note(f"{result.baseline.path} has {words}", "--update-baseline removes what is gone")


def _with_new_baseline(project: Project, files: DiskFiles, *, remove: bool, add: bool) -> LintResult:
    """Return what is wrong with the policy and not in the baseline, once that is written anew.

    Raises UsageError where no baseline is named. What is wrong with the form of the policy ends the command.
    """
    from policylint.lint.baseline import Baseline

    path = project.baseline_path
    if path is None:
        hint = "give --baseline FILE, or set `baseline:` in policylint.yaml"
        raise UsageError("no baseline is named", help=hint)
    require_valid(project, Output().style)
    there = files.has(path)
    before = _lint(project, files, with_baseline=there)
    old = before.baseline or Baseline(path)
    new = old.without(before.gone) if remove else old
    if remove and there and project.is_without_live_state:
        reason = f"nothing is removed from {path}: what is gone is only known with the snapshot of policylint.yaml"
        terminal.note(reason, "run it where the snapshot is")
    if add or not there:
        new = new.with_findings(before.diagnostics)
    if new != old or not there:
        save(new.text, files.path(path))
    matched = new.match((*before.diagnostics, *before.known), {}, lambda _entry: False)
    shown = tuple(sorted(matched.shown, key=lambda found: found.sort_key))
    return before._replace(diagnostics=shown, baseline=new, known=matched.known, gone=())
