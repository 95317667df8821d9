"""A sealed snapshot by its index: its devices from there, all else from the file, whose hash is checked as always."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

from policylint.errors import SnapshotError
from policylint.readers.device_index import DeviceIndex
from policylint.readers.sealed import read_sealed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from policylint.readers.device_index import Found, Place
    from policylint.readers.raw import RawSnapshot
    from policylint.schema.store import SchemaStore


class Indexes(Protocol):
    """The indexes of snapshots, by the path of the file. Where one cannot be used, it is as if there were none."""

    def begin(self, path: str) -> None:
        """Begin to check a file against its index, where it has one, so that `find` need not wait."""

    def find(self, path: str) -> AbstractContextManager[Found | None]:
        """Return the index of a file, to be used while the context lasts."""

    def place(self, path: str) -> AbstractContextManager[tuple[Place, Iterator[bytes]] | None]:
        """Return where the devices of a file are, and the pieces of all else, to be taken while the context lasts."""

    def keep(self, index: DeviceIndex) -> None:
        """Write an index."""


def read_indexed(indexes: Indexes, path: str, store: SchemaStore) -> RawSnapshot | None:
    """Return what a sealed file holds, by its index; None where it has none, or is not what its seal says.

    INVARIANT: it is what `read_sealed` returns of the whole file.
    """
    with indexes.find(path) as found:
        if found is None:
            return None
        try:
            raw = read_sealed(found.pieces, path, store, found.known)
        except SnapshotError:
            return None
        return raw if found.is_whole() else None


def keep_index(indexes: Indexes, raw: RawSnapshot, store: SchemaStore) -> None:
    """Write the index of a snapshot that was read in full, where by that index it is the same snapshot.

    Names in a redacted one are pseudonyms: it has none.
    """
    if raw.header.redacted:
        return
    with indexes.place(raw.path) as found:
        if found is None:
            return
        place, pieces = found
        around = list(pieces)
    digest = hashlib.sha256()
    left = place.seal - place.end + place.begin
    for piece in around:
        digest.update(piece[:left])
        left -= min(left, len(piece))
    index = DeviceIndex(raw.sha256, digest.hexdigest(), place, raw.devices)
    try:
        again = read_sealed(around, raw.path, store, index)
    except SnapshotError:
        return
    if again == raw:
        indexes.keep(index)
