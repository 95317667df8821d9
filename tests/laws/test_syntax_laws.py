"""No text stops the parser; what it reads is what PyYAML reads; line ends and comments make no difference."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from policylint.source import Source
from policylint.syntax.node import MappingNode, Node, ScalarNode
from policylint.syntax.parse import content_end, parse
from policylint.syntax.suppression import suppressions
from tests.strategies import TREES, Leaf, Tree, written
from tests.worlds import scalars

PIECES = st.sampled_from([
    "a", "b", "key", ": ", ":", "\n", "\n", "\n  ", "\n    ", "- ", "-", "? ", "[", "]", "{", "}", ", ", "'", '"', "|",
    ">", "|-\n", "&x", "*x", "!t", "!!str", "---\n", "...\n", "%YAML 1.2\n", "<<", "# c", "\t", "\r\n", "\r", "\\",
    " # policylint: ignore[a] why", "\u00e9", "\U0001f4f1", "\0", "\u202e", "\ufeff", "@", "`", "~", "null", "  ",
])  # fmt: skip
TEXTS = st.lists(PIECES, max_size=30).map("".join) | TREES.map(written)


def plain(node: Node | None) -> Any:
    """Return a node as plain data; of a key that is hidden from later stages, which number it has."""
    if node is None:
        return None
    if isinstance(node, ScalarNode):
        return node.text
    if isinstance(node, MappingNode):
        pairs = enumerate(node.values.items())
        return {number if key.startswith("\0") else key: plain(value) for number, (key, value) in pairs}
    return [plain(item) for item in node.items]


@given(TEXTS)
def test_no_text_stops_the_parser(text: str) -> None:
    source = Source("a.yaml", text)
    node, found = parse(source)
    for diagnostic in found:
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        assert diagnostic.help
        assert "\n" not in diagnostic.message
    for comment in suppressions(source, node):
        assert text[comment.span.start : comment.span.end].startswith("#")
        assert 1 <= comment.line <= source.last_line
    for scalar in scalars(node) if node is not None else ():
        assert 0 <= scalar.start <= scalar.end <= len(text)


@given(TEXTS)
def test_a_block_ends_with_its_last_child(text: str) -> None:
    """The parser takes the end of the last scalar that it met, which is asked of the nodes here."""
    node, _ = parse(Source("a.yaml", text))
    nodes = [node] if node is not None else []
    while nodes:
        each = nodes.pop()
        if isinstance(each, ScalarNode):
            continue
        nodes.extend(each.values.values() if isinstance(each, MappingNode) else each.items)
        flow = {"[": "]", "{": "}"}.get(text[each.start : each.start + 1])
        assert each.end == content_end(each) or text[each.end - 1] == flow


@given(TEXTS)
def test_a_text_without_problems_is_read_as_pyyaml_reads_it(text: str) -> None:
    node, found = parse(Source("a.yaml", text))
    if not found:
        assert yaml.load(text, Loader=yaml.CBaseLoader) == plain(node)


@given(TEXTS)
def test_a_text_that_pyyaml_cannot_read_has_a_problem(text: str) -> None:
    try:
        yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        assert parse(Source("a.yaml", text))[1]


@given(TREES)
def test_a_tree_is_read_as_it_was_written(tree: Tree) -> None:
    node, found = parse(Source("a.yaml", written(tree)))
    assert ((), data(tree)) == (found, plain(node))


def data(tree: Tree) -> Any:
    """Return a tree as plain data."""
    if isinstance(tree, Leaf):
        return tree.text
    if isinstance(tree, list):
        return [data(item) for item in tree]
    return {key: data(value) for key, value in tree.items()}


@given(TEXTS)
def test_a_plain_scalar_on_one_line_is_the_text_at_its_span(text: str) -> None:
    node, found = parse(Source("a.yaml", text))
    for scalar in scalars(node) if node is not None and not found else ():
        as_written = text[scalar.start : scalar.end]
        if scalar.plain and not {"\n", "\r"} & set(as_written):
            assert scalar.text == as_written


@given(TEXTS)
def test_line_ends_make_no_difference(text: str) -> None:
    text = text.replace("\r", "")
    one, other = Source("a.yaml", text), Source("a.yaml", text.replace("\n", "\r\n"))
    (node, found), (again, found_again) = parse(one), parse(other)
    assert plain(node) == plain(again)
    assert [(str(d.span), d.message) for d in found] == [(str(d.span), d.message) for d in found_again]
    assert [comment.line for comment in suppressions(one, node)] == [
        comment.line for comment in suppressions(other, again)
    ]


@given(TEXTS, st.integers(0, 400))
def test_positions_and_offsets_agree(text: str, offset: int) -> None:
    source = Source("a.yaml", text)
    offset = min(offset, len(text))
    position = source.position(offset)
    assert offset == source.offset_of_line(position.line) + position.column - 1
    assert 1 <= position.line <= source.last_line
