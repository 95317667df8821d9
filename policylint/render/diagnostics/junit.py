"""Findings as JUnit XML: a suite for each file, and a case for each finding."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from policylint.diagnostic import Severity
from policylint.phrases import count
from policylint.render.diagnostics.held_back import held_back
from policylint.render.diagnostics.weakened import lines
from policylint.render.junit import Case, Suite, render_junit

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.lint.run import LintResult

NAME = "policylint lint"


def render_findings(result: LintResult, *, strict: bool = False, exit_zero: bool = False) -> str:
    """Return the findings as XML. A case fails where its finding fails the run: an error, with `strict` a warning.

    With `exit_zero` none does.

    Other findings are skipped cases, which a page of tests shows too. Where there is none, one case passes. The first
    suite says how many findings are not shown, and how the branch makes less be found.
    """
    by_file = groupby(sorted(result.diagnostics, key=lambda found: found.sort_key), lambda found: found.span.path)
    suites = [Suite(path, tuple(_case(each, _failing(strict, exit_zero)) for each in found)) for path, found in by_file]
    if not suites:
        suites = [Suite(NAME, (Case(NAME, f"no findings in {count(result.files, 'file')}"),))]
    properties = [
        ("files", str(result.files)),
        *((each.key, str(each.number)) for each in held_back(result)),
        *(("weakened", words) for words in lines(result)),
    ]
    return render_junit(NAME, [suites[0]._replace(properties=tuple(properties)), *suites[1:]])


def render_invalid(name: str, errors: Sequence[Diagnostic]) -> str:
    """Return that a run of a command could not begin, as the policy is not valid: one case."""
    lines = tuple(f"{found.span}: {found.message} [{found.rule}]" for found in errors)
    message = f"the policy is not valid: {count(len(errors), 'error')}"
    return render_junit(name, [Suite(name, (Case(name, "the policy is valid", "error", "error", message, lines),))])


def _failing(strict: bool, exit_zero: bool) -> frozenset[Severity]:
    """Return the severities that fail a run."""
    if exit_zero:
        return frozenset()
    return frozenset({Severity.ERROR, *([Severity.WARNING] if strict else [])})


def _case(found: Diagnostic, failing: Collection[Severity]) -> Case:
    begin, severity = found.span.begin, found.severity
    fails = severity in failing
    labels = ((found.span, found.label), *found.related)
    lines = (
        f"{found.span}: {severity}: {found.message} [{found.rule}]",
        *(f"{span}: {text}" for span, text in labels if text),
        *([f"help: {found.help}"] if found.help else []),
        *([found.url] if found.url else []),
    )
    return Case(
        found.span.path,
        f"{begin.line}:{begin.column} {found.rule}: {found.message}",
        "failure" if fails else "skipped",
        str(severity),
        f"{severity}: {found.message}",
        lines,
    )
