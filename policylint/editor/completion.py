"""What an editor offers to write at a place: keys and values of the schema, and values that live state has."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from policylint.editor.analysis import fixed_rules_of, rules_of
from policylint.editor.live import MOST, Live, names_in
from policylint.editor.place import Blank, blanks_at, rule_ids_at
from policylint.editor.schemas import Part, forms, objects, part_at
from policylint.errors import PolicylintError
from policylint.escape import clean
from policylint.fmt.scalar import quoted, text_of
from policylint.named_tuple import NamedTuple
from policylint.schema.editor import exists_in, markdown_of, new_entry
from policylint.schema.keywords import COLLECTIONS, is_nullable, kind_of, members_of
from policylint.schema.store import CONFIG

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from policylint.editor.project import EditorProject
    from policylint.schema.store import Schema


class Suggestion(NamedTuple):
    """Something to write. `text` is what is inserted, `typed` what the user's letters are compared with.

    `kind` is key, value, live, rule or entry; of an entry the text has blanks to fill in, as snippets have them.
    `words` is Markdown.
    """

    label: str
    kind: str
    text: str
    typed: str
    detail: str = ""
    words: str = ""


class Completion(NamedTuple):
    """Suggestions, the likeliest first, for a range of offsets; with `more` there are others when more is typed."""

    start: int
    end: int
    items: tuple[Suggestion, ...]
    more: bool = False


def complete(project: EditorProject, identifier: str, text: str, offset: int) -> Completion | None:
    """Return what may be written at a place of a file that a schema is about, None where nothing is known of it."""
    if (ids := rule_ids_at(text, offset)) is not None:
        not_offered = {*ids.others, *fixed_rules_of(project)}
        return Completion(ids.start, ids.end, tuple(_rules(project, not_offered)))
    for blank in blanks_at(text, offset):
        found = list(islice(_suggestions(project, identifier, blank, _column(text, blank)), MOST + 1))
        if found:
            items = tuple(each for each in found[:MOST])
            return Completion(blank.spot.start, blank.spot.end, items, len(found) > MOST)
    return None


def _column(text: str, blank: Blank) -> int:
    """Return how far from the beginning of its line a place is."""
    start = blank.spot.start
    begin = text.rfind("\n", 0, start) + 1
    return start - (text.rfind("\r", begin, start) + 1 or begin)


def _suggestions(project: EditorProject, identifier: str, blank: Blank, column: int) -> Iterator[Suggestion]:
    spot = blank.spot
    if spot.is_key:
        part = part_at(project.store, identifier, spot.path[:-1])
        if part is None:
            return
        if not blank.in_flow and not blank.has_colon and spot.mapping is not None and len(spot.mapping.values) == 1:
            yield from _entry(project, identifier, spot.path[:-1], column, "")
        yield from _keys(project, identifier, part, blank)
        return
    part = part_at(project.store, identifier, spot.path)
    if part is None:
        return
    if blank.before == "- ":
        yield from _entry(project, identifier, spot.path, column + 2, "- ")
    yield from _values(project, identifier, part, blank)


def _entry(
    project: EditorProject, identifier: str, path: tuple[str | int, ...], column: int, before: str
) -> Iterator[Suggestion]:
    """Yield the suggestion of a complete entry, where a list has entries of several keys."""
    if not path or not isinstance(path[-1], int):
        return
    part = part_at(project.store, identifier, path)
    if part is None or "$ref" not in part.schema:
        return
    new = new_entry(project.store, part.schema["$ref"])
    body = ("\n" + " " * column).join(_lines(new.body))
    yield Suggestion(new.label, "entry", before + body, new.label, "all keys of a new entry")


def _lines(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a new entry."""
    for key, value in body.items():
        if isinstance(value, dict):
            yield f"{key}:"
            yield from (f"  {line}" for line in _lines(value))
        elif isinstance(value, list):
            yield f"{key}:"
            yield from (f"  - {item}" for item in value)
        else:
            yield f"{key}: {value}"


def _keys(project: EditorProject, identifier: str, part: Part, blank: Blank) -> Iterator[Suggestion]:
    """Yield the keys that a mapping may have and does not."""
    mapping = blank.spot.mapping
    known = mapping.values.keys() if mapping is not None else ()
    if identifier == CONFIG and names_in(blank.spot.path)[-2:-1] == ("severity",):
        yield from (each._replace(text=f"{each.text}: ") for each in _rules(project, known))
        return
    editions = _editions(project)
    for schema in objects(project.store, part.schema):
        source = schema.get("exchange", {}).get("source", part.source)
        required = schema.get("required", ())
        names = sorted(schema.get("properties", {}), key=lambda name: name not in required)
        for name in names:
            prop = schema["properties"][name]
            if name in known or not exists_in(project.store, prop, editions):
                continue
            words = markdown_of(project.store, prop, source)
            detail = "required" if name in required else _default(prop)
            yield Suggestion(name, "key", blank.before + name + _colon(project, prop, blank), name, detail, words)


def _colon(project: EditorProject, schema: Schema, blank: Blank) -> str:
    """Return what follows a key: what is below it goes into lines of its own."""
    if blank.has_colon:
        return ""
    kinds = [str(each.get("type")) for each in forms(project.store, schema)]
    is_block = not blank.in_flow and all(kind in COLLECTIONS for kind in kinds)
    return ":" if is_block else ": "


def _default(schema: Schema) -> str:
    default = schema.get("default", {})
    if default in ({}, []):
        return ""
    return f"default: {default if isinstance(default, str) else json.dumps(default)}"


def _editions(project: EditorProject) -> Collection[str] | None:
    """Return the editions that the configuration names, None where there is none."""
    try:
        file = project.config_file
        return {project.config.edition, *file.editions} if file is not None else None
    except PolicylintError:
        return None


def _values(project: EditorProject, identifier: str, part: Part, blank: Blank) -> Iterator[Suggestion]:
    """Yield the values that a key may have: those of the schema, then those of live state."""
    if identifier == CONFIG and names_in(blank.spot.path)[-1:] == ("packs",):
        packs = project.resources.packs.packs
        yield from (
            Suggestion(name, "value", _written(name, blank), name, clean(words)) for name, words in packs.items()
        )
        return
    if _is_list(project, part):
        path = (*blank.spot.path, 0)
        inner = part_at(project.store, identifier, path)
        items = blank._replace(spot=blank.spot._replace(path=path), in_flow=True, before="")
        if inner is not None and not objects(project.store, inner.schema):
            for each in _values(project, identifier, inner, items):
                yield each._replace(
                    text=f"{blank.before}[{each.text}]",
                )
        return
    for form in forms(project.store, part.schema):
        words = list(members_of(form)) if "enum" in form else []
        if "const" in form:
            words.append(str(form["const"]))
        is_scalar = str(form.get("type")) not in COLLECTIONS and "properties" not in form
        if is_scalar and "enum" not in form and kind_of(form) == "bool":
            words += ["true", "false"]
        detail = ", default" if "default" in part.schema else ""
        for word in words:
            is_default = detail and word == _as_written(part.schema["default"])
            yield Suggestion(word, "value", blank.before + word, word, "default" if is_default else "")
        if is_scalar and is_nullable(form) and not blank.quote:
            yield Suggestion("null", "value", f"{blank.before}null", "null", "no value of its own")
    if not objects(project.store, part.schema):
        for value in Live(project).values(blank.spot, blank.typed):
            text = _written(value.text, blank)
            yield Suggestion(clean(value.text), "live", text, _typed(value.text, blank), value.detail, value.words)


def _is_list(project: EditorProject, part: Part) -> bool:
    """Return whether a value is always a list, or a mapping."""
    found = list(forms(project.store, part.schema))
    return any("items" in each for each in found) and all(str(each.get("type")) in COLLECTIONS for each in found)


def _as_written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _written(text: str, blank: Blank) -> str:
    """Return a text as a scalar: in the quotes that are there already, else in none where it needs none."""
    if blank.quote == "'" and text.isprintable():
        return blank.before + "'" + text.replace("'", "''") + "'"
    if blank.quote:
        return blank.before + '"' + quoted(f"'{text}")[2:-1] + '"'
    return blank.before + text_of(text, flow=blank.in_flow)


def _typed(text: str, blank: Blank) -> str:
    """Return what the letters are compared with that are there already, the quote among them."""
    return f"{blank.quote}{text}"


def _rules(project: EditorProject, known: Collection[str]) -> Iterator[Suggestion]:
    """Yield the rules that are not named yet."""
    for rule in rules_of(project):
        if rule.id not in known:
            yield Suggestion(rule.id, "rule", rule.id, rule.id, str(rule.severity), clean(rule.title))
