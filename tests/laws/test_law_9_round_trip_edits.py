"""Law 9: edits of a text can be made in any order; those of a policy file change only what they are meant to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from policylint.edit.apply import FileEdits, Path, apply_edits
from policylint.edits import OverlapError, TextEdit, in_order, splice
from policylint.schema.store import POLICY
from policylint.source import LINE_END, Source, Span, with_line_ends
from policylint.syntax.node import MappingNode, Node, ScalarNode
from tests.examples import examples
from tests.laws.test_law_9_round_trip_fmt import texts
from tests.worlds import POLICY_SCHEMA, policy_file, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random


@st.composite
def disjoint_edits(draw: st.DrawFn) -> tuple[str, list[TextEdit]]:
    """Return a text and edits of it from its beginning to its end, at most one insertion at each offset."""
    text = draw(st.text(max_size=40))
    source = Source("a.yaml", text)
    bounds = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    ranges = dict.fromkeys(zip(bounds[::2], bounds[1::2], strict=False))
    return text, [TextEdit(Span(source, *found), draw(st.text(max_size=5))) for found in ranges]


def edit(start: int, end: int, text: str) -> TextEdit:
    return TextEdit(Span(Source("a.yaml", "abcdef"), start, end), text)


@given(disjoint_edits())
def test_splice_is_replacement_from_the_end(case: tuple[str, list[TextEdit]]) -> None:
    text, edits = case
    expected = text
    for found in reversed(edits):
        expected = expected[: found.span.start] + found.text + expected[found.span.end :]
    assert expected == splice(text, edits)


@given(disjoint_edits(), st.randoms())
def test_the_order_of_edits_is_irrelevant(case: tuple[str, list[TextEdit]], dice: Random) -> None:
    text, edits = case
    shuffled = list(edits)
    dice.shuffle(shuffled)
    assert edits == in_order(shuffled)
    assert splice(text, edits) == splice(text, shuffled)


@given(st.text())
def test_no_edits_keep_the_text(text: str) -> None:
    assert text == splice(text, [])


@given(disjoint_edits())
def test_edits_that_write_what_is_there_keep_the_text(case: tuple[str, list[TextEdit]]) -> None:
    text, edits = case
    assert text == splice(text, [TextEdit(span, text[span.start : span.end]) for span, _ in edits])


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        pytest.param([edit(2, 2, "1"), edit(2, 2, "2")], "ab12cdef", id="insertions-keep-their-order"),
        pytest.param([edit(2, 4, "X"), edit(2, 2, "1")], "ab1Xef", id="insertion-before-a-replacement"),
        pytest.param([edit(4, 4, "1"), edit(2, 4, "X")], "abX1ef", id="insertion-after-a-replacement"),
        pytest.param([edit(2, 4, ""), edit(4, 6, "")], "ab", id="side-by-side"),
    ],
)
def test_splice_where_edits_meet(edits: list[TextEdit], expected: str) -> None:
    assert expected == splice("abcdef", edits)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(edit(1, 3, "x"), edit(2, 4, "y"), id="overlap"),
        pytest.param(edit(1, 4, "x"), edit(2, 2, "y"), id="insertion-inside"),
        pytest.param(edit(1, 3, "x"), edit(1, 3, "x"), id="twice"),
    ],
)
def test_overlapping_edits_are_refused(first: TextEdit, second: TextEdit) -> None:
    with pytest.raises(OverlapError, match=r"^edits overlap at a\.yaml:1:2 and a\.yaml:1:\d$") as caught:
        splice("abcdef", [second, first])
    assert {first, second} == {caught.value.first, caught.value.second}


def scalars(node: Node, path: Path = ()) -> Iterator[tuple[Path, ScalarNode]]:
    """Yield every scalar below a node with its path."""
    if isinstance(node, ScalarNode):
        yield path, node
        return
    children = node.values.items() if isinstance(node, MappingNode) else enumerate(node.items)
    for key, child in children:
        yield from scalars(child, (*path, key))


def without(value: Any, path: Path) -> Any:
    """Return plain data without what is at a path; that may be missing."""
    if not isinstance(value, (dict, list)):
        return value
    children = value.items() if isinstance(value, dict) else enumerate(value)
    kept = {key: without(part, path[1:]) if key == path[0] else part for key, part in children if (key,) != path}
    return kept if isinstance(value, dict) else list(kept.values())


SNIPPETS = st.sampled_from(
    ["x", "true", "'", '"', "#", " # y", ": ", "- ", "\n", "\n  - ", "\n- a: b", "[", "]", "}", ",", "|\n", "null", ""]
)


@settings(max_examples=examples(120))
@given(texts(POLICY), st.data())
def test_an_edit_changes_no_other_value_or_is_refused(text: str, data: st.DataObject) -> None:
    file = policy_file(text)
    values = list(scalars(file.node))
    assume(values)
    path, scalar = data.draw(st.sampled_from(values))
    start = data.draw(st.integers(scalar.start, scalar.end))
    end = data.draw(st.integers(start, scalar.end))
    edit = TextEdit(Span(file.source, start, end), data.draw(SNIPPETS))
    paths = frozenset(data.draw(st.sampled_from([(), (path,), (path[:-1],)])))
    result, problems = apply_edits(FileEdits(file, (edit,), paths, paths), POLICY_SCHEMA)
    if result is None:
        assert problems
        return
    before, after = file.value, read(result).value
    written = edit._replace(text=with_line_ends(edit.text, file.source.line_end))
    assert (splice(text, [written]), [], ()) == (result, read(result).lines, problems)
    for named in paths:
        before, after = without(before, named), without(after, named)
    assert before == after


@given(texts(POLICY))
def test_writing_every_value_as_it_is_written_is_no_change(text: str) -> None:
    file = policy_file(text)
    spans = [Span(file.source, scalar.start, scalar.end) for _, scalar in scalars(file.node)]
    edits = tuple(TextEdit(span, text[span.start : span.end]) for span in spans)
    assume(len(set(LINE_END.findall(text))) < 2)
    assert (text, ()) == apply_edits(FileEdits(file, edits), POLICY_SCHEMA)
