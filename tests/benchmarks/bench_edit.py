"""Approving a device in a file of 100,000 mailboxes, beside `policylint test`, which reads the same files.

Run: python -m tests.benchmarks.bench_edit
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.measure import process, write_repository

MAILBOXES, QUEUE = 100_000, 5_000
CONFIG = "version: 1\nsnapshot: live.json\nguards: {snapshot-max-age-hours: null}\n"
BUDGET = 2


def _address(number: int) -> str:
    return f"user{number:06}@contoso.com"


def _write(folder: Path) -> None:
    """Write a repository of mailboxes with two devices each, and a snapshot with some that wait."""
    lists = [[f"ID{number:06}A", f"ID{number:06}B"] for number in range(MAILBOXES)]
    entries = (
        f"  - Identity: {_address(number)}\n    ActiveSyncAllowedDeviceIDs: [{', '.join(ids)}]\n    reason: {number}\n"
        for number, ids in enumerate(lists)
    )
    mailboxes = [
        {"Identity": f"user{number:06}", "PrimarySmtpAddress": _address(number), "ActiveSyncEnabled": "True"}
        | {"ActiveSyncAllowedDeviceIDs": ids, "ActiveSyncBlockedDeviceIDs": [], "ActiveSyncMailboxPolicy": None}
        | {"ActiveSyncMailboxPolicyIsDefaulted": "True"}
        for number, ids in enumerate(lists)
    ]
    devices = [
        {"mailbox": _address(number), "DeviceId": f"NEW{number:06}", "DeviceType": "Android", "ClientType": "EAS"}
        | {"DeviceModel": f"Model {number % 500}", "DeviceOS": "Android 15", "ClientVersion": "16.1"}
        | {"DeviceAccessState": "Quarantined", "FirstSyncTime": "2026-11-20T06:00:00Z"}
        for number in range(0, MAILBOXES, MAILBOXES // QUEUE)
    ]
    organization = "organization: {DefaultAccessLevel: Quarantine}\n"
    write_repository(folder, CONFIG, f"{organization}mailboxes:\n{''.join(entries)}", mailboxes, devices)


def main() -> None:
    """Print the processor time of each command, and the ratio to reading."""
    command = [sys.executable, "-m", "policylint"]
    with TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder)
        _, reading = process([*command, "test"], folder, runs=3)
        print(f"{'policylint test':<44} {reading:9.2f} s")
        for words in ("approve NEW050000 --dry-run", "triage", "approve --quarantined --dry-run"):
            _, taken = process([*command, *words.split()], folder, runs=3)
            verdict = f"   {'within' if taken <= BUDGET * reading else 'OVER'} {BUDGET} x" if "NEW" in words else ""
            print(f"{f'policylint {words}':<44} {taken:9.2f} s {taken / reading:6.2f} x{verdict}")


if __name__ == "__main__":
    main()
