"""What is wrong, as commands to a runner that shows it beside the line it is about.

Source: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands,
https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.diagnostic import Severity
from policylint.escape import azure_data, azure_property, clean, workflow_data, workflow_property
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from policylint.source import Span

_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


class Annotation(NamedTuple):
    """Something to say at a place, or of the whole run where `span` is None. `code` is what kind of thing it is."""

    severity: Severity
    code: str
    lines: tuple[str, ...]
    span: Span | None = None


def render_github(annotations: Iterable[Annotation]) -> str:
    """Return one workflow command each; empty where there is none."""
    return "".join(map(_github, annotations))


def render_azure(annotations: Iterable[Annotation]) -> str:
    """Return one logging command each, for a note one plain line; empty where there is none."""
    return "".join(map(_azure, annotations))


RENDERERS: Mapping[str, Callable[[Iterable[Annotation]], str]] = {"github": render_github, "azure": render_azure}
"""The runners that take such commands, by the name of the format."""


def _github(annotation: Annotation) -> str:
    properties: dict[str, object] = {}
    if annotation.span is not None:
        begin, finish = annotation.span.begin, annotation.span.finish
        properties |= {"file": annotation.span.path, "line": begin.line, "endLine": finish.line}
    properties["title"] = f"policylint {annotation.code}"
    if annotation.span is not None and begin.line == finish.line:
        properties |= {"col": begin.column, "endColumn": max(begin.column, finish.column)}
    listed = ",".join(f"{name}={workflow_property(str(value))}" for name, value in properties.items())
    return f"::{_GITHUB[annotation.severity]} {listed}::{workflow_data(*annotation.lines)}\n"


def _azure(annotation: Annotation) -> str:
    """Return an issue of the run; there is none of severity info."""
    span = annotation.span
    if annotation.severity is Severity.INFO:
        place = f"{clean(str(span))}: " if span is not None else ""
        return f"{place}info[{clean(annotation.code)}] {clean('; '.join(annotation.lines))}\n"
    properties: dict[str, object] = {"type": annotation.severity}
    if span is not None:
        begin = span.begin
        properties |= {"sourcepath": span.path, "linenumber": begin.line, "columnnumber": begin.column}
    properties["code"] = annotation.code
    listed = ";".join(f"{name}={azure_property(str(value))}" for name, value in properties.items())
    return f"##vso[task.logissue {listed}]{azure_data(*annotation.lines)}\n"
