"""Ranges of versions, and the version in a value: what is read, and what is never guessed."""

from __future__ import annotations

import pytest

from policylint.devices.versions import Version, begins_with_family, read_range, version_after


def holds(words: str, value: str, family: str = "Android") -> bool | None:
    """Return whether a value is in a range; None where that cannot be told."""
    found = read_range(words)
    assert found is not None
    if not begins_with_family(value, family):
        return False
    version = version_after(value, family)
    return found.holds(version) if version is not None else None


@pytest.mark.parametrize(
    ("words", "inside", "outside"),
    [
        ("<14", ("13", "13.9.9", "4.4.2", "9"), ("14", "14.0", "14.1", "140")),
        ("<=14", ("13", "14", "14.1", "14.9.9"), ("15", "14000")),
        (">14", ("15", "15.0"), ("14", "14.1", "14.9.9", "4")),
        (">=14", ("14", "14.1", "15"), ("13.9", "9")),
        ("14", ("14", "14.0", "14.1.2"), ("13", "15", "140", "1")),
        ("=14", ("14", "14.1"), ("15",)),
        ("14.0", ("14", "14.0", "14.0.3"), ("14.1", "15")),
        ("<14.1", ("14", "14.0.9", "13"), ("14.1", "14.1.1", "14.10")),
        ("<14.10", ("14.9", "14.2"), ("14.10", "14.11")),
        (">=12.1, <14", ("12.1", "13", "12.10"), ("12", "12.0.9", "14")),
        (">=12.1 <14", ("12.1", "13"), ("12.0", "14")),
        (">= 12 , < 14", ("12", "13"), ("11", "14")),
        (">14 <12", (), ("11", "12", "13", "14", "15")),
    ],
)
def test_a_range_compares_number_by_number(words: str, inside: tuple[str, ...], outside: tuple[str, ...]) -> None:
    assert [True] * len(inside) == [holds(words, f"Android {version}") for version in inside]
    assert [False] * len(outside) == [holds(words, f"Android {version}") for version in outside]


@pytest.mark.parametrize(
    "words",
    ["", " ", "<", "14x", "1.", ".1", "<14;", "14-15", "older", "<14 or", "< 14<15", "1234567890", ",14", "~14"],
)
def test_what_is_no_range_is_not_read(words: str) -> None:
    assert read_range(words) is None


@pytest.mark.parametrize(
    ("value", "family", "version"),
    [
        ("Android 13", "Android", Version((13,))),
        ("android 13", "ANDROID", Version((13,))),
        ("Android 4.4.2.XXX", "Android", Version((4, 4, 2), whole=False)),
        ("iOS 17.4 21E219", "iOS", Version((17, 4))),
        ("iOS 7.0.4 11B554a", "iOS", Version((7, 0, 4))),
        ("iOS 8.1.1", "iOS", Version((8, 1, 1))),
        ("iPhone OS 4.2 8C148", "iPhone OS", Version((4, 2))),
        ("Android13", "Android", Version((13,))),
        ("Android v4.4", "Android", Version((4, 4))),
        ("Android 010", "Android", Version((10,))),
        ("Windows 10", "Windows", Version((10,))),
        ("Android", "Android", None),
        ("Android ", "Android", None),
        ("Android Tiramisu", "Android", None),
        ("Android 1x", "Android", None),
        ("Android 10 or 11", "Android", None),
        ("Android 10/11", "Android", None),
        ("Android 12 or v15", "Android", None),
        ("Android 12 (15)", "Android", None),
        ("Android 9 Pie/10", "Android", None),
        ("Android 13 to15", "Android", None),
        ("Android 13 & 15.", "Android", None),
        ("Android 12 -15", "Android", None),
        ("Android 13 SP1A.210812.016", "Android", Version((13,))),
        ("Android 10+", "Android", None),
        ("Android <13", "Android", None),
        ("Android 10-13", "Android", None),
        ("Android-13", "Android", None),
        ("Android ١٣", "Android", None),
        ("Android 1234567890", "Android", None),
        ("Android 1.1234567890", "Android", None),
        ("Windows Phone 8.1", "Windows", None),
        ("iOS 4,2", "iOS", None),
    ],
)
def test_the_version_of_a_value(value: str, family: str, version: Version | None) -> None:
    assert begins_with_family(value, family)
    assert version == version_after(value, family)


@pytest.mark.parametrize(
    ("value", "family"),
    [
        ("AndroidTV 11", "Android"),
        ("iPadOS 17", "iPad"),
        ("iOS", "iPadOS"),
        ("my Android 13", "Android"),
        ("iPhone OS 42", "iPhone OS 4"),
        ("", "Android"),
        ("Androïd 13", "Android"),
    ],
)
def test_another_name_is_another_family(value: str, family: str) -> None:
    assert not begins_with_family(value, family)


@pytest.mark.parametrize(
    ("words", "answer"), [("<4.4.2.5", None), ("<4.4.3", True), ("<4.4.2", False), ("4.4", True), ("4.4.2.0", None)]
)
def test_a_version_that_goes_on_with_letters_is_known_as_far_as_its_numbers(words: str, answer: bool | None) -> None:
    assert holds(words, "Android 4.4.2.XXX") is answer
