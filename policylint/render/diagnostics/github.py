"""Findings as workflow commands, which GitHub shows beside the changed lines of a pull request.

Source: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.diagnostic import Severity
from policylint.escape import workflow_data, workflow_property

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.diagnostic import Diagnostic

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Return one workflow command a finding; empty where there is none."""
    return "".join(_command(diagnostic) for diagnostic in diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    begin, finish = diagnostic.span.begin, diagnostic.span.finish
    properties = {
        "file": diagnostic.span.path,
        "line": begin.line,
        "endLine": finish.line,
        "title": f"policylint {diagnostic.rule}",
    }
    if begin.line == finish.line:
        properties["col"] = begin.column
        properties["endColumn"] = max(begin.column, finish.column)
    listed = ",".join(f"{name}={workflow_property(str(value))}" for name, value in properties.items())
    lines = [diagnostic.message, *([f"help: {diagnostic.help}"] if diagnostic.help else [])]
    return f"::{_COMMANDS[diagnostic.severity]} {listed}::{workflow_data(*lines)}\n"
