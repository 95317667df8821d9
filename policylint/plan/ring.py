"""A plan that is one of several, each for more mailboxes than the one before."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from policylint.access.steps import ALLOWED, BLOCKED
from policylint.model.state import MAILBOX
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.access.decision import AccessState
    from policylint.plan.plan import Plan


class StateCounts(NamedTuple):
    """How many devices are in each state; `undecided` are those that something else decides about."""

    allowed: int = 0
    quarantined: int = 0
    blocked: int = 0
    undecided: int = 0

    def plus(self, other: StateCounts) -> StateCounts:
        """Return the sum of two counts."""
        return StateCounts._make(one + more for one, more in zip(self, other, strict=True))


_FIELD: Mapping[AccessState | None, str] = {
    "Allowed": "allowed",
    "Quarantined": "quarantined",
    "Blocked": "blocked",
    None: "undecided",
}


def counts_of(states: Mapping[AccessState | None, int]) -> StateCounts:
    """Return the counts of devices by state."""
    return StateCounts(**{_FIELD[state]: number for state, number in states.items()})


class Expected(NamedTuple):
    """What a snapshot is to show once a plan was applied: the devices of its ring by state, and all others."""

    ring: StateCounts
    others: StateCounts

    @property
    def all(self) -> StateCounts:
        """Return all devices by state."""
        return self.ring.plus(self.others)


class Held(NamedTuple):
    """A device ID that is in a list of its mailbox for a while, so that the device keeps its state until its ring."""

    mailbox: str
    property: str
    device_id: str


class Ring(NamedTuple):
    """The place of a plan among those of a staged roll-out, from 1, how many there are, and what was asked for.

    `mailboxes` and `devices` are how many the ring has, `names` the mailboxes, None in the last ring: all that are in
    no other. `held` are the temporary exemptions that are there once the plan was applied. `previous` is the
    fingerprint of the plan before, None in the first.
    """

    number: int
    of: int
    name: str
    mailboxes: int
    devices: int
    expect: Expected
    names: tuple[str, ...] | None = None
    held: tuple[Held, ...] = ()
    previous: str | None = None


def ring_record(found: Ring) -> dict[str, Any]:
    """Return the ring of a plan as plain data."""
    return {
        **found._asdict(),
        "expect": {"ring": found.expect.ring._asdict(), "others": found.expect.others._asdict()},
        "names": list(found.names) if found.names is not None else None,
        "held": [{"mailbox": each.mailbox, "property": each.property, "deviceId": each[2]} for each in found.held],
    }


def read_ring(record: Mapping[str, Any]) -> Ring:
    """Return what `ring_record` made plain data of."""
    expect = record["expect"]
    found = Ring(**record)
    return found._replace(
        expect=Expected(StateCounts(**expect["ring"]), StateCounts(**expect["others"])),
        names=tuple(found.names) if found.names is not None else None,
        held=tuple(Held(each["mailbox"], each["property"], each["deviceId"]) for each in record["held"]),
    )


def ring_flaws(plan: Plan) -> Iterator[str]:
    """Yield why the ring of a plan cannot be one that policylint wrote, each in a few words."""
    ring = plan.ring
    if ring is None:
        return
    if ring.number > ring.of or ring.of < 2 or not ring.name:
        yield "`ring`: it has no place among the others"
    if (ring.previous is None) != (ring.number == 1):
        yield "`ring`: the first has no plan before it, and every other one has"
    if (ring.names is None) != (ring.number == ring.of):
        yield "`ring`: the last has the mailboxes that no other has, and every other one names its own"
    names = {*map(fold, ring.names or ())}
    if ring.names is not None and not len(names) == len(ring.names) == ring.mailboxes:
        yield "`ring`: `mailboxes` is not how many it names"
    if sum(ring.expect.ring) != ring.devices or sum(ring.expect.all) != plan.impact.devices:
        yield "`ring`: `expect` does not count the devices there are"
    if any(each.property not in {ALLOWED, BLOCKED} or fold(each.mailbox) in names for each in ring.held):
        yield "`ring`: `held` has what is no temporary exemption"
    if ring.held and (ring.number == ring.of or not _keeps(plan, ring.held)):
        yield "`ring`: `held` is not what the steps leave"
    yield from _affected(plan, ring, names)


def _affected(plan: Plan, ring: Ring, names: set[str]) -> Iterator[str]:
    """Yield where more devices change to a state than are expected to be in it."""
    if plan.affected is None:
        yield "`ring`: `affected` is missing"
        return
    inside: Counter[AccessState | None] = Counter()
    outside: Counter[AccessState | None] = Counter()
    for device in plan.affected:
        is_inside = ring.names is not None and fold(device.mailbox) in names
        (inside if is_inside else outside)[device.after] += 1
    others = ring.expect.others if ring.names is not None else ring.expect.all
    for counted, expected in ((inside, ring.expect.ring), (outside, others)):
        if any(most < number for number, most in zip(counts_of(counted), expected, strict=True)):
            yield "`ring`: `expect` has fewer devices in a state than change to it"


def _keeps(plan: Plan, held: tuple[Held, ...]) -> bool:
    """Return whether every temporary exemption is in its list wherever the steps of a plan change that list."""
    left = {
        (fold(step.identity), change.property): {*map(fold, change.after)}
        for step in plan.steps
        for change in step.changes
        if step.kind == MAILBOX and isinstance(change.after, tuple)
    }
    return all(
        fold(each.device_id) in left.get((fold(each.mailbox), each.property), {fold(each.device_id)}) for each in held
    )
