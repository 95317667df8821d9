"""How benchmarks measure: the least of several runs, beside a named reference in the same run."""

from __future__ import annotations

import resource
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


def seconds(work: Callable[[], object], runs: int = 5) -> float:
    """Return the least wall time of a piece of work."""
    least = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - start)
    return least


def process(command: Sequence[str], folder: Path | None = None, runs: int = 15) -> tuple[float, float]:
    """Return the least wall time and the least processor time of a command."""
    wall = cpu = float("inf")
    for _ in range(runs):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        wall = min(wall, time.perf_counter() - start)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = min(cpu, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return wall, cpu


def report(name: str, value: float, reference: float, budget: float) -> None:
    """Print a line: milliseconds, the ratio to the reference, and the budget."""
    ratio = value / reference
    verdict = "within" if ratio <= budget else "OVER"
    print(f"{name:<44} {value * 1000:9.1f} ms {ratio:7.2f} x   {verdict} {budget} x")
