"""What the command line says of a staged roll-out, and the plans written: one for each ring."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policylint.adapters.files import (
    display_path,
    is_there,
    read_bytes,
    read_source,
    require_writable,
    write_files,
    write_new_files,
)
from policylint.cli import terminal
from policylint.cli.exit_codes import ExitCode
from policylint.cli.options import FILE
from policylint.cli.output import TEXT, Output, live_state_record, require_formats, with_live_state
from policylint.cli.saved_plan import read_saved_plan
from policylint.errors import FileError, UsageError
from policylint.escape import to_json
from policylint.named_tuple import NamedTuple
from policylint.plan.planfile import FORMAT, plan_pieces
from policylint.strict_json import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from policylint.plan.plan import Plan
    from policylint.plan.ring_members import RingSpec
    from policylint.plan.stages import RingPlans
    from policylint.project.project import Project


class RingOptions(NamedTuple):
    """What the command line says of rings; none where `specs` is empty: then all is left that `after` leaves."""

    specs: tuple[str, ...]
    bridge: bool
    after: Path | None

    def done(self, project: Project) -> Plan | None:
        """Return the plan of a ring that was applied last, where one is named."""
        if self.after is None:
            return None
        return read_saved_plan(self.after, project.store, project.now)


def ring_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a staged roll-out, as one value."""

    @wraps(function)
    def run(*, rings: tuple[str, ...], bridge: bool, after: Path | None, **given: object) -> None:
        if not rings and bridge:
            raise UsageError("--bridge needs --rings", help="name the mailboxes that are first: --rings SPEC")
        function(rings=RingOptions(rings, bridge, after), **given)

    for option in (
        click.option(
            "--after",
            type=FILE,
            metavar="FILE",
            help="The plan of the ring that was applied last; without --rings, plan all that is left at once.",
        ),
        click.option(
            "--bridge",
            is_flag=True,
            help="With --rings: change rules first, and keep devices of other mailboxes as they are until their ring.",
        ),
        click.option(
            "--rings",
            multiple=True,
            metavar="SPEC",
            help="Plan in stages, and write them to a folder: mailboxes, patterns, @FILE, or a share. May be repeated.",
        ),
    ):
        run = option(run)
    return run


def plan_rings(
    project: Project,
    options: RingOptions,
    output: Output,
    acknowledge: tuple[str, ...],
    reason: str,
    folder: Path | None,
    *,
    detailed: bool,
    drift: bool,
) -> None:
    """Plan in stages, write the plans to a folder where one is named, and say what each does.

    Exits with 1 where one is refused, or with `drift` where something drifts; with 2 where `detailed` and something
    would change or drifts. Raises UsageError, also for a format that shows one plan.
    """
    from policylint.project.rings import RingsAsked

    require_formats(output, "shows one plan", "--rings")
    specs = tuple(map(_spec, options.specs))
    found = project.plan_rings(RingsAsked(specs, options.bridge, options.done(project)), acknowledge, reason)
    files = _save(found, folder) if folder is not None else ()
    output.show(lambda each: _shown(found, [display_path(path) for path in files], project, each))
    if any(plan.refusals or (drift and plan.drift) for plan in found.plans):
        raise click.exceptions.Exit(ExitCode.FINDINGS)
    if detailed and any(plan.steps or plan.drift for plan in found.plans):
        raise click.exceptions.Exit(ExitCode.CHANGES)


def _shown(found: RingPlans, files: list[str], project: Project, output: Output) -> str:
    if output.format != TEXT:
        from policylint.render.rings.json import rings_record

        return to_json(rings_record(found, files) | live_state_record(project))
    from policylint.render.rings.text import render_rings

    return with_live_state(render_rings(found, files, style=output.style), project)


def _spec(words: str) -> RingSpec:
    from policylint.plan.ring_members import ring_spec
    from policylint.project.name_lists import names_in

    if not words.startswith("@"):
        return ring_spec(words)
    return ring_spec(words, (line.text for line in names_in(read_source(Path(words[1:])))))


def _save(found: RingPlans, folder: Path) -> tuple[Path, ...]:
    """Write the plans as ring-1.json and so on, all or none. Raises UsageError where something else is in their place.

    What an earlier run wrote is overwritten.
    """
    files = {folder / f"ring-{plan.ring.number}.json": plan for plan in found.plans if plan.ring is not None}
    if is_there(folder) and not folder.is_dir():
        raise UsageError(f"{display_path(folder)} is a file", help="with --rings, --out names a folder")
    others = [path for path in _ring_files(folder) if path not in files]
    foreign = [display_path(path) for path in files if is_there(path) and not _is_ring(path)]
    if others or foreign:
        names = ", ".join((*foreign, *map(display_path, others)))
        hint = "nothing was written; choose an empty folder, or delete the plans of the roll-out before"
        raise UsageError(f"not overwritten: {names}", help=hint)
    texts = {path: "".join(plan_pieces(plan, 1)) for path, plan in files.items()}
    if is_there(folder):
        require_writable(texts)
        write_files({path: text.encode() for path, text in texts.items()})
    else:
        write_new_files(texts)
    terminal.say(f"wrote {len(files)} plans to {display_path(folder)}", err=True)
    return tuple(files)


def _ring_files(folder: Path) -> Iterator[Path]:
    return iter(sorted(folder.glob("ring-*.json"))) if is_there(folder) else iter(())


def _is_ring(path: Path) -> bool:
    """Return whether a file is the plan of a ring, which may be made again."""
    try:
        record: Mapping[str, object] = parse_json(read_bytes(path).decode())
    except (FileError, ValueError):
        return False
    return isinstance(record, dict) and record.get("format") == FORMAT and record.get("ring") is not None
