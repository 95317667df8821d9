"""Many devices read and simulated, beside counting the lines of the same file.

Run: python -m tests.benchmarks.bench_simulate [DEVICES]
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.measure import process, seconds
from tests.policies import sealed

POLICY = """\
organization: {DefaultAccessLevel: Quarantine}
deviceAccessRules:
- {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}
- {Characteristic: DeviceOS, QueryString: Android 11, AccessLevel: Block}
"""
KINDS = (("iPhone", "iOS 18.1"), ("Android", "Android 11"), ("iPad", "iPadOS 17"))


def snapshot(number: int) -> bytes:
    """Return a sealed snapshot of some devices, five to a mailbox."""
    mailboxes = "".join(
        f"- {{Identity: u{each}@contoso.com, ActiveSyncEnabled: true}}\n" for each in range(number // 5)
    )
    devices = [
        {
            "mailbox": f"u{each % (number // 5)}@contoso.com",
            "Guid": f"{each:032x}",
            "DeviceId": f"ID{each:010}",
            "DeviceType": KINDS[each % 3][0],
            "DeviceModel": f"Model {each % 300}",
            "DeviceOS": KINDS[each % 3][1],
            "DeviceUserAgent": f"agent {each % 100}",
            "DeviceAccessState": ("Allowed", "Blocked", "Quarantined")[each % 3],
            "ClientType": "EAS",
            "ClientVersion": "16.1",
        }
        for each in range(number)
    ]
    return sealed(f"{POLICY}mailboxes:\n{mailboxes}", devices)


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "policy").mkdir()
        (folder / "policylint.yaml").write_text("version: 1\nsnapshot: live.json\n")
        (folder / "policy" / "a.yaml").write_text(POLICY)
        path = folder / "live.json"
        path.write_bytes(snapshot(number))

        def bare() -> None:
            with path.open("rb") as lines:
                for line in lines:
                    if line.startswith(b'{"mailbox"'):
                        json.loads(line.rstrip().removesuffix(b","))

        reference = seconds(bare, runs=3)
        print(f"reference: json.loads of each line  {reference:6.2f} s, {path.stat().st_size / 1e6:.0f} MB")
        program = shutil.which("policylint")
        assert program is not None
        wall, _ = process([program, "simulate"], folder, runs=3)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"policylint simulate, {number:,} devices {wall:6.2f} s {wall / reference:6.2f} x, {peak:.0f} MB at most")


if __name__ == "__main__":
    main()
