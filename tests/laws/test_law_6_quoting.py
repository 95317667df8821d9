"""Law 6: for every value, the emitted literal evaluates to that value and to nothing else."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from policylint.render.literals import SINGLE_QUOTES, literal
from tests.laws.powershell_reader import NotLiteralError, unquote


def _keys_differ_ignoring_case(mapping: dict[str, Any]) -> bool:
    return len({key.lower() for key in mapping}) == len(mapping)


HARD = (
    SINGLE_QUOTES
    + '"\u201c\u201d\u201e`$@#;|&(){}[],=-\u2013\u2014 \t\r\n\u00a0\u0085\u2028\ufeff\u202e\U0001f4f1\U0010ffff'
)
characters = st.one_of(st.sampled_from(HARD), st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
texts = st.text(characters, max_size=40)
names = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,12}", fullmatch=True)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), texts)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4).filter(_keys_differ_ignoring_case)
    ),
    max_leaves=12,
)


@given(values)
def test_unquote_undoes_literal(value: Any) -> None:
    assert value == unquote(literal(value))


@given(values)
def test_a_literal_is_one_line_of_printable_ascii(value: Any) -> None:
    text = literal(value)
    assert text.isascii()
    assert text.isprintable()


@given(texts)
def test_all_data_stands_between_ascii_quotes(text: str) -> None:
    outside = "".join(literal(text).replace("''", "").split("'")[::2])
    assert set(outside) <= set("(-join [char]0x,)") | set("0123456789ABCDEF")


@given(texts, texts)
def test_different_texts_have_different_literals(left: str, right: str) -> None:
    assert (left == right) == (literal(left) == literal(right))


@given(st.text(max_size=20))
def test_unquote_never_guesses(text: str) -> None:
    try:
        value = unquote(text)
    except NotLiteralError:
        return
    assert text == literal(value)
