"""Thousands of rule steps of the converging script in the real engine, beside a bare loop that calls the same cmdlet.

The cmdlets are those of the tests' fake. Their own time is left out, so nothing else should run. Needs pwsh on PATH.
Run: python -m tests.benchmarks.bench_converge [STEPS ...]
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.powershell import scenes
from tests.powershell.exchange import Exchange
from tests.powershell.scenes import change, converge, plan, step

if TYPE_CHECKING:
    from tests.powershell.exchange import Result, State

STEPS = (1_000, 10_000)
LOOP = """\
foreach ($number in 1..{number}) {{
    $name = "Model $($number % {rules}) (DeviceModel)"
    Set-ActiveSyncDeviceAccessRule -Identity $name -AccessLevel Block -Confirm:$false
}}
exit 0
"""


def live(number: int) -> State:
    """Return an organization with rules for two thirds of the steps."""
    made = scenes.scene()
    rules = (scenes.rule(1000 + each, "DeviceModel", f"Model {each}", "Allow") for each in range(number * 2 // 3))
    return made | {"deviceAccessRules": list(rules)}


def script(number: int) -> str:
    """Return the script of a plan that creates, changes and deletes a third each."""
    third = number // 3
    steps: list[dict[str, Any]] = []
    for each in range(number - 2 * third):
        target = {"Characteristic": "DeviceModel", "QueryString": f"New {each}"}
        steps.append(step("create", "deviceAccessRule", target, change("AccessLevel", "enum", None, "Block")))
    for each in range(2 * third):
        target = {"Characteristic": "DeviceModel", "QueryString": f"Model {each}"}
        action, after = ("update", "Quarantine") if each < third else ("delete", None)
        steps.append(step(action, "deviceAccessRule", target, change("AccessLevel", "enum", "Allow", after)))
    return converge(plan(*steps))


def processor_seconds(process: int) -> float:
    """Return the processor time that a process has taken so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(exchange: Exchange, text: str, state: State, arguments: dict[str, Any] | None) -> tuple[float, float]:
    """Return the processor time and the wall time of a script, both without what the cmdlets took."""
    cpu, start = processor_seconds(exchange.process.pid), time.perf_counter()
    result: Result = exchange.run(text, state, arguments)
    wall = time.perf_counter() - start
    assert result.exit_code == 0, (result.errors, result.thrown)
    took = result.milliseconds / 1000
    return processor_seconds(exchange.process.pid) - cpu - took, wall - took


def main() -> None:
    numbers = tuple(map(int, sys.argv[1:])) or STEPS
    pwsh = shutil.which("pwsh")
    assert pwsh is not None, "no pwsh on PATH"
    with tempfile.TemporaryDirectory() as name:
        exchange = Exchange(pwsh, Path(name))
        measure(exchange, script(3), live(3), None)
        spent = {}
        for number in numbers:
            loop = LOOP.format(number=number, rules=number * 2 // 3)
            bare, _ = measure(exchange, loop, live(number), {})
            spent[number], wall = measure(exchange, script(number), live(number), None)
            print(
                f"{number:7,} steps {spent[number]:8.2f} s of processor, {spent[number] / number * 1000:6.2f} ms"
                f" a step, {wall:8.2f} s; {spent[number] / bare:5.1f} x a bare loop ({bare:.2f} s)",
                flush=True,
            )
        first, last = numbers[0], numbers[-1]
        print(f"{last / first:.0f} x the steps take {spent[last] / spent[first]:.1f} x the processor time")
        exchange.close()


if __name__ == "__main__":
    main()
