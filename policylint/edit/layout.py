"""Objects as the lines of a policy file in canonical form, each line with what it is about."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from policylint.fmt.layout import WIDTH
from policylint.fmt.scalar import quoted, text_of
from policylint.model.entity import EXEMPTIONS, ListEdit, written_items
from policylint.model.state import RULE
from policylint.named_tuple import NamedTuple
from policylint.regex import regex
from policylint.schema.values import TEXT_KINDS, TIMESPAN, UNLIMITED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policylint.model.entity import Entity, Value
    from policylint.schema.store import ObjectType, Setting


class About(NamedTuple):
    """What a line is about: an object by its key, a setting of it, an item of that; all None for the section."""

    key: str | None = None
    setting: str | None = None
    item: str | None = None


class Line(NamedTuple):
    """A line of a file, and what it is about; None for a comment."""

    text: str
    about: About | None = None


Lines: TypeAlias = list[Line]


class Remarks:
    """The comments of a file: those above and those at the end of a line, by what the line is about."""

    def __init__(self) -> None:
        self.above: dict[About, list[str]] = defaultdict(list)
        self.beside: dict[About, list[str]] = defaultdict(list)


class Layout:
    """Writes the objects of one kind. `expanded` gives each item of a list a line of its own."""

    def __init__(self, described: ObjectType, remarks: Remarks, *, expanded: bool = False) -> None:
        self._type = described
        self._remarks = remarks
        self._expanded = expanded

    def section(self, objects: Iterable[Entity]) -> Lines:
        """Return the lines of a section."""
        objects = tuple(objects)
        lines: Lines = []
        empty = " []" if not objects else ""
        self._add(lines, Line(f"{self._type.section}:{empty}", About()), 0)
        for entity in objects:
            if self._type.single:
                self._settings(lines, entity, 2, dash=False)
            else:
                lines += self.item(entity)
        return lines

    def item(self, entity: Entity, indent: int = 2, *, flow: bool | None = None) -> Lines:
        """Return the lines of an object in a list: in braces where it fits, and is a rule or `flow` says so."""
        lines: Lines = []
        in_braces = entity.kind == RULE if flow is None else flow
        text = f"{' ' * indent}- {self.flow(entity)}" if in_braces else ""
        if text and len(text) <= WIDTH:
            self._add(lines, Line(text, About(entity.key)), indent)
        else:
            self._settings(lines, entity, indent + 2, dash=True)
        return lines

    def setting(self, entity: Entity, name: str, indent: int) -> Lines:
        """Return the lines of a setting of an object."""
        lines: Lines = []
        self._setting(lines, About(entity.key, name), name, entity.settings[name], " " * indent)
        return lines

    def list_item(self, about: About, indent: int) -> Lines:
        """Return the lines of an item of a list in block style."""
        lines: Lines = []
        assert about.item is not None
        self._add(lines, Line(f"{' ' * indent}- {written_text(about.item)}", about), indent)
        return lines

    def flow(self, entity: Entity) -> str:
        """Return an object in braces on one line, whatever its length."""
        settings = self._type.settings
        parts = [f"{name}: {written(settings[name], value, flow=True)}" for name, value in entity.settings.items()]
        return f"{{{', '.join((*parts, *self.notes(entity).values()))}}}"

    def notes(self, entity: Entity) -> Mapping[str, str]:
        """Return what a policy file says of an object beside its settings, as it is written on one line, by key."""
        texts = {name: written_note(text) for name, text in entity.notes.items()}
        if entity.exemptions:
            texts[EXEMPTIONS] = written_exemptions(entity.exemptions)
        known = self._type.schema.get("properties", {})
        return {name: f"{name}: {texts[name]}" for name in known if name in texts}

    def _settings(self, lines: Lines, entity: Entity, indent: int, *, dash: bool) -> None:
        for number, (name, value) in enumerate(entity.settings.items()):
            first = dash and not number
            about = About(entity.key) if first else About(entity.key, name)
            margin = " " * (indent - 2) + "- " if first else " " * indent
            self._setting(lines, about, name, value, margin)
        lines += (Line(f"{' ' * indent}{text}", About(entity.key)) for text in self.notes(entity).values())

    def _setting(self, lines: Lines, about: About, name: str, value: Value, margin: str) -> None:
        indent = len(margin) - 2 if margin.endswith("- ") else len(margin)
        lead, setting = f"{margin}{name}:", self._type.settings[name]
        text = f"{lead} {written(setting, value)}"
        if isinstance(value, ListEdit):
            above = (f"{margin}# {text}" for item in written_items(value) for text in self._above(about, name, item))
            lines += map(Line, above)
            self._add(lines, Line(text, about), indent)
        elif isinstance(value, tuple) and value and self._takes_lines(about.key, name, value, text):
            self._add(lines, Line(lead, about), indent)
            for item in value:
                lines += self.list_item(About(about.key, name, item), len(margin) + 2)
        else:
            self._add(lines, Line(text, about), indent)

    def _above(self, about: About, name: str, item: str) -> Iterable[str]:
        return self._remarks.above.get(About(about.key, name, item), ())

    def _takes_lines(self, key: str | None, name: str, items: Iterable[str], text: str) -> bool:
        if self._expanded or len(text) > WIDTH:
            return True
        abouts = [About(key, name, item) for item in items]
        return any(self._remarks.above.get(about) or self._remarks.beside.get(about) for about in abouts)

    def _add(self, lines: Lines, line: Line, indent: int) -> None:
        """Add a line with the comments above it and at its end."""
        assert line.about is not None
        above, beside = (each.get(line.about, ()) for each in (self._remarks.above, self._remarks.beside))
        lines += (Line(f"{' ' * indent}# {text}") for text in above)
        tail = f"  # {'; '.join(beside)}" if beside else ""
        lines.append(line._replace(text=line.text + tail))


def written(setting: Setting, value: Value, *, flow: bool = False) -> str:
    """Return a value as it is written on one line, inside a flow collection or not."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, ListEdit):
        parts = {"Add": tuple(value), "Remove": value.remove}
        return f"{{{', '.join(f'{verb}: {written_list(items)}' for verb, items in parts.items() if items)}}}"
    if isinstance(value, tuple):
        return written_list(value)
    if setting.kind in TEXT_KINDS:
        return written_text(value, flow=flow)
    return value if value == UNLIMITED or TIMESPAN.fullmatch(value) else quoted(value)


def written_list(items: Iterable[str]) -> str:
    """Return a list in brackets."""
    return f"[{', '.join(written_text(item, flow=True) for item in items)}]"


def written_exemptions(exemptions: Mapping[str, Mapping[str, str]]) -> str:
    """Return what is said of single items of lists as it is written on one line; the items as they are spelled."""
    parts = (f"{written_text(item, flow=True)}: {written_notes(notes)}" for item, notes in exemptions.items())
    return f"{{{', '.join(parts)}}}"


def written_notes(notes: Mapping[str, str]) -> str:
    """Return notes in braces."""
    return f"{{{', '.join(f'{name}: {written_note(text)}' for name, text in notes.items())}}}"


def written_note(text: str) -> str:
    """Return what a note says as it is written on one line: a day, which the schema knows as one, needs no quotes."""
    return text if _DAY.fullmatch(text) else written_text(text, flow=True)


_DAY = regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def written_text(text: str, *, flow: bool = False) -> str:
    """Return a text as it is written on one line."""
    return text_of(text, flow=flow)


def text_of_lines(lines: Iterable[Line]) -> str:
    """Return the text of a file."""
    return "".join(f"{line.text}\n" for line in lines)


def lines_about(lines: Iterable[Line]) -> Mapping[int, About]:
    """Return what the lines of a file are about, by the number of the line."""
    return {number: line.about for number, line in enumerate(lines, start=1) if line.about is not None}
