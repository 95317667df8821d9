"""Start-up: each command on the example beside `python -c "import click, yaml"`.

Run: python -m tests.benchmarks.bench_startup [PYTHON]

PYTHON is that of an environment in which a wheel of policylint is installed: a wheel has its rules as one module, a
checkout reads a folder for each. Without it, the checkout is measured.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.measure import process, report

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "contoso"


def main() -> None:
    python = sys.argv[1] if len(sys.argv) > 1 else sys.executable
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # with it, each run would compile the checkout anew
    if python != sys.executable:
        os.environ.pop("PYTHONPATH", None)
    bare, bare_cpu = process([python, "-c", "import click, yaml"])
    print(f"reference: import click, yaml                {bare * 1000:9.1f} ms, {bare_cpu * 1000:.1f} ms of processor")
    with tempfile.TemporaryDirectory() as folder:
        example = Path(folder) / "contoso"
        shutil.copytree(EXAMPLE, example)
        for arguments in (["init", "-q"], ["add", "-A"]):
            subprocess.run(["git", *arguments], cwd=example, check=True)
        for words, budget in (
            ("--version", 0.7),
            ("lint", 1.5),
            ("lint --staged", 1.5),
            ("lint --no-snapshot", 1.5),
            ("test", 2.0),
            ("plan", 2.5),
            ("simulate", 2.5),
        ):
            command = [python, "-m", "policylint", *words.split()]
            process(command, example, runs=1)
            wall, cpu = process(command, example)
            report(f"policylint {words}, wall", wall, bare, budget)
            report(f"policylint {words}, processor", cpu, bare_cpu, budget)


if __name__ == "__main__":
    main()
