"""A snapshot that several processes read is the one that a single process reads, and is refused for the same reason."""

from __future__ import annotations

import os
import subprocess
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from policylint.adapters import shared_file, worker_pool
from policylint.adapters.shared_file import SharedFile
from policylint.errors import FileError, SnapshotError
from policylint.model.device import PROPERTIES, TIMES
from policylint.readers.device_lines import LineCutter
from policylint.readers.sealed import read_sealed
from tests.examples import examples
from tests.unit.readers.test_strict_lines import NOT_JSON, WHOLE, seal_again
from tests.worlds import STORE, sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from policylint.readers.device_lines import Part

TIME = "2026-01-02T03:04:05Z"
USUAL = ("mailbox", "Guid", "DeviceId", *TIMES, *PROPERTIES, "ClientType")
TEXTS = st.sampled_from(["A", "b", "", "a\\b", 'x, "DeviceType": ', "\u00a7", "line\nend", None])
ROWS = st.one_of(
    st.fixed_dictionaries({name: st.sampled_from([TIME, None]) if name in TIMES else TEXTS for name in USUAL}),
    st.fixed_dictionaries({name: st.just(TIME) if name in TIMES else st.sampled_from(["A", "b"]) for name in USUAL}),
    st.dictionaries(st.sampled_from([*USUAL, "Other"]), TEXTS, max_size=8),
)


class Pieces:
    """A file in memory. Its workers cut its blocks, but for those that one of them would have cut when it ended."""

    def __init__(self, content: bytes, size: int, workers: int, ends: frozenset[int] = frozenset()) -> None:
        self._content, self._size, self._workers, self._ends = content, size, workers, ends

    def __iter__(self) -> Iterator[bytes]:
        return (self._content[at : at + self._size] for at in range(0, len(self._content), self._size))

    @contextmanager
    def workers(self) -> Iterator[Workers]:
        yield Workers(self._content, self._workers, self._ends)


class Workers:
    """Cutters in this process, which cut when they are asked for their answer."""

    def __init__(self, content: bytes, number: int, ends: frozenset[int]) -> None:
        self._content, self._ends = content, ends
        self._cutters = [LineCutter() for _ in range(number)]
        self._asked: deque[tuple[int, int]] = deque()
        self._count = self.most = 2 * number

    def ask(self, offset: int, length: int) -> None:
        assert len(self._asked) < self.most
        self._asked.append((offset, length))

    def take(self) -> tuple[int, Part | None]:
        offset, length = self._asked.popleft()
        number, self._count = self._count, self._count + 1
        worker = number % len(self._cutters)
        if number - self.most in self._ends:
            return worker, None
        return worker, self._cutters[worker].cut(self._content[offset : offset + length])


def outcome(read: Callable[[], Any]) -> object:
    """Return all that is read of a file, or why it is refused."""
    try:
        raw = read()
    except SnapshotError as problem:
        return problem.message
    return list(raw.devices), raw.devices.all_kinds(), raw.devices.owners(), raw.sha256, dict(raw.sections)


@settings(max_examples=examples(150))
@given(st.lists(ROWS, max_size=30), st.integers(1, 3000), st.integers(1, 3), st.frozensets(st.integers(0, 9)))
@example([dict.fromkeys(USUAL, "A") | dict.fromkeys(TIMES, TIME) for _ in range(400)], 3000, 2, frozenset())
@example([dict.fromkeys(USUAL, "A") | dict.fromkeys(TIMES, TIME) for _ in range(400)], 3000, 3, frozenset({4}))
def test_workers_read_what_one_process_reads(
    rows: list[dict[str, Any]], size: int, workers: int, ends: frozenset[int]
) -> None:
    content = sealed("organization: {DefaultAccessLevel: Allow}\n", rows)
    alone = outcome(lambda: read_sealed([content], "live.json", STORE))
    assert alone == outcome(lambda: read_sealed(Pieces(content, size, workers, ends), "live.json", STORE))
    assert not isinstance(alone, str)


@pytest.mark.parametrize("change", [case[1] for case in NOT_JSON], ids=[case[0] for case in NOT_JSON])
def test_workers_refuse_what_one_process_refuses(change: Callable[[str], str]) -> None:
    content = seal_again(change(WHOLE.decode("ascii")).encode())
    alone = outcome(lambda: read_sealed([content], "live.json", STORE))
    assert isinstance(alone, str)
    for size in (400, 1500):
        assert alone == outcome(lambda: read_sealed(Pieces(content, size, 2), "live.json", STORE))  # noqa: B023


@settings(max_examples=examples(150))
@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=3), st.integers(0, 3), st.integers(200, 3000))
def test_workers_agree_about_a_damaged_file(place: int, put_in: bytes, taken_out: int, size: int) -> None:
    content = seal_again(WHOLE[:place] + put_in + WHOLE[place + taken_out :])
    alone = outcome(lambda: read_sealed(list(Pieces(content, size, 2)), "live.json", STORE))
    assert alone == outcome(lambda: read_sealed(Pieces(content, size, 2), "live.json", STORE))


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a snapshot of many blocks, which counts as large and as written long ago."""
    monkeypatch.setattr(shared_file, "LARGE", 0)
    monkeypatch.setattr(shared_file, "FRESH", -1.0)
    rows = [
        {
            "mailbox": f"u{each % 7}@contoso.com",
            "Guid": f"G{each}",
            "DeviceId": f"ID{each}",
            **dict.fromkeys(TIMES, TIME),
        }
        | dict.fromkeys(PROPERTIES, f"Phone {each % 5}")
        for each in range(400)
    ]
    path = tmp_path / "live.json"
    path.write_bytes(sealed("organization: {DefaultAccessLevel: Allow}\n", rows))
    return path


@contextmanager
def shared(path: Path, jobs: int, size: int = 4000) -> Iterator[SharedFile]:
    with path.open("rb") as file:
        yield SharedFile(iter(lambda: file.read(size), b""), file, path, "live.json", jobs)


def test_processes_read_what_one_process_reads(large: Path) -> None:
    alone = outcome(lambda: read_sealed([large.read_bytes()], "live.json", STORE))
    for jobs in (1, 2, 3):
        with shared(large, jobs) as pieces:
            assert alone == outcome(lambda: read_sealed(pieces, "live.json", STORE))


def test_a_process_that_ends_is_done_without(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = outcome(lambda: read_sealed([large.read_bytes()], "live.json", STORE))
    for program in ("raise SystemExit", "import sys; sys.stdout.write('no part' * 99)", "nonsense("):
        monkeypatch.setattr(worker_pool, "_PROGRAM", program)
        with shared(large, 2) as pieces:
            assert alone == outcome(lambda: read_sealed(pieces, "live.json", STORE))


def test_where_no_process_can_be_started_one_reads_alone(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []

    def start(*given: Any, **named: Any) -> Any:
        if started:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        started.append(popen(*given, **named))
        return started[0]

    popen = subprocess.Popen
    alone = outcome(lambda: read_sealed([large.read_bytes()], "live.json", STORE))
    monkeypatch.setattr(subprocess, "Popen", start)
    with shared(large, 2) as pieces:
        assert alone == outcome(lambda: read_sealed(pieces, "live.json", STORE))
    assert started[0].returncode is not None


def test_no_process_is_left_behind(large: Path) -> None:
    def interrupted() -> None:
        with pieces.workers() as workers:
            assert isinstance(workers, worker_pool.WorkerPool)
            processes.extend(workers._processes)
            workers.ask(0, 10)
            raise KeyboardInterrupt

    processes: list[Any] = []
    with shared(large, 2) as pieces, pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [True, True] == [process.returncode is not None for process in processes]


def test_a_file_that_changes_while_it_is_read_is_refused(large: Path) -> None:
    def change() -> None:
        with pieces.workers() as workers:
            assert workers is not None
            os.utime(large, (1, 1))

    with shared(large, 2) as pieces, pytest.raises(FileError, match="it was changed while it was read") as caught:
        change()
    assert caught.value.help


def test_another_file_under_the_name_is_not_cut(large: Path, tmp_path: Path) -> None:
    with shared(large, 2) as pieces:
        other = tmp_path / "other"
        other.write_bytes(large.read_bytes())
        other.replace(large)
        with pieces.workers() as workers:
            assert workers is not None
            workers.ask(0, large.stat().st_size)
            assert workers.take() == (0, None)


@pytest.mark.parametrize(("name", "value"), [("LARGE", 1 << 30), ("FRESH", 1e9)])
def test_a_small_file_and_one_just_written_are_read_alone(
    large: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: float
) -> None:
    monkeypatch.setattr(shared_file, name, value)
    with shared(large, 2) as pieces, pieces.workers() as workers:
        assert workers is None
