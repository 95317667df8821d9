"""`policylint lint`: schema and rules."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from policylint.adapters.files import display_path, is_pipe, open_plain
from policylint.cli import terminal
from policylint.cli.completing import RULE
from policylint.cli.exit_codes import ExitCode
from policylint.cli.lint_views import VIEWS, ShownFindings
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
    note_missing_snapshot,
    require_formats,
    require_valid,
    save,
)
from policylint.cli.view_options import SMALLEST, ViewOptions, view_options
from policylint.diagnostic import Severity
from policylint.errors import UsageError
from policylint.escape import command_line
from policylint.named_tuple import NamedTuple
from policylint.phrases import count, listed
from policylint.regex import regex

if TYPE_CHECKING:
    from pathlib import Path

    from policylint.adapters.disk import DiskFiles
    from policylint.lint.run import LintResult
    from policylint.project.base import Base
    from policylint.project.project import Project


class Chosen(NamedTuple):
    """What the command line says of which findings are shown, and how."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    min_severity: str | None = None
    base: str | None = None
    changed: bool = False
    all: bool = False
    statistics: bool = False
    quiet: bool = False
    strict: bool = False
    exit_zero: bool = False

    @property
    def parts(self) -> list[str]:
        """Return the options that are given and make the findings fewer."""
        given = {
            "--select": self.select,
            "--ignore": self.ignore,
            "--min-severity": self.min_severity,
            "--base": self.base,
            "--changed": self.changed,
        }
        return [name for name, value in given.items() if value]

    def fails(self, result: LintResult) -> bool:
        """Return whether the findings fail the run."""
        return bool(result.errors) or (
            self.strict and any(found.severity is Severity.WARNING for found in result.diagnostics)
        )


@declare("lint", "policylint lint --base origin/main --format github", "policylint lint --fix --diff")
@click.argument("paths", nargs=-1, type=FILE)
@click.option("--strict", is_flag=True, help="Exit with 1 also for a warning.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@click.option(
    "--select",
    multiple=True,
    type=RULE,
    metavar="RULE",
    help="Show only this rule, or pack:NAME, even if it is off. Repeatable.",
)
@click.option(
    "--ignore", multiple=True, type=RULE, metavar="RULE", help="Leave out this rule, or pack:NAME. May be repeated."
)
@click.option(
    "--min-severity", type=click.Choice([str(each) for each in Severity]), help="Leave out less severe findings."
)
@click.option(
    "--base", metavar="REV", help="Show only new findings of this branch: those that the revision REV does not have."
)
@click.option("--changed", is_flag=True, help="Show only what is found in files that differ from HEAD, or from --base.")
@click.option(
    "--all", is_flag=True, help="With --base: also show the findings of REV, and changes that may make lint find less."
)
@click.option("--statistics", is_flag=True, help="Count the findings by rule; as text instead of showing them.")
@click.option(
    "-q",
    "--quiet",
    is_flag=True,
    help="Show findings alone: no verdict, and only one note, the number of findings not shown.",
)
@click.option(
    "--update-baseline",
    "update",
    is_flag=True,
    help="Remove findings from the baseline that are gone. If there is no such file, write one with all findings.",
)
@click.option("--add-to-baseline", "add", is_flag=True, help="Add all findings to the baseline.")
@click.option("--fix", "fixes", is_flag=True, help="Fix what can be fixed without changing any device's access.")
@click.option("--unsafe", is_flag=True, help="With --fix: also fix what may change which devices have access.")
@click.option("--diff", is_flag=True, help="With --fix: write nothing; show what would change.")
@view_options(smallest=SMALLEST, formats="Markdown, which others will read")
@output_options(VIEWS)
@lint_options
@staged_option(is_told=False, notes=True)
def command(
    paths: tuple[Path, ...],
    options: ProjectOptions,
    output: Output,
    update: bool,
    add: bool,
    fixes: bool,
    unsafe: bool,
    diff: bool,
    show_people: bool,
    max_size: int | None,
    **given: Any,
) -> None:
    """Check the policy against schemas and rules.

    PATHS are policy files or folders: only findings in them are shown. - is standard input, which is then the whole
    policy. Without PATHS it is the policy of policylint.yaml; if there is none, a policy that declares what is live
    in the snapshot. Concise is one line a finding, for editors and `grep`. Exit code 1 if there is an error, with
    --strict also for a warning. Findings that comments, the baseline, --base or other options hide are counted
    and not shown; they do not count for the exit code. Errors of mandatory rules are not left out by rule or
    severity. With --fix, files are edited in place, each fix only where it removes its finding and adds none;
    comments stay. What is left is shown.
    """
    chosen, views = Chosen(**given), ViewOptions(show_people=show_people, max_size=max_size)
    views.check(output, "markdown")
    _refuse_options(paths, output, chosen, baseline=update or add, fixes=fixes, unsafe=unsafe, diff=diff)
    for path in paths:
        _refuse_live(path)
    files = disk_files(options, paths)
    opened = open_project(options, files, alone=not files.explicit)
    if fixes and opened.is_alone:
        raise UsageError("live state cannot be fixed", help="`policylint import` writes a policy that can")
    project = _or_live(opened)
    if fixes:
        project, result = _fixed(project, files, output, unsafe=unsafe, diff=diff, quiet=chosen.quiet)
    elif update or add:
        result = _with_new_baseline(project, files, remove=update, add=add)
    else:
        result, notes = _chosen(project, files, chosen)
        if not chosen.quiet:
            for note in notes:
                terminal.note(note)
            _note_gone(result)
    if not diff:
        shown = ShownFindings(result, project, views, chosen.strict, chosen.statistics, chosen.quiet, chosen.exit_zero)
        output.show(shown.view)
    _note_held_back(result, output, quiet=chosen.quiet)
    if not chosen.quiet:
        rules = f"{count(len(result.skipped), 'rule')} ({listed(rule.id for rule in result.skipped)})"
        note_missing_snapshot(project, [rules] if result.skipped else [])
    if chosen.fails(result):
        code = findings_code(project, result.diagnostics)
        if code is not ExitCode.FINDINGS or not chosen.exit_zero:
            raise click.exceptions.Exit(code)


def _note_held_back(result: LintResult, output: Output, *, quiet: bool) -> None:
    """Say what is not shown where no output says it, as in those that programs read line by line."""
    from policylint.render.diagnostics.held_back import held_back_words

    telling = {"json", "markdown"} if quiet else {TEXT, "json", "markdown"}
    if not telling & {*output.formats} and (words := held_back_words(result)):
        terminal.note(f"not shown: {words}")


def _refuse_options(
    paths: tuple[Path, ...],
    output: Output,
    chosen: Chosen,
    *,
    baseline: bool,
    fixes: bool,
    unsafe: bool,
    diff: bool,
) -> None:
    """Raise UsageError where options do not go together."""
    if not fixes and (unsafe or diff):
        raise UsageError(f"{'--unsafe' if unsafe else '--diff'} says how to fix", help="give it with --fix")
    if fixes and baseline:
        raise UsageError("--fix and a new baseline at once", help="fix first, then write the baseline")
    if fixes and not diff and any(map(is_pipe, paths)):
        raise UsageError("standard input cannot be fixed in place", help="name the file, or give --diff too")
    if diff and output.formats != (TEXT,):
        raise UsageError(f"--diff shows a difference, not {listed(output.formats)}", help="leave out --format")
    if chosen.parts and (fixes or baseline):
        one = "--fix" if fixes else "a new baseline"
        raise UsageError(f"{one} is about all findings: it excludes {chosen.parts[0]}", help="leave one of them out")
    if chosen.all and (chosen.base is None or chosen.changed):
        problem = "--all and --changed exclude each other" if chosen.changed else "--all is for --base"
        raise UsageError(
            problem, help="leave one of them out" if chosen.changed else "give --base too, or leave it out"
        )
    if chosen.strict and chosen.exit_zero:
        raise UsageError("--strict and --exit-zero exclude each other", help="leave one of them out")
    if chosen.statistics:
        if diff or chosen.quiet:
            other = "--diff" if diff else "--quiet"
            raise UsageError(f"--statistics and {other} exclude each other", help="leave one of them out")
        require_formats(output, "has no counts by rule", "--statistics")
    if any(map(is_pipe, paths)) and (chosen.base is not None or chosen.changed):
        option = "--base" if chosen.base is not None else "--changed"
        raise UsageError(f"standard input has no earlier version to compare with: {option}", help="name files instead")


def _chosen(project: Project, files: DiskFiles, chosen: Chosen) -> tuple[LintResult, list[str]]:
    """Return what is wrong with the policy, as far as the command line asks for it, and what else there is to say."""
    from policylint.lint.select import PACK, Selection, selection
    from policylint.project.base import lint_chosen

    picked, notes = Selection(), list[str]()
    if chosen.select or chosen.ignore or chosen.min_severity is not None:
        not_ignorable = project.config.not_ignorable
        picked = selection(chosen.select, chosen.ignore, chosen.min_severity, project.rules, not_ignorable)
        notes += [f"--ignore leaves `{name}` in: it may not be ignored" for name in picked.not_left_out]
    base = _base(project, files, chosen)
    commit = base.commit if base is not None else files.commit() if chosen.changed else None
    differs = partial(_differs, files, commit) if chosen.changed else None
    result, more = lint_chosen(project, picked, base, files, differs)
    if base is not None:
        from policylint.render.diagnostics.weakened import head, lines

        notes += [*more, *(f"{head(result)}: {words}" for words in lines(result))]
    if chosen.all:
        result = result.with_earlier
    if not any(PACK in each for each in chosen.select):
        missing = picked.select - {rule.id for rule in result.rules}
        notes += [f"`{name}` is not for {project.config.edition}" for name in sorted(missing)]
    return _in_named(result, project, files), notes


def _differs(files: DiskFiles, commit: str | None, path: str) -> bool:
    return files.differs(path, commit)


def _base(project: Project, files: DiskFiles, chosen: Chosen) -> Base | None:
    """Return what is compared with, None without --base. Raises UsageError where there is nothing to compare with."""
    if chosen.base is None and not chosen.changed:
        return None
    from policylint.adapters.git import NoRepositoryError
    from policylint.project.base import base_of

    option = "--base" if chosen.base is not None else "--changed"
    if project.is_alone or (chosen.base is not None and project.files.config is None):
        if chosen.all and not project.is_alone:
            terminal.note("nothing is compared: there is no policylint.yaml")
            return None
        raise UsageError(f"{option} needs a policylint.yaml", help="what is compared is the project that it is for")
    try:
        files.require_repository()
    except NoRepositoryError as problem:
        hint = "run it in a clone, or leave the option out"
        raise UsageError(f"{option} compares with git: {problem.reason}", help=hint) from problem
    return base_of(chosen.base, files) if chosen.base is not None else None


def _fixed(
    project: Project, files: DiskFiles, output: Output, *, unsafe: bool, diff: bool, quiet: bool
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
    if not quiet:
        note_fixes(fixed, len(before.diagnostics), result.diagnostics, written=not diff)
    return after, result


_LIVE = regex(rb'(?:\xef\xbb\xbf)?\s*(?:\{\s*"header"\s*:|\[\s*\{\s*"|<Objs\s)')
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
    from policylint.lint.run import fixed_rules

    path = project.baseline_path
    if path is None:
        hint = "give --baseline FILE, or set `baseline:` in policylint.yaml"
        raise UsageError("no baseline is named", help=hint)
    require_valid(project, Output().style)
    there = files.has(path)
    fixed = fixed_rules(project.rules, project.config)
    before = _lint(project, files, with_baseline=there)
    old = before.baseline or Baseline(path)
    new = old.without(before.gone) if remove else old
    if remove and there and project.is_without_live_state:
        reason = f"nothing is removed from {path}: what is gone is only known with the snapshot of policylint.yaml"
        terminal.note(reason, "run it where the snapshot is")
    if add or not there:
        new = new.with_findings(each for each in before.diagnostics if each.rule not in fixed)
    if new != old or not there:
        save(new.text, files.path(path))
    matched = new.match((*before.diagnostics, *before.known), {}, lambda _entry: False, fixed=fixed)
    shown = tuple(sorted(matched.shown, key=lambda found: found.sort_key))
    return before._replace(diagnostics=shown, baseline=new, known=matched.known, gone=())
