"""Text to nodes: the one parser of policy files.

Built on the events of PyYAML's parser (libyaml where it is there), which carry the position and the quoting of every
value and do not guess types. What a policy file may not hold - anchors, aliases, merge keys, tags, several documents,
keys twice - is a diagnostic with its place, so no input can expand, recurse or run anything.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import yaml

from policylint.diagnostic import Diagnostic, Label, error
from policylint.phrases import shorten
from policylint.regex import regex
from policylint.source import Source, Span
from policylint.syntax.node import MappingNode, Node, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_DEPTH = 64
"""Nesting deeper than this is refused; a policy needs six levels."""

RULE = "syntax"
"""The rule id of every diagnostic of this stage."""

MAX_FORBIDDEN = 100
"""Characters that no text may hold are reported up to this number; there may be many."""

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_BOM = "\ufeff"
_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff"
_FORBIDDEN = regex(f"[{_BIDI}{_BOM}{_CONTROL}]")
_FORBIDDEN_WORDS = (
    (regex(f"[{_BIDI}]"), "bidirectional control character"),
    (regex(_BOM), "byte order mark"),
    (_FORBIDDEN, "control character"),
)
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
    words = next(words for pattern, words in _FORBIDDEN_WORDS if pattern.match(match.group()))
    return f"{words} U+{ord(match.group()):04X}"


def _is_plain(text: str) -> bool:
    """Return whether a text is of printable ASCII, tabs and line ends, which is told faster than by an expression."""
    return text.isascii() and text.replace("\n", "").replace("\r", "").replace("\t", "").isprintable()


def _forbidden_characters(source: Source) -> Iterator[Diagnostic]:
    if _is_plain(source.text):
        return
    for match in islice(_FORBIDDEN.finditer(source.text), MAX_FORBIDDEN):
        span = Span(source, match.start(), match.end())
        yield error(RULE, span, f"{forbidden_character(match.group())} in the text", "remove it; it cannot be seen")


class _Loader:
    """Builds the nodes of one text from its events, without recursion.

    `top` is the collection that is open, `key` the key in it that waits for its value. `last` is where the last scalar
    or flow ends, and with it every block that ends there.
    """

    __slots__ = ("diagnostics", "documents", "get_event", "key", "last", "root", "source", "stack", "top", "words")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []
        self.documents = 0
        self.root: Node | None = None
        self.stack: list[MappingNode | SequenceNode] = []
        self.top: MappingNode | SequenceNode | None = None
        self.key: str | None = None
        self.last = 0
        self.words: dict[str, str] = {}

    def load(self) -> tuple[Node | None, tuple[Diagnostic, ...]]:
        try:
            self._build()
        except yaml.YAMLError as problem:
            self.diagnostics.append(self._syntax_error(problem))
        except _TooDeepError as problem:
            self._report(problem.event, f"nested more than {MAX_DEPTH} levels deep", "a policy needs six levels")
        else:
            return self.root, tuple(self.diagnostics)
        return None, tuple(self.diagnostics)

    def _build(self) -> None:
        self.get_event = get_event = _PARSER(self.source.text).get_event
        handlers: dict[type, Callable[[Any], None]] = {
            yaml.MappingStartEvent: self._start,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
            yaml.DocumentEndEvent: lambda _: None,
            yaml.StreamStartEvent: lambda _: None,
        }
        scalar, words = yaml.ScalarEvent, self.words
        while (kind := type(event := get_event())) is not yaml.StreamEndEvent:
            if kind is not scalar:
                handlers[kind](event)
                continue
            text, style = event.value, event.style  # here and not in a method: three of four events are scalars
            start, end = event.start_mark.index, event.end_mark.index
            if event.anchor is not None or event.tag is not None:
                self._anchor_or_tag(event)
            if style == '"' and not text.isprintable():
                self._check_escapes(event, text)
            self.last = end
            top = self.top
            if type(top) is not MappingNode:
                self._place(ScalarNode(text, not style, start, end - start))
            elif (key := self.key) is not None:
                top.values[key] = ScalarNode(text, not style, start, end - start)
                self.key = None
            elif text in top.keys or (text == "<<" and not style):
                self._refuse_key(event, top, text)
            else:
                self.key = text = words.setdefault(text, text)
                top.keys[text] = start if end - start == len(text) else (start, end)

    def _refuse_key(self, event: Any, mapping: MappingNode, text: str) -> None:
        if text in mapping.keys:
            self._duplicate(mapping, text, event.start_mark.index, event.end_mark.index)
        else:
            self._report(event, "merge key `<<`", "write the keys out; a policy file holds no merges")
        self._hidden_key(event)

    def _start(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            self._anchor_or_tag(event)
        if type(self.top) is MappingNode and self.key is None:
            self._report(event, "a key that is a list or a mapping", "a key is a single word")
            self._hidden_key(event)
            _skip(self.get_event, len(self.stack))
            return
        if len(self.stack) >= MAX_DEPTH:
            raise _TooDeepError(event)
        kind = MappingNode if type(event) is yaml.MappingStartEvent else SequenceNode
        node = kind(event.start_mark.index)
        self._place(node)
        self.stack.append(node)
        self.top = node

    def _end(self, event: Any) -> None:
        node = self.stack.pop()
        end = event.end_mark.index
        if end > event.start_mark.index:
            self.last = end
        elif self.diagnostics:  # something of it may have been passed over
            self.last = content_end(node)
        node.end = self.last
        self.top = self.stack[-1] if self.stack else None

    def _alias(self, event: Any) -> None:
        self._report(event, f"alias `*{event.anchor}`", "write the value out; a policy file holds no aliases")
        if type(self.top) is MappingNode and self.key is None:
            self._hidden_key(event)
        else:
            start = event.start_mark.index
            self._place(ScalarNode("", False, start, event.end_mark.index - start))

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self._report(event, "a second document in one file", "put it into a file of its own")

    def _place(self, node: Node) -> None:
        """Put a node where it belongs: behind the key that waits for it, into the list, or at the root."""
        top = self.top
        if type(top) is MappingNode:
            assert self.key is not None
            top.values[self.key] = node
            self.key = None
        elif type(top) is SequenceNode:
            top.items.append(node)
        elif self.documents == 1:
            self.root = node

    def _hidden_key(self, event: Any) -> None:
        """Keep the value that follows under a key that nobody can write, so that later stages pass over it."""
        assert type(self.top) is MappingNode
        start = event.start_mark.index
        self.key = f"\0{start}"
        self.top.keys[self.key] = (start, event.end_mark.index)

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

    def _duplicate(self, mapping: MappingNode, key: str, start: int, end: int) -> None:
        first = Label(Span(self.source, *mapping.key_at(key)), "first written here")
        span = Span(self.source, start, end)
        self.diagnostics.append(
            error(RULE, span, f"key `{shorten(key)}` is written twice", "remove one of the two", first)
        )

    def _syntax_error(self, problem: yaml.YAMLError) -> Diagnostic:
        mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
        offset = mark.index if mark is not None else getattr(problem, "position", 0)
        words = getattr(problem, "problem", None) or getattr(problem, "reason", None) or str(problem)
        context = getattr(problem, "context", None)
        message = f"not YAML: {words}" + (f" {context}" if context else "")
        hint = "check the indentation, the quotes and the brackets around this place"
        position = self.source.position(offset)
        if "\t" in self.source.line(position.line)[: position.column]:
            hint = "indent with spaces; YAML allows no tabs there"
        return error(RULE, Span(self.source, offset, min(offset + 1, len(self.source.text))), message, hint)


class _TooDeepError(Exception):
    def __init__(self, event: Any) -> None:
        self.event = event


def content_end(node: MappingNode | SequenceNode) -> int:
    """Return where the text of a block ends: with its last child, not with the blank lines after."""
    if isinstance(node, SequenceNode):
        return node.items[-1].end if node.items else node.start
    last_key, last_value = next(reversed(node.keys), ""), next(reversed(node.values.values()), None)
    return max(node.key_at(last_key)[1], last_value.end if last_value is not None else 0)


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
