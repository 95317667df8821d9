"""Writes sealed snapshots (`policylint-snapshot/1`) for the example and for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from policylint.readers import short
from policylint.readers.sealed import FORMAT
from policylint.readers.short import ALWAYS, HEADER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Value: TypeAlias = "str | bool | Sequence[str] | None"
Row: TypeAlias = "Mapping[str, Value]"

__all__ = ["ALWAYS", "FORMAT", "HEADER", "Row", "Value", "seal"]


def seal(
    header: Row = HEADER,
    *,
    organization: Row | None = None,
    complete: Mapping[str, bool | str] | None = None,
    **sections: Sequence[Row],
) -> bytes:
    """Return the bytes of a sealed snapshot, as `short.seal` does."""
    return short.seal(header, organization=organization, complete=complete, sections=sections)
