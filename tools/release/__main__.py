"""Makes a release: `python -m tools.release COMMAND`. docs/release.md says in which order."""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from policylint.version import __version__
from tools import ROOT
from tools.release import build, environment, lock, module, pyz, sbom, schemas, version
from tools.release.project import ReleaseError, run

if TYPE_CHECKING:
    from collections.abc import Callable

    _Arguments = tuple[tuple[str, dict[str, Any]], ...]

DIST: Final = ROOT / "dist"
NOTES: Final = ROOT / "build" / "notes.md"


def _lock(options: argparse.Namespace) -> None:
    for path in lock.write_locks(upgrade=options.upgrade):
        print(f"wrote {path.name}")


def _cut(options: argparse.Namespace) -> None:
    for path in version.cut(options.version, options.date):
        print(f"wrote {path.relative_to(ROOT).as_posix()}")
    print(run(sys.executable, "-m", "tools.docs"), end="")  # with the version that was just written


def _check(options: argparse.Namespace) -> None:
    version.check_tag(options.tag)
    print(f"{options.tag}: the version, the changelog and all pages agree")


def _build(options: argparse.Namespace) -> None:
    options.dist.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="policylint-build-") as place:
        made = build.build(build.copy_checkout(Path(place) / "source"), options.dist)
    for path in made:
        print(f"{build.digest(path)}  {path.name}")


def _reproduce(options: argparse.Namespace) -> None:
    for path in build.check_reproducible(options.dist):
        print(f"{path.name}: the same bytes again")


def _lowest(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="policylint-lowest-") as folder:
        environment.check_lowest(build.found(options.dist).wheel, Path(folder))
    print("the lowest versions give what the newest give")


def _sbom(options: argparse.Namespace) -> None:
    path = options.dist / sbom.NAME
    day = datetime.now(UTC).date() if options.today else version.released(__version__)
    path.write_text(sbom.sbom_text(build.found(options.dist).wheel, day), encoding="utf-8", newline="\n")
    print(f"wrote {path.name}")


def _pyz(options: argparse.Namespace) -> None:
    wheel = build.found(options.dist).wheel
    for path in pyz.build(wheel, options.dist, options.platform, options.python):
        print(f"wrote {path.name}")


def _schemas(options: argparse.Namespace) -> None:
    for path in schemas.write(options.dist):
        print(f"wrote {path.name}")


def _module(options: argparse.Namespace) -> None:
    print(f"wrote {module.write(options.dist).name}")


def _notes(options: argparse.Namespace) -> None:
    text = version.notes(__version__)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8", newline="\n")
    print(f"wrote {options.out.name}")


def _sums(options: argparse.Namespace) -> None:
    print(build.write_sums(options.dist).read_text(encoding="ascii"), end="")


_COMMANDS: Final[dict[str, tuple[Callable[[argparse.Namespace], None], str, _Arguments]]] = {
    "lock": (
        _lock,
        "write the lock files",
        (("--upgrade", {"action": "store_true", "help": "take the newest versions"}),),
    ),
    "cut": (
        _cut,
        "name a version and its day in the changelog, the module and the pages",
        (
            ("version", {"help": "the version, such as 0.2.0"}),
            ("--date", {"type": date.fromisoformat, "default": datetime.now(UTC).date(), "help": "the day, in UTC"}),
        ),
    ),
    "check": (_check, "compare a tag with the version, the changelog and the pages", (("tag", {"help": "as v0.2.0"}),)),
    "build": (_build, "build the wheel and the sdist", ()),
    "reproduce": (_reproduce, "build them again elsewhere, and compare the bytes", ()),
    "lowest": (_lowest, "run the wheel with the lowest versions of what it needs", ()),
    "sbom": (
        _sbom,
        "write what is in it, as CycloneDX",
        (
            (
                "--today",
                {"action": "store_true", "help": "date it today, where the changelog does not have the version"},
            ),
        ),
    ),
    "pyz": (
        _pyz,
        "write the files that run without an installation",
        (
            ("--platform", {"action": "append", "choices": [*pyz.PLATFORMS], "default": []}),
            ("--python", {"action": "append", "default": [], "help": "a version of Python, such as 3.13"}),
        ),
    ),
    "schemas": (_schemas, "write the schemas for editors", ()),
    "module": (_module, "write the PowerShell module", ()),
    "notes": (
        _notes,
        "write what the changelog says of the version",
        (("--out", {"type": Path, "default": NOTES, "help": "the file; build/notes.md unless given"}),),
    ),
    "sums": (_sums, "write the SHA-256 of all files", ()),
}


def main(arguments: list[str]) -> int:
    """Run a command, and return the exit code: 0, or 1 where something is wrong."""
    parser = argparse.ArgumentParser("python -m tools.release", description="Makes a release of policylint.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, words, settings) in _COMMANDS.items():
        command = commands.add_parser(name, help=words, description=words)
        command.add_argument("--dist", type=Path, default=DIST, help="the folder of the release; dist/ unless given")
        for setting, how in settings:
            command.add_argument(setting, **how)
    options = parser.parse_args(arguments)
    try:
        _COMMANDS[options.command][0](options)
    except ReleaseError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
