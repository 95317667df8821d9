"""`policylint explain`: the page of a rule, or what a code, a state, a refusal or a message means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from policylint.analysis.explanations import KINDS, squeezed
from policylint.cli.completing import RULE
from policylint.cli.options import ProjectOptions, config_options, declare, open_project, output_options
from policylint.errors import UsageError
from policylint.escape import clean, clean_lines, to_json
from policylint.phrases import nearest, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.analysis.explanations import Explanation
    from policylint.cli.output import Output
    from policylint.lint.rule import Rule
    from policylint.project.project import Project


@declare("explain", "policylint explain 'status 126'", "policylint explain 'Permission to sync not established'")
@click.argument("topic", required=False, type=RULE)
@click.option("--list", "show_list", is_flag=True, help="List all topics except the lint rules.")
@output_options(("text", "json"), several=False)
@config_options
def command(topic: str | None, options: ProjectOptions, output: Output, *, show_list: bool) -> None:
    """Explain a lint rule, or what people see when a device does not sync.

    TOPIC is the id of a rule, an access state, its reason, a refusal of `plan`, a step of the order of decision, an
    ActiveSync or HTTP status code, or the words on a phone or in a mail. A part of the words is enough.
    """
    project = open_project(options)
    if show_list:
        output.write(_listing(project, output))
        return
    if topic is None:
        raise UsageError("name what to explain", help="`policylint explain --list` shows what there is")
    rules = tuple(rule for rule in project.rules if squeezed(topic) in map(squeezed, rule.names))
    found = project.resources.explanations.find(topic)
    if not rules and not found:
        raise _unknown(topic, project)
    if output.format == "json":
        output.write(_json(topic, [_rule_record(rule, project) for rule in rules] + [_record(each) for each in found]))
        return
    from policylint.render.explanation import render_explanations

    pages = [
        f"{clean(f'{rule.id} ({rule.severities_phrase}): {rule.title}')}\n\n{clean_lines(project.rule_page(rule))}"
        for rule in rules
    ]
    output.write("\n".join([*pages, *([render_explanations(found, style=output.style)] if found else [])]))


def _unknown(topic: str, project: Project) -> UsageError:
    near = nearest(topic, [rule.id for rule in project.rules]) or project.resources.explanations.nearest(topic)
    question = f"did you mean `{near}`? " if near else ""
    help = f"{question}`policylint explain --list` shows what there is, and `policylint rules` the lint rules"  # noqa: A001
    return UsageError(f"nothing is known of `{shorten(topic)}`", help=help)


def _listing(project: Project, output: Output) -> str:
    entries = project.resources.explanations.entries
    if output.format == "json":
        return _json(None, [_record(each) for each in entries])
    from policylint.render.style import table

    parts = []
    for kind, heading in KINDS.items():
        rows = [(shorten(each.label), each.title) for each in entries if each.kind == kind]
        parts.append(f"{output.style.paint(heading, 'bold')}\n{table(rows, screen=output.style.screen)}")
    return "\n".join([*parts, "The lint rules: `policylint rules`.\n"])


def _json(query: str | None, found: Sequence[dict[str, Any]]) -> str:
    return to_json({"format": "policylint-explain/1", "query": query, "found": list(found)})


def _record(found: Explanation) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "id": found.id,
        "title": found.title,
        "names": list(found.names),
        "means": found.means,
        "steps": list(found.steps),
        "next": list(found.next),
        "sure": found.sure,
        "sources": list(found.sources),
    }


def _rule_record(rule: Rule, project: Project) -> dict[str, Any]:
    from policylint.lint.predicates.steps import STEP

    return {
        "kind": "rule",
        "id": rule.id,
        "title": rule.title,
        "names": list(rule.aliases),
        "severity": str(rule.severity),
        "means": project.rule_page(rule),
        "steps": [],
        "next": ["policylint plan" if rule.subject == STEP else "policylint lint"],
        "sure": None,
        "sources": [rule.url] if rule.url else [],
    }
