"""Live state from what somebody names: a sealed snapshot, or the outputs of Get- cmdlets in files and folders."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from policylint.diagnostic import Severity
from policylint.documentation import Page, problem_page
from policylint.errors import FileError, SnapshotError, UsageError
from policylint.escape import command_line
from policylint.model.config import EDITIONS
from policylint.model.entity import EMPTY
from policylint.phrases import count, listed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from policylint.project.files import Files
    from policylint.project.indexed import Indexes
    from policylint.readers.collected import Collected, InputFile
    from policylint.readers.raw import RawSnapshot
    from policylint.schema.store import SchemaStore

_WHAT_IS_READ = "name the output of Get- cmdlets, or the file that the script of `policylint export-script` writes"
_ALONE = "a sealed snapshot is whole: name it alone"


def read_live(
    files: Files,
    paths: Sequence[str],
    store: SchemaStore,
    *,
    edition: str,
    taken_at: str | None = None,
    allowed: Collection[str] = (),
    indexes: Indexes | None = None,
) -> RawSnapshot:
    """Return what paths hold together. Raises FileError where one cannot be read, SnapshotError where it is lossy.

    With `indexes`, those of sealed files are used and written.
    """
    found = collect_live(files, paths, store, edition=edition, taken_at=taken_at, allowed=allowed, indexes=indexes)
    if not found.raw.sealed:  # of a sealed one it is said what it lacks when it is bound
        require_whole(found, paths)
    doubted = (each for each in found.problems if each.severity is Severity.WARNING)
    doubts = tuple(f"warning[{each.code}]: {each.place()}: {each.message}" for each in doubted)
    return found.raw._replace(doubts=doubts)


def require_whole(found: Collected, paths: Sequence[str]) -> None:
    """Raise SnapshotError where files are lossy, or hold nothing of live state."""
    if not found.errors and found.sections:
        return
    if not found.errors:
        what = "; ".join(f"{problem.place()}: {problem.message}" for problem in found.problems[:3])
        raise SnapshotError(
            f"nothing of live state in {', '.join(paths)}: {what}", help=_WHAT_IS_READ, page=Page.SNAPSHOT
        )
    first, *others = found.errors
    more = f"; {count(len(others), 'more problem')}" if others else ""
    command = command_line("policylint snapshot show", *paths) or "policylint snapshot show"
    hint = f"{first.help}; `{command}` shows all" if first.help else f"`{command}` shows all"
    raise SnapshotError(
        f"{first.place()}: {first.message} [{first.code}]{more}", help=hint, page=problem_page(first.code)
    )


def collect_live(
    files: Files,
    paths: Sequence[str],
    store: SchemaStore,
    *,
    edition: str,
    taken_at: str | None = None,
    allowed: Collection[str] = (),
    keep_devices: bool = False,
    indexes: Indexes | None = None,
) -> Collected:
    """Return what paths hold together, and what is wrong with it. Raises FileError where one cannot be read.

    With `indexes`, a sealed file that has one is read by it, and one that has none gets it.

    Raises SnapshotError where a sealed snapshot is not a whole one, or not alone.
    """
    inputs = [each for path in paths for each in _inputs(files, path)]
    sealed = next(filter(_is_sealed, inputs), None)
    if sealed is not None and len(inputs) > 1:
        other = next(each.path for each in inputs if each is not sealed)
        raise SnapshotError(f"{sealed.path}: a sealed snapshot beside {other}", help=_ALONE)
    if sealed is not None:
        return _sealed(_read_sealed(sealed, store, indexes))
    from policylint.readers.collect import collect

    return collect(
        inputs,
        store,
        name=listed(paths, 3),
        edition=edition,
        taken_at=taken_at or "",
        allowed=allowed,
        keep_devices=keep_devices,
    )


def edition_not_said(path: str) -> UsageError:
    """Return why live state of no known edition is not used."""
    reason = f"{path} does not say of which edition of Exchange it is"
    return UsageError(reason, help=f"give --edition: one of {', '.join(EDITIONS)}", page=Page.KEYS)


def nothing_read(problem: SnapshotError, paths: Sequence[str]) -> Collected:
    """Return what is known of a sealed snapshot that is refused: why, and nothing that it holds."""
    from policylint.model.device_table import DeviceTable
    from policylint.model.snapshot import Header
    from policylint.readers.collected import Collected
    from policylint.readers.problems import Problem
    from policylint.readers.raw import RawSnapshot

    path = next((each for each in paths if problem.message.startswith(f"{each}: ")), None)
    why = problem.message.removeprefix(f"{path}: ")
    code = "not-sealed" if why.startswith("not sealed") else "seal-broken"
    header = Header("", None, None, None, "", "", redacted=False)
    raw = RawSnapshot(listed(paths, 3), "", header, {}, DeviceTable(), {})
    return Collected(raw, (), (Problem(code, why, path=path, help=problem.help or ""),), (), EMPTY)


def _is_sealed(file: InputFile) -> bool:
    """Return whether a file is a sealed snapshot; in a folder one that cannot be read is none."""
    from policylint.readers.sealed import is_sealed

    try:
        with file.open() as pieces:
            return is_sealed(next(iter(pieces), b""))
    except FileError:
        if file.named:
            raise
        return False


def _read_sealed(sealed: InputFile, store: SchemaStore, indexes: Indexes | None) -> RawSnapshot:
    """Return what a sealed file holds: by its index, or all of it is read, and it gets one."""
    from policylint.readers.sealed import read_sealed

    if indexes is None or sealed.once:
        with sealed.open() as pieces:
            return read_sealed(pieces, sealed.path, store)
    from policylint.project.indexed import keep_index, read_indexed

    raw = read_indexed(indexes, sealed.path, store)
    if raw is None:
        with sealed.open() as pieces:
            raw = read_sealed(pieces, sealed.path, store)
        keep_index(indexes, raw, store)
    return raw


def _sealed(raw: RawSnapshot) -> Collected:
    from policylint.readers.collected import Collected
    from policylint.readers.problems import FileRead, Problem
    from policylint.readers.raw import DEVICES, EXPORT_AGAIN, LEFT_OUT, NOT_GIVEN

    file = FileRead(raw.path, named=True)
    file.format, file.encoding = "sealed", "utf-8"
    counts = {section: len(rows) for section, rows in raw.sections.items()} | {DEVICES: len(raw.devices)}
    file.counts = {name: number for name, number in counts.items() if raw.incomplete.get(name) != NOT_GIVEN}
    problems = (
        Problem("not-whole", f"{name}: {why}", name.partition(".")[0], raw.path, help=EXPORT_AGAIN, severity=severity)
        for name, why in raw.incomplete.items()
        if why != NOT_GIVEN and (severity := Severity.INFO if why == LEFT_OUT else Severity.ERROR)
    )
    return Collected(raw, (file,), tuple(problems), tuple(file.counts), EMPTY)


def _inputs(files: Files, path: str) -> Iterator[InputFile]:
    """Yield the files that a path names: itself, or those of a folder."""
    from policylint.readers.collected import InputFile

    if files.is_stream(path):
        yield InputFile(path, _Pipe(files, path).open, once=True)
        return
    members = files.members(path)
    if members is None:
        yield InputFile(path, partial(files.pieces, path))
        return
    if not members:
        raise SnapshotError(f"{path}: a folder without files", help="name the folder of the exports itself")
    for member in members:
        yield InputFile(member, partial(files.pieces, member), named=False)


class _Pipe:
    """What is there once, such as standard input: what was looked at is given again."""

    def __init__(self, files: Files, path: str) -> None:
        self._files, self._path = files, path
        self._head: list[bytes] = []
        self._rest: Iterator[bytes] | None = None

    @contextmanager
    def open(self) -> Iterator[Iterable[bytes]]:
        """Return the pieces from the beginning; the first is kept for the second time."""
        if self._rest is None:
            self._rest = self._pieces()
            self._head = [next(self._rest, b"")]
        yield chain(self._head, self._rest)

    def _pieces(self) -> Iterator[bytes]:
        with self._files.pieces(self._path) as pieces:
            yield from pieces
