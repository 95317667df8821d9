"""Lines and columns of offsets."""

from __future__ import annotations

import pytest

from policylint.source import Position, Source, Span, with_line_ends

TEXT = "ab\r\nc\rd\n\n\U0001f4f1x"


@pytest.mark.parametrize(("offset", "expected"), [
    (0, (1, 1)), (2, (1, 3)), (3, (1, 4)), (4, (2, 1)), (5, (2, 2)), (6, (3, 1)), (7, (3, 2)), (8, (4, 1)),
    (9, (5, 1)), (10, (5, 2)), (11, (5, 3)), (99, (5, 3)), (-1, (1, 1)),
])  # fmt: skip
def test_position(offset: int, expected: tuple[int, int]) -> None:
    assert Position(*expected) == Source("a", TEXT).position(offset)


@pytest.mark.parametrize(("number", "expected"), [
    (0, ""), (1, "ab"), (2, "c"), (3, "d"), (4, ""), (5, "\U0001f4f1x"), (6, ""),
])  # fmt: skip
def test_line(number: int, expected: str) -> None:
    assert expected == Source("a", TEXT).line(number)


def test_offset_of_line_undoes_position() -> None:
    source = Source("a", TEXT)
    assert [1, 2, 3, 4, 5] == [source.position(source.offset_of_line(line)).line for line in range(1, 6)]


@pytest.mark.parametrize(("text", "expected"), [
    ("", "\n"), ("a", "\n"), ("a\n", "\n"), ("a\r\nb\n", "\r\n"), ("a\rb\r\n", "\r"), ("\n\r\n", "\n"),
])  # fmt: skip
def test_the_line_end_of_the_first_line(text: str, expected: str) -> None:
    assert expected == Source("a", text).line_end


def test_every_line_end_is_replaced() -> None:
    assert "a\r\nb\r\n\r\nc\r\n" == with_line_ends("a\nb\r\n\rc\r\n", "\r\n")


def test_an_empty_text_has_one_position() -> None:
    span = Span(Source("a", ""), 0, 0)
    assert ("a:1:1", Position(1, 1)) == (str(span), span.finish)


def test_spans_sort_by_path_then_place() -> None:
    one, other = Source("a", TEXT), Source("b", TEXT)
    spans = [Span(other, 0, 1), Span(one, 4, 5), Span(one, 0, 3), Span(one, 0, 1)]
    assert ["a:1:1", "a:1:1", "a:2:1", "b:1:1"] == [str(span) for span in sorted(spans, key=lambda s: s.sort_key)]
