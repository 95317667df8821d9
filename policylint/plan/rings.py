"""A change in stages: the states that lead from the live one to the desired one, ring of mailboxes by ring.

Mailboxes change in their ring. What is for everybody changes in the last ring, as does what mailboxes already have of
their policies. With temporary exemptions, rules and organization settings change in the first one. A mailbox of which
a device would be in a third state in between changes along with what is for everybody. What the policy blocks by name
is blocked in the first ring, whatever ring the mailbox is in.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from policylint.access.cohorts import cohorts_of
from policylint.access.decide import AccessModel
from policylint.desired.overlay import DEFAULT, REFERENCE
from policylint.model.entity import EMPTY
from policylint.model.names import Names
from policylint.model.state import MAILBOX, ORGANIZATION, POLICY, RULE
from policylint.named_tuple import NamedTuple
from policylint.phrases import count
from policylint.plan.affected import affected_devices, affected_names
from policylint.plan.closures import closures_of
from policylint.plan.holds import Holds, held_of, holds_for, with_holds
from policylint.plan.refusal import Refusal
from policylint.plan.ring import Expected, Held, Ring, counts_of
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from policylint.access.decision import AccessState
    from policylint.access.request import Facts
    from policylint.model.device import Device
    from policylint.model.device_table import CohortIndex, DeviceTable
    from policylint.model.entity import Entity
    from policylint.model.state import State

FIRST = 1
GUARD = "rings-hitless"
"""The guard of what happens from one ring to the next; `hitless` is that of the steps of one plan."""


class Bridging(NamedTuple):
    """Whether temporary exemptions hold devices of later rings: not those that last synced before `since`.

    `left` are the exemptions that an earlier roll-out left.
    """

    wanted: bool = False
    since: str = ""
    left: tuple[Held, ...] = ()

    def is_idle(self, device: Device) -> bool:
        """Return whether a device is known not to have synced for a while."""
        return "" < device.last_sync < self.since


NOT_BRIDGED = Bridging()


class Rollout(NamedTuple):
    """The states of a change in stages, from the live one to the desired one, and what is known of each ring.

    `refusals` are why the change should not be made in these stages, `notes` what else is to be known. `moved` is how
    many mailboxes of another ring change in the ring that changes what is for everybody, `held` how many temporary
    exemptions there are.
    """

    states: tuple[State, ...]
    rings: tuple[Ring, ...]
    refusals: tuple[Refusal, ...]
    notes: tuple[str, ...]
    moved: int
    held: int


def roll_out(
    live: State,
    desired: State,
    devices: DeviceTable,
    facts: Facts,
    asked: Mapping[str, int],
    names: Sequence[str],
    bridging: Bridging = NOT_BRIDGED,
) -> Rollout:
    """Return how the live state becomes the desired one in stages; `names` are those of the rings, the last one too.

    `asked` is the ring of each live mailbox, from 1. Raises SnapshotError where a list was not read that needs one.
    """
    stages = _Stages(live, desired, len(names), bridging)
    ring_of, last = dict(asked), len(names)
    moved: set[str] = set()
    while True:
        if bridging.wanted:
            stages.hold(devices, facts, ring_of)
        course = _Course(stages, devices, facts, ring_of, asked)
        strays = [
            key
            for key in course.index.mailboxes(course.strays)
            if key is not None and key in ring_of and key not in moved
        ]
        if not strays:
            break
        for key in strays:
            # A mailbox moves to the first ring before it moves to the last one, and from there nowhere.
            ring_of[key] = FIRST if bridging.wanted and ring_of[key] != FIRST else last
            if ring_of[key] == last:
                moved.add(key)
    early, idle = course.early(bridging) if bridging.wanted else ([], [])
    refusals = (*_not_bridged(early), *_strays(course))
    members: dict[int, list[str]] = {}
    for key, number in ring_of.items():
        members.setdefault(number, []).append(key)
    rings = tuple(
        Ring(
            number=number,
            of=len(names),
            name=name,
            mailboxes=len(members.get(number, ())),
            devices=sum(course.expected(number).ring),
            expect=course.expected(number),
            names=tuple(sorted(live.of_kind(MAILBOX)[key].identity for key in members.get(number, ())))
            if number < len(names)
            else None,
            held=tuple(stages.held(ring_of, number)),
        )
        for number, name in enumerate(names, start=1)
    )
    changed = sum(number != asked[key] for key, number in ring_of.items())
    closed = sum(number > FIRST for key, number in ring_of.items() if key in stages.closures)
    notes = tuple(_notes(changed, closed, len(idle), last, bridge=bridging.wanted))
    return Rollout(course.states, rings, refusals, notes, changed, len(rings[0].held))


def _notes(moved: int, closed: int, idle: int, last: int, *, bridge: bool) -> Iterator[str]:
    if moved:
        change = "changes" if moved == 1 else "change"
        where = f"ring 1 or ring {last}" if bridge else f"ring {last}, along with what is for everybody"
        reason = "a device would be in a third state in between"
        yield f"{count(moved, 'mailbox')} of another ring {change} in {where}: {reason}"
    if closed:
        whose = f"{count(closed, 'mailbox')} of later rings"
        yield f"what the policy blocks or switches off by name in {whose} is blocked in ring 1 already"
    if idle:
        change = "has not synced for long, changes" if idle == 1 else "have not synced for long, change"
        yield f"{count(idle, 'device')} of later rings, which {change} in ring 1: no temporary exemption is made"


class _Stages:
    """The states by ring. `holds` are the temporary exemptions, of which those of a mailbox end in its ring."""

    def __init__(self, live: State, desired: State, last: int, bridging: Bridging) -> None:
        self._live = live
        self._bridging = bridging
        self._desired = desired
        self._last = last
        self._mailboxes = desired.of_kind(MAILBOX)
        self._policies = _not_in_use(live, desired)
        self.holds: Holds = EMPTY
        self.closures = closures_of(live, desired)
        self.closed = live.with_kind(MAILBOX, {**live.of_kind(MAILBOX), **self.closures}) if self.closures else live
        early = (ORGANIZATION, RULE) if bridging.wanted else ()
        objects = {
            kind: desired.of_kind(kind) if kind in early else known for kind, known in self.closed.objects.items()
        }
        self._for_everybody = live._replace(objects=objects)
        self._left = self._of_before(bridging.left)

    def _of_before(self, left: Sequence[Held]) -> Mapping[str, tuple[Held, ...]]:
        """Return the exemptions of an earlier roll-out that are still there and are to go, by the key of a mailbox."""
        found: dict[str, list[Held]] = {}
        names = Names(self._live.of_kind(MAILBOX))
        for each in left:
            mailbox = names.get(fold(each.mailbox))
            if mailbox is None:
                continue
            known = self.closed.of_kind(MAILBOX)[mailbox.key].items(each.property)
            target = self._mailboxes.get(mailbox.key, mailbox).items(each.property)
            if fold(each.device_id) in map(fold, known) and fold(each.device_id) not in map(fold, target):
                found.setdefault(mailbox.key, []).append(each._replace(mailbox=mailbox.identity))
        return {key: tuple(several) for key, several in found.items()}

    def hold(self, devices: DeviceTable, facts: Facts, ring_of: Mapping[str, int]) -> None:
        """Make the temporary exemptions of all mailboxes whose ring is a later one."""
        self.holds = holds_for(
            (self.closed, self._for_everybody, self._desired),
            devices,
            facts,
            lambda key: key is not None and ring_of.get(key, FIRST) > FIRST,
            self._bridging.is_idle,
        )

    def states(self, ring_of: Mapping[str, int]) -> tuple[State, ...]:
        """Return the live state and what it is after each ring."""
        needed = self._needed(ring_of)
        between = (self._after(number, ring_of, needed) for number in range(FIRST, self._last))
        return (self._live, *between, self._desired)

    def held(self, ring_of: Mapping[str, int], number: int) -> Iterator[Held]:
        """Yield the temporary exemptions that are there after a ring."""
        waiting = {key for key, ring in ring_of.items() if ring > number}
        yield from held_of(self.holds, self._live.of_kind(MAILBOX), waiting)
        for key in sorted(self._left.keys() & waiting):
            yield from self._left[key]

    def _after(self, number: int, ring_of: Mapping[str, int], needed: Mapping[str, int]) -> State:
        mailboxes = {
            key: self._mailboxes.get(key, mailbox) if ring_of[key] <= number else self._waiting(mailbox, ring_of[key])
            for key, mailbox in self.closed.of_kind(MAILBOX).items()
        }
        state = self._for_everybody.with_kind(MAILBOX, mailboxes)
        new = {key: self._policies[key] for key, ring in needed.items() if ring <= number}
        return state.with_kind(POLICY, {**state.of_kind(POLICY), **new}) if new else state

    def _waiting(self, mailbox: Entity, ring: int) -> Entity:
        lists = self.holds.get(mailbox.key)
        return with_holds(mailbox, lists, ring) if lists else mailbox

    def _needed(self, ring_of: Mapping[str, int]) -> Mapping[str, int]:
        """Return the first ring in which a mailbox gets each policy that no mailbox has."""
        first: dict[str, int] = {}
        for key, number in ring_of.items():
            reference = self._mailboxes[key].get(REFERENCE) if key in self._mailboxes else None
            policy = self._desired.find_policy(reference) if isinstance(reference, str) else None
            if policy is not None and policy.key in self._policies:
                first[policy.key] = min(number, first.get(policy.key, number))
        return first


def _not_in_use(live: State, desired: State) -> Mapping[str, Entity]:
    """Return the desired policies that no mailbox has yet, none of them the default one.

    Whether one is the default one concerns everybody, so that stays as it is.
    """
    if live.policies is None:
        return EMPTY
    mailboxes = live.of_kind(MAILBOX).values()
    references = {mailbox.get(REFERENCE) for mailbox in mailboxes}
    used = {policy.key for name in references if isinstance(name, str) for policy in live.policies_shown_as(name)}
    if any(REFERENCE not in mailbox.settings for mailbox in mailboxes):
        used = {*live.policies}
    used |= {key for key, policy in live.policies.items() if policy.get(DEFAULT) is not False}
    return {
        key: _with_default(policy, live.policies.get(key))
        for key, policy in desired.of_kind(POLICY).items()
        if key not in used
    }


def _with_default(policy: Entity, live: Entity | None) -> Entity:
    """Return a policy that no mailbox has, which is not the default one."""
    if policy.get(DEFAULT) is False or (live is None and DEFAULT not in policy.settings):
        return policy
    return policy._replace(settings={**policy.settings, DEFAULT: False})


class _Course:
    """What every device gets in each state, by cohort: those of one have the same ring."""

    def __init__(
        self,
        stages: _Stages,
        devices: DeviceTable,
        facts: Facts,
        ring_of: Mapping[str, int],
        asked: Mapping[str, int],
    ) -> None:
        self.states = states = stages.states(ring_of)
        models = [AccessModel(state, facts) for state in states]
        closed = AccessModel(stages.closed, facts) if stages.closures else models[0]

        def rings(key: str | None) -> tuple[int, int]:
            last = len(states) - 1
            return (ring_of.get(key, last), asked.get(key, last)) if key is not None else (last, last)

        self.index: CohortIndex = cohorts_of(devices, (*models, closed), rings)
        self.paths = [tuple(model.decide(device).state for model in models) for device, _ in self.index.cohorts]
        self._closed = [closed.decide(device).state for device, _ in self.index.cohorts]
        self._sizes = [size for _, size in self.index.cohorts]
        self._rings = [rings(device.mailbox) for device, _ in self.index.cohorts]

    @property
    def strays(self) -> list[int]:
        """Return the cohorts that would be in a third state, or switch more than once."""
        return [number for number, path in enumerate(self.paths) if is_stray(path)]

    def early(self, bridging: Bridging) -> tuple[list[tuple[Device, AccessState | None]], list[Device]]:
        """Return the devices of later rings that change in the first one, each with what it gets now, and idle ones.

        Those that the policy blocks by name are to change in the first ring.
        """
        numbers: dict[AccessState | None, list[int]] = {}
        for number, (path, closed) in enumerate(zip(self.paths, self._closed, strict=True)):
            if self._rings[number][1] > FIRST and path[FIRST] != closed:
                numbers.setdefault(path[0], []).append(number)
        early, idle = [], []
        for state, several in numbers.items():
            for device in self.index.members(several):
                if bridging.is_idle(device):
                    idle.append(device)
                else:
                    early.append((device, state))
        return early, idle

    def size(self, numbers: Sequence[int]) -> int:
        """Return how many devices some cohorts have."""
        return sum(self._sizes[number] for number in numbers)

    def expected(self, number: int) -> Expected:
        """Return what the devices of a ring and all others get after it."""
        inside: Counter[AccessState | None] = Counter()
        outside: Counter[AccessState | None] = Counter()
        for path, (ring, _), size in zip(self.paths, self._rings, self._sizes, strict=True):
            (inside if ring == number else outside)[path[number]] += size
        return Expected(counts_of(inside), counts_of(outside))

    def text_of(self, numbers: Sequence[int]) -> str:
        """Return the text that stands for the devices of some cohorts."""
        return affected_names(self.size(numbers), self.index.names(numbers))


def is_stray(path: Sequence[object]) -> bool:
    """Return whether what a device gets one after the other is more than one switch from the old to the new state."""
    return sum(one != other for one, other in pairwise(path)) > (path[0] != path[-1])


def _not_bridged(early: Sequence[tuple[Device, AccessState | None]]) -> Iterator[Refusal]:
    """Refuse that devices of later rings change in the first one: no exemption holds them."""
    if not early:
        return
    quarantined = sum(state == "Quarantined" for _, state in early)
    of_none = sum(device.mailbox is None for device, _ in early)
    why = [
        f"{quarantined:,} in quarantine, where no exemption keeps a device" if quarantined else "",
        f"{of_none:,} of unknown owner" if of_none else "",
    ]
    words = f" ({', '.join(filter(None, why))})" if any(why) else ""
    message = (
        f"{count(len(early), 'device')} of later rings would change in ring 1 already, and no exemption holds them"
    )
    text = f"not-bridged={affected_devices([device for device, _ in early])}"
    yield Refusal(guard="not-bridged", message=message + words, acknowledge=text)


def _strays(course: _Course) -> Iterator[Refusal]:
    """Refuse that devices pass through a third state from one ring to the next."""
    strays = course.strays
    if not strays:
        return
    device = next(course.index.members(strays, 1))
    way_out = "plan without --bridge, or without --rings"
    passing = (
        f"{count(course.size(strays), 'device')} would pass through a state that is neither old nor new from one ring"
        " to the next"
    )
    message = f"{passing} (one is {device.device_id or device.guid} of {device.owner}): {way_out}"
    text = f"{GUARD}={course.text_of(strays)}"
    yield Refusal(GUARD, message, text, f"{passing}: {way_out}")
