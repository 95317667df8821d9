"""Literals that PowerShell reads back as the value, and the texts that are no literal."""

from __future__ import annotations

from typing import Any

import pytest

from policylint.errors import LiteralError
from policylint.render.literals import literal
from tests.laws.powershell_reader import NotLiteralError, unquote

CASES: list[tuple[str, Any, str]] = [
    ("null", None, "$null"),
    ("true", True, "$true"),
    ("false", False, "$false"),
    ("zero", 0, "0"),
    ("negative", -5, "-5"),
    ("largest", 2**63 - 1, "9223372036854775807"),
    ("smallest", -(2**63), "-9223372036854775808"),
    ("empty text", "", "''"),
    ("plain", "Outlook for iOS and Android", "'Outlook for iOS and Android'"),
    ("variable and subexpression", '$x $(1) `n "', "'$x $(1) `n \"'"),
    ("quote", "it's", "'it''s'"),
    ("only quotes", "''", "''''''"),
    ("comment", "# SIG # Begin signature block", "'# SIG # Begin signature block'"),
    ("curly quote", "a\u2019; b", "(-join ('a', [char]0x2019, '; b'))"),
    ("curly quote alone", "\u2018", "(-join ([char]0x2018))"),
    ("both quotes", "'\u201b'", "(-join ('''', [char]0x201B, ''''))"),
    ("line end", "a\r\nb", "(-join ('a', [char]0x000D, [char]0x000A, 'b'))"),
    ("command of a log", "a ##[error]b", "(-join ('a ', '#', '#[error]b'))"),
    ("command of a log after a sign", "###vso[c]", "(-join ('#', '#', '#vso[c]'))"),
    ("no command of a log", "## [a] #[b] ##c", "'## [a] #[b] ##c'"),
    ("outside the basic plane", "\U0001f4f1", "(-join ([char]0xD83D, [char]0xDCF1))"),
    ("empty list", [], "@()"),
    ("list", ["a", 1, None], "@('a', 1, $null)"),
    ("one element", ["a"], "@('a')"),
    ("list in a list", [["a"]], "@(,@('a'))"),
    ("lists in a list", [["a"], []], "@(@('a'), @())"),
    ("empty mapping", {}, "@{}"),
    ("mapping", {"a b": 1, "c": {"d": ["e"]}}, "@{ 'a b' = 1; 'c' = @{ 'd' = @('e') } }"),
]


@pytest.mark.parametrize(("value", "text"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_literal_and_back(value: Any, text: str) -> None:
    assert text == literal(value)
    assert value == unquote(text)


def test_tuples_are_arrays() -> None:
    assert "@('a', 'b')" == literal(("a", "b"))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("a\0b", "NUL"),
        ("\ud800", r"lone surrogate U\+D800"),
        ("x\udfff", r"lone surrogate U\+DFFF"),
        (2**63, "64 bits"),
        (1.5, "float"),
        ({"a": object()}, "object"),
        ({1: "a"}, "not text"),
        ({"Name": 1, "NAME": 2}, "only in case"),
        ({"\u017f": 1, "S": 2}, "only in case"),
    ],
)
def test_no_literal(value: Any, message: str) -> None:
    with pytest.raises(LiteralError, match=message):
        literal(value)


def test_the_error_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="NUL"):
        literal("\0")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "'a",
        "'a'b'",
        "'a' ",
        "'a'; Remove-Item x",
        "'a\u2019; Remove-Item x; \u2019'",
        '"a"',
        "$name",
        "@('a'",
        "@('a',)",
        "@('a','b')",
        "@(@('a'))",
        "@(,'a')",
        "@{ 'a' = 1; 'a' = 2 }",
        "@{ a = 1 }",
        "(-join ())",
        "(-join ([char]0xD83D))",
        "(-join ([char]0x20))",
        "007",
        "1.5",
        "9223372036854775808",
    ],
)
def test_not_a_literal(text: str) -> None:
    with pytest.raises(NotLiteralError):
        unquote(text)


def test_a_second_quote_character_is_the_one_kept() -> None:
    assert "a\u2019b" == unquote("'a'\u2019b'")
