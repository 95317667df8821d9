"""The one reader of JSON: what RFC 8259 has and every reader takes for the same, and nothing else."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylint.strict_json import DEEPEST, MOST_DIGITS, parse_json

_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**17), 10**17), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=12,
)


@given(_VALUES, st.booleans())
def test_what_is_json_comes_back(value: object, ascii_only: bool) -> None:
    assert value == parse_json(json.dumps(value, ensure_ascii=ascii_only))


def nested(depth: int, begin: str = "[", end: str = "]") -> str:
    return begin * depth + "1" + end * depth


@pytest.mark.parametrize(
    "text",
    [
        nested(DEEPEST),
        nested(DEEPEST, '{"a":', "}"),
        "9" * MOST_DIGITS,
        "-" + "9" * MOST_DIGITS,
        '"\\ud83d\\ude00"',
        '{"a": {"b": 1}, "c": {"b": 1}}',
        ' {"a" :\t1}\r\n',
        json.dumps(["[" * 99, "{" * 99]),
    ],
)
def test_at_the_limit(text: str) -> None:
    assert json.loads(text) == parse_json(text)


REFUSED = [
    # id, the text, what is said
    ("empty", "", "line 1, column 1"),
    ("twice", '{"a": 1, "a": 1}', 'member "a" is there twice'),
    ("twice-deep", '[{"x": [{"a": 1, "b": 2, "a": 3}]}]', 'member "a" is there twice'),
    ("twice-spelled-otherwise", '{"a": 1, "\\u0061": 2}', 'member "a" is there twice'),
    ("nan", '{"a": NaN}', "`NaN` is not a whole number"),
    ("infinity", "[Infinity]", "`Infinity` is not a whole number"),
    ("minus-infinity", "[-Infinity]", "`-Infinity` is not a whole number"),
    ("beyond-float", "1e999", "`1e999` is not a whole number"),
    ("fraction", "1.0", "`1.0` is not a whole number"),
    ("digits", "1" * (MOST_DIGITS + 1), "more than 18 digits"),
    ("many-digits", "1" * 10_000, "more than 18 digits"),
    ("many-digits-below-zero", "-" + "1" * 10_000, "more than 18 digits"),
    ("arabic-digits", "\u0661", "line 1, column 1"),
    ("leading-zero", "01", "extra data"),
    ("before", 'x{"a": 1}', "line 1, column 1"),
    ("after", '{"a": 1} x', "extra data"),
    ("two-values", '{"a": 1}\n{"a": 1}', "line 2, column 1: extra data"),
    ("comma-at-the-end", '{"a": 1,}', "line 1"),
    ("comma-at-the-end-of-an-array", "[1,]", "line 1"),
    ("single-quotes", "{'a': 1}", "line 1"),
    ("comment", '{"a": 1} // x', "extra data"),
    ("raw-tab", '"a\tb"', "invalid control character"),
    ("raw-line-end", '"a\nb"', "invalid control character"),
    ("form-feed-between", '{"a":\f1}', "line 1"),
    ("no-break-space-between", '{"a":\u00a01}', "line 1"),
    ("byte-order-mark", "\ufeff{}", "line 1, column 1"),
    ("half-of-a-pair", '{"a": "x\\ud800"}', "half of a surrogate pair, U+D800"),
    ("half-of-a-pair-in-capitals", '["\\uDC00"]', "half of a surrogate pair, U+DC00"),
    ("half-of-a-pair-in-a-name", '{"\\udbff": 1}', "half of a surrogate pair, U+DBFF"),
    ("deep", nested(DEEPEST + 1), "deeper than 32 levels"),
    ("deep-objects", nested(DEEPEST + 1, '{"a":', "}"), "deeper than 32 levels"),
    ("deeper", nested(100_000), "deeper than 32 levels"),
    ("deeper-objects", nested(100_000, '{"a":', "}"), "deeper than 32 levels"),
]


@pytest.mark.parametrize(("text", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_not_json_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        parse_json(text)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


def test_many_members_are_counted_in_one_pass() -> None:
    names = [f'"{number}": 1' for number in range(100_000)]
    with pytest.raises(ValueError, match='member "99999" is there twice'):
        parse_json(f"{{{', '.join([*names, names[-1]])}}}")
