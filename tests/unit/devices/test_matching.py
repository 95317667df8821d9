"""Whether a value is what an entry names: yes, no, or not to be told."""

from __future__ import annotations

import pytest

from policylint.devices.matching import matcher_test, unfit
from policylint.model.matcher import Condition, Matcher

ANDROID = Condition(family="Android", version="<14")


@pytest.mark.parametrize(
    ("matcher", "value", "answer"),
    [
        (Matcher(ANDROID), "Android 13", True),
        (Matcher(ANDROID), "Android 14", False),
        (Matcher(ANDROID), "Android", None),
        (Matcher(Condition(family="Android")), "Android 99", True),
        (Matcher(Condition(glob="iPhone*")), "iphone15C2", True),
        (Matcher(Condition(glob="iPhone*")), "my iPhone", False),
        (Matcher(Condition(glob="iPhone1?C2")), "iPhone15C2", True),
        (Matcher(Condition(glob="iPhone1?C2")), "iPhone1C2", False),
        (Matcher(Condition(glob="TouchDown(*)/8.*")), "TouchDown(MSRPC)/8.1.00020/", True),
        (Matcher(Condition(glob="a.c")), "abc", False),
        (Matcher(Condition(one_of=("iPhone", "iPad"))), "IPAD", True),
        (Matcher(Condition(one_of=("iPhone", "iPad"))), "iPod", False),
        (Matcher(Condition(glob="i*", one_of=("iPhone", "Android"))), "Android", False),
        (Matcher(Condition(family="Android", glob="*3")), "Android 13", True),
        (Matcher(Condition(family="Android", glob="*3")), "Android 12", False),
        (Matcher(Condition(family="Android"), (ANDROID,)), "Android 13", False),
        (Matcher(Condition(family="Android"), (ANDROID,)), "Android 14", True),
        (Matcher(Condition(glob="Android*"), (ANDROID,)), "Android", None),
        (Matcher(Condition(glob="*"), (ANDROID, Condition(one_of=("Android",)))), "Android", False),
    ],
)
def test_what_a_matcher_says_of_a_value(matcher: Matcher, value: str, answer: bool | None) -> None:
    assert matcher_test(matcher, {})(value) is answer


def test_many_stars_take_no_longer_than_the_text() -> None:
    assert matcher_test(Matcher(Condition(glob="*a" * 60 + "b")), {})("a" * 5000) is False


@pytest.mark.parametrize("value", ["a" * 257, "a\x00b", "a\nb", " a", "a ", "a\u2028b", "\x1b[31m"])
def test_what_no_rule_can_name(value: str) -> None:
    assert unfit(value)


@pytest.mark.parametrize("value", ["a" * 256, "a b", "Привет", "TouchDown(MSRPC)/8.1.00020/"])
def test_what_a_rule_can_name(value: str) -> None:
    assert unfit(value) is None
