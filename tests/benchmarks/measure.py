"""How benchmarks measure: the least of several runs, beside a named reference in the same run."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from tests.sealed import seal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from tests.sealed import Row


class Cost(NamedTuple):
    """What a command takes: seconds, those of the user, those of the processor, and the most MB of a process."""

    wall: float
    user: float
    cpu: float
    memory: float


_MEASURE = """\
import json, os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
wall = time.perf_counter() - start
user, cpu, memory = usage.ru_utime, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
print(json.dumps([os.waitstatus_to_exitcode(status), wall, user, cpu, memory]))
"""


def cost(
    command: Sequence[str],
    folder: Path,
    runs: int = 1,
    environment: Mapping[str, str] | None = None,
    codes: Collection[int] = (0,),
) -> Cost:
    """Return the least that a command takes in some runs, started by a process that is small itself.

    With it count the processes that it starts and waits for. It must end with one of the exit codes.
    """
    measured, costs = (sys.executable, "-c", _MEASURE, *command), []
    for _ in range(runs):
        done = subprocess.run(measured, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE)
        code, *figures = json.loads(done.stdout)
        assert code in codes, (command, code)
        costs.append(Cost(*figures))
    return Cost(*map(min, zip(*costs, strict=True)))


def write_repository(folder: Path, config: str, policy: str, mailboxes: Sequence[Row], devices: Sequence[Row]) -> None:
    """Write a repository of one policy file, with a snapshot of mailboxes and devices."""
    (folder / ".git").mkdir()
    (folder / "policy").mkdir()
    (folder / "policylint.yaml").write_text(config, encoding="utf-8")
    (folder / "policy" / "policy.yaml").write_text(policy, encoding="utf-8")
    organization: Row = {"Identity": "Mobile Mailbox Settings", "DefaultAccessLevel": "Quarantine"}
    live = seal(
        organization=organization,
        deviceAccessRules=[],
        mobileDeviceMailboxPolicies=[],
        mailboxes=mailboxes,
        devices=devices,
    )
    (folder / "live.json").write_bytes(live)


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
