"""The values that devices report, and which of them may be meant."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest

from policylint.devices.observed import (
    LONGEST,
    MOST_FORMS,
    MOST_NEAR,
    ObservedValue,
    ObservedValues,
    has_wildcard,
    shape,
    skeleton,
)

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


def compared(values: ObservedValues) -> list[ObservedValue]:
    """Return the values that texts are compared with letter by letter."""
    return [seen for each in values._by_letters.values() for _, seen in each]


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
    assert sum(len(seen.text) for seen in compared(values)) < LONGEST**2


def test_the_texts_kept_for_typing_errors_are_limited() -> None:
    values = ObservedValues(Counter({f"{number:0{LONGEST}}": 1 for number in range(2 * MOST_FORMS // LONGEST)}), [])
    assert 0 < sum(len(seen.text) for seen in compared(values)) <= MOST_FORMS


def _shorter(text: str) -> list[str]:
    return [text, *(text[:at] + text[at + 1 :] for at in range(len(text)))]


def _mistyped(values: ObservedValues, text: str) -> ObservedValue | None:
    """Return the value that was probably meant, by looking at every value."""
    near: set[ObservedValue] = set()
    for short in _shorter(text):
        near.update([seen for seen in values.frequent for each in _shorter(seen.text) if each == short][:MOST_NEAR])
    letters = re.sub("[0-9]+", "", text)
    near = {seen for seen in near if re.sub("[0-9]+", "", seen.text) != letters}
    return min(near, key=lambda seen: seen.order, default=None)


def test_few_values_are_compared_and_the_same_is_found() -> None:
    chance, found = random.Random(17), 0
    for _ in range(60):
        words = {"".join(chance.choices("AB12", k=chance.randint(4, 7))) for _ in range(chance.choice((3, 60)))}
        values = ObservedValues({word: chance.randint(1, 5) for word in sorted(words)}, ["AB12AB", "AABB"])
        for text in ("".join(chance.choices("AB12", k=chance.randint(4, 7))) for _ in range(8)):
            expected = _mistyped(values, text)
            assert values.mistyped(text) == expected
            found += expected is not None
    assert 50 < found < 430


@pytest.mark.parametrize("number", [5, 400], ids=["few", "many"])
def test_the_values_in_a_text_are_found_by_their_lengths(number: int) -> None:
    chance = random.Random(number)
    words = sorted({"".join(chance.choices("AB", k=chance.randint(2, 9))) for _ in range(number)})
    values = ObservedValues(Counter(words), [])
    for text in ("".join(chance.choices("AB", k=chance.choice((6, 12, 90)))) for _ in range(30)):
        within = [seen.text for seen in values.within(text)]
        assert within == sorted((word for word in words if len(word) > 3 and word in text), key=lambda w: (-len(w), w))
        assert [seen.text for seen in values.containing(text)] == [word for word in words if text in word]


def test_lower_versions_are_counted_with_their_devices() -> None:
    values, devices = SEEN.below("IOS", (18,))
    assert ([seen.text for seen in values], devices) == (["iOS 17.4 21E219"], 3)
    assert [len(SEEN.below("IOS", version)[0]) for version in ((17,), (17, 5), (19,))] == [0, 1, 2]
    assert SEEN.below("PALMOS", (1,)) == ((), 0)
