"""The devices whose access a plan changes, kept as the columns they are read into: there may be a million of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import eq
from typing import TYPE_CHECKING, TypeAlias, overload

from policylint.plan.plan import AffectedDevice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policylint.access.decision import AccessState
    from policylint.model.device import DeviceClass
    from policylint.model.device_table import CohortIndex

Move: TypeAlias = "tuple[DeviceClass, AccessState | None, AccessState | None, str]"
"""What an affected device calls itself, its states before and after, and whose change it is: all but its names."""


class MovedDevices(Sequence[AffectedDevice]):
    """Affected devices, sorted by mailbox and ID; each is made when it is asked for, and again the next time.

    `moves` are the states before and after by the number of a cohort, and whose change it is, empty if not known.
    """

    def __init__(
        self, index: CohortIndex, moves: Mapping[int, tuple[AccessState | None, AccessState | None, str]]
    ) -> None:
        self._index = index
        self._moves: dict[int, Move] = {
            number: (index.cohorts[number].representative.device_class, *move) for number, move in moves.items()
        }

    def __len__(self) -> int:
        return sum(self._index.cohorts[number].size for number in self._moves)

    def __iter__(self) -> Iterator[AffectedDevice]:
        return (AffectedDevice(mailbox, device_id, *move) for mailbox, device_id, move in self.named())

    @overload
    def __getitem__(self, place: int) -> AffectedDevice: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[AffectedDevice, ...]: ...

    def __getitem__(self, place: int | slice) -> AffectedDevice | tuple[AffectedDevice, ...]:
        return tuple(self)[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def named(self) -> Iterator[tuple[str, str, Move]]:
        """Yield the mailbox and the ID of each device, and what it has in common with others, which is one value."""
        named = self._index.named(self._moves)
        return ((mailbox, device_id, self._moves[number]) for mailbox, device_id, number in named)

    def counts(self) -> Counter[Move]:
        """Return how many devices share what."""
        found: Counter[Move] = Counter()
        for number, move in self._moves.items():
            found[move] += self._index.cohorts[number].size
        return found


def named_moves(affected: Iterable[AffectedDevice]) -> Iterator[tuple[str, str, Move]]:
    """Yield the mailbox and the ID of each device, and all else of it."""
    return affected.named() if isinstance(affected, MovedDevices) else ((*each[:2], each[2:]) for each in affected)


def moves_of(affected: Iterable[AffectedDevice]) -> Counter[Move]:
    """Return how many devices call themselves the same, go from one state to another, and are of the same part."""
    return affected.counts() if isinstance(affected, MovedDevices) else Counter(each[2:] for each in affected)
