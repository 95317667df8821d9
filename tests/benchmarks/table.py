"""Every row of docs/performance.md, each beside its reference in the same run: time, user time and peak memory.

The program that is measured is a wheel of this checkout, installed for the run. DuckDB is the reference of the first
row (`pip install duckdb`). Nothing else should run on the machine. The scripts in PowerShell need pwsh on PATH.
Run: python -m tests.benchmarks.table [--write] [GROUP ...]
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import yaml

from tests.benchmarks import bench_lint, bench_people
from tests.benchmarks.bench_simulate import write_project
from tests.benchmarks.measure import Cost, cost, seconds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
DEVICES = 1_000_000
_COLUMNS = (
    *("mailbox", "DeviceType", "DeviceModel", "DeviceOS", "DeviceUserAgent", "DeviceAccessState"),
    *("DeviceAccessStateReason", "DeviceAccessControlRule", "ClientType", "ClientVersion", "IsManaged"),
    *("Guid", "DeviceId", "FirstSyncTime", "LastSuccessSync", "WhenChangedUTC"),
)
DUCKDB = """\
import duckdb, sys
path, *columns = sys.argv[1:]
typed = ", ".join(f"{name}: 'VARCHAR'" for name in columns)
lines = f"read_json('{path}', format='newline_delimited', columns={{{typed}}})"
duckdb.execute("SET threads TO 2")
names = ', '.join(columns[:11])
own = ', '.join(f"min({name}) AS {name}" for name in columns[11:])
groups = f"SELECT {names}, {own}, count(*) AS number FROM {lines} GROUP BY ALL"
duckdb.execute(f"SELECT count(*), sum(number), min(DeviceId) FROM ({groups})").fetchall()
"""
"""Reads the same lines whole, and counts devices by mailbox and by what they report."""


class Row(NamedTuple):
    """A measured command beside its reference. `goal` is the greatest ratio of wall time, `most` of memory in MB."""

    group: str
    work: str
    cost: Cost
    beside: str
    reference: Cost
    goal: float
    most: int | None = None
    seconds: float | None = None

    @property
    def ratio(self) -> float:
        return self.cost.wall / self.reference.wall

    @property
    def is_met(self) -> bool:
        in_time = self.ratio <= self.goal if self.seconds is None else self.cost.wall <= self.seconds
        return in_time and (self.most is None or self.cost.memory <= self.most)


class Bench:
    """Measures commands of an installed wheel, and keeps the rows."""

    def __init__(self, installed: Path, scratch: Path) -> None:
        self.scratch = scratch
        self.rows: list[Row] = []
        self.texts: dict[str, str] = {}
        self._environment = {**os.environ, "PYTHONPATH": str(installed), "POLICYLINT_CACHE": str(scratch / "cache")}
        self._environment.pop("CI", None)

    def measure(self, command: Sequence[str], folder: Path, runs: int = 3, codes: Collection[int] = (0,)) -> Cost:
        return cost(command, folder, runs, self._environment, codes)

    def policylint(self, arguments: str, folder: Path, runs: int = 3) -> Cost:
        return self.measure((sys.executable, "-m", "policylint", *arguments.split()), folder, runs, (0, 1))

    def add(self, row: Row) -> None:
        self.rows.append(row)
        goal = f"{row.goal} x" if row.seconds is None else f"{row.seconds} s"
        print(
            f"{row.work:44} {row.cost.wall:8.3f} s {row.cost.user:8.3f} s user {row.cost.memory:6.0f} MB"
            f" {row.ratio:7.2f} x {row.beside} (goal {goal}{f', {row.most} MB' if row.most else ''})",
            flush=True,
        )

    def run_module(self, name: str, *arguments: str) -> None:
        """Run another benchmark and keep what it prints."""
        command = (sys.executable, "-m", f"tests.benchmarks.{name}", *arguments)
        done = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True)
        self.texts[name] = done.stdout if done.returncode == 0 else f"not measured: exit code {done.returncode}\n"
        print(self.texts[name], flush=True)


def project(folder: Path, mailboxes: int) -> Path:
    """Write a repository with a snapshot of a million devices, and return its folder."""
    write_project(folder, DEVICES, mailboxes)
    return folder


def large(bench: Bench) -> None:
    """A million devices: `simulate` beside DuckDB, all else beside `simulate`."""
    group = "1,000,000 devices of 10,000 mailboxes"
    folder = project(bench.scratch / "large", 10_000)
    lines = folder / "devices.ndjson"
    with (folder / "live.json").open("rb") as file, lines.open("wb") as found:
        found.writelines(line.replace(b"},\n", b"}\n") for line in file if line.startswith(b'{"mailbox"'))
    simulate = bench.policylint("simulate", folder)
    try:
        name = f"DuckDB {version('duckdb')}, 2 threads"
        reference = bench.measure((sys.executable, "-c", DUCKDB, str(lines), *_COLUMNS), folder)
        bench.add(Row(group, "`simulate`", simulate, name, reference, 1.0, 150))
    except PackageNotFoundError:
        print("no row beside DuckDB: pip install duckdb")
    lines.unlink()
    alone = bench.policylint("simulate --jobs 1", folder)
    bench.add(Row(group, "`simulate --jobs 1`", alone, "`simulate`", simulate, 2.0))
    for arguments, goal, most in (
        ("plan", 1.5, 200),
        ("why --mailbox u0@contoso.com --no-cache", 1.2, None),
        ("diff live", 1.5, None),
        ("test", 1.5, None),
        ("lint", 1.5, None),
    ):
        took = bench.policylint(arguments, folder)
        bench.add(Row(group, f"`{arguments}`", took, "`simulate`", simulate, goal, most))
    why = "why --mailbox u0@contoso.com"
    first = bench.policylint(why, folder, runs=1)
    bench.add(Row(group, f"`{why}`, the first time", first, "`simulate`", simulate, 1.5))
    bench.add(Row(group, f"`{why}`, then", bench.policylint(why, folder), "`simulate`", simulate, 1.0, None, 1.0))
    wide = bench.policylint("simulate", project(bench.scratch / "wide", 200_000))
    bench.add(Row("1,000,000 devices of 200,000 mailboxes", "`simulate`", wide, "10,000 mailboxes", simulate, 1.5, 200))


def policy(bench: Bench) -> None:
    """1 MB of policy linted beside the events of libyaml."""
    folder = bench.scratch / "policy-of-1-mb"
    (folder / "policy").mkdir(parents=True)
    text = bench_lint.policy(1_000_000)
    (folder / "policy" / "policy.yaml").write_text(text)
    (folder / "policylint.yaml").write_text("version: 1\n")

    def events() -> None:
        for _ in yaml.parse(text, Loader=yaml.CSafeLoader):
            pass

    took = seconds(events)
    reference = Cost(took, took, took, 0)
    bench.add(Row("1 MB of policy", "`lint`", bench.policylint("lint", folder, 5), "events of libyaml", reference, 3.0))


def start(bench: Bench) -> None:
    """The example beside a Python that imports two packages."""
    group, folder = "The example, with its snapshot", ROOT / "docs" / "examples" / "contoso"
    reference = bench.measure((sys.executable, "-c", "import click, yaml"), folder, 15)
    for arguments, goal in (("--version", 0.7), ("lint", 1.5), ("lint --no-snapshot", 1.5), ("plan", 2.5)):
        took = bench.policylint(arguments, folder, 15)
        bench.add(Row(group, f"`{arguments}`", took, "`import click, yaml`", reference, goal))


def people(bench: Bench) -> None:
    """Many mailboxes planned, scripted and formatted beside reading them."""
    folder = bench.scratch / "people"
    folder.mkdir()
    bench_people.write(folder)
    group = f"{bench_people.MAILBOXES:,} mailboxes in policy and snapshot, {bench_people.CHANGED:,} changes"
    read = bench.measure((sys.executable, "-c", bench_people.READ), folder)
    both = bench.measure((sys.executable, "-c", f"{bench_people.READ}project.snapshot\n"), folder)
    plan = bench.policylint("plan --out plan.json", folder)
    bench.add(Row(group, "`plan --out plan.json`", plan, "reading policy and snapshot", both, 2.0))
    script = bench.policylint("apply-script plan.json -o converge.ps1", folder)
    bench.add(Row(group, "`apply-script plan.json`", script, "reading policy and snapshot", both, 2.0))
    bench.add(Row(group, "`fmt --check`", bench.policylint("fmt --check", folder), "reading the policy", read, 2.0))


def many(bench: Bench) -> None:
    """Ten million devices of ten snapshots counted with Dask, beside one snapshot."""
    folder = bench.scratch / "large"
    if not folder.exists():
        project(folder, 10_000)
    snapshots = [bench.scratch / f"{number}.json" for number in range(10)]
    for path in snapshots:
        os.link(folder / "live.json", path)
    example = ROOT / "docs" / "examples" / "many-snapshots" / "replay.py"

    def replay(number: int) -> Cost:
        paths = map(str, snapshots[:number])
        return bench.measure((sys.executable, str(example), str(folder), *paths), folder, 1)

    two, ten = replay(2), replay(10)
    bench.add(Row("10,000,000 devices in 10 files", "Dask, 2 processes", ten, "2 files", two, 5.0, 250))


def scripts(bench: Bench) -> None:
    """The converging script, and plans of many environments."""
    bench.run_module("bench_converge", "1000", "10000")
    bench.run_module("bench_environments", "100", "1000")


GROUPS = {"large": large, "policy": policy, "start": start, "people": people, "many": many, "scripts": scripts}


def machine() -> str:
    """Return what the numbers were measured on."""
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    model = names[0].partition(": ")[2] if names else platform.processor() or platform.machine()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores of {model}, {platform.system()}, Python {platform.python_version()}"


def page(rows: Sequence[Row], texts: Mapping[str, str]) -> str:
    """Return docs/performance.md."""
    lines = [
        "# Performance",
        "",
        "Measured by `python -m tests.benchmarks.table --write`, which wrote this page. Each row is a whole process",
        "of an installed wheel, the least of several runs, beside a reference in the same run. Compare ratios:",
        "seconds are those of one machine.",
        "",
        f"Measured on {machine()}.",
        "",
        "| work | wall | user | peak memory | beside | ratio | goal |",
        "| --- | ---: | ---: | ---: | --- | ---: | --- |",
    ]
    group = ""
    for row in rows:
        if row.group != group:
            group = row.group
            lines.append(f"| **{group}** | | | | | | |")
        goal = f"{row.goal:g} x" if row.seconds is None else f"{row.seconds:g} s"
        memory = f", {row.most} MB" if row.most is not None else ""
        lines.append(
            f"| {row.work} | {row.cost.wall:.2f} s | {row.cost.user:.2f} s | {row.cost.memory:.0f} MB | {row.beside},"
            f" {row.reference.wall:.2f} s | {row.ratio:.2f} x | {goal}{memory}: {'met' if row.is_met else 'not met'} |"
        )
    titles = {
        "bench_converge": "The converging script in the real engine, without pacing",
        "bench_environments": "`plan --all-environments`",
    }
    for name, text in texts.items():
        lines += [
            "",
            f"## {titles[name]}",
            "",
            f"`python -m tests.benchmarks.{name}`",
            "",
            "```text",
            text.rstrip(),
            "```",
        ]
    lines += [
        "",
        "## What the rows are",
        "",
        "- DuckDB reads the same lines of devices from a file that has nothing else, and groups them by mailbox and",
        "  by all that devices report, with the least ID and time of each group. It checks no seal.",
        "- policylint checks the hash of the whole file, decides about every device under live and desired state,",
        "  and prints the result.",
        "- Peak memory is that of the largest process.",
        "- `why` keeps an index of a snapshot in the user's cache folder",
        "  ([ADR 24](adr/0024-index-of-a-snapshot.md)); each run hashes the whole file again.",
        "- `--jobs` sets the number of processes that read a snapshot",
        "  ([ADR 22](adr/0022-several-processes.md)).",
        "- Of the converging script, the cmdlets are those of a fake Exchange, so its time is that of the script.",
        "",
    ]
    return "\n".join(lines)


@contextmanager
def installed() -> Iterator[Path]:
    """Return a folder with a wheel of this checkout installed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build = ("-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "dist"), str(ROOT))
        subprocess.run((sys.executable, *build), check=True, stdout=subprocess.DEVNULL)
        (wheel,) = (folder / "dist").glob("*.whl")
        pip = (
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            "--target",
            str(folder / "site"),
            str(wheel),
        )
        subprocess.run((sys.executable, *pip), check=True)
        yield folder / "site"


def main() -> None:
    chosen = [name for name in sys.argv[1:] if name != "--write"]
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with installed() as site, tempfile.TemporaryDirectory() as scratch:
        bench = Bench(site, Path(scratch))
        for name in chosen or GROUPS:
            GROUPS[name](bench)
    if "--write" in sys.argv:
        PAGE.write_text(page(bench.rows, bench.texts), encoding="utf-8")
        print(f"wrote {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
