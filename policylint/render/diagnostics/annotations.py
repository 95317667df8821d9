"""Findings as annotations of a run, which GitHub and Azure Pipelines show beside the lines of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.render.annotations import Annotation
from policylint.render.diagnostics.weakened import weakened_annotations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.diagnostic import Diagnostic
    from policylint.lint.run import LintResult


def annotations_of(diagnostics: Iterable[Diagnostic]) -> Iterator[Annotation]:
    """Yield one annotation a finding."""
    for found in diagnostics:
        lines = (found.message, *([f"help: {found.help}"] if found.help else []))
        yield Annotation(found.severity, found.rule, lines, found.span)


def annotations_of_result(result: LintResult) -> Iterator[Annotation]:
    """Yield how a branch makes less be found, then one annotation a finding: runners show the first ones only."""
    yield from weakened_annotations(result)
    yield from annotations_of(result.diagnostics)
