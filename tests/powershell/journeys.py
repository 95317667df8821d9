"""One pair all the way: pretended first, taken, killed at any moment and taken up again, and back to where it began.

A kill is exact: what a run leaves behind is the state that Exchange has and the bytes that the journal has, and both
are kept for each moment of a run. No device is in a third state at any of them.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from policylint.model.state import RULE
from policylint.plan.planfile import plan_record
from tests.powershell.pairs import GO, Fault, is_hitless, script_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.plan.plan import Plan
    from tests.powershell.exchange import State as Live
    from tests.powershell.pairs import World


T = TypeVar("T")


class Pick(Protocol):
    """Chooses one of several."""

    def __call__(self, several: Sequence[T], /) -> T: ...


class Moment(NamedTuple):
    """What a run that ends here leaves behind, and the states until then."""

    journal: bytes
    states: tuple[Live, ...]

    @property
    def live(self) -> Live:
        """Return the state at this moment."""
        return self.states[-1]

    def alone(self) -> Moment:
        """Return this moment without the states before it."""
        return self._replace(states=self.states[-1:])

    def __repr__(self) -> str:
        return f"Moment({len(self.journal)} bytes, {len(self.states)} states)"


class Trip(NamedTuple):
    """A run that came to its end: the states that it passed through, and each moment at which it could be killed."""

    states: tuple[Live, ...]
    moments: tuple[Moment, ...]

    @property
    def last(self) -> Moment:
        """Return the end."""
        return self.moments[-1]


@dataclass
class Tally:
    """What was tried, counted."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, *names: str) -> None:
        """Count each of the names once."""
        self.counts.update(names)


class Journey:
    """The runs of one pair. Each asserts what must hold after it, and is counted."""

    def __init__(self, world: World, tally: Tally) -> None:
        self.world = world
        self.tally = tally
        self.journal = world.folder / "journal.log"

    def pretend(self, live: Live, script: str) -> None:
        """Run with -WhatIf: nothing changes, nothing is written, and nothing stands in the way."""
        self.tally.add("runs with -WhatIf")
        before = sorted(path.name for path in self.world.folder.glob("*.log"))
        result = self.world.run(live, {}, {"WhatIf": True}, script)
        assert (0, [], []) == (result.exit_code, result.errors, result.calls), result.warnings
        assert live == result.state
        assert before == sorted(path.name for path in self.world.folder.glob("*.log"))

    def take(self, start: Moment, script: str, *, hitless: bool) -> Trip:
        """Run to the end from what an earlier run left behind; no device is in a third state on the way."""
        self.tally.add("runs")
        self.journal.write_bytes(start.journal)
        arguments = GO | {"JournalPath": str(self.journal)}
        result = self.world.run(start.live, {"moments": str(self.journal)}, arguments, script)
        assert (0, []) == (result.exit_code, result.errors), result.warnings
        header = start.live["header"]
        lengths = [moment.pop("journal") for moment in result.moments]
        states = (*start.states, *({"header": header, **moment} for moment in result.moments))
        assert states[-1] == result.state
        trip = Trip(states, tuple(moments_of(self.journal.read_bytes(), len(start.journal), lengths, states)))
        self.tally.counts["moments"] += len(trip.moments)
        if hitless:
            self.tally.add("runs whose devices were all followed")
            assert [] == self.world.third_states(trip.states)
        return trip

    def back(self, moment: Moment, before: dict[Any, Any], pick: Pick | None) -> None:
        """Take back what the journal of a moment says; with `pick`, kill that too, and take it back in turn."""
        here = self.world.values(moment.live)
        undone = self.world.plan if len(moment.journal) % 2 else None
        plan = self.world.plan_back(moment.journal, moment.live, undone)
        script, hitless = script_of(plan), is_hitless(plan)
        if pick is not None:
            self.pretend(moment.live, script)
        start = Moment(b"", (moment.live,))
        trip = self.take(start, script, hitless=hitless)
        self.same(before, trip.last.live, moment, plan)
        if pick is None:
            return
        again = self.take(pick(trip.moments), script, hitless=hitless)
        self.same(before, again.last.live, moment, plan)
        self.tally.add("taken back, killed and run again")
        if not began(trip.last.journal):
            return
        self.disturb(moment, plan, script, pick)
        forth = self.world.plan_back(trip.last.journal, trip.last.live)
        done = self.take(Moment(b"", (trip.last.live,)), script_of(forth), hitless=is_hitless(forth))
        self.same(here, done.last.live, trip.last, forth)
        self.tally.add("taken back, and that taken back")

    def back_in_a_bad_session(self, moment: Moment, before: dict[Any, Any], fault: Fault) -> None:
        """Take back what the journal of a moment says, in a session that misbehaves and then in one that does not."""
        plan = self.world.plan_back(moment.journal, moment.live)
        start = Moment(b"", (moment.live,))
        stumbled = self.stumble(start, script_of(plan), replace(fault, must_finish=False))
        done = self.take(stumbled.alone(), script_of(plan), hitless=False)
        self.same(before, done.last.live, moment, plan)
        self.tally.add("taken back in a bad session and run again")

    def disturb(self, moment: Moment, plan: Plan, script: str, pick: Pick) -> None:
        """Take back what somebody else has changed since: it stops there, and leaves that alone."""
        live = copy.deepcopy(moment.live)
        rows = {(row["Characteristic"], row["QueryString"]): row for row in live["deviceAccessRules"]}
        steps = [step for step in plan.steps if (step.kind, step.action) == (RULE, "update")]
        there = [step for step in steps if (step.target["Characteristic"], step.target["QueryString"]) in rows]
        if not there:
            return
        step = pick(there)
        row = rows[str(step.target["Characteristic"]), str(step.target["QueryString"])]
        (row["AccessLevel"],) = {"Allow", "Block", "Quarantine"} - {step.changes[0].before, step.changes[0].after}
        self.journal.write_bytes(b"")
        result = self.world.run(live, {}, GO | {"JournalPath": str(self.journal)}, script)
        assert 1 == result.exit_code, row
        assert ", conflict, update device access rule" in result.errors[0]
        assert row in result.state["deviceAccessRules"]
        self.tally.add("not taken back: changed by somebody else since")

    def same(self, expected: dict[Any, Any], live: Live, moment: Moment, plan: Plan) -> None:
        """Assert that live state is as expected after the script of a plan that began at a moment."""
        found = different(expected, self.world.values(live))
        lines = [line[103:700] for line in moment.journal.decode("ascii").splitlines() if '"event": "start"' in line]
        steps = [json.dumps(step)[:600] for step in plan_record(plan)["steps"]]
        assert {} == found, "\n".join([str(found), self.world.edition, *lines[-14:], *steps])

    def choose(self, start: Moment, pick: Pick) -> Moment:
        """Run some of the steps only, whatever comes of it; return what that leaves behind."""
        chosen = [step.id for step in self.world.plan.steps if pick([True, False])] or ["s001"]
        self.tally.add("runs of chosen steps")
        return self.stumble(start, self.world.script, Fault("none", {}), StepId=",".join(chosen))

    def stumble(self, start: Moment, script: str, fault: Fault, **chosen: str) -> Moment:
        """Run in a session that misbehaves, to whatever end; return what it leaves behind."""
        self.tally.add("runs in a bad session", f"fault: {fault.name}")
        self.journal.write_bytes(start.journal)
        arguments = GO | {"JournalPath": str(self.journal)} | chosen
        result = self.world.run(start.live, fault.options, arguments, script)
        assert result.thrown is None
        assert result.exit_code in {0, 1}, fault
        assert result.exit_code == 0 or not fault.must_finish, (fault, result.errors, result.warnings)
        return Moment(self.journal.read_bytes(), (*start.states, result.state))


def there_and_back(world: World, pick: Pick, tally: Tally) -> None:
    """Take a pair to its end, kill it at one of its moments, and take back what was done by then."""
    journey, start = Journey(world, tally), Moment(b"", (world.live,))
    trip = journey.take(start, world.script, hitless=is_hitless(world.plan))
    assert () == world.plan_from(trip.last.live).steps
    killed = pick([moment for moment in trip.moments if began(moment.journal)] or trip.moments)
    if began(killed.journal):
        journey.back(killed, world.values(world.live), None)


def travel(world: World, pick: Pick, fault: Fault, tally: Tally) -> None:
    """Take a pair all the way and back, killed at one of the moments of each run that `pick` chooses."""
    tally.add("pairs", f"edition: {world.edition}")
    journey, before = Journey(world, tally), world.values(world.live)
    start = Moment(b"", (world.live,))
    journey.pretend(world.live, world.script)
    there = journey.take(start, world.script, hitless=is_hitless(world.plan))
    assert () == world.plan_from(there.last.live).steps
    killed = pick(there.moments)
    resumed = journey.take(killed, world.script, hitless=is_hitless(world.plan))
    journey.same(world.values(there.last.live), resumed.last.live, killed, world.plan)
    tally.add("killed and run again")
    for name, moment in (("killed", killed), ("killed and run again", resumed.last)):
        if began(moment.journal):
            journey.back(moment, before, pick)
            tally.add(f"taken back: {name}")
    if not world.plan.steps:
        return
    chosen = journey.choose(start, pick)
    if began(chosen.journal):
        journey.back(chosen.alone(), before, None)
        tally.add("taken back: chosen steps")
    if fault.foreign:
        journey.stumble(start, world.script, fault)
        return
    journey.back_in_a_bad_session(there.last, before, fault)
    stumbled = journey.stumble(start, world.script, fault)
    if began(stumbled.journal):
        journey.back(stumbled.alone(), before, None)
        tally.add("taken back: after a bad session")


def different(one: dict[Any, Any], other: dict[Any, Any]) -> dict[Any, tuple[Any, Any]]:
    """Return what two states have of the settings that are not the same in both."""
    return {key: (one.get(key), other.get(key)) for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


def began(journal: bytes) -> bool:
    """Return whether a journal says of a step that it may have been taken."""
    lines = (json.loads(line) for line in journal.splitlines(keepends=True) if line.endswith(b"}\n"))
    return any(line["event"] == "start" and line["step"] for line in lines)


def moments_of(journal: bytes, begun: int, lengths: Sequence[int], states: Sequence[Live]) -> list[Moment]:
    """Return each moment at which a run could be killed: after each line of its journal, and in the middle of some.

    `begun` is how long the journal was before, `lengths` how long it was at each change.
    """
    first = len(states) - len(lengths) - 1
    ends = [begun, *(begun + end + 1 for end, byte in enumerate(journal[begun:]) if byte == ord("\n"))]
    cuts = sorted({*ends, *((one + two) // 2 for one, two in pairwise(ends))})
    found = []
    for number, (low, high) in enumerate(zip([begun, *lengths], [*lengths, len(journal)], strict=True)):
        found += [Moment(journal[:cut], tuple(states[: first + number + 1])) for cut in cuts if low <= cut <= high]
    return found
