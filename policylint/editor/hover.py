"""What an editor shows of the word under the pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.editor.analysis import rules_of
from policylint.editor.live import Live, names_in
from policylint.editor.place import rule_ids_at, spot_at
from policylint.editor.schemas import Part, part_at
from policylint.escape import clean, markdown_span
from policylint.named_tuple import NamedTuple
from policylint.phrases import shorten
from policylint.schema.editor import markdown_of
from policylint.schema.store import CONFIG

if TYPE_CHECKING:
    from policylint.editor.place import Spot
    from policylint.editor.project import EditorProject
    from policylint.lint.rule import Rule


class Hover(NamedTuple):
    """Markdown about a range of offsets of a text."""

    words: str
    start: int
    end: int


def hover(project: EditorProject, identifier: str, text: str, offset: int) -> Hover | None:
    """Return what there is to say of a place of a file that a schema is about, None where that is nothing."""
    ids = rule_ids_at(text, offset)
    if ids is not None:
        rule = _rule(project, text[ids.start : ids.end])
        return Hover(_rule_words(rule), ids.start, ids.end) if rule is not None else None
    spot = spot_at(text, offset)
    if spot is None:
        return None
    found = _key_words(project, identifier, spot) if spot.is_key else _value_words(project, identifier, spot)
    return Hover(found, spot.start, spot.end) if found else None


def _key_words(project: EditorProject, identifier: str, spot: Spot) -> str:
    if identifier == CONFIG and names_in(spot.path)[-2:-1] == ("severity",):
        rule = _rule(project, spot.text)
        return _rule_words(rule) if rule is not None else ""
    part = part_at(project.store, identifier, spot.path)
    return f"**{spot.text}**\n\n{words}" if part is not None and (words := _schema_words(project, part)) else ""


def _value_words(project: EditorProject, identifier: str, spot: Spot) -> str:
    live = Live(project).about(spot)
    path = spot.path
    while path and isinstance(path[-1], int):
        path = path[:-1]
    part = part_at(project.store, identifier, path)
    words = _schema_words(project, part) if part is not None and path else ""
    head = markdown_span(shorten(spot.text)) + (f" \u2014 {path[-1]}" if words and path else "")
    parts = [each for each in (live, words) if each]
    return "\n\n---\n\n".join([f"{head}\n\n{parts[0]}", *parts[1:]]) if parts else ""


def _schema_words(project: EditorProject, part: Part) -> str:
    """Return what the schema says of a setting, or of the objects that it refers to."""
    schema = part.schema
    reference = schema.get("$ref") or schema.get("items", {}).get("$ref")
    if reference and "description" not in schema:
        schema = {**project.store.schema(reference), **schema}
    return markdown_of(project.store, schema, part.source)


def _rule(project: EditorProject, name: str) -> Rule | None:
    """Return the rule of an ID, or of an earlier one; None where there is none."""
    return next((rule for rule in rules_of(project) if name in rule.names), None)


def _rule_words(rule: Rule) -> str:
    page = f"\n\n[The page of this rule]({rule.url})" if rule.url else ""
    fix = f"\n\nHelp: {clean(rule.help)}" if rule.help and "{" not in rule.help else ""
    return f"{markdown_span(rule.id)} ({rule.severities_phrase})\n\n{clean(rule.title)}.{fix}{page}"
