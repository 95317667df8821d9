"""What every reader of live state returns: rows as Exchange showed them, before anything is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from policylint.errors import SnapshotError
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from policylint.model.device_table import DeviceTable
    from policylint.model.snapshot import Header

Row: TypeAlias = "Mapping[str, Any]"
"""The properties of one object, with texts, lists of texts and null as values."""

DEVICES = "devices"
"""The one section of a snapshot that is none of a policy file."""

NOT_GIVEN, LEFT_OUT = "no file is about it", "left out by name"
"""Why a section is not whole by choice: nobody gave a file about it, or somebody left it out, or a property of it."""

EXPORT_AGAIN = "export live state again with the script that `policylint export-script` prints"


class RawSnapshot(NamedTuple):
    """Live state as a file shows it. `sections` has the rows of each section that the file holds.

    `incomplete` says why, by section of which some rows may be missing. Its rows are there, but prove nothing.
    `sealed` says whether it is a sealed snapshot, which says itself when it was taken and that it is whole.
    `doubts` are what its readers warn of, a line each.
    """

    path: str
    sha256: str
    header: Header
    sections: Mapping[str, Sequence[Row]]
    devices: DeviceTable
    incomplete: Mapping[str, str]
    sealed: bool = True
    doubts: tuple[str, ...] = ()


def refusal(path: str, why: str, help: str = EXPORT_AGAIN) -> SnapshotError:  # noqa: A002
    """Return the error that a snapshot is refused with."""
    return SnapshotError(f"{path}: {why}", help=help)


_T = TypeVar("_T")


class _Interned(dict[Any, Any]):
    def __missing__(self, value: Any) -> Any:
        self[value] = value
        return value


def interner() -> Callable[[_T], _T]:
    """Return a function that gives back the first of equal values, so that each is kept in memory once."""
    return _Interned().__getitem__
