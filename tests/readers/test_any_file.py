"""Whatever a file holds, it is read the same in pieces of any size, and what cannot be read is refused in words."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.readers.reading import Reading, read
from tests.readers.render_rows import encoded, render_clixml, render_csv, render_format_list, render_m365dsc

ROWS: list[dict[str, Any]] = [
    {"Name": "a", "Ids": ["x", "y"], "IsDefault": True, "Note": None},
    {"Name": "é 😀, b", "Ids": [], "Note": "<z>"},
]
FILES = [
    encoded(text, encoding)
    for text, encoding in (
        (render_csv(ROWS, separator=";"), "utf-8-sig"),
        (render_csv(ROWS, quote_all=False), "utf-16-le"),
        (render_format_list(ROWS, width=18), "utf-8"),
        (render_clixml(ROWS * 3), "utf-8"),
        (render_clixml(ROWS, as_list=True), "utf-16-be"),
        (render_m365dsc(ROWS, "EXOActiveSyncDeviceAccessRule"), "utf-16-le"),
    )
]
PARTS = [
    b'"',
    b",",
    b";",
    b"\n",
    b"\r",
    b"\0",
    b" : ",
    b"{",
    b"}",
    b"<",
    b">",
    b"&",
    b"`",
    b"$",
    b"@(",
    b"'",
    b"\xff",
    b"----",
]


def all_of(found: Reading) -> object:
    document = found.document
    return found.rows, found.losses, document.format, document.encoding, document.says_none, document.is_ascii


@settings(max_examples=examples(100))
@given(
    st.sampled_from(FILES),
    st.lists(st.tuples(st.integers(0, 2000), st.sampled_from(PARTS) | st.binary(max_size=3), st.integers(0, 60))),
    st.integers(1, 300),
)
def test_a_file_in_pieces_is_the_file(content: bytes, changes: list[tuple[int, bytes, int]], size: int) -> None:
    for place, put_in, taken_out in changes[:4]:
        content = content[:place] + put_in + content[place + taken_out :]
    whole = read(content)
    assert repr(all_of(whole)) == repr(all_of(read(content, size)))
    assert all(loss.message.isprintable() and len(loss.message) < 300 for loss in whole.losses)
