"""Text to nodes: the one parser of policy files.

Built on the events of PyYAML's parser (libyaml where it is there), which carry the position and the quoting of every
value and do not guess types. What a policy file may not hold - anchors, aliases, merge keys, tags, several documents,
keys twice - is a diagnostic with its place, so no input can expand, recurse or run anything.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

import yaml

from policylint.diagnostic import Diagnostic, Label, error, shorten
from policylint.source import Source, Span
from policylint.syntax.node import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_DEPTH = 64
"""Nesting deeper than this is refused; a policy needs six levels."""

RULE = "syntax"
"""The rule id of every diagnostic of this stage."""

MAX_FORBIDDEN = 100
"""Characters that no text may hold are reported up to this number; they come in crowds."""

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_BOM = "\ufeff"
_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff"
_FORBIDDEN = re.compile(f"(?P<bidi>[{_BIDI}])|(?P<bom>{_BOM})|(?P<control>[{_CONTROL}])")
_FORBIDDEN_WORDS = {
    "bidi": "bidirectional control character",
    "bom": "byte order mark",
    "control": "control character",
}
_PARSER: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


def parse(source: Source) -> tuple[Node | None, tuple[Diagnostic, ...]]:
    """Return the root node and what is wrong with the text; the node is None where there is none to speak of.

    Duplicate keys keep the first value. The result is in the order written; bounded in time and memory by the text.
    """
    found = tuple(_forbidden_characters(source))
    if found:
        return None, found
    return _Loader(source).load()


def forbidden_character(text: str) -> str | None:
    """Return words for the first character that no setting may hold, or None."""
    match = _FORBIDDEN.search(text)
    if match is None:
        return None
    return f"{_FORBIDDEN_WORDS[match.lastgroup or 'control']} U+{ord(match.group()):04X}"


def _forbidden_characters(source: Source) -> Iterator[Diagnostic]:
    for match in islice(_FORBIDDEN.finditer(source.text), MAX_FORBIDDEN):
        span = Span(source, match.start(), match.end())
        yield error(RULE, span, f"{forbidden_character(match.group())} in the text", "remove it; it cannot be seen")


class _Loader:
    """Builds the nodes of one text from its events, without recursion."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []

    def load(self) -> tuple[Node | None, tuple[Diagnostic, ...]]:
        root: Node | None = None
        try:
            root = self._build()
        except yaml.YAMLError as problem:
            self.diagnostics.append(self._syntax_error(problem))
        except _TooDeepError as problem:
            self._report(problem.event, f"nested more than {MAX_DEPTH} levels deep", "a policy needs six levels")
        return root, tuple(self.diagnostics)

    def _build(self) -> Node | None:
        text = self.source.text
        parser = _PARSER(text)
        get_event = parser.get_event
        scalar_event, mapping_event, sequence_event = yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent
        root: Node | None = None
        documents = 0
        stack: list[Mapping | Sequence] = []
        top: Mapping | Sequence | None = None
        key: str | None = None
        while True:
            event = get_event()
            kind = type(event)
            node: Node
            if kind is scalar_event:
                value = event.value
                start, end = event.start_mark.index, event.end_mark.index
                style = event.style
                plain = not style
                if event.anchor is not None or event.tag is not None:
                    self._anchor_or_tag(event)
                if style == '"' and not value.isprintable():
                    self._check_escapes(event, value)
                if type(top) is Mapping and key is None:
                    key = value
                    if value in top.keys:
                        self._duplicate(top, value, start, end)
                        key = f"\0{start}"
                    elif plain and value == "<<":
                        self._report(event, "merge key `<<`", "write the keys out; a policy file holds no merges")
                        key = f"\0{start}"
                    top.keys[key] = (start, end)
                    continue
                node = Scalar(value, plain, start, end)
            elif kind is mapping_event or kind is sequence_event:
                if event.anchor is not None or event.tag is not None:
                    self._anchor_or_tag(event)
                if type(top) is Mapping and key is None:
                    self._report(event, "a key that is a list or a mapping", "a key is a single word")
                    key = f"\0{event.start_mark.index}"
                    top.keys[key] = (event.start_mark.index, event.end_mark.index)
                    _skip(get_event, len(stack))
                    continue
                node = (Mapping if kind is mapping_event else Sequence)(event.start_mark.index)
                if len(stack) >= MAX_DEPTH:
                    raise _TooDeepError(event)
            elif kind in _ENDS:
                assert top is not None
                top.end = self._content_end(event, top)
                stack.pop()
                top = stack[-1] if stack else None
                continue
            elif kind is yaml.AliasEvent:
                self._report(event, f"alias `*{event.anchor}`", "write the value out; a policy file holds no aliases")
                node = Scalar("", False, event.start_mark.index, event.end_mark.index)
                if type(top) is Mapping and key is None:
                    key = f"\0{event.start_mark.index}"
                    top.keys[key] = (event.start_mark.index, event.end_mark.index)
                    continue
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    self._report(event, "a second document in one file", "put it into a file of its own")
                continue
            elif kind is yaml.StreamEndEvent:
                return root
            else:
                continue
            if top is None:
                if root is None:
                    root = node
            elif type(top) is Mapping:
                assert key is not None
                top.values[key] = node
                key = None
            else:
                top.items.append(node)  # type: ignore[union-attr]
            if kind is not scalar_event and kind is not yaml.AliasEvent:
                stack.append(node)  # type: ignore[arg-type]
                top = node  # type: ignore[assignment]
                key = None

    def _content_end(self, event: Any, node: Mapping | Sequence) -> int:
        """Return where a collection's text ends: a block ends with its last child, not with the blank lines after."""
        end: int = event.end_mark.index
        if end > event.start_mark.index:
            return end
        if isinstance(node, Sequence):
            return node.items[-1].end if node.items else node.start
        last_key = next(reversed(node.keys.values()), (node.start, node.start))
        last_value = next(reversed(node.values.values()), None)
        return max(last_key[1], last_value.end if last_value is not None else 0)

    def _report(self, event: Any, message: str, help: str) -> None:  # noqa: A002
        span = Span(self.source, event.start_mark.index, event.end_mark.index)
        self.diagnostics.append(error(RULE, span, message, help))

    def _anchor_or_tag(self, event: Any) -> None:
        if event.anchor is not None:
            self._report(event, f"anchor `&{event.anchor}`", "remove it; a policy file holds no anchors or aliases")
        if event.tag is not None:
            tag = event.tag.replace(_YAML_TAG, "!!", 1)
            self._report(event, f"tag `{tag}`", "remove it; the schema says what type a value has")

    def _check_escapes(self, event: Any, value: str) -> None:
        words = forbidden_character(value)
        if words is not None:
            self._report(event, f"{words} in a value", "remove the escape")

    def _duplicate(self, mapping: Mapping, key: str, start: int, end: int) -> None:
        first = Label(Span(self.source, *mapping.keys[key]), "first written here")
        span = Span(self.source, start, end)
        self.diagnostics.append(error(RULE, span, f"key `{shorten(key)}` is written twice", "remove one of the two", first))

    def _syntax_error(self, problem: yaml.YAMLError) -> Diagnostic:
        mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
        offset = mark.index if mark is not None else getattr(problem, "position", 0)
        words = getattr(problem, "problem", None) or getattr(problem, "reason", None) or str(problem)
        context = getattr(problem, "context", None)
        message = f"not YAML: {words}" + (f" {context}" if context else "")
        hint = "check the indentation, the quotes and the brackets around this place"
        if "\t" in self.source.line(self.source.position(offset).line)[: self.source.position(offset).column]:
            hint = "indent with spaces; YAML allows no tabs there"
        return error(RULE, Span(self.source, offset, min(offset + 1, len(self.source.text))), message, hint)


class _TooDeepError(Exception):
    def __init__(self, event: Any) -> None:
        self.event = event


def _skip(get_event: Callable[[], Any], depth: int) -> None:
    """Read on to the end of the collection that has just begun at a depth."""
    open_ = 1
    while open_:
        event = get_event()
        if type(event) in _STARTS:
            open_ += 1
            if depth + open_ > MAX_DEPTH:
                raise _TooDeepError(event)
        elif type(event) in _ENDS:
            open_ -= 1


_STARTS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
_YAML_TAG = "tag:yaml.org,2002:"
