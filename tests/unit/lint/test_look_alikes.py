"""Characters that cannot be seen, and those that look like others: where they stand, and what was meant."""

from __future__ import annotations

import pytest
from hypothesis import given

from policylint.devices.confusables import described, invisible, is_odd, look_alikes, replaced, tidy, untidiness
from tests.strategies import TEXTS


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        pytest.param("iPhone\u200b", "iPhone", "U+200B zero width space as character 7", id="zero-width-space"),
        pytest.param("iPh\u200done", "iPhone", "U+200D zero width joiner as character 4", id="joiner"),
        pytest.param("SM\u00ad-G981B", "SM-G981B", "U+00AD soft hyphen as character 3", id="soft-hyphen"),
        pytest.param("\u2060Android", "Android", "U+2060 word joiner as character 1", id="word-joiner"),
        pytest.param("iPhone\ufe0f", "iPhone", "U+FE0F variation selector-16 as character 7", id="selector"),
        pytest.param("i\u3164Phone", "iPhone", "U+3164 hangul filler as character 2", id="filler"),
        pytest.param("a\u034fb", "ab", "U+034F combining grapheme joiner as character 2", id="grapheme-joiner"),
        pytest.param("\u200b", "", "U+200B zero width space as character 1", id="nothing-else"),
        pytest.param("a\u200bb\u200bc", "abc", "U+200B zero width space as character 2, and 1 more", id="two"),
        pytest.param("a\U000e0041b", "ab", "U+E0041 tag latin capital letter a as character 2", id="tag"),
    ],
)
def test_what_cannot_be_seen_is_found(text: str, expected: str, words: str) -> None:
    odd = invisible(text)
    assert (expected, words) == (replaced(text, odd), described(text, odd))
    assert is_odd(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("iPhone", id="plain"),
        pytest.param("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", id="persian-spelling"),
        pytest.param("\u0915\u094d\u200d\u0937", id="hindi-spelling"),
        pytest.param("\u260e\ufe0f Frontline", id="picture"),
        pytest.param("\u845b\U000e0100\u98fe", id="japanese-name"),
    ],
)
def test_what_belongs_to_a_letter_of_another_script_is_left(text: str) -> None:
    assert {} == invisible(text)


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        pytest.param("iPh\u043ene", "iPhone", "U+043E cyrillic small letter o as character 4", id="cyrillic"),
        pytest.param("\u0391ndroid", "Android", "U+0391 greek capital letter alpha as character 1", id="greek"),
        pytest.param("\uff29Phone", "IPhone", "U+FF29 fullwidth latin capital letter i as character 1", id="wide"),
        pytest.param(
            "\uff33\uff2d", "SM", "U+FF33 fullwidth latin capital letter s as character 1, and 1 more", id="all-wide"
        ),
        pytest.param("iPhone\uff11", "iPhone1", "U+FF11 fullwidth digit one as character 7", id="wide-digit"),
        pytest.param("Outlook\u00a0for iOS", "Outlook for iOS", "U+00A0 no-break space as character 8", id="nbsp"),
        pytest.param("a\u2003b", "a b", "U+2003 em space as character 2", id="em-space"),
        pytest.param(
            "Outlook \u0420\u0421", "Outlook PC", "U+0420 cyrillic capital letter er as character 9, and 1 more",
            id="a-word-of-them-beside-latin",
        ),
        pytest.param(
            "C\u043b\u0443\u0436\u0431\u0430", "\u0421\u043b\u0443\u0436\u0431\u0430",
            "U+0043 latin capital letter c as character 1", id="latin-in-a-cyrillic-word",
        ),
        pytest.param(
            "\u0395\u03bb\u03bb\u03acdo\u03c2", None, None, id="latin-without-a-twin-is-no-mistake",
        ),
    ],
)  # fmt: skip
def test_what_looks_like_another_letter_is_found(text: str, expected: str | None, words: str | None) -> None:
    odd = look_alikes(text)
    assert (expected, words) == ((replaced(text, odd), described(text, odd)) if odd else (None, None))


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        pytest.param("SM\u2013G981B", "SM-G981B", "U+2013 en dash as character 3", id="dash"),
        pytest.param("Outlook\u2011iOS", "Outlook-iOS", "U+2011 non-breaking hyphen as character 8", id="hyphen"),
        pytest.param("John\u2019s", "John's", "U+2019 right single quotation mark as character 5", id="quote"),
        pytest.param("\u201ca\u201d", '"a"', "U+201C left double quotation mark as character 1, and 1 more", id="two"),
        pytest.param("SM\uff0dG981B", "SM-G981B", "U+FF0D fullwidth hyphen-minus as character 3", id="wide"),
        pytest.param("a\u3000b", "a b", "U+3000 ideographic space as character 2", id="ideographic-space"),
    ],
)  # fmt: skip
def test_typographic_signs_are_found_where_devices_report_the_text(text: str, expected: str, words: str) -> None:
    odd = look_alikes(text, signs=True)
    assert (expected, words) == (replaced(text, odd), described(text, odd))
    assert {} == look_alikes(text), "a name may hold them"


@pytest.mark.parametrize(
    "text",
    [
        *("iPhone", "Au\u00dfendienst", "M\u00f3vil", "k\u0131z\u0131l", "\u65e5\u672c iPhone"),
        *("\u041f\u043e\u043b\u0435 Frontline", "\u0395\u03bb\u03bb\u03ac\u03b4\u03b1", "\u041d\u043e\u0441"),
        *("\u0420\u0421-1234", "\u55b6\u696d\uff21\uff22\uff23"),
    ],
)
def test_other_languages_are_left_as_they_are(text: str) -> None:
    assert ({}, {}) == (invisible(text), look_alikes(text))
    assert text == tidy(text)


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        pytest.param("iPhone ", "iPhone", "ends with a space", id="end"),
        pytest.param(" a", "a", "begins with a space", id="beginning"),
        pytest.param("a  b\tc", "a b c", "contains more than one space in a row, or a tab", id="within"),
        pytest.param("a\nb", "a b", "contains more than one space in a row, or a tab", id="line"),
        pytest.param("e\u0301", "\u00e9", "contains a letter and its accent as two characters", id="accent"),
    ],
)
def test_texts_are_tidied(text: str, expected: str, words: str) -> None:
    assert (expected, words) == (tidy(text), untidiness(text))
    assert expected == tidy(expected)
    assert is_odd(text)


def test_a_plain_text_is_not_odd() -> None:
    assert not is_odd("Outlook for iOS and Android")


@given(TEXTS)
def test_what_is_mended_is_found_no_more(text: str) -> None:
    seen = replaced(text, invisible(text))
    assert {} == invisible(seen)
    meant = replaced(seen, look_alikes(seen, signs=True))
    assert {} == look_alikes(meant, signs=True)
    assert tidy(meant) == tidy(tidy(meant))
