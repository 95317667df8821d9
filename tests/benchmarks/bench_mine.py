"""Rules mined for many devices, beside reading the same snapshot alone: processor time.

Run: python -m tests.benchmarks.bench_mine [DEVICES [MAILBOXES]]
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from policylint.model.device import PROPERTIES
from tests.benchmarks.measure import process, report
from tests.worlds import sealed

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICY = """\
organization: {DefaultAccessLevel: Allow}
deviceAccessRules:
- {Characteristic: DeviceOS, QueryString: Android 11, AccessLevel: Block}
- {Characteristic: DeviceModel, QueryString: iPhone7, AccessLevel: Quarantine}
mailboxes:
"""
CASES = {"mine": (), "mine --default Block": ("--default", "Block")}
KINDS = 3_000
"""How many different things devices report."""

READING = ("snapshot", "show", "live.json")


def rows(devices: int, mailboxes: int) -> Iterator[dict[str, Any]]:
    """Yield devices of a few thousand kinds, spread over the mailboxes."""
    random = Random(1)
    systems = [("iPhone", f"iOS 26.{number}") for number in range(20)]
    systems += [("Android", f"Android {number}") for number in range(9, 17)]
    kinds = []
    for _ in range(KINDS):
        kind, system = random.choice(systems)
        values = (kind, f"{kind}{random.randrange(300)}", system, f"{kind}-Mail/{random.randrange(4)}")
        kinds.append(dict(zip(PROPERTIES, values, strict=True)))
    for number in range(devices):
        own = {"mailbox": f"u{number % mailboxes}@contoso.com", "DeviceId": f"ID{number:030}"}
        yield {**own, **random.choice(kinds), "ClientType": "EAS", "ClientVersion": "16.1"}


def main(devices: int = 200_000, mailboxes: int = 50_000) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        boxes = "".join(
            f"- {{Identity: {json.dumps(f'u{number}@contoso.com')}, ActiveSyncAllowedDeviceIDs: [],"
            " ActiveSyncBlockedDeviceIDs: []}\n"
            for number in range(mailboxes)
        )
        (folder / "policylint.yaml").write_text("version: 1\nsnapshot: live.json\n")
        (folder / "live.json").write_bytes(sealed(POLICY + boxes, tuple(rows(devices, mailboxes))))
        program = (sys.executable, "-m", "policylint")
        _, reference = process((*program, *READING), folder, runs=3)
        print(f"reference: reading {devices:,} devices of {mailboxes:,} mailboxes {reference * 1000:9.1f} ms")
        for words, options in CASES.items():
            _, cpu = process((*program, "mine", *options, "--format", "json"), folder, runs=3)
            report(words, cpu, reference, 2)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
