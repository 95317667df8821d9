"""What people read of a simulation: the rows of each part, chosen once for every format."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from policylint.access.decision import AccessState
from policylint.access.describe import because, disputes_in_words
from policylint.access.impact import gains, loses, owners_in_words, owners_of_changed, state_changes
from policylint.access.simulate import tally
from policylint.analysis.contradictions import contradictions
from policylint.analysis.mismatch import count_mismatches, is_mismatch, mismatches
from policylint.named_tuple import NamedTuple
from policylint.phrases import count
from policylint.render.phrases import ALL_STATES, assumed_words, state_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from policylint.access.decide import AccessModel
    from policylint.access.grouping import DeviceGroup
    from policylint.access.impact import StateChange
    from policylint.access.simulate import ClassAccess, DeviceAccess, Simulation
    from policylint.analysis.mismatch import Mismatch
    from policylint.analysis.stale import Stale

T = TypeVar("T")
Move: TypeAlias = tuple[AccessState | None, AccessState | None]
"""From a live state to a desired one; None is not decided here."""


class Shown(NamedTuple, Generic[T]):
    """The first of some rows, and how many rows there are."""

    rows: tuple[T, ...]
    total: int

    @property
    def left(self) -> int:
        """Return how many rows are not shown."""
        return self.total - len(self.rows)


class Limits(NamedTuple):
    """How many rows of each part are shown, None for all; and whether unchanged classes and devices are, too."""

    classes: int | None = None
    devices: int | None = None
    mismatches: int | None = None
    unchanged: bool = False


class SimulationView(NamedTuple):
    """The parts of a simulation. `has_live` is false without a snapshot; there are then no moves.

    `moves` are all devices by live and desired state, `undecided` those that something else decides about, by what;
    `owners` says in words whose devices change, which takes time. `chosen` says which devices alone
    these are, empty where they are all. `alone` says that this is live state alone: what is desired is then the same,
    and nobody's wish.
    """

    verdict: str
    total: int
    has_live: bool
    changes: tuple[StateChange, ...]
    moves: Mapping[Move, int]
    classes: Shown[ClassAccess]
    devices: Shown[DeviceAccess]
    owners: Callable[[], str]
    undecided: tuple[tuple[str, int], ...]
    mismatches: Shown[Mismatch]
    disputes: str
    contradictions: str = ""
    chosen: str = ""
    stale: Stale | None = None
    alone: bool = False

    @property
    def lists_all(self) -> bool:
        """Return whether the devices are all, not those alone that change."""
        return self.devices.total == self.total

    @property
    def totals(self) -> tuple[tuple[AccessState | None, int, int], ...]:
        """Return each state that occurs, with how many devices have it live and how many are to have it."""
        found = ((state, self._having(state, 0), self._having(state, 1)) for state in ALL_STATES)
        return tuple(each for each in found if any(each[1:]))

    def _having(self, state: AccessState | None, side: int) -> int:
        return sum(number for move, number in self.moves.items() if move[side] == state)


def view_of(
    simulation: Simulation,
    live: AccessModel | None,
    limits: Limits,
    chosen: str = "",
    taken_at: str = "",
    stale: Stale | None = None,
    *,
    alone: bool = False,
) -> SimulationView:
    """Return the parts of a simulation. `live` is the model of live state, None without a snapshot.

    `chosen` says which devices alone the simulation is of: they are all shown, whether they change or not.
    `taken_at` is when live state was read. `stale` are the devices that do not sync any more, where they are asked for.
    """
    moves = tally((cohort for cohort in simulation.cohorts if cohort.live is not None), lambda cohort: cohort.move)
    undecided = tally(
        (cohort for cohort in simulation.cohorts if cohort.desired.state is None),
        lambda cohort: because(cohort.desired),
    )
    return SimulationView(
        verdict=verdict_of(simulation, chosen, alone=alone),
        total=simulation.total,
        has_live=_has_live(simulation),
        changes=state_changes(simulation),
        moves={move: moves[move] for move in product(ALL_STATES, ALL_STATES) if moves[move]},
        classes=_classes(simulation, limits, chosen=bool(chosen)),
        devices=_devices(simulation, limits._replace(unchanged=limits.unchanged or bool(chosen))),
        owners=lambda: owners_in_words(*owners_of_changed(simulation), "of"),
        undecided=tuple(sorted(undecided.items(), key=lambda item: (-item[1], item[0]))),
        mismatches=mismatched(simulation, live, limits.mismatches, taken_at),
        disputes=disputes_in_words(simulation.disputed, simulation.precedence_sensitive) if simulation.disputed else "",
        contradictions=contradictions(simulation).note,
        chosen=chosen,
        stale=stale,
        alone=alone,
    )


def verdict_of(simulation: Simulation, chosen: str = "", *, alone: bool = False) -> str:
    """Return in one line whose access changes; `chosen` says which devices alone these are.

    Of live state alone it says what devices have. What was not read and could decide otherwise follows.
    """
    return _verdict(simulation, chosen, alone=alone) + assumed_words(simulation.not_read)


def _verdict(simulation: Simulation, chosen: str, *, alone: bool) -> str:
    devices = count(simulation.total, "device") + (f" ({chosen})" if chosen else "")
    if chosen and not simulation.total:
        return f"no device of the snapshot ({chosen})"
    if not _has_live(simulation):
        return f"{count(len(simulation.classes), 'class')} of devices; no snapshot, so no devices to count"
    if alone:
        return f"live state alone, without a policy: {devices}{_in_states(simulation)}"
    if not simulation.changed:
        return f"nothing changes for any of {devices}"
    won, lost = simulation.count(gains), simulation.count(loses)
    numbers = ((won, "gain it"), (lost, "lose it"), (simulation.changed - won - lost, "change in another way"))
    words = ", ".join(f"{number:,} {word}" for number, word in numbers if number)
    return f"access changes for {simulation.changed:,} of {devices}: {words}"


def _in_states(simulation: Simulation) -> str:
    """Return how many devices have each state that occurs."""
    having = tally(simulation.cohorts, lambda cohort: cohort.desired.state)
    words = ", ".join(f"{having[state]:,} {state_words(state)}" for state in ALL_STATES if having[state])
    return f", {words}" if words else ""


def _has_live(simulation: Simulation) -> bool:
    return any(access.live is not None for access in simulation.classes)


def _classes(simulation: Simulation, limits: Limits, *, chosen: bool) -> Shown[ClassAccess]:
    """Return the classes that devices are in or that change; all where there are none such, or unchanged ones too.

    Where the devices are chosen, only the classes that they are in.
    """
    every = simulation.classes
    if chosen:
        every = tuple(access for access in every if access.devices)
    told = tuple(access for access in every if access.devices or access.changed)
    rows = every if limits.unchanged or not told else told
    return Shown(rows[: limits.classes], len(every))


def _devices(simulation: Simulation, limits: Limits) -> Shown[DeviceAccess]:
    """Return the devices whose access changes, or all."""
    if limits.unchanged:
        return Shown(simulation.members(lambda _cohort: True, limits.devices), simulation.total)
    return Shown(simulation.members(lambda cohort: cohort.changed, limits.devices), simulation.changed)


def mismatched(
    simulation: Simulation, live: AccessModel | None, most: int | None, taken_at: str = ""
) -> Shown[Mismatch]:
    """Return the devices that report another state than live settings give; live state is of `taken_at`."""
    total = count_mismatches(simulation)
    if live is None or not total or most == 0:
        return Shown((), total)
    found = simulation.members(is_mismatch, most)
    return Shown(tuple(mismatches(live, (access.device for access in found), taken_at)), total)


def states_of(groups: Sequence[DeviceGroup]) -> tuple[AccessState | None, ...]:
    """Return the states that devices of any group have, live or desired."""
    return tuple(
        state for state in ALL_STATES if any(group.live.get(state) or group.desired.get(state) for group in groups)
    )


def not_reported(by: str) -> str:
    """Return what a group of devices without a value is called."""
    return "(unknown owner)" if by == "mailbox" else "(not reported)"


def stale_words(stale: Stale) -> str:
    """Return how many devices do not sync any more."""
    when = f"for {count(stale.days, 'day')} when the snapshot was taken"
    if not stale.devices:
        return f"no device is known not to have synced {when}"
    return f"{len(stale.devices):,} of {count(stale.total, 'device')} had not synced {when}"


def not_read_words(stale: Stale) -> str:
    """Return of how many devices it is not known when they last synced, and how to find out."""
    devices = count(stale.not_read, "device")
    return f"the snapshot does not say when {devices} last synced; `export.ps1 -Statistics All` reads that"
