"""The values that devices report, and which of them may be meant."""

from __future__ import annotations

from collections import Counter

import pytest

from policylint.lint.look_alikes import tidy, untidiness
from policylint.lint.observed import Values, has_wildcard, shape, skeleton

SEEN = Values(
    Counter({"iOS 17.4 21E219": 3, "iOS 18.1 22B83": 2, "Android": 2, "android": 1, "SM-G981B": 1}),
    ["Android", "Outlook for iOS and Android", "Palm"],
)


def test_values_are_found_without_regard_to_case() -> None:
    found = SEEN.find("ANDROID")
    assert found is not None
    assert (found.text, found.devices, found.rows) == ("Android", 3, 1)
    assert SEEN.spellings["ANDROID"] == {"Android", "android"}
    assert SEEN.find("Android 1") is None


def test_longer_values_come_by_their_devices() -> None:
    assert [seen.text for seen in SEEN.starting_with("ios")] == ["iOS 17.4 21E219", "iOS 18.1 22B83"]
    assert SEEN.starting_with("Android") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("SM G981B", "SM-G981B", id="sign"),
        pytest.param("SM\u2013G981B", "SM-G981B", id="dash"),
        pytest.param("OutlookforiOSandAndroid", "Outlook for iOS and Android", id="spaces"),
        pytest.param("iOS 17.5 21E219", None, id="another-version"),
        pytest.param("---", None, id="nothing-left"),
    ],
)
def test_values_that_differ_in_signs_are_alike(text: str, expected: str | None) -> None:
    found = SEEN.alike(text)
    assert (found.text if found else None) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Andriod", "Android", id="swapped"),
        pytest.param("Androd", "Android", id="left-out"),
        pytest.param("Androidd", "Android", id="doubled"),
        pytest.param("Amdroid", "Android", id="other-letter"),
        pytest.param("SM-G982B", None, id="other-number"),
        pytest.param("Pal", None, id="too-short-to-tell"),
        pytest.param("Symbian", None, id="another-word"),
    ],
)
def test_one_wrong_letter_is_forgiven(text: str, expected: str | None) -> None:
    found = SEEN.mistyped(text)
    assert (found.text if found else None) == expected


def test_a_value_of_known_shape_is_plausible() -> None:
    assert SEEN.is_plausible("iOS 19.0 23A100")
    assert SEEN.is_plausible("SM-S911B")
    assert not SEEN.is_plausible("iOS")
    assert not SEEN.is_plausible("Windows Phone 8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("iPhone14,2", "IPHONE14C2"),
        ("iPhone14C2", "IPHONE14C2"),
        ("Zo\u00eb's", "ZOES"),
        ("a_b", "AB"),
    ],
)
def test_skeletons(text: str, expected: str) -> None:
    assert skeleton(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("iPhone ", "iPhone"),
        ("a  b\tc", "a b c"),
        ("Outlook\u2011iOS/2.0", "Outlook-iOS/2.0"),
        ("e\u0301", "\u00e9"),
        ("plain", "plain"),
    ],
)
def test_texts_are_tidied(text: str, expected: str) -> None:
    assert tidy(text) == expected
    assert tidy(expected) == expected


def test_shapes_and_wildcards() -> None:
    assert shape("iOS 17.4 21E219") == "IOS # #"
    assert has_wildcard("HTC*")
    assert not has_wildcard("HTC")


@pytest.mark.parametrize(
    ("text", "expected", "what"),
    [
        ("iPhone\u200b", "iPhone", "holds the invisible U+200B zero width space"),
        ("SM\u00ad-G981B", "SM-G981B", "holds the invisible U+00AD soft hyphen"),
        ("iPhone\ufe0f", "iPhone", "holds the invisible U+FE0F variation selector-16"),
        ("iPh\u043ene", "iPhone", "holds U+043E cyrillic small letter o"),
        ("\u0410\u0412\u0421", "ABC", "holds U+0410 cyrillic capital letter a"),
        ("\uff29Phone", "IPhone", "holds U+FF29 fullwidth latin capital letter i"),
        ("Outlook\u00a0for iOS", "Outlook for iOS", "holds U+00A0 no-break space"),
        ("a  b", "a b", "holds more than one space in a row, or a tab"),
        (" a", "a", "begins with a space"),
    ],
)
def test_what_cannot_be_seen_is_named(text: str, expected: str, what: str) -> None:
    assert (expected, what) == (tidy(text), untidiness(text))


@pytest.mark.parametrize(
    "text", ["iPhone", "Außendienst", "Поле Frontline", "Ελλάδα", "日本 iPhone", "Móvil", "k\u0131z\u0131l"]
)
def test_other_languages_are_left_as_they_are(text: str) -> None:
    assert text == tidy(text)
