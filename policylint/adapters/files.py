"""Files: found, read with their encoding, and written whole or not at all."""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import stat
import sys
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from policylint.errors import FileError
from policylint.regex import regex
from policylint.source import Source, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import ModuleType

CONFIG_NAME = "policylint.yaml"

PIPE, STDIN = "-", "<stdin>"
"""How a command line names standard input, and what it is called in messages."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
OUTSIDE = "a link out of the repository"

MAX_BYTES = 256 << 20
"""A policy file larger than this is refused; ten thousand rules need one megabyte."""


PIECE = 1 << 20
"""How many bytes are read at once: a reader makes room for all that it is asked for."""


def find_config(start: Path) -> Path | None:
    """Return the policylint.yaml of a folder or of the nearest one above it, no further than the git root.

    Outside of a git repository only the folder itself counts: whoever may write to a folder above it, such as /tmp,
    need not be its author. What has the name and is no file is returned too: it cannot be read, and is not passed over.
    Raises FileError where that cannot be looked at.
    """
    root = git_root(start)
    for folder in (start, *start.parents):
        candidate = folder / CONFIG_NAME
        if is_there(candidate):
            return candidate
        if folder == root or root is None:
            return None
    return None


def git_root(start: Path) -> Path | None:
    """Return the nearest folder that is the root of a git repository, itself included; None where there is none."""
    return next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), None)


def display_path(path: Path) -> str:
    """Return a path as it is shown: relative to the current folder where it lies below it, with forward slashes.

    Both are compared as what they really are: Windows has short names, letters of drives that stand for folders, and
    no difference between upper and lower case.
    """
    return path_below(os.path.realpath(path), os.path.realpath(Path.cwd())) or path.as_posix()


def path_below(path: str, folder: str, flavor: ModuleType = os.path) -> str | None:
    """Return a path relative to a folder that it lies below, with forward slashes; None where it does not.

    Both are absolute. `flavor` says what paths are like: `os.path`, or what that is on another system.
    """
    try:
        found: str = flavor.relpath(path, folder)
    except ValueError:  # on another drive of Windows
        return None
    outside = found == flavor.curdir or found.split(flavor.sep)[0] == flavor.pardir
    return None if outside else found.replace(flavor.sep, "/")


def named_path(path: Path) -> str:
    """Return a path as it is shown, by its own name where it is a link."""
    where = Path(os.path.realpath(path.parent)) / path.name
    return path_below(str(where), os.path.realpath(Path.cwd())) or path.as_posix()


@contextlib.contextmanager
def noting_reads() -> Iterator[None]:
    """Remember which plain files are read while the context lasts, for `was_read`."""
    token = _opened.set(set())
    try:
        yield
    finally:
        _opened.reset(token)


def was_read(path: Path) -> bool:
    """Return whether a path, links followed, is of a file that was read since `noting_reads`, whatever its name."""
    try:
        status = path.stat()
    except OSError:
        return False
    return (status.st_dev, status.st_ino) in (_opened.get() or ())


def open_plain(path: Path, *, links: bool = True) -> BinaryIO:
    """Return a plain file, open for reading; only with `links` may the path be a link. Raises FileError.

    A link in a git repository may not lead out of it: whoever may commit there would choose what is read.

    Nothing else is waited for: a named pipe may never end, nor a device. What a shell makes of `<(command)` and what is
    called /dev/stdin may be a pipe.
    """
    shown = named_path(path)
    flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_BINARY", "O_CLOEXEC", "O_NONBLOCK"))
    try:
        if links and leads_out(path):
            raise FileError(OUTSIDE, path=shown, help="name the file itself")
        if path.is_dir():
            raise FileError("a folder, not a file", path=shown)
        handle = os.open(path, flags if links else flags | getattr(os, "O_NOFOLLOW", 0))
    except OSError as problem:
        reason = f"cannot be read: {problem.strerror}"
        raise FileError(reason, path=shown, help="check the path and the permissions") from problem
    status = os.fstat(handle)
    mode = status.st_mode
    if stat.S_ISREG(mode):
        if (opened := _opened.get()) is not None:
            opened.add((status.st_dev, status.st_ino))
    else:
        if not (links and _STREAM.fullmatch(path.as_posix())):
            os.close(handle)
            kind = next((words for is_kind, words in _KINDS if is_kind(mode)), "something else")
            raise FileError(f"{kind}, not a plain file", path=shown, help="name a file; `-` is standard input")
        os.set_blocking(handle, True)
    return os.fdopen(handle, "rb")


_opened: ContextVar[set[tuple[int, int]] | None] = ContextVar("_opened", default=None)
"""The files that were read since `noting_reads`, None outside of it."""

_STREAM = regex(r"/dev/(?:stdin|fd/[0-9]+)|/proc/self/fd/[0-9]+")
_OUTPUT_STREAM = regex(r"/dev/(?:std(?P<name>out|err)|fd/(?P<fd>[0-9]+))|/proc/self/fd/(?P<number>[0-9]+)")
_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def is_stream(path: Path) -> bool:
    """Return whether a path names what can be read once, and only from its beginning to its end."""
    return _STREAM.fullmatch(path.as_posix()) is not None


def read_all(file: BinaryIO, shown: str = "") -> bytes:
    """Return the rest of a file. Raises FileError where it is larger than MAX_BYTES, or cannot be read."""
    pieces, size = [], 0
    try:
        while piece := file.read(PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_BYTES:
                raise FileError(f"larger than {MAX_BYTES >> 20} MB", path=shown, help="split it into several files")
    except OSError as problem:
        raise FileError(f"cannot be read: {problem.strerror}", path=shown, help="read it again") from problem
    return b"".join(pieces)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file that the caller named. Raises FileError."""
    with open_plain(path) as file:
        return read_all(file, display_path(path))


def is_pipe(path: Path) -> bool:
    """Return whether a path of the command line stands for standard input."""
    return str(path) == PIPE


def stdin() -> BinaryIO:
    """Return standard input. Raises FileError where it is closed."""
    if sys.stdin is None:
        raise FileError("there is none", path=STDIN, help="pipe a file into it")
    return sys.stdin.buffer


def read_stdin() -> bytes:
    """Return all of standard input. Raises FileError."""
    return read_all(stdin(), STDIN)


def read_source(path: Path, name: str | None = None) -> Source:
    """Return the text of a file with the path as it is shown, or a name; UTF-8, or what its byte order mark says.

    `-` is standard input. Raises FileError with the place of the first byte that is not text.
    """
    if is_pipe(path):
        return decode(read_stdin(), STDIN)
    return decode(read_bytes(path), name or display_path(path))


def decode(data: bytes, name: str) -> Source:
    """Return the text of a file's bytes; UTF-8, or what the byte order mark says.

    Raises FileError with the place of the first byte that is not text.
    """
    bom, encoding = _encoding(data)
    data = data[len(bom) :]
    try:
        return Source(name, data.decode(encoding))
    except UnicodeDecodeError as problem:
        good = Source(name, data[: problem.start].decode(encoding, "replace"))
        span = Span(good, len(good.text), len(good.text))
        raise FileError(
            f"not {encoding.upper()} text: byte 0x{data[problem.start]:02X}",
            help="save the file as UTF-8",
            span=span,
        ) from problem


def _encoding(data: bytes) -> tuple[bytes, str]:
    """Return the byte order mark of a file and the encoding that it stands for: none and UTF-8 where there is none."""
    return next(((bom, codec) for bom, codec in _BOMS if data.startswith(bom)), (b"", "utf-8"))


def encode_like(text: str, data: bytes) -> bytes:
    """Return a text in the encoding of a file's bytes, with the byte order mark that they begin with."""
    bom, encoding = _encoding(data)
    return bom + text.encode(encoding)


def is_there(path: Path) -> bool:
    """Return whether there is something of a path, be it a link to nothing. Raises FileError where that is unknown."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as problem:
        hint = "check the path and the permissions"
        raise FileError(f"cannot be read: {problem.strerror}", path=display_path(path), help=hint) from problem
    return True


def write_text(path: Path, text: str, *, encoding: str = "utf-8") -> None:
    """Write a file whole or not at all, line ends as they are in the text. Raises FileError."""
    write_bytes(path, text.encode(encoding))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises FileError."""
    write_pieces(path, (data,))


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file whole or not at all; a device, such as /dev/stdout, is written to. Raises FileError.

    A link is followed, but none that leads out of the git repository it is in: whoever may commit there would choose
    what is overwritten.
    """
    try:
        target = Path(os.path.realpath(path))
        if target.is_symlink():  # a link to itself
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        if leads_out(path):
            raise FileError(OUTSIDE, path=named_path(path), help="name the file itself")
        if target.is_dir():
            raise FileError("a folder, not a file", path=display_path(path))
        if target.exists() and not target.is_file():
            with target.open("wb") as file:
                file.writelines(pieces)
        else:
            _replace(target, pieces)
    except OSError as problem:
        hint = "check that the folder exists and may be written to"
        raise FileError(f"cannot be written: {problem.strerror}", path=display_path(path), help=hint) from problem


def write_output(path: Path, pieces: Iterable[bytes]) -> None:
    """Write an output whole or not at all; what is called /dev/stdout and the like is written to. Raises FileError.

    No link is followed, and nothing is written into a folder of git: whoever may commit to a repository would choose
    what is overwritten.
    """
    if (stream := _OUTPUT_STREAM.fullmatch(path.as_posix())) is not None:
        _write_stream(path, {"out": 1, "err": 2}.get(stream["name"]) or int(stream["fd"] or stream["number"]), pieces)
        return
    if path.is_symlink():
        raise FileError("a link, which no output follows", path=named_path(path), help="name the file itself")
    if ".git" in map(str.lower, Path(os.path.realpath(path)).parts):
        raise FileError("in the folder of git", path=named_path(path), help="name a file elsewhere")
    write_pieces(path, pieces)


def _write_stream(path: Path, number: int, pieces: Iterable[bytes]) -> None:
    try:
        with os.fdopen(os.dup(number), "wb") as file:
            file.writelines(pieces)
    except OSError as problem:
        hint = "name a file; `-` is standard output"
        raise FileError(f"cannot be written: {problem.strerror}", path=path.as_posix(), help=hint) from problem


def leads_out(path: Path) -> bool:
    """Return whether a path that is in a git repository, links not followed, is of what is not.

    A link may lead into another repository: so every root on the way up counts, not the nearest alone.
    """
    target, folder = os.path.realpath(path), Path(os.path.abspath(path)).parent  # noqa: PTH100
    roots = (os.path.realpath(each) for each in (folder, *folder.parents) if (each / ".git").exists())
    return any(target != root and path_below(target, root) is None for root in roots)


def _replace(target: Path, pieces: Iterable[bytes]) -> None:
    """Write a file beside its target, then put it in the place of that; it keeps the permissions of what was there.

    It is gone however this ends: the name is known before the file is there.
    """
    mode = target.stat().st_mode & 0o7777 if target.exists() else None
    temporary = target.with_name(f".policylint-{os.urandom(8).hex()}.tmp")
    try:
        opener = partial(os.open, mode=0o666 if mode is None else mode)
        with open(temporary, "xb", opener=opener) as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(target)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def make_folder(path: Path) -> None:
    """Make a folder and those above it, where they are not there. Raises FileError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        hint = "check the path and the permissions"
        raise FileError(f"cannot be made: {problem.strerror}", path=display_path(path), help=hint) from problem


def require_writable(paths: Iterable[Path]) -> None:
    """Raise FileError where a file is read-only: to put another one in its place would be possible, but not meant."""
    for path in paths:
        if is_there(path) and not path.stat().st_mode & stat.S_IWUSR:
            hint = "nothing is written; make it writable first"
            raise FileError("cannot be written: it is read-only", path=display_path(path), help=hint)


def write_files(files: Mapping[Path, bytes]) -> None:
    """Write every file, or leave all as they were, also when it is interrupted. Raises FileError."""
    before = {path: read_bytes(path) if is_there(path) else None for path in files}
    written: list[Path] = []
    try:
        for path, data in files.items():
            written.append(path)
            write_bytes(path, data)
    except BaseException:
        for path in reversed(written):
            with contextlib.suppress(OSError, FileError):
                if (data_before := before[path]) is not None:
                    write_bytes(path, data_before)
                else:
                    path.unlink()
        raise


def write_new_files(files: Mapping[Path, str]) -> None:
    """Write every file, or none and no folder for them, also when it is interrupted.

    Raises FileError, also where one of them is there already.
    """
    written: list[Path] = []
    made: list[Path] = []
    try:
        for path, text in files.items():
            missing = [folder for folder in (path.parent, *path.parent.parents) if not is_there(folder)]
            for folder in reversed(missing):
                made.append(folder)
                make_folder(folder)
            if is_there(path):
                raise FileError("there already", path=named_path(path), help="nothing was written; name another folder")
            written.append(path)
            write_text(path, text)
    except BaseException:
        for path in reversed(written):
            with contextlib.suppress(OSError):
                path.unlink()
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise
