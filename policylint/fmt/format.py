"""A file to its canonical form, or what is wrong with it. What the form may not change is checked every time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from policylint.diagnostic import Diagnostic, error
from policylint.fmt.layout import format_text
from policylint.fmt.tree import comment_text
from policylint.schema.compile import CompiledSchema
from policylint.schema.validate import validate
from policylint.source import Source, Span
from policylint.syntax.comment import comments
from policylint.syntax.node import MappingNode, Node, ScalarNode
from policylint.syntax.parse import parse
from policylint.syntax.suppression import suppressions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.schema.store import SchemaStore


RULE = "fmt"
"""The rule id of what this stage has against a file."""


def formatted(source: Source, store: SchemaStore, identifier: str) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """Return the canonical form of a text, or None and why there is none.

    A text that is not well formed, or that its schema does not admit, has none. The form says the same, holds the same
    comments, and its `policylint: ignore` comments are about the same keys and values.
    """
    root, problems = parse(source)
    if root is None or problems:
        return None, problems or (_refusal(source, "the file is empty", "write a section"),)
    if not isinstance(root, MappingNode):
        return None, (_refusal(source, "the file is not a mapping", "begin with a key"),)
    schema = CompiledSchema(store, identifier)
    value, problems = validate(schema, source, root)
    if problems:
        return None, problems
    before = _Meaning(source, root, value)
    text = format_text(source, root, store, identifier)
    after = Source(source.path, text)
    node, problems = parse(after)
    if node is not None and not problems:
        read, valid = schema.read(node)
        again = _Meaning(after, node, read)
        if valid and before.same(again):
            moved = [span for about, span in before.ignored if about not in dict(again.ignored)]
            return (None, (_moved(moved[0]),)) if moved else (text, ())
    message = "the canonical form of this file would not say the same"
    return None, (_refusal(source, message, "the file is left as it is; please report it as a bug"),)


def _moved(span: Span) -> Diagnostic:
    message = "in canonical form this comment would be about another line"
    return error(RULE, span, message, "put it at the end of the line it is about, or above that line")


def _refusal(source: Source, message: str, help: str) -> Diagnostic:  # noqa: A002
    return error(RULE, Span(source, 0, 0), message, help)


class _Meaning:
    """What of a text its canonical form may not change."""

    def __init__(self, source: Source, root: Node, value: Any) -> None:
        self.value = value
        self.comments = Counter(comment_text(source.text[start:end]) for start, end in comments(source, root))
        self.ignored = tuple(_ignored(source, root))

    def same(self, other: _Meaning) -> bool:
        """Return whether another text says the same and holds the same comments."""
        return (self.value, self.comments) == (other.value, other.comments)


def _ignored(source: Source, root: Node) -> Iterator[tuple[tuple[object, ...], Span]]:
    """Yield each ignore comment, as what it says and the paths of what begins on its line, and where it stands."""
    found = suppressions(source, root)
    lines: dict[int, set[tuple[object, ...]]] = {suppression.line: set() for suppression in found}
    if found:
        for path, start in _places(root, ()):
            line = source.position(start).line
            if line in lines:
                lines[line].add(path)
    for suppression in found:
        about = (suppression.rules, suppression.reason, suppression.until, frozenset(lines[suppression.line]))
        yield about, suppression.span


def _places(node: Node, path: tuple[object, ...]) -> Iterator[tuple[tuple[object, ...], int]]:
    """Yield the path and the beginning of every key, of its value where that is a scalar, and of every item."""
    if isinstance(node, ScalarNode):
        return
    pairs = node.values.items() if isinstance(node, MappingNode) else enumerate(node.items)
    for key, child in pairs:
        start = node.key_at(str(key))[0] if isinstance(node, MappingNode) else child.start
        yield (*path, key), start
        if isinstance(node, MappingNode) and isinstance(child, ScalarNode):
            yield (*path, key, "value"), child.start
        yield from _places(child, (*path, key))
