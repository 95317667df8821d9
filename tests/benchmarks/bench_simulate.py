"""Many devices read and simulated, beside readers that only count the lines of the same file by what they report.

Run: python -m tests.benchmarks.bench_simulate [DEVICES [MAILBOXES]]
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tests.benchmarks.measure import cost, process, seconds
from tests.worlds import sealed

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICY = """\
organization: {{DefaultAccessLevel: {default}}}
deviceAccessRules:
- {{Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}}
- {{Characteristic: DeviceOS, QueryString: Android 11, AccessLevel: {level}}}
"""
ASSERTED = """\
assertions:
- {name: iPhones get in, always: {state: Allowed, DeviceType: iPhone}}
"""
OTHERS = {
    "plan": ("plan",),
    "test": ("test",),
    "why DEVICE": ("why", f"ID{0:030}", "--no-cache"),
    "why --mailbox": ("why", "--mailbox", "u0@contoso.com", "--no-cache"),
    "why DEVICE, index": ("why", f"ID{0:030}"),
    "why --mailbox, index": ("why", "--mailbox", "u0@contoso.com"),
    "show mailbox, index": ("show", "mailbox", "u0@contoso.com"),
    "diff live": ("diff", "live"),
    "minimize": ("minimize",),
}
"""The other commands that ask about every device, and those about few, with the index of the snapshot and without."""

REPORTS = 3_000
"""How many different things devices report."""

_SEAL = b'"seal": '


def _ends() -> list[str]:
    """Return ends of lines: what many devices share."""
    random = Random(1)
    names = (("iPhone", "iOS 26.1"), ("Android", "Android 11"), ("iPad", "iPadOS 17"))
    return [
        json.dumps(
            {
                "DeviceType": kind,
                "DeviceModel": f"{kind}{random.randrange(300)}",
                "DeviceOS": system,
                "DeviceUserAgent": f"Apple-{kind}17C1/{number}",
                "DeviceAccessState": "Allowed",
                "DeviceAccessStateReason": "Global",
                "DeviceAccessControlRule": None,
                "ClientType": "EAS",
                "ClientVersion": "16.1",
                "IsManaged": "False",
            }
        )[1:]
        for number in range(REPORTS)
        for kind, system in (random.choice(names),)
    ]


def _devices(number: int, mailboxes: int) -> Iterator[bytes]:
    ends, random = _ends(), Random(2)
    for each in range(number):
        guid = f"{random.getrandbits(32):08x}-0000-4000-8000-{each:012x}"
        head = (
            f'{{"mailbox": "u{random.randrange(mailboxes)}@contoso.com", "Guid": "{guid}", "DeviceId": "ID{each:030}", '
            f'"FirstSyncTime": "2026-01-{each % 28 + 1:02}T03:04:{each % 60:02}Z", "LastSuccessSync": null, '
            f'"WhenChangedUTC": "2026-11-{each % 28 + 1:02}T03:04:{each % 60:02}Z", '
        )
        yield (head + random.choice(ends) + ("," if each < number - 1 else "") + "\n").encode()


def _mailbox(number: int) -> bytes:
    """Return the line of a mailbox, with its own names in front, as the exporter writes it."""
    own = {"Identity": f"u{number}", "PrimarySmtpAddress": f"u{number}@contoso.com"}
    return json.dumps(own | {"ActiveSyncEnabled": "True", "ActiveSyncMailboxPolicyIsDefaulted": "True"}).encode()


def write_snapshot(path: Path, number: int, mailboxes: int) -> None:
    """Write a sealed snapshot of some devices of some mailboxes."""
    empty = sealed(f"{POLICY.format(default='Quarantine', level='Block')}")
    rows = b",\n".join(_mailbox(each) for each in range(mailboxes))
    before, _, seal = empty.partition(_SEAL)
    before = before.replace(b'"mailboxes": [\n', b'"mailboxes": [\n' + rows + b"\n")
    begin = before.index(b'"devices": [') + len(b'"devices": [')
    record = json.loads(seal.rstrip().removesuffix(b"}"))
    hashed = hashlib.sha256()
    with path.open("wb") as file:
        for part in (before[:begin] + b"\n", *_devices(number, mailboxes), before[begin:].lstrip(b"\n")):
            hashed.update(part)
            file.write(part)
        record["counts"] |= {"devices": number, "mailboxes": mailboxes}
        record["sha256"] = hashed.hexdigest()
        file.write(_SEAL + json.dumps(record).encode() + b"\n}\n")


def _by_slices(path: Path) -> None:
    counts: Counter[bytes] = Counter()
    with path.open("rb") as lines:
        for line in lines:
            counts[line[line.find(b'"DeviceType"') :]] += 1


def _by_json(path: Path) -> None:
    counts: Counter[str] = Counter()
    with path.open("rb") as lines:
        for line in lines:
            if line.startswith(b'{"mailbox"'):
                counts[json.loads(line.rstrip().removesuffix(b","))["DeviceType"]] += 1


def write_project(folder: Path, number: int, mailboxes: int) -> None:
    """Write a repository whose policy changes the access of many of the devices in its snapshot."""
    (folder / "policy").mkdir(parents=True)
    (folder / "policylint.yaml").write_text("version: 1\nsnapshot: live.json\n")
    (folder / "policy" / "a.yaml").write_text(POLICY.format(default="Allow", level="Quarantine") + ASSERTED)
    write_snapshot(folder / "live.json", number, mailboxes)


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    mailboxes = int(sys.argv[2]) if len(sys.argv) > 2 else number // 100
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as cache:
        folder = Path(name)
        os.environ["POLICYLINT_CACHE"] = cache
        write_project(folder, number, mailboxes)
        path = folder / "live.json"
        print(f"{number:,} devices of {mailboxes:,} mailboxes, {path.stat().st_size / 1e6:.0f} MB")
        slices, parsed = (seconds(partial(read, path), runs=3) for read in (_by_slices, _by_json))
        program = shutil.which("policylint")
        assert program is not None
        wall, _ = process([program, "simulate"], folder, runs=3)
        memory = cost([program, "simulate"], folder).memory - cost([sys.executable, "-c", ""], folder).memory
        print(f"bare: lines counted by their end  {slices:6.2f} s")
        print(f"bare: json.loads of each line     {parsed:6.2f} s")
        print(
            f"policylint simulate               {wall:6.2f} s  {wall / slices:.2f} x, {wall / parsed:.2f} x;"
            f" {memory:.0f} MB above the interpreter"
        )
        for name, arguments in OTHERS.items():
            other, _ = process([program, *arguments], folder, runs=3)
            print(f"policylint {name:22} {other:6.2f} s  {other / wall:.2f} x simulate")


if __name__ == "__main__":
    main()
