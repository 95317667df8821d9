"""docs/rules.md: the page of every rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policylint.lint.rule import Packs, Rule
    from policylint.project.resources import Resources

_HEADING = re.compile(r"^(#+) ", re.MULTILINE)

_INTRODUCTION = """\
# Lint rules

*Generated from the folders of `rules/` by `python -m tools.docs`; do not edit.*

What `policylint lint` looks for. `policylint explain RULE` prints the page of one rule.

- `severity: {rule-id: info}` in policylint.yaml changes a severity, `severity: {rule-id: off}` switches a rule off.
  Only an error fails a run.
- `# policylint: ignore[rule-id] reason` on or above a line hides what a rule finds there.
- A mandatory rule can be neither switched off nor ignored: no sound plan can be made of what it finds.
- A [pack](packs.md) is a set of rules, and `packs:` in policylint.yaml chooses. A rule of no chosen pack is applied
  when `severity:` names it. Mandatory rules always are.
- A repository can have [rules of its own](custom-rules.md).
"""


def rules_page(data: Resources) -> str:
    """Return the page of all rules, by group and then by id."""
    packs = data.packs
    parts = [rules_index(data)]
    for group, members in _by_group(data.rules, packs).items():
        parts.append(f"## {packs.groups[group]}\n")
        parts += [_lower(rule_page(rule, data.rule_page(rule)), 2) for rule in members]
    return "\n".join(parts)


def rules_index(data: Resources) -> str:
    """Return what comes before the pages of the rules: how rules are chosen, and a table of them for each group."""
    packs = data.packs
    parts = [_INTRODUCTION, _pack_table(packs), "## Overview\n"]
    parts += [f"{packs.groups[group]}:\n\n{_table(members)}" for group, members in _by_group(data.rules, packs).items()]
    return "\n".join(parts)


def _pack_table(packs: Packs) -> str:
    rows = [f"| {pack} | {purpose} |" for pack, purpose in packs.packs.items()]
    return "\n".join(["| pack | for |", "|---|---|", *rows]) + "\n"


def rule_page(rule: Rule, text: str) -> str:
    """Return the page of one rule: its heading, what holds for it, and the sections of its rule.md."""
    _, _, sections = text.partition("\n")
    return f"# {rule.id}\n\n{rule.title}.\n\n{'; '.join(_facts(rule))}.\n\n{sections.strip()}\n"


def _facts(rule: Rule) -> Iterator[str]:
    yield f"Severity: {rule.severities_phrase}"
    if rule.predicate is not None:
        yield f"pack: {', '.join(rule.packs)}"
    yield f"edition: {', '.join(rule.editions) or 'every'}"
    if rule.controls:
        yield f"control: {', '.join(f'{each.number} of {pack}' for pack, each in rule.controls.items())}"
    if rule.question:
        yield "a question that no export answers"
    if rule.aliases:
        yield f"earlier names: {', '.join(rule.aliases)}"
    if rule.mandatory:
        yield "mandatory"


def _by_group(rules: Iterable[Rule], packs: Packs) -> dict[str, list[Rule]]:
    members: dict[str, list[Rule]] = {group: [] for group in packs.groups}
    for rule in sorted(rules, key=lambda rule: rule.id):
        members[rule.group].append(rule)
    return members


def _table(rules: Sequence[Rule]) -> str:
    lines = ["| rule | severity | pack | finds |", "|---|---|---|---|"]
    for rule in rules:
        packs = "always (mandatory)" if rule.mandatory else ", ".join(rule.packs)
        title = rule.title.replace("|", "\\|")
        lines.append(f"| [{rule.id}](#{rule.id}) | {rule.severities_phrase} | {packs} | {title} |")
    return "\n".join(lines) + "\n"


def _lower(text: str, levels: int) -> str:
    """Return Markdown with its headings so many levels lower."""
    return _HEADING.sub(lambda match: f"{match[1]}{'#' * levels} ", text)
