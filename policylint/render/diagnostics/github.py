"""Findings as workflow commands, which GitHub shows beside the changed lines of a pull request.

Source: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.diagnostic import Severity

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
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    text = diagnostic.message + (f"\nhelp: {diagnostic.help}" if diagnostic.help else "")
    return f"::{_COMMANDS[diagnostic.severity]} {listed}::{_data(text)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
