"""The encoding of a file is that of its byte order mark, or UTF-8; no code page is ever guessed."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylint.readers import encoding
from policylint.readers.encoding import to_utf8
from policylint.readers.rows import Document, Unreadable
from tests.readers.reading import read
from tests.readers.render_rows import encoded, render_csv

TEXT = 'Name,DeviceId\r\n"café 😀 §","Ω1"\r\n'
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"]


@pytest.mark.parametrize("size", [1, 2, 3, 5, None], ids=repr)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_any_encoding_reads_as_the_same_rows_in_pieces_of_any_size(encoding: str, size: int | None) -> None:
    found = read(encoded(TEXT, encoding), size)
    assert found.values == [{"Name": "café 😀 §", "DeviceId": "Ω1"}]
    assert (found.document.encoding, found.document.is_ascii) == (encoding.removesuffix("-sig"), False)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_byte_order_mark_is_no_character_beyond_ascii(encoding: str) -> None:
    assert read(encoded("Name,Id\r\na,b\r\n", encoding)).document.is_ascii


NOT_TEXT = [
    # id, content, code, line, offset, words of the message
    ("ansi", b'Name\r\n"a"\r\n"caf\xe9"\r\n', "not-utf8", 3, 15, "0xE9"),
    ("ansi-at-the-end", b"Name,b\r\ncaf\xe9", "not-utf8", 2, 11, "0xE9"),
    ("after-a-mark", b'\xef\xbb\xbf"Name"\r\n"\xff"\r\n', "not-utf8", 2, 12, "0xFF"),
    ("half-of-a-pair-in-utf-8", b'"Name"\r\n"\xed\xa0\x80"\r\n', "not-utf8", 2, 9, "0xED"),
    ("utf-32-le", "Name,b\n".encode("utf-32"), "not-utf8", 1, 0, "UTF-32"),
    ("utf-32-be", b"\x00\x00\xfe\xff\x00\x00\x00a", "not-utf8", 1, 0, "UTF-32"),
    ("utf-16-without-a-mark", "Name,b\n".encode("utf-16-le"), "not-utf8", 1, 1, "byte order mark"),
    ("utf-16-be-without-a-mark", "Name,b\n".encode("utf-16-be"), "not-utf8", 1, 0, "byte order mark"),
    ("nul", b'"Name"\r\n"a\0b"\r\n', "damaged", 2, None, "NUL"),
    ("nul-in-utf-16", encoded('"Name"\r\n"a\0b"\r\n', "utf-16-le"), "damaged", 2, None, "NUL"),
    ("odd-byte", encoded('"Name"\r\n"a"\r\n', "utf-16-le") + b"a", "cut-file", 3, 28, "UTF-16"),
    ("cut-pair", encoded('"Name"\r\n"a', "utf-16-be") + b"\xd8\x3d", "cut-file", 2, 22, "UTF-16"),
    ("half-of-a-pair", encoded('"Name"\r\n"a', "utf-16-le") + b"\x3d\xd8a\0", "damaged", 2, 22, "surrogate"),
    ("second-half", encoded('"Name"\r\n"a', "utf-16-le") + b"\x00\xdea\0", "damaged", 2, 22, "surrogate"),
]


@pytest.mark.parametrize("size", [1, None], ids=repr)
@pytest.mark.parametrize("case", NOT_TEXT, ids=[case[0] for case in NOT_TEXT])
def test_what_is_no_text_is_refused_with_its_place(case: tuple[object, ...], size: int | None) -> None:
    _id, content, code, line, offset, words = case
    assert isinstance(content, bytes)
    loss = read(content, size).losses[-1]
    assert (loss.code, loss.line, loss.offset) == (code, line, offset)
    assert str(words) in loss.message


@pytest.mark.parametrize("size", [1, None], ids=repr)
@pytest.mark.parametrize(("counted", "line"), [(15, 3), (14, None)])
def test_far_into_a_file_there_is_an_offset_and_no_line(counted: int, line: int | None, size: int | None) -> None:
    with patch.object(encoding, "COUNTED", counted):
        loss = read(b'Name\r\n"a"\r\n"caf\xe9"\r\n', size).losses[-1]
    assert (loss.offset, loss.line) == (15, line)


@given(st.binary(max_size=40), st.integers(1, 7))
def test_bytes_are_utf8_or_refused_at_their_first_wrong_byte(content: bytes, size: int) -> None:
    content = b"a" * 4 + content
    document, pieces = Document(""), [content[at : at + size] for at in range(0, len(content), size)]
    try:
        expected: object = content.decode()
        expected = Unreadable if "\0" in str(expected) else expected
    except UnicodeDecodeError as problem:
        expected = problem.start if b"\0" not in content[: problem.start] else Unreadable
    whole: list[str] = []
    found: object = None
    try:
        whole.extend(piece.decode() for piece in to_utf8(pieces, document))
    except Unreadable as problem:
        found = problem.loss.offset if isinstance(expected, int) else Unreadable
    assert expected == ("".join(whole) if found is None else found)
    assert found is not None or document.is_ascii == content.isascii()


def test_a_line_without_an_end_is_refused_in_bounded_memory() -> None:
    taken = 0

    def endless() -> object:
        nonlocal taken
        yield b"Name,Id\r\n"
        while True:
            taken += 1 << 20
            yield b"x" * (1 << 20)

    from policylint.readers.document import open_document

    with pytest.raises(Unreadable, match="a line has more than 16 MB"):
        list(open_document(endless()).rows)  # type: ignore[arg-type]
    assert taken < 20 << 20


def test_a_file_of_every_row_is_the_same_in_each_encoding() -> None:
    rows = [{"Name": f"é{number}", "Id": str(number)} for number in range(300)]
    text = render_csv(rows)
    assert all(read(encoded(text, encoding), 100).values == rows for encoding in ENCODINGS)
