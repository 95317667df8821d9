"""A plan, its script and the canonical form of 100,000 mailboxes, beside reading what they read.

Run: python -m tests.benchmarks.bench_people
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.measure import process, report, write_repository

MAILBOXES, CHANGED = 100_000, 10_000
CONFIG = "version: 1\nsnapshot: live.json\nguards: {require-target: false, snapshot-max-age-hours: null}\n"
READ = """
import gc
from policylint.__main__ import COLLECT
gc.set_threshold(*COLLECT)
from policylint.cli.options import ProjectOptions, open_project
project = open_project(ProjectOptions())
project.policy
"""
BUDGET = 2


def _entry(number: int) -> str:
    new = f", NEW{number:06}" if number % (MAILBOXES // CHANGED) == 0 else ""
    return f"  - Identity: user{number:06}@contoso.com\n    ActiveSyncAllowedDeviceIDs: [ID{number:06}{new}]\n"


def write(folder: Path) -> None:
    """Write a repository of mailboxes with one device each, some of which get another one."""
    mailboxes = [
        {"Identity": f"user{number:06}", "PrimarySmtpAddress": f"user{number:06}@contoso.com"}
        | {"ActiveSyncEnabled": "True", "ActiveSyncAllowedDeviceIDs": [f"ID{number:06}"]}
        | {"ActiveSyncBlockedDeviceIDs": [], "ActiveSyncMailboxPolicyIsDefaulted": "True"}
        for number in range(MAILBOXES)
    ]
    write_repository(folder, CONFIG, f"mailboxes:\n{''.join(map(_entry, range(MAILBOXES)))}", mailboxes, [])


def main() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)

        def seconds(*arguments: str) -> float:
            return process((sys.executable, *arguments), folder, runs=3)[1]

        policy = seconds("-c", READ)
        both = seconds("-c", f"{READ}project.snapshot\n")
        print(f"{MAILBOXES:,} mailboxes, {CHANGED:,} of which change; processor time")
        print(f"reading the policy                           {policy * 1000:9.1f} ms")
        print(f"reading the policy and live state            {both * 1000:9.1f} ms")
        program = ("-m", "policylint")
        report("plan --out", seconds(*program, "plan", "--out", "plan.json"), both, BUDGET)
        script = seconds(*program, "apply-script", "plan.json", "-o", "converge.ps1")
        report("apply-script, 10,000 steps", script, both, BUDGET)
        report("fmt --check", seconds(*program, "fmt", "--check"), policy, BUDGET)


if __name__ == "__main__":
    main()
