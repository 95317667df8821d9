"""`policylint rules`: the lint rules there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from policylint.cli.options import ProjectOptions, config_options, declare, open_project, output_options
from policylint.cli.output import Output, to_json
from policylint.lint.check import active_rules

if TYPE_CHECKING:
    from policylint.render.style import Style

_Rows: TypeAlias = list[tuple[str, str, str]]


def _text(rows: _Rows, style: Style) -> str:
    from policylint.render.style import table

    colors = {"error": "red", "warning": "yellow", "info": "blue", "off": "dim"}
    return table(rows, indent="", paint=(None, lambda word: style.paint(word, colors[word])))


def _json(rows: _Rows, _style: Style) -> str:
    rules = [{"id": name, "severity": severity, "title": title} for name, severity, title in rows]
    return to_json({"format": "policylint-rules/1", "rules": rules})


VIEWS = {"text": _text, "json": _json}


@declare("rules", "policylint rules", "policylint rules --env test --format json")
@output_options(VIEWS)
@config_options
def command(options: ProjectOptions, output: Output) -> None:
    """List the rules with their severity here, where `off` is one that is not applied."""
    project = open_project(options)
    active = {rule.id: str(rule.severity) for rule in active_rules(project.rules, project.config)}
    rows = [(rule.id, active.get(rule.id, "off"), rule.title) for rule in project.rules]
    output.write(VIEWS[output.format](rows, output.style))
