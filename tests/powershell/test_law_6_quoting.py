"""Law 6 against the real engine: the literal evaluates to the value, and is nothing but data to its parser."""

from __future__ import annotations

import base64
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policylint.render.literals import literal
from tests.examples import examples
from tests.laws.powershell_reader import NotLiteralError, unquote
from tests.laws.test_law_6_quoting import HARD, texts, values
from tests.powershell.exchange import HERE

if TYPE_CHECKING:
    from collections.abc import Iterator


class Engine:
    """One PowerShell process that evaluates literals."""

    def __init__(self, pwsh: str) -> None:
        self.process = subprocess.Popen(
            [pwsh, "-NoProfile", "-NonInteractive", "-File", str(HERE / "evaluate.ps1")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def evaluate(self, source: str) -> str:
        """Return what the engine makes of a literal, in the form of `shown`."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(base64.b64encode(source.encode("utf-8")).decode("ascii") + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def engine(pwsh: str) -> Iterator[Engine]:
    """Return an engine for all tests of this file."""
    started = Engine(pwsh)
    yield started
    started.close()


def shown(value: Any) -> str:
    """Return a value in the form in which the engine reports it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"bool:{value}"
    if isinstance(value, int):
        return f"int:{value}"
    if isinstance(value, str):
        return "text:" + value.encode("utf-16-be").hex()
    if isinstance(value, dict):
        return "{" + ",".join(f"{shown(key)}={shown(value[key])}" for key in sorted(value, key=str.lower)) + "}"
    return "[" + ",".join(shown(item) for item in value) + "]"


@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batch=st.lists(texts, min_size=20, max_size=40))
def test_texts(engine: Engine, batch: list[str]) -> None:
    assert shown(batch) == engine.evaluate(literal(batch))


@settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=values)
def test_values(engine: Engine, value: Any) -> None:
    assert shown(value) == engine.evaluate(literal(value))


def test_characters_of_the_basic_plane(engine: Engine) -> None:
    # All that holds quotes, dashes, spaces, controls and compatibility forms; of the ideographs and syllables a sample.
    codes = [*range(1, 0x3100), *range(0x3100, 0xD800, 61), *range(0xE000, 0xF900, 61), *range(0xF900, 0x10000)]
    allowed = [chr(code) for code in codes]
    for start in range(0, len(allowed), 512):
        batch = "".join(allowed[start : start + 512])
        assert shown(batch) == engine.evaluate(literal(batch))


def test_each_hard_character_between_plain_ones(engine: Engine) -> None:
    batch = [f"a{one}b{two}c" for one in HARD for two in HARD]
    assert shown(batch) == engine.evaluate(literal(batch))


@settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(inner=st.text(st.sampled_from("'\u2018\u2019\u201a\u201b;x "), max_size=12))
def test_unquote_scans_strings_as_the_engine_does(engine: Engine, inner: str) -> None:
    source = f"'{inner}'"
    try:
        value = unquote(source)
    except NotLiteralError:
        assert not engine.evaluate(source).startswith("text:")
    else:
        assert shown(value) == engine.evaluate(source)
