"""`plan --all-environments` over many small organizations, beside a process for each and a loop in one process.

Run: python -m tests.benchmarks.bench_environments [ENVIRONMENTS ...]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.measure import cost
from tests.powershell import scenes
from tests.sealed import HEADER, Row, seal

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBERS = (100, 1_000)
SAMPLE = 20
"""How many single processes are run; the others take as long."""

DEVICES = 50
LOOP = """\
import sys
from policylint.cli.main import main
for name in sys.argv[1:]:
    main.main(["plan", "--env", name], standalone_mode=False)
"""
POLICY = """\
organization: {{DefaultAccessLevel: Quarantine}}
deviceAccessRules:
- {{Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}}
- {{Characteristic: DeviceModel, QueryString: Model {number}, AccessLevel: Block}}
"""
CONFIG = "version: 1\nguards: {snapshot-max-age-hours: null, max-newly-denied: null}\nenvironments:\n"


def write(root: Path, number: int) -> list[str]:
    """Write a git repository of as many environments, and return their names."""
    names = [f"tenant-{each:04}" for each in range(number)]
    mailboxes = [scenes.mailbox(100 + each, f"user{each}") for each in range(DEVICES // 2)]
    devices = [scenes.device(each, f"user{each // 2}") for each in range(DEVICES)]
    rules = [scenes.rule(1, "DeviceType", "iPhone", "Allow")]
    policies = [scenes.policy(11, "Default", IsDefault="True")]
    for each, name in enumerate(names):
        folder = root / "tenants" / name
        folder.mkdir(parents=True)
        (folder / "policy.yaml").write_text(POLICY.format(number=each))
        header: Row = {**HEADER, "organization": f"{name}.example", "tenant": None, "organizationGuid": name}
        organization: Row = {"Guid": name, "DefaultAccessLevel": "Allow"}
        live = seal(
            header,
            organization=organization,
            deviceAccessRules=rules,
            mobileDeviceMailboxPolicies=policies,
            mailboxes=mailboxes,
            devices=devices,
        )
        (folder / "live.json").write_bytes(live)
    lines = (f"  {name}: {{policies: [tenants/{name}/*.yaml], snapshot: tenants/{name}/live.json}}\n" for name in names)
    (root / "policylint.yaml").write_text(CONFIG + "".join(lines))
    who = ("-c", "user.name=a", "-c", "user.email=a@contoso.com")
    for command in (("init", "-q"), ("add", "."), (*who, "commit", "-qm", "a")):
        subprocess.run(["git", *command], cwd=root, check=True)
    return names


def measure(root: Path, commands: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Return the processor time of command lines of Python, one after the other, and the most MB of a process."""
    costs = [cost([sys.executable, *command], root) for command in commands]
    return sum(each.cpu for each in costs), max(each.memory for each in costs)


def main() -> None:
    for number in tuple(map(int, sys.argv[1:])) or NUMBERS:
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            names = write(root, number)
            some = names[:: max(1, number // SAMPLE)]
            every, memory = measure(root, [["-m", "policylint", "plan", "--all-environments"]])
            loop, of_loop = measure(root, [["-c", LOOP, *some]])
            single, of_single = measure(root, [["-m", "policylint", "plan", "--env", each] for each in some])
        alone, inside = single / len(some), loop / len(some)
        print(
            f"{number:6,} environments {every:7.2f} s of processor, {every / number * 1000:6.1f} ms each,"
            f" {memory:4.0f} MB; a process each {alone * 1000:6.1f} ms, {of_single:4.0f} MB"
            f" ({alone * number / every:.1f} x); a loop in one process {inside * 1000:6.1f} ms,"
            f" {of_loop:4.0f} MB ({inside * number / every:.1f} x)",
            flush=True,
        )


if __name__ == "__main__":
    main()
