"""Start-up: each command on the example beside `python -c "import click, yaml"`.

Run: python -m tests.benchmarks.bench_startup
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.benchmarks.measure import process, report

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "contoso"


def main() -> None:
    bare, bare_cpu = process([sys.executable, "-c", "import click, yaml"])
    print(
        f"reference: import click, yaml                {bare * 1000:9.1f} ms wall, {bare_cpu * 1000:.1f} ms processor"
    )
    for arguments, budget in (
        (["--version"], 1.5),
        (["lint"], 2.0),
        (["test"], 2.0),
        (["plan"], 2.5),
        (["simulate"], 2.5),
    ):
        wall, cpu = process([sys.executable, "-m", "policylint", *arguments], EXAMPLE)
        report(f"policylint {arguments[0]}, wall", wall, bare, budget)
        report(f"policylint {arguments[0]}, processor", cpu, bare_cpu, budget)


if __name__ == "__main__":
    main()
