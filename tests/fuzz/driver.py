"""Runs a fuzzer: many inputs, each with a seed of its own, so that any of them can be made again alone."""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
import traceback
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from policylint.errors import PolicylintError

Fuzzer: TypeAlias = "Callable[[Random], None]"
"""Makes one input, gives it to the product, and raises where that is a finding. `tried` says what the input is."""

MOST_SECONDS = 20.0
"""How long one input may take."""

LONGEST_MESSAGE = 1000

_INPUT: list[bytes] = [b""]


class Finding(NamedTuple):
    """An input that the product does not stand: how it was made, what it is, and what came of it."""

    seed: int
    number: int
    content: bytes
    problem: str


def tried(content: bytes | str) -> None:
    """Note what the input of the running fuzzer is, for a finding to show."""
    _INPUT[0] = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content


def check_refusal(problem: PolicylintError) -> None:
    """Raise AssertionError where a refusal is not what a person can read: one line, and not the whole file."""
    assert problem.message.strip()
    assert len(problem.message) < LONGEST_MESSAGE, f"a message of {len(problem.message)} characters"


def run_one(fuzzer: Fuzzer, seed: int, number: int) -> Finding | None:
    """Return what one input finds, None where the product stands it."""
    _INPUT[0] = b""
    start = time.monotonic()
    try:
        fuzzer(Random(f"{seed} {number}"))
    except Exception:
        return Finding(seed, number, _INPUT[0], traceback.format_exc())
    taken = time.monotonic() - start
    return Finding(seed, number, _INPUT[0], f"took {taken:.0f} seconds") if taken > MOST_SECONDS else None


def main(fuzzer: Fuzzer) -> int:
    """Run a fuzzer as the command line says, print inputs and findings, and return 1 where there is a finding."""
    parser = argparse.ArgumentParser(description=fuzzer.__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long to go on")
    parser.add_argument("--inputs", type=int, default=None, help="how many inputs to make at most")
    parser.add_argument("--seed", type=int, default=0, help="another seed makes other inputs")
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    options = parser.parse_args()
    end = time.monotonic() + options.seconds
    inputs, problems = 0, set()
    for number in itertools.count(options.first):
        if time.monotonic() > end or inputs == options.inputs:
            break
        inputs += 1
        finding = run_one(fuzzer, options.seed, number)
        if finding is None or (last := finding.problem.splitlines()[-1]) in problems:
            continue
        problems.add(last)
        _show(finding)
    print(f"{inputs:,} inputs, {len(problems)} different findings (seed {options.seed})")
    return 1 if problems else 0


def _show(finding: Finding) -> None:
    with tempfile.NamedTemporaryFile(prefix="policylint-fuzz-", delete=False) as file:
        file.write(finding.content)
    print(finding.problem)
    print(f"  the input is in {Path(file.name)}; again: --seed {finding.seed} --first {finding.number} --inputs 1")
