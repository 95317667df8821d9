"""The values that devices report, and which of them may be meant."""

from __future__ import annotations

from collections import Counter

import pytest

from policylint.devices.observed import LONGEST, MOST_FORMS, ObservedValues, has_wildcard, shape, skeleton

SEEN = ObservedValues(
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


def test_shapes_and_wildcards() -> None:
    assert shape("iOS 17.4 21E219") == "IOS # #"
    assert has_wildcard("HTC*")
    assert not has_wildcard("HTC")


LONG = ["x" * 30_000, "iOS 17." + "9" * 5_000, "a" + " " * 30_000 + "!", "\u0435" * 10_000]


@pytest.mark.parametrize("text", LONG, ids=["agent", "digits", "spaces", "letters"])
def test_what_is_too_long_is_known_as_a_whole_only(text: str) -> None:
    values = ObservedValues(Counter({text: 1, "Android": 1}), [])
    found = values.find(text)
    assert found is not None
    assert text == found.text
    assert values.mistyped(text[1:]) is None
    assert values.mistyped("Androd") is not None
    assert [] == [value for values in values.families.values() for _, value in values]
    assert sum(map(len, values._shortened)) < LONGEST**2


def test_the_texts_kept_for_typing_errors_are_limited() -> None:
    values = ObservedValues(Counter({f"{number:0{LONGEST}}": 1 for number in range(2 * MOST_FORMS // LONGEST)}), [])
    assert len(values._shortened) <= MOST_FORMS + MOST_FORMS // LONGEST
