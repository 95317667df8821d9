"""How values are written, shown and compared, kind by kind."""

from __future__ import annotations

from typing import Any

import pytest

from policylint.schema import values
from policylint.schema.values import Unreadable
from policylint.text import fold
from tests.worlds import STORE

NO = object()
"""Stands for: is not a value of this kind."""

LEVELS = ("Allow", "Block", "Quarantine")

WRITTEN: list[tuple[str, str, bool, Any]] = [
    # kind, text, plain, canonical value
    ("bool", "true", True, True),
    ("bool", "false", True, False),
    *[
        ("bool", text, True, NO)
        for text in ("True", "TRUE", "yes", "no", "NO", "on", "off", "y", "1", "0", "$true", "")
    ],
    ("bool", "true", False, NO),
    *[("string", text, True, text) for text in ("NO", "off", "0123", "1E5", "16.10", "1:30", "true", " ")],
    *[("string", text, True, NO) for text in ("null", "~", "Null", "NULL", "")],
    ("string", "null", False, "null"),
    ("enum", "Allow", True, "Allow"),
    ("enum", "Allow", False, "Allow"),
    ("int", "0", True, 0),
    ("int", "6", True, 6),
    ("int", "-1", True, -1),
    *[("int", text, True, NO) for text in ("010", "0x10", "1E5", "1_000", "1.0", "+1", "", "null", "\u0666", "9" * 20)],
    ("int", "6", False, NO),
    ("unlimited-int", "Unlimited", True, "Unlimited"),
    ("unlimited-int", "Unlimited", False, "Unlimited"),
    ("unlimited-int", "8", True, 8),
    *[("unlimited-int", text, True, NO) for text in ("unlimited", "UNLIMITED", "08", "", "inf")],
    ("unlimited-int", "8", False, NO),
    ("unlimited-timespan", "00:15:00", True, "00:15:00"),
    ("unlimited-timespan", "00:15:00", False, "00:15:00"),
    ("unlimited-timespan", "90.00:00:00", True, "90.00:00:00"),
    ("unlimited-timespan", "0.00:15:00", True, "00:15:00"),
    ("unlimited-timespan", "007.00:00:00", True, "7.00:00:00"),
    *[
        ("unlimited-timespan", text, True, NO)
        for text in ("15:00", "15", "0:15:00", "24:00:00", "00:60:00", "00:00:60", "-00:15:00", "900", "00:15:00.5", "")
    ],
    ("timespan", "1.00:00:00", True, "1.00:00:00"),
    ("timespan", "Unlimited", True, NO),
    ("unlimited-bytes", "0", True, 0),
    ("unlimited-bytes", "5242880", True, 5_242_880),
    ("unlimited-bytes", "5MB", True, 5_242_880),
    ("unlimited-bytes", "5 MB", True, 5_242_880),
    ("unlimited-bytes", "5 MB", False, 5_242_880),
    ("unlimited-bytes", "5 mb", True, 5_242_880),
    ("unlimited-bytes", "512 KB", True, 524_288),
    ("unlimited-bytes", "1GB", True, 1_073_741_824),
    ("unlimited-bytes", "10 B", True, 10),
    ("unlimited-bytes", "Unlimited", True, "Unlimited"),
    *[
        ("unlimited-bytes", text, True, NO)
        for text in ("1.5 MB", "5 TB", "5,242,880", "-1", "MB", "5  MB", "unlimited")
    ],
    ("unlimited-bytes", "5242880", False, NO),
]

NULLS: list[tuple[str, str, bool, Any]] = [
    ("string", "null", True, None),
    ("string", "", False, None),
    ("string", "null", False, "null"),
    ("string", "~", False, "~"),
    *[(kind, text, True, NO) for kind in ("string", "policy-ref") for text in ("", "~", "Null", "NULL")],
    ("nullable-int", "null", True, None),
    ("nullable-int", "6", True, 6),
    *[("nullable-int", text, True, NO) for text in ("", "~", "Null", "none", "06")],
    *[("nullable-int", text, False, NO) for text in ("", "null", "6")],
    ("policy-ref", "null", True, None),
    ("policy-ref", "", False, None),
    ("policy-ref", "null", False, "null"),
    ("policy-ref", "Default", True, "Default"),
]


def identify(case: Any) -> str:
    """Return a name for a case."""
    return ascii(case) if isinstance(case, str) else "" if case is NO else str(case)


@pytest.mark.parametrize(("kind", "text", "plain", "expected"), WRITTEN, ids=identify)
def test_written(kind: str, text: str, plain: bool, expected: Any) -> None:
    value = values.from_yaml(kind, text, plain=plain, nullable=False)
    wanted = Unreadable(text) if expected is NO else expected
    assert (wanted, type(wanted)) == (value, type(value))


@pytest.mark.parametrize(("kind", "text", "plain", "expected"), NULLS, ids=identify)
def test_written_where_null_is_a_value(kind: str, text: str, plain: bool, expected: Any) -> None:
    value = values.from_yaml(kind, text, plain=plain, nullable=True)
    assert (Unreadable(text) if expected is NO else expected) == value


EMPTY: tuple[Any, ...] = (None, "", [], ())

SHOWN: list[tuple[str, Any, Any]] = [
    # kind, what a Get- cmdlet showed, canonical value
    *[("bool", raw, True) for raw in ("True", "true", "TRUE", True)],
    *[("bool", raw, False) for raw in ("False", "false", False)],
    *[("bool", raw, None) for raw in ("", None)],
    ("bool", "Maybe", "Maybe"),
    *[("enum", raw, "Quarantine") for raw in ("Quarantine", "quarantine", "QUARANTINE")],
    ("enum", "DeviceDiscovery", "DeviceDiscovery"),
    ("enum", "", None),
    *[("string", raw, None) for raw in ("", None)],
    ("string", " a ", " a "),
    ("string", "null", "null"),
    ("string", 5, "5"),
    *[("int", raw, 10) for raw in ("10", 10)],
    ("int", "ten", "ten"),
    *[("nullable-int", raw, None) for raw in ("", None)],
    *[("nullable-int", raw, 6) for raw in ("6", 6)],
    *[("unlimited-int", raw, "Unlimited") for raw in ("Unlimited", "unlimited", "UNLIMITED")],
    *[("unlimited-int", raw, 8) for raw in ("8", 8)],
    *[("unlimited-timespan", raw, "Unlimited") for raw in ("Unlimited", "unlimited")],
    ("unlimited-timespan", "00:15:00", "00:15:00"),
    ("unlimited-timespan", "90.00:00:00", "90.00:00:00"),
    ("timespan", "1.00:00:00", "1.00:00:00"),
    ("timespan", "1440", "1.00:00:00"),
    ("timespan", "9" * 5000, "9" * 5000),
    ("unlimited-timespan", "1440", "1440"),
    *[(kind, "9" * 5000, "9" * 5000) for kind in ("int", "unlimited-int", "unlimited-timespan", "unlimited-bytes")],
    *[
        ("unlimited-bytes", raw, 5_242_880)
        for raw in (
            "5 MB (5,242,880 bytes)",
            "5 MB (5.242.880 bytes)",
            "5 MB (5 242 880 bytes)",
            "5 MB (5\u00a0242\u00a0880 bytes)",
            "5 MB (5\u202f242\u202f880 bytes)",
            "5 MB (5'242'880 bytes)",
            "5 MB (5\u2019242\u2019880 bytes)",
            "5 MB (5242880 bytes)",
            "5 MB (52,42,880 bytes)",
            "5,120 KB (5,242,880 bytes)",
            "5\u202f120 KB (5\u202f242\u202f880 bytes)",
            "5'120 KB (5'242'880 bytes)",
            "5\u00a0MB (5\u00a0242\u00a0880\u00a0bytes)",
            "5 mb (5,242,880 Bytes)",
            "5242880",
            5_242_880,
        )
    ],
    ("unlimited-bytes", "1.465 GB (1,572,864,001 bytes)", 1_572_864_001),
    ("unlimited-bytes", "1,465 GB (1.572.864.001 bytes)", 1_572_864_001),
    ("unlimited-bytes", "0 B (0 bytes)", 0),
    ("unlimited-bytes", "unlimited", "Unlimited"),
    ("unlimited-bytes", "a lot", "a lot"),
    *[("strings", raw, ()) for raw in EMPTY],
    *[("strings", raw, ("a",)) for raw in ("a", ["a"], ("a",))],
    ("strings", ["a", "B"], ("a", "B")),
    ("strings", ["a", None, ""], ("a",)),
    *[("policy-ref", raw, None) for raw in ("", None)],
    ("policy-ref", "Default", "Default"),
]


@pytest.mark.parametrize(("kind", "raw", "expected"), SHOWN, ids=identify)
def test_shown(kind: str, raw: Any, expected: Any) -> None:
    value = values.from_live(kind, raw, LEVELS)
    assert (type(expected), expected) == (type(value), value)


SAME: list[tuple[str, Any, Any, bool]] = [
    ("strings", ("a", "b"), ("B", "A", "a"), True),
    ("strings", (), None, True),
    ("strings", ("a",), ("b",), False),
    ("strings", ("stra\u00dfe",), ("STRASSE",), False),
    ("policy-ref", "Default", "DEFAULT", True),
    ("policy-ref", "Default", None, False),
    ("enum", "Allow", "allow", True),
    ("string", "a", "A", False),
    ("string", None, None, True),
    ("bool", True, 1, False),
    ("int", 1, True, False),
    ("int", 0, False, False),
    ("unlimited-int", "Unlimited", 8, False),
    ("unlimited-timespan", "00:15:00", "00:15:00", True),
]


@pytest.mark.parametrize(("kind", "one", "other", "expected"), SAME, ids=identify)
def test_same(kind: str, one: Any, other: Any, expected: bool) -> None:
    assert [expected, expected] == [values.same(kind, one, other), values.same(kind, other, one)]


@pytest.mark.parametrize(("seconds", "text"), [
    (0, "00:00:00"), (59, "00:00:59"), (900, "00:15:00"), (86_399, "23:59:59"), (86_400, "1.00:00:00"),
    (730 * 86_400, "730.00:00:00"), (90_061, "1.01:01:01"),
])  # fmt: skip
def test_time_spans(seconds: int, text: str) -> None:
    assert (text, seconds) == (values.timespan_text(seconds), values.timespan_seconds(text))


@pytest.mark.parametrize(("one", "other", "equal"), [
    ("iPhone", "IPHONE", True), ("\u00e4", "\u00c4", True), ("\u03c3", "\u03c2", True), ("i", "\u0130", False),
    ("\u0131", "I", False), ("\u00df", "SS", False), ("\u00df", "\u1e9e", False), ("\ufb01", "FI", False),
    ("a ", "a", False), ("\U00010428", "\U00010400", True), ("", "", True),
])  # fmt: skip
def test_fold(one: str, other: str, equal: bool) -> None:
    assert equal == (fold(one) == fold(other))


def test_every_setting_reads_the_value_that_the_schema_says_is_its_default() -> None:
    for kind in STORE.object_types.values():
        for setting in kind.settings.values():
            if "default" in setting.schema:
                default = setting.schema["default"]
                assert default == setting.from_live(None if default is None else str(default)), setting.name
