"""Standard output and standard error: the one place where text leaves for them, and nothing in it steers anything."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, cast

import click

from policylint.cli.exit_codes import ExitCode
from policylint.cli.progress import StatusLine
from policylint.escape import clean, guarded
from policylint.phrases import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.errors import PolicylintError

_STANDARD = ("stdin", "stdout", "stderr")


def prepare() -> None:
    """Make the streams fit to be written to: both are there, and those that are no terminal are UTF-8.

    A terminal keeps its encoding; what it lacks is shown as code points. One that was closed before the start goes
    nowhere, and its number is taken, so that no file gets it.
    """
    if None in (sys.stdin, sys.stdout, sys.stderr):
        _reopen()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            encoding = {} if is_terminal(stream) else {"encoding": "utf-8"}
            stream.reconfigure(errors="backslashreplace", **encoding)


def _reopen() -> None:
    """Take the numbers of closed streams, and open those that are written to: to write to them does nothing."""
    while (number := os.open(os.devnull, os.O_WRONLY)) <= max(range(len(_STANDARD))):
        pass
    os.close(number)
    for number, name in enumerate(_STANDARD):
        if getattr(sys, name) is None and name != "stdin":
            setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))  # noqa: SIM115


def is_terminal(stream: TextIO) -> bool:
    """Return whether somebody sees a stream while it is written."""
    try:
        return stream.isatty()
    except ValueError:  # it was closed
        return False


def can_ask() -> bool:
    """Return whether somebody is there to answer a question."""
    return sys.stdin is not None and is_terminal(sys.stdin)


def shows_output() -> bool:
    """Return whether standard output is a terminal."""
    return is_terminal(sys.stdout)


def shows_errors() -> bool:
    """Return whether standard error is a terminal."""
    return is_terminal(sys.stderr)


def shows_status() -> bool:
    """Return whether standard error is a terminal that can take away what it shows."""
    return shows_errors() and os.environ.get("TERM") != "dumb"


def write(text: str, *, color: bool = False, commands: str = "") -> None:
    """Write the output of a command, which ends in a line end; nothing in it steers a terminal or a runner.

    With `color` the codes of `Style` stay; `commands` is the format whose commands to a runner do. Where the reader has
    closed the pipe the command ends without a word. Raises OSError where standard output cannot be written for another
    reason.
    """
    _deliver(guarded(text.replace("\r\n", "\n"), color=color, commands=commands))


def write_bytes(data: bytes) -> None:
    """Write an output that goes on to a file, as it is. Raises OSError as `write` does."""
    _deliver(data)


def channel() -> BinaryIO:
    """Return standard output for a protocol between programs, which no person reads; closing it does nothing."""
    return cast("BinaryIO", _Channel(sys.stdout.buffer))


class _Channel(io.RawIOBase):
    """Bytes that go on to a stream, which stays open."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._stream.write(data)

    def flush(self) -> None:
        self._stream.flush()


def _deliver(output: str | bytes) -> None:
    if not _emit(output, err=False):
        raise click.exceptions.Exit(ExitCode.FAILED)


def tell(text: str, *, err: bool = False, color: bool = False) -> None:
    """Write what a command did; it is done, whether somebody reads that or not."""
    _emit(guarded(text, color=color), err=err)


def say(line: str, *, err: bool = False) -> None:
    """Write one line: whatever it holds, it stays one, of a paragraph where it is wider than the screen."""
    text = clean(line)
    if (width := screen(err=err)) is not None:
        from policylint.render.style import fitted

        text = fitted(text, width)
    tell(f"{text}\n", err=err)


def note(message: str, help: str | None = None) -> None:  # noqa: A002
    """Say on standard error what the reader of an output should know, and what to do about it."""
    _remark(f"note: {message}", help)


def error(message: str, help: str | None = None, place: str = "", url: str | None = None) -> None:  # noqa: A002
    """Say on standard error why there is no output, what to do about it, and which page tells more."""
    _remark(f"{place}error: {message}", help)
    if url:
        say(f"  = docs: {url}", err=True)


def failure(problem: PolicylintError) -> None:
    """Say on standard error why a run could not go on, and where."""
    error(problem.message, problem.help, f"{problem.span}: " if problem.span is not None else "", problem.url)


def _remark(line: str, help: str | None) -> None:  # noqa: A002
    say(line, err=True)
    if help:
        say(f"  = help: {help}", err=True)


def with_progress(pieces: Iterable[bytes], size: int, path: str) -> Iterator[bytes]:
    """Pass the pieces of a file on, and let the status line say how far it is."""
    done, name = 0, guarded(cut(clean(path), 50))
    try:
        for piece in pieces:
            done += len(piece)
            _status.say(f"reading {name}, {done * 100 // max(size, 1)} %")
            yield piece
    finally:
        _status.say("")


def doing(words: str) -> None:
    """Let the status line say what the run does from now on."""
    _status.say(words)


@contextlib.contextmanager
def working(name: str) -> Iterator[None]:
    """Show that a command is at work where somebody waits for it at a terminal, and it takes more than a second."""
    with _status.running(name) if shows_status() else contextlib.nullcontext():
        yield


def screen(*, err: bool = False) -> int | None:
    """Return how many columns the terminal has that standard output is shown on; None where it is none."""
    from shutil import get_terminal_size

    seen = shows_errors() if err else shows_output()
    return get_terminal_size().columns if seen else None


def flush() -> None:
    """Write what is still held back. Raises OSError where that fails and a reader is there."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as problem:
            if stream is sys.stdout and not is_closed_pipe(problem):
                raise
            discard(stream)


def _emit(text: str | bytes, *, err: bool) -> bool:
    """Write a text and return whether there is somebody to read it."""
    try:
        with _status.hidden():
            click.echo(text, nl=False, err=err, color=True)
    except OSError as problem:
        if not err and not is_closed_pipe(problem):
            raise
        discard(sys.stderr if err else sys.stdout)
        return False
    return True


def is_closed_pipe(problem: OSError) -> bool:
    """Return whether writing failed because nobody reads any more; Windows calls that an invalid argument.

    Source: https://bugs.python.org/issue35754
    """
    return problem.errno == errno.EPIPE or (os.name == "nt" and problem.errno == errno.EINVAL)


def discard(stream: TextIO | None = None) -> None:
    """Let what is written to a stream, standard output by default, go nowhere from now on."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, (stream or sys.stdout).fileno())
        os.close(nowhere)


def _draw(text: str) -> None:
    with contextlib.suppress(OSError):
        click.echo(text, nl=False, err=True)


_status = StatusLine(_draw, lambda: screen(err=True) or 0)
