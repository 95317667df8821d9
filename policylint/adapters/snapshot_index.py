"""The index of a large sealed snapshot, in the user's cache folder: found, checked against the file, and written."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from policylint.adapters.cache_folder import CacheFolder, cache_path
from policylint.adapters.files import PIECE, git_root
from policylint.errors import FileError
from policylint.readers.device_index import (
    BEGIN,
    LAST_BYTES,
    DeviceIndex,
    Found,
    index_name,
    place_of,
    read_index,
    seal_of,
    write_index,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from policylint.adapters.disk import DiskFiles
    from policylint.readers.device_index import Place, Sealed

LEAST_BYTES = 16 << 20
"""How large a snapshot is at least that gets an index: a smaller one is read in less than half a second."""


class SnapshotIndexes:
    """The indexes of the snapshots of a project. Where one cannot be used, it is as if there were none."""

    def __init__(self, files: DiskFiles, folder: CacheFolder, least: int) -> None:
        self._files, self._folder, self._least = files, folder, least
        self._begun: dict[str, _Hashing] = {}

    @classmethod
    def of_user(cls, files: DiskFiles) -> SnapshotIndexes | None:
        """Return those in the user's cache folder, None where that is switched off or may not be used."""
        path = cache_path(os.environ)
        if path is None:
            return None
        folder = CacheFolder(path)
        projects = (files.tree.root, git_root(Path.cwd()) or Path.cwd())
        return cls(files, folder, LEAST_BYTES) if folder.why_not(projects) is None else None

    def begin(self, path: str) -> None:
        """Begin to hash a file, where it has an index, so that `find` need not wait."""
        with self._open(path) as file:
            sealed = self._sealed(file)
            if file is not None and sealed is not None:
                self._begun[path] = self._hashing(path, file, sealed)

    @contextmanager
    def find(self, path: str) -> Iterator[Found | None]:
        """Return the index of a file, while it is open; None where there is none that can be used.

        The file is hashed meanwhile: `Found.is_whole` waits for that.
        """
        with self._open(path) as file:
            sealed = self._sealed(file)
            if file is None or sealed is None:
                yield None
                return
            hashing = self._begun.pop(path, None) or self._hashing(path, file, sealed)
            data = self._folder.read(index_name(sealed.sha256))
            known = read_index(data, sealed.sha256) if data is not None else None
            if known is None:
                yield None
                return
            yield Found(known, _around(file, known.place), lambda: hashing.result() == known.sha256)

    def _sealed(self, file: BinaryIO | None) -> Sealed | None:
        """Return what the seal of a file says, None where there is no index of it."""
        found = seal_of(_last(file)) if file is not None else None
        return found if found is not None and self._folder.has(index_name(found.sha256)) else None

    def _hashing(self, path: str, file: BinaryIO, sealed: Sealed) -> _Hashing:
        return _Hashing(partial(self._files.open, path), _size(file) - sealed.length)

    @contextmanager
    def place(self, path: str) -> Iterator[tuple[Place, Iterator[bytes]] | None]:
        """Return where the devices of a file are, and the pieces of all else; None where that is not known."""
        with self._open(path) as file:
            place = _place(file) if file is not None else None
            yield (place, _around(file, place)) if file is not None and place is not None else None

    def keep(self, index: DeviceIndex) -> None:
        """Write an index, where that is possible."""
        pieces = write_index(index)
        if pieces is not None:
            self._folder.write(index_name(index.sha256), pieces)

    @contextmanager
    def _open(self, path: str) -> Iterator[BinaryIO | None]:
        """Return a file that is large enough, open for reading; None where it is not, or cannot be read."""
        try:
            file = None if self._files.is_stream(path) else self._files.open(path)
        except (FileError, OSError):
            file = None
        if file is None:
            yield None
            return
        with file:
            yield file if _size(file) >= self._least else None


class _Hashing:
    """Hashes the first bytes of a file, in a thread."""

    def __init__(self, opened: partial[BinaryIO], length: int) -> None:
        self._opened, self._length = opened, length
        self._found = ""
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def result(self) -> str:
        """Return the hash, the empty text where the file cannot be read or is shorter."""
        self._thread.join()
        return self._found

    def _run(self) -> None:
        digest, left, room = hashlib.sha256(), self._length, memoryview(bytearray(PIECE))
        try:
            with self._opened() as file:
                while left and (taken := file.readinto(room[: min(left, PIECE)])):  # type: ignore[attr-defined]
                    digest.update(room[:taken])
                    left -= taken
        except (FileError, OSError):
            return
        self._found = "" if left else digest.hexdigest()


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def _last(file: BinaryIO) -> bytes:
    file.seek(max(0, _size(file) - LAST_BYTES))
    return file.read(LAST_BYTES)


def _place(file: BinaryIO) -> Place | None:
    """Return where the devices of a sealed file are, None where nothing begins them."""
    file.seek(0)
    done, text = 0, b""
    while piece := file.read(PIECE):
        text = text[-len(BEGIN) :] + piece
        done += len(piece)
        if (at := text.find(BEGIN)) >= 0:
            return place_of(done - len(text) + at + len(BEGIN), _last(file), _size(file))
    return None


def _around(file: BinaryIO, place: Place) -> Iterator[bytes]:
    """Yield a file without the lines of its devices."""
    file.seek(0)
    left = place.begin
    while left and (piece := file.read(min(left, PIECE))):
        left -= len(piece)
        yield piece
    file.seek(place.end)
    yield from iter(partial(file.read, PIECE), b"")
