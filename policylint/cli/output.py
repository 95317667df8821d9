"""Where commands write: standard output or a file, in color or not, and what they say on standard error."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import click

from policylint.adapters.files import (
    CONFIG_NAME,
    display_path,
    is_pipe,
    is_there,
    named_path,
    was_read,
    write_new_files,
    write_output,
)
from policylint.cli import terminal
from policylint.cli.exit_codes import ExitCode
from policylint.errors import FileError, UsageError
from policylint.escape import clean, guarded
from policylint.model.lock import LOCK_NAME
from policylint.named_tuple import NamedTuple
from policylint.phrases import listed
from policylint.render.style import Style, fitted
from policylint.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from typing import TypeVar

    from policylint.diagnostic import Diagnostic
    from policylint.model.config import Config
    from policylint.model.snapshot import Snapshot
    from policylint.project.project import Project
    from policylint.render.annotations import Annotation
    from policylint.render.facts import Facts

    T = TypeVar("T")


TEXT, CSV, GITHUB, AZURE = "text", "csv", "github", "azure"
"""The formats that leave in a way of their own: for a screen, for spreadsheets, and as commands to a runner."""

COMMANDS = frozenset({GITHUB, AZURE})
"""The formats whose lines are commands to a runner."""

LINES = frozenset({TEXT, "concise", *COMMANDS})
"""The formats that one log can hold together."""


class Output(NamedTuple):
    """What the command line says of the output: its first format and where that goes, and further ones."""

    format: str = TEXT
    color: str = "auto"
    file: Path | None = None
    further: tuple[tuple[str, Path | None], ...] = ()

    @property
    def each(self) -> tuple[Output, ...]:
        """Return the outputs one by one, each with one format, in the order asked for."""
        return (self._replace(further=()), *(Output(name, self.color, file) for name, file in self.further))

    @property
    def formats(self) -> tuple[str, ...]:
        """Return the formats asked for, in that order."""
        return tuple(each.format for each in self.each)

    @property
    def is_seen(self) -> bool:
        """Return whether the first output goes to standard output."""
        return self.file is None or is_pipe(self.file)

    def show(self, render: Callable[[Output], str]) -> None:
        """Write each of the outputs, as `render` makes it for its format and style, standard output first.

        A file that cannot be written keeps no other from being written. Raises FileError where there was one.
        """
        texts = [(each, render(each)) for each in self.each]
        require_free_outputs()
        failed: list[FileError] = []
        try:
            for each, text in texts:
                if each.is_seen:
                    each.write(text)
        finally:
            for each, text in texts:
                if not each.is_seen:
                    try:
                        each.write(text)
                    except FileError as problem:
                        failed.append(problem)
            for earlier in failed[:-1]:
                terminal.failure(earlier)
        if failed:
            raise failed[-1]

    @property
    def style(self) -> Style:
        """Return how text is to look: as --color says, else as NO_COLOR and FORCE_COLOR do, else as a terminal can.

        A variable that is empty is not set. FORCE_COLOR does not color files.
        Source: https://no-color.org/, https://force-color.org/
        """
        seen = self.file is None and terminal.shows_output() and os.environ.get("TERM") != "dumb"
        forced = self.file is None and bool(os.environ.get("FORCE_COLOR"))
        wanted = self.color == "always" or (
            self.color == "auto" and not os.environ.get("NO_COLOR") and (seen or forced)
        )
        screen = terminal.screen() if seen else None
        return Style(color=wanted, width=screen or 100, screen=screen)

    def write(self, text: str) -> None:
        """Write a text to the file, whole or not at all, or to standard output; what people read fits their screen."""
        self.write_document(fitted(text, self.style.screen) if self.format == TEXT else text)

    def write_document(self, text: str) -> None:
        """Write what goes on to a file or a program, such as a script, in the same way; it steers neither."""
        color, commands = self.style.color, self.format if self.format in COMMANDS else ""
        if self.file is None or is_pipe(self.file):
            terminal.write(text, color=color, commands=commands)
            return
        text = guarded(text, color=color, commands=commands)
        self._write_file(self.file, (text.encode("utf-8-sig" if self.format == CSV else "utf-8"),))

    def write_pieces(self, pieces: Iterable[bytes]) -> None:
        """Write the bytes of a file, of plain ASCII, to the file, whole or not at all, or to standard output."""
        if self.file is None or is_pipe(self.file):
            for piece in pieces:
                terminal.write(piece.decode("ascii"))
            return
        self._write_file(self.file, pieces)

    def _write_file(self, file: Path, pieces: Iterable[bytes]) -> None:
        require_free_outputs()
        terminal.flush()
        write_output(file, pieces)
        terminal.say(f"wrote {display_path(file)}", err=True)


_OUTPUTS = "policylint.outputs"


def expect(output: Output) -> Output:
    """Return the outputs that a command line asks for; `require_free_outputs` knows them from now on."""
    if (context := click.get_current_context(silent=True)) is not None:
        context.meta[_OUTPUTS] = output
    return output


def require_free_outputs() -> None:
    """Raise UsageError where an output of the command line would overwrite what the run read, before any is written."""
    context = click.get_current_context(silent=True)
    output = context.meta.get(_OUTPUTS) if context is not None else None
    if output is not None:
        require_free(each.file for each in output.each if each.file is not None)


def require_free(files: Iterable[Path]) -> None:
    """Raise UsageError where one of some files to write is one that the run read, or a policylint.yaml or its lock."""
    for file in files:
        if was_read(file) or (file.name in {CONFIG_NAME, LOCK_NAME} and is_there(file)):
            raise UsageError(f"{named_path(file)} is read, and would be overwritten", help="name another file")


def require_formats(output: Output, why: str, option: str) -> None:
    """Raise UsageError where a format is neither text nor JSON; `why` says what that shows instead."""
    other = next((name for name in output.formats if name not in {TEXT, "json"}), None)
    if other is not None:
        raise UsageError(f"--format {other} {why}", help=f"use text or json with {option}")


def save(text: str, file: Path) -> None:
    """Write a text to a file, whole or not at all, and say so."""
    save_pieces((text,), file)


def save_pieces(pieces: Iterable[str], file: Path) -> None:
    """Write the pieces of a text to a file, in the same way."""
    require_free_outputs()
    write_output(file, (piece.encode() for piece in pieces))
    terminal.say(f"wrote {display_path(file)}", err=True)


def create_files(files: Mapping[Path, str]) -> Mapping[Path, str]:
    """Return files after writing all of them, or none. Raises UsageError where one is there already."""
    there = [display_path(path) for path in files if is_there(path)]
    if there:
        raise UsageError(f"not overwritten: {', '.join(there)}", help="nothing was written; choose an empty folder")
    write_new_files(files)
    return files


def show_config(config: Config) -> None:
    """Write each setting, its value, and where it comes from."""
    from policylint.render.style import table

    rows = [(name, json.dumps(value, ensure_ascii=False), place) for name, (value, place) in config.origins.items()]
    output = Output()
    output.write(table(rows, indent="", screen=output.style.screen))


def annotated(name: str, made: Callable[[T], Iterable[Annotation]]) -> Callable[[T, Style], str]:
    """Return the view, in a format whose lines are commands to a runner, of the annotations that are made."""

    def view(shown: T, _style: Style) -> str:
        from policylint.render.annotations import RENDERERS

        return RENDERERS[name](made(shown))

    return view


def show_errors(project: Project, output: Output, name: str) -> None:
    """Write what is wrong with the policy in the formats that a service reads also where nothing could be computed.

    `name` is that of the command, for JUnit.
    """
    from policylint.render.annotations import render_azure, render_github
    from policylint.render.diagnostics.annotations import annotations_of
    from policylint.render.diagnostics.junit import render_invalid

    views: dict[str, Callable[[], str]] = {
        GITHUB: lambda: render_github(annotations_of(project.errors)),
        AZURE: lambda: render_azure(annotations_of(project.errors)),
        "junit": lambda: render_invalid(name, project.errors),
    }
    shown = [(each.format, each.file) for each in output.each if each.format in views]
    if shown:
        (first, file), *further = shown
        Output(first, output.color, file, tuple(further)).show(lambda each: views[each.format]())


def require_valid(project: Project, style: Style) -> None:
    """Exit with what is wrong where the policy is not valid: nothing may be computed from it."""
    if not project.errors:
        return
    from policylint.render.diagnostics.text import render_text

    files = len(project.policy_paths)
    text = fitted(render_text(project.errors, files=files, style=style), terminal.screen(err=True))
    terminal.tell(text, err=True, color=style.color)
    raise click.exceptions.Exit(findings_code(project, project.errors))


def findings_code(project: Project, found: Iterable[Diagnostic]) -> ExitCode:
    """Return the exit code for findings: another where a file could not be opened, as what it says is not known."""
    return ExitCode.FAILED if project.unread(found) else ExitCode.FINDINGS


def note_missing_snapshot(project: Project, skipped: Iterable[str]) -> None:
    """Say so where the configured snapshot is not there, and what was skipped: words with numbers."""
    if project.missing_snapshot is None:
        return
    words = listed(skipped, None) or "nothing, as nothing here needs it"
    hint = "export live state, or make this an error with --require-snapshot"
    terminal.note(f"{project.missing_snapshot} is not there: skipped {words}", hint)


def note_missing_devices(project: Project) -> None:
    """Say so where the snapshot does not hold every device: what is counted is then not all there is."""
    snapshot = project.snapshot
    if snapshot is not None and project.devices is None:
        terminal.note(f"{snapshot.path} lacks devices: {snapshot.incomplete['devices']}")


def note_missing_mailboxes(project: Project) -> None:
    """Say so where a mailbox is known by its devices alone, as the snapshot does not hold mailboxes."""
    snapshot = project.snapshot
    if snapshot is not None and snapshot.state.mailboxes is None:
        why = snapshot.incomplete.get("mailboxes", "the snapshot does not hold them")
        terminal.note(f"{snapshot.path} lacks mailboxes: {why}; a mailbox is known by its devices alone")


def note_not_read(project: Project) -> None:
    """Say what else the snapshot lacks, for an output that has no place for it."""
    from policylint.access.not_read import not_read

    snapshot = project.snapshot
    if snapshot is None:
        return
    for name, why in snapshot.incomplete.items():
        if name != "devices":
            terminal.note(f"{snapshot.path} lacks {name}: {why}")
    unread = listed(each.in_words() for each in not_read(snapshot.state, snapshot.header.edition))
    if unread:
        terminal.note(f"not read, so taken for not set: {unread}")


def live_state_lines(project: Project, *others: Snapshot | None) -> tuple[str, ...]:
    """Return what a comment says of the snapshots that it rests on: the project's and others, without folders."""
    from policylint.render.facts import local
    from policylint.render.phrases import live_state_words

    snapshots = {each.sha256: each for each in (project.snapshot, *others) if each is not None}
    named = (each._replace(path=local(each.path)) for each in snapshots.values())
    return tuple(live_state_words(each, project.now).removeprefix("live state: ") for each in named)


def with_live_state(text: str, project: Project, *others: Snapshot | None) -> str:
    """Return a text with a last line for each snapshot that it rests on: the project's, and others that it names."""
    from policylint.render.phrases import live_state_words

    snapshots = {each.sha256: each for each in (project.snapshot, *others) if each is not None}
    lines = "".join(f"{clean(live_state_words(each, project.now))}\n" for each in snapshots.values())
    return text.rstrip("\n") + f"\n\n{lines}" if lines else text


def live_state_record(project: Project) -> dict[str, Any]:
    """Return the field of a JSON output that says which snapshot it rests on."""
    from policylint.render.records import snapshot_record

    return {"snapshot": snapshot_record(project.snapshot, project.now)}


def facts_of(project: Project) -> Facts:
    """Return whose policy and live state a document is about, and when and from what it is made."""
    from policylint.render.facts import Facts, age_words, local, policy_revision_words, time_words
    from policylint.render.phrases import lacks_words

    facts = Facts(
        __version__,
        project.config.edition,
        time_words(project.now),
        environment=project.environment or "",
        files=len(project.policy_paths),
        revision=policy_revision_words(project.revision),
    )
    snapshot = project.snapshot
    if snapshot is None:
        return facts
    header = snapshot.header
    return facts._replace(
        snapshot=local(snapshot.path),
        taken_at=header.taken_at,
        age=age_words(snapshot.age(project.now), is_ahead=snapshot.is_ahead(project.now)),
        lacks=lacks_words(snapshot),
        organization=header.organization or "",
        tenant=header.tenant or "",
    )
