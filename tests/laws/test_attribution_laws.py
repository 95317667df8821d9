"""Whose change a step is: the parts make the plan, and after the base's plan exactly the branch's changes are left."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.access.request import facts_of
from policylint.desired.overlay import overlay
from policylint.model.device_table import DeviceTable
from policylint.model.policy_set import PolicySet
from policylint.model.snapshot import Header, Snapshot
from policylint.model.state import POLICY
from policylint.plan.attribution import PARTS, Side, Sides, atom_of, atoms_of_step, edits_of_change
from policylint.plan.diff import diff
from policylint.plan.make import make_plan
from policylint.plan.plan import Plan, Provenance, Revision
from tests.examples import examples
from tests.laws.reference_exchange import apply, managed, outcomes, steps
from tests.strategies import EVERY_DEVICE, live_states, partial_states
from tests.texts import LIVE, TODAY
from tests.worlds import STORE, plan

if TYPE_CHECKING:
    from policylint.model.state import State
    from policylint.plan.attribution import Atom
    from policylint.plan.change import PlanStep

MODES = ("exact", "owned", "additive")


class World(NamedTuple):
    """Live state, and what the files declare: when they were last applied, at the base, and now."""

    live: State
    since: State
    base: State
    head: State
    mode: str


def worlds() -> st.SearchStrategy[World]:
    """Return a world in which any two of the policies may be the same."""
    drawn = st.lists(partial_states(), min_size=1, max_size=3)
    three = drawn.flatmap(lambda found: st.tuples(*[st.sampled_from(found)] * 3))
    return st.builds(
        lambda live, mode, policies: World(live, policies[0], policies[1], policies[2], mode),
        live_states(),
        st.sampled_from(MODES),
        three,
    )


def planned(world: World) -> Plan:
    """Return the plan of the files as they are now, which says whose changes it has."""
    config = managed(world.mode)
    base, since, head = (
        overlay(declared, world.live, config.manage, STORE, world.since)
        for declared in (world.base, world.since, world.head)
    )
    facts = facts_of(config)
    header = Header(config.edition, None, None, "g", "2026-11-23T08:00:00Z", "0", redacted=False)
    there = Snapshot(LIVE, "", header, world.live, DeviceTable(EVERY_DEVICE), {})
    return make_plan(
        PolicySet(world.head, (), ()),
        there,
        config,
        STORE,
        now=TODAY,
        desired=head,
        provenance=Provenance(since=Revision("applied", "1")),
        sides=Sides(Revision("main", "2"), Side(base.state, facts), Side(since.state, facts)),
    )


def after(made: Plan, live: State) -> State:
    """Return live state once the steps of a plan are taken."""
    return reduce(apply, steps(made), live)


def atoms(made: Plan) -> set[Atom]:
    """Return what the steps of a plan do."""
    return {atom for step in made.steps for atom in atoms_of_step(step, STORE)}


def of_other(world: World, declared: State) -> Plan:
    """Return the plan of another policy over the same live state."""
    return plan(declared, world.live, EVERY_DEVICE, managed(world.mode), previous=world.since)


def part_of(atom: Atom, base: set[Atom], since: set[Atom]) -> str:
    """Return whose change it is to do something."""
    return "branch" if atom not in base else "drift" if atom in since else "pending"


def _bare(step: PlanStep) -> PlanStep:
    """Return a step that says of nothing whose change it is."""
    return step._replace(part="", changes=tuple(change._replace(parts=()) for change in step.changes))


@settings(max_examples=examples(60))
@given(worlds())
def test_the_parts_make_the_plan(world: World) -> None:
    made = planned(world)
    assert [_bare(step) for step in made.steps] == [*of_other(world, world.head).steps]
    base, since = (atoms(of_other(world, declared)) for declared in (world.base, world.since))
    for step in made.steps:
        own = atoms_of_step(step, STORE)
        expected = "branch" if own - base else "pending" if own - since else "drift"
        assert expected == step.part
        told = [part for change in step.changes for part, _number in change.parts]
        assert {*told} == (parts if len(parts := {part_of(atom, base, since) for atom in own}) > 1 else set())
    assert made.attribution is not None
    dropped = {
        atom_of(each.kind, each.identity, edit, STORE)
        for each in made.attribution.no_longer_needed
        for edit in each.edits
    }
    assert base - atoms(made) == dropped


@settings(max_examples=examples(60))
@given(worlds())
def test_a_step_does_what_the_change_says_that_it_becomes(world: World) -> None:
    config = managed(world.mode)
    changes = diff(world.live, overlay(world.head, world.live, config.manage, STORE, world.since).state, STORE)
    for step, change in zip(of_other(world, world.head).steps, changes, strict=True):
        edits = {atom_of(change.kind, change.identity, edit, STORE) for edit in edits_of_change(change)}
        assert edits == atoms_of_step(step, STORE)


@settings(max_examples=examples(60))
@given(worlds())
def test_after_the_plan_of_the_base_exactly_the_changes_of_the_branch_are_left(world: World) -> None:
    made = planned(world)
    assert made.attribution is not None
    base = atoms(of_other(world, world.base))
    applied = after(of_other(world, world.base), world.live)
    rest = plan(world.head, applied, EVERY_DEVICE, managed(world.mode), previous=world.since)
    left = atoms(rest)
    created, given_by_base = {atom[:2] for atom in base if atom[2] == "create"}, {(*atom[:2], atom[3]) for atom in base}
    # What a new object has where nobody said it is not known here.
    own = {atom for atom in atoms(made) - base if atom[:2] not in created or (*atom[:2], atom[3]) in given_by_base}
    taken_back = {(each.kind, each.identity.upper()) for each in made.attribution.no_longer_needed}
    if any(kind == POLICY for kind, _ in taken_back):
        # Which policy goes away, and which mailbox may leave it, rests on the others that there are.
        own, left = (
            {atom for atom in each if atom[0] != POLICY and atom[3] != "ActiveSyncMailboxPolicy"}
            for each in (own, left)
        )
    assert own <= left, own - left
    assert {atom[:2] for atom in left - own} <= taken_back, left - own


@settings(max_examples=examples(60))
@given(worlds())
def test_a_device_is_whose_its_outcome_is(world: World) -> None:
    made = planned(world)
    live, head, base, since = (
        outcomes(state)
        for state in (
            world.live,
            *(after(of_other(world, each), world.live) for each in (world.head, world.base, world.since)),
        )
    )
    expected: Counter[tuple[str, str, str | None, str | None, str]] = Counter()
    only_base = 0
    for device, *(before, now, by_base, by_since) in zip(EVERY_DEVICE, live, head, base, since, strict=True):
        if before != now:
            part = "branch" if by_base != now else "drift" if by_since == now else "pending"
            expected[device.owner, device.device_id, before, now, part] += 1
        else:
            only_base += before != by_base
    assert made.affected is not None
    assert expected == Counter((*each[:2], *each[3:]) for each in made.affected)
    assert made.attribution is not None
    assert only_base == made.attribution.no_longer_affected


@settings(max_examples=examples(60))
@given(world=worlds(), same=st.sampled_from(["base", "since", "all"]))
def test_what_two_policies_share_is_not_the_part_of_one(same: str, world: World) -> None:
    world = world._replace(base=world.head if same != "since" else world.since)
    world = world._replace(since=world.head if same == "all" else world.since)
    made = planned(world)
    found = {step.part for step in made.steps} | {device.part for device in made.affected or ()}
    absent = {"base": {"branch"}, "since": {"pending"}, "all": {"branch", "pending"}}[same]
    assert found <= {*PARTS} - absent
    assert made.attribution is not None
    assert same == "since" or made.attribution[1:] == ((), 0)
