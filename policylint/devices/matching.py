"""Whether a text is what a condition says."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING

from policylint.devices.versions import begins_with_family, read_range, version_after
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from policylint.model.matcher import Condition, Matcher

    Test = Callable[[str], "bool | None"]
    """Whether a text is meant; None where it may be and nobody can tell."""

MOST = 256
"""How many characters the string of a rule has at most.

Source: https://learn.microsoft.com/powershell/module/exchangepowershell/new-activesyncdeviceaccessrule
"""

WILDCARD = regex(r"[*?]")
_CONTROL = regex(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BRACKETS = regex(r"[\[\]]")


def glob_problem(pattern: str) -> str | None:
    """Return why a pattern cannot be read, None where it can."""
    return "`[` and `]` mean nothing in it" if _BRACKETS.search(pattern) else None


def unfit(text: str) -> str | None:
    """Return why a value cannot be the string of a rule, None where it can."""
    if len(text) > MOST:
        return f"it is longer than {MOST} characters, and no rule can name it"
    if _CONTROL.search(text):
        return "it holds control characters, and no rule can name it"
    return "it begins or ends with a space, and no rule can name it" if text != text.strip() else None


def matcher_test(matcher: Matcher, lists: Mapping[str, Collection[str]]) -> Test:
    """Return what says whether a text is meant. `lists` are the folded texts of the files that it names."""
    wanted = _all_of(_tests(matcher.condition, lists))
    excluded = [_all_of(_tests(each, lists)) for each in matcher.excluded]

    def test(text: str) -> bool | None:
        answer = wanted(text)
        if answer is False:
            return False
        others = [each(text) for each in excluded]
        if True in others:
            return False
        return None if None in others else answer

    return test


def _tests(condition: Condition, lists: Mapping[str, Collection[str]]) -> Iterable[Test]:
    """Yield a test for each part of a condition, those that take longest last."""
    if condition.one_of is not None:
        yield _among(frozenset(map(fold, condition.one_of)))
    if condition.file is not None:
        yield _among(lists.get(condition.file, ()))
    if condition.family is not None:
        yield _of_family(condition.family, condition.version)
    if condition.glob is not None:
        pattern = re.compile(translate(fold(condition.glob)))
        yield lambda text: pattern.match(fold(text)) is not None


def _among(known: Collection[str]) -> Test:
    return lambda text: fold(text) in known


def _of_family(family: str, words: str | None) -> Test:
    versions = read_range(words) if words is not None else None

    def test(text: str) -> bool | None:
        if not begins_with_family(text, family):
            return False
        version = version_after(text, family)
        if version is None:
            return None
        return True if versions is None else versions.holds(version)

    return test


def _all_of(tests: Iterable[Test]) -> Test:
    known = tuple(tests)

    def test(text: str) -> bool | None:
        answer: bool | None = True
        for each in known:
            found = each(text)
            if found is False:
                return False
            answer = answer if found else None
        return answer

    return test
