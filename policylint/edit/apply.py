"""Edits applied to policy files. The new text is read again, and says the same but where the edits were meant to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

from policylint.bind.policy import PolicyFile
from policylint.diagnostic import Diagnostic, error
from policylint.edits import TextEdit, in_order, splice
from policylint.fmt.tree import comment_text
from policylint.named_tuple import NamedTuple
from policylint.schema.validate import validate
from policylint.source import Source, Span, with_line_ends
from policylint.syntax.comment import comments
from policylint.syntax.node import MappingNode, Node, ScalarNode, SequenceNode
from policylint.syntax.parse import parse
from policylint.syntax.suppression import suppressions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from policylint.schema.compile import CompiledSchema

Path: TypeAlias = tuple[str | int, ...]
"""The keys and the indexes that lead from the root to a value: `("mailboxes", 3, "reason")`."""

_Ranges: TypeAlias = "Sequence[tuple[int, int]]"


class Purpose(NamedTuple):
    """What edits are for: the rule id of a refusal, and its words, each a message and a help.

    `changed` is for a text that would say something else than it may, `moved` for an ignore comment that would be about
    another line. An `exact` purpose also keeps the comments that are inside the edits.
    """

    rule: str
    changed: tuple[str, str]
    moved: tuple[str, str]
    exact: bool = False


FIX = Purpose(
    rule="fix",
    changed=("this edit would change more than it is meant to", "the file is not changed; edit it by hand"),
    moved=("after the edit this comment would be about another line", "the file is not changed; edit it by hand"),
)


class FileEdits(NamedTuple):
    """The edits of one file, and the values that they may change.

    `old` are the paths of values that may be gone afterwards, `new` those of values that may be there instead: a value
    that is replaced is in both, one that is deleted in `old`, one that is inserted in `new`. The rest stays the same.
    """

    file: PolicyFile
    edits: tuple[TextEdit, ...]
    old: frozenset[Path] = frozenset()
    new: frozenset[Path] = frozenset()


def apply_edits(
    edits: FileEdits, schema: CompiledSchema, purpose: Purpose = FIX
) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """Return the new text of a file, or None and why the edits are refused.

    The new text is valid and says the same but at the paths that the edits name. It holds the same comments but those
    that the edits touch, and its ignore comments are about the same values. What is inserted has the file's line ends.

    Raises OverlapError where two edits overlap, ValueError where one was made for another text.
    """
    source = edits.file.source
    ordered = [edit._replace(text=with_line_ends(edit.text, source.line_end)) for edit in in_order(edits.edits)]
    if any(edit.span.source != source for edit in ordered):
        raise ValueError(f"an edit of another text than {source.path}")
    after = Source(source.path, splice(source.text, ordered))
    root, problems = parse(after)
    value: Any = None
    if isinstance(root, MappingNode) and not problems:
        value, problems = validate(schema, after, root)
    begin = ordered[0].span.start if ordered else 0
    refused = (error(purpose.rule, Span(source, begin, begin), *purpose.changed),)
    if problems or not isinstance(root, MappingNode):
        return None, refused if purpose.exact else problems or refused
    ranges = () if purpose.exact else [(span.start, span.end) for span, _ in ordered]
    old = _meaning(edits.file, schema, edits.old, ranges)
    written = () if purpose.exact else _written(ordered)
    new = _meaning(PolicyFile(after, root, value), schema, edits.new, written)
    # INVARIANT (law 9): no text is returned that says anything else, or lost a comment.
    if (old.value, old.comments) != (new.value, new.comments):
        return None, refused
    moved = [span for about, span in old.ignored if about not in dict(new.ignored)]
    if moved:
        return None, (error(purpose.rule, moved[0], *purpose.moved),)
    return after.text, ()


class _Meaning(NamedTuple):
    """What edits may not change: the value, the comments, and the paths that each ignore comment is about."""

    value: Any
    comments: Counter[str]
    ignored: tuple[tuple[tuple[object, ...], Span], ...]


def _meaning(file: PolicyFile, schema: CompiledSchema, paths: Collection[Path], ranges: _Ranges) -> _Meaning:
    """Return what a text means without the values at some paths and without the comments that some ranges touch."""
    source, root = file.source, file.node
    kept = _without(root, paths)
    found = [span for span in comments(source, root) if not _touched(span, ranges)]
    return _Meaning(
        value=file.value if kept is root else schema.read(kept)[0],
        comments=Counter(comment_text(source.text[start:end]) for start, end in found),
        ignored=tuple(_ignored(source, root, kept, ranges)),
    )


def _written(edits: Iterable[TextEdit]) -> _Ranges:
    """Return where the texts of edits are in the new text; the edits are in order."""
    found, shift = [], 0
    for span, text in edits:
        found.append((span.start + shift, span.start + shift + len(text)))
        shift += len(text) - (span.end - span.start)
    return found


def _touched(span: tuple[int, int], ranges: _Ranges) -> bool:
    return any(start <= span[1] and span[0] <= end for start, end in ranges)


def _without(node: Node, paths: Collection[Path]) -> Node:
    """Return a node without the values at some paths below it."""
    if not paths or isinstance(node, ScalarNode):
        return node
    below: dict[str | int, list[Path]] = {}
    for first, *rest in paths:
        below.setdefault(first, []).append(tuple(rest))
    kept = {key: _without(child, below.get(key, ())) for key, child in _children(node) if () not in below.get(key, ())}
    if isinstance(node, SequenceNode):
        items = SequenceNode(node.start)
        items.items = list(kept.values())
        return items
    mapping = MappingNode(node.start)
    mapping.values = {str(key): child for key, child in kept.items()}
    mapping.keys = {key: node.keys[key] for key in mapping.values}
    return mapping


def _children(node: MappingNode | SequenceNode) -> Iterable[tuple[str | int, Node]]:
    return node.values.items() if isinstance(node, MappingNode) else enumerate(node.items)


def _ignored(source: Source, root: Node, kept: Node, ranges: _Ranges) -> Iterator[tuple[tuple[object, ...], Span]]:
    """Yield each ignore comment, as what it says and the paths of what begins on its line, and its span."""
    found = [comment for comment in suppressions(source, root) if not _touched(comment.span[1:], ranges)]
    lines: dict[int, set[tuple[object, ...]]] = {comment.line: set() for comment in found}
    for path, start in _starts(kept, ()) if found else ():
        line = source.position(start).line
        if line in lines:
            lines[line].add(path)
    for comment in found:
        yield (
            (comment.rules, comment.reason, comment.until, comment.owner, frozenset(lines[comment.line])),
            comment.span,
        )


def _starts(node: Node, path: tuple[object, ...]) -> Iterator[tuple[tuple[object, ...], int]]:
    """Yield the path and the beginning of every key, of its value where that is a scalar, and of every item."""
    if isinstance(node, ScalarNode):
        return
    for key, child in _children(node):
        yield (*path, key), node.key_at(str(key))[0] if isinstance(node, MappingNode) else child.start
        if isinstance(node, MappingNode) and isinstance(child, ScalarNode):
            yield (*path, key, "value"), child.start
        yield from _starts(child, (*path, key))
