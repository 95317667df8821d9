"""Every fuzzer of this folder, with a few inputs."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fuzz.driver import Finding, run_one, tried

if TYPE_CHECKING:
    from random import Random

FUZZERS = sorted(path.stem for path in Path(__file__).parent.glob("fuzz_*.py"))
INPUTS = 80


def test_there_are_fuzzers() -> None:
    assert {"fuzz_plan", "fuzz_snapshot"} <= {*FUZZERS}


@pytest.mark.parametrize("name", FUZZERS)
def test_some_inputs_find_nothing(name: str) -> None:
    fuzzer = import_module(f"tests.fuzz.{name}")
    findings = (run_one(fuzzer.fuzz, 0, number) for number in range(getattr(fuzzer, "INPUTS", INPUTS)))
    found = next((finding for finding in findings if finding is not None), None)
    assert found is None, found


def broken(random: Random) -> None:
    content = str(random.random())
    tried(content)
    raise KeyError(content)


def test_a_finding_can_be_made_again() -> None:
    first, again, other = (run_one(broken, 7, number) for number in (3, 3, 4))
    assert isinstance(first, Finding)
    assert isinstance(other, Finding)
    assert first == again
    assert first.content != other.content
    assert first.content.decode() in first.problem.splitlines()[-1]
