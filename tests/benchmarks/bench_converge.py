"""Thousands of steps of the converging script in the real engine, beside a bare loop that makes the same calls.

The cmdlets are those of the tests' fake, and the script waits nowhere. Processor time of the whole process counts, that
of the cmdlets in both. It prints the bytes of a step too, and the memory of the process. Needs pwsh on PATH.
Run: python -m tests.benchmarks.bench_converge [STEPS ...]
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.powershell import scenes
from tests.powershell.exchange import Exchange
from tests.powershell.scenes import change, converge, plan, step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.powershell.exchange import State

STEPS = (1_000, 10_000)
LOOP = """\
$rules = @(Get-ActiveSyncDeviceAccessRule)
foreach ($number in 1..{number}) {{
    $guid = $rules[$number % {rules}].Guid
    [void](Get-ActiveSyncDeviceAccessRule -Identity $guid)
    Set-ActiveSyncDeviceAccessRule -Identity $guid -AccessLevel {level} -Confirm:$false
    [void](Get-ActiveSyncDeviceAccessRule -Identity $guid)
}}
exit 0
"""
"""Reads each rule, changes it, and reads it back, as the script does."""

ROW = re.compile(r"^        ,?(@\('s[0-9]+', '(\w+)', '(\w+)'.*\)),?\r$", re.MULTILINE)


def live(number: int) -> State:
    """Return an organization with rules for two thirds of the steps."""
    made = scenes.scene()
    rules = (scenes.rule(1000 + each, "DeviceModel", f"Model {each}", "Allow") for each in range(number * 2 // 3))
    return made | {"deviceAccessRules": list(rules)}


def steps(number: int) -> Iterator[dict[str, Any]]:
    """Yield steps that create, change and delete a third each."""
    third = number // 3
    for each in range(number - 2 * third):
        target = {"Characteristic": "DeviceModel", "QueryString": f"New {each}"}
        yield step("create", "deviceAccessRule", target, change("AccessLevel", "enum", None, "Block"))
    for each in range(2 * third):
        target = {"Characteristic": "DeviceModel", "QueryString": f"Model {each}"}
        action, after = ("update", "Quarantine") if each < third else ("delete", None)
        yield step(action, "deviceAccessRule", target, change("AccessLevel", "enum", "Allow", after))


def updates(number: int) -> Iterator[dict[str, Any]]:
    """Yield steps that each change a rule, as the bare loop does."""
    for each in range(number):
        target = {"Characteristic": "DeviceModel", "QueryString": f"Model {each}"}
        yield step("update", "deviceAccessRule", target, change("AccessLevel", "enum", "Allow", "Block"))


class Cost(NamedTuple):
    """What a run took: seconds of processor and of the clock, and its most memory in MB."""

    cpu: float
    wall: float
    memory: float


def processor_seconds(process: int) -> float:
    """Return the processor time that a process has taken so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(process: int, field: str) -> float:
    """Return the memory of a process in MB: VmRSS now, or VmHWM at most since the process began."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.findall(rf"^{field}:\s+(\d+) kB$", status, re.MULTILINE)[0]) / 1024


def measure(pwsh: str, text: str, state: State, arguments: dict[str, Any] | None) -> Cost:
    """Return what a script takes in a process of its own, which has run a small script before."""
    with tempfile.TemporaryDirectory() as name:
        exchange = Exchange(pwsh, Path(name))
        exchange.run(converge(plan(*steps(3))), live(3))
        process = exchange.process.pid
        cpu, start = processor_seconds(process), time.perf_counter()
        result = exchange.run(text, state, arguments)
        wall = time.perf_counter() - start
        assert result.exit_code == 0, (result.errors, result.thrown)
        cost = Cost(processor_seconds(process) - cpu, wall, memory(process, "VmHWM"))
        exchange.close()
        return cost


def print_bytes() -> None:
    """Print the bytes of a step of each kind, without the values that a list has already."""
    mailbox = {"PrimarySmtpAddress": "john.doe@contoso.com", "Guid": scenes.guid(21), "Identity": "john.doe"}
    rule = {"Characteristic": "DeviceModel", "QueryString": "SM-G991B Galaxy S21"}
    one, two = ["SEC0438184C9BE2A"], ["SEC0438184C9BE2A", "ApplDNPGK1ZZFK1G"]
    ids = "ActiveSyncAllowedDeviceIDs"
    made = {
        "rule made": step("create", "deviceAccessRule", rule, change("AccessLevel", "enum", None, "Quarantine")),
        "rule changed": step("update", "deviceAccessRule", rule, change("AccessLevel", "enum", "Allow", "Quarantine")),
        "rule removed": step("delete", "deviceAccessRule", rule, change("AccessLevel", "enum", "Quarantine", None)),
        "mailbox setting": step("update", "mailbox", mailbox, change("OutlookMobileEnabled", "bool", True, False)),
        "ID added to a list of 1": step("update", "mailbox", mailbox, change(ids, "strings", one, two)),
        "ID taken out of a list of 2": step("update", "mailbox", mailbox, change(ids, "strings", two, one)),
        "policy setting": step(
            "update", "mobileDeviceMailboxPolicy", scenes.DEFAULT, change("MinPasswordLength", "nullable-int", 4, 6)
        ),
        "policy made with 6 settings": step(
            "create", "mobileDeviceMailboxPolicy", scenes.STAFF, *scenes.staff_values()
        ),
        "organization setting": step(
            "update", "organization", {}, change("DefaultAccessLevel", "enum", "Allow", "Quarantine")
        ),
    }
    for name, each in made.items():
        (row,) = ROW.finditer(converge(plan(each | {"closes": 31})))
        print(f"{len(row[1]):7,} bytes a step: {name}")


def main() -> None:
    numbers = tuple(map(int, sys.argv[1:])) or STEPS
    pwsh = shutil.which("pwsh")
    assert pwsh is not None, "no pwsh on PATH"
    print_bytes()
    spent, most = {}, {}
    for number in numbers:
        rules = number * 2 // 3
        loop = LOOP.format(number=rules, rules=rules, level="Block")
        bare = measure(pwsh, loop, live(number), {})
        same = measure(pwsh, converge(plan(*updates(rules))), live(number), None)
        found = spent[number] = measure(pwsh, converge(plan(*steps(number))), live(number), None)
        most[number] = found.memory
        print(
            f"{number:7,} steps {found.cpu:8.2f} s of processor, {found.cpu / number * 1000:6.2f} ms a step,"
            f" {found.wall:8.2f} s, {found.memory:5.0f} MB;"
            f" {rules:,} changes {same.cpu / rules * 1000:.2f} ms each beside {bare.cpu / rules * 1000:.2f} ms"
            f" of the bare calls ({same.cpu / bare.cpu:.2f} x), {same.memory:.0f} MB beside {bare.memory:.0f} MB",
            flush=True,
        )
    first, last = numbers[0], numbers[-1]
    print(
        f"{last / first:.0f} x the steps take {spent[last].cpu / spent[first].cpu:.1f} x the processor time"
        f" and {most[last] / most[first]:.2f} x the memory"
    )


if __name__ == "__main__":
    main()
