"""Law 7: a change that is said to turn a decision turns it, and the safest comes first."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.access.decide import AccessModel
from policylint.analysis.candidate_changes import inwards, outwards
from policylint.analysis.minimal_changes import Effects, Turn, applied, minimal_changes
from tests.examples import examples
from tests.strategies import World, devices, worlds

if TYPE_CHECKING:
    from policylint.analysis.minimal_changes import MinimalChange
    from policylint.model.device import Device


@settings(max_examples=examples(150), deadline=None)
@given(worlds(), devices(), st.lists(devices(), max_size=8))
def test_each_turns_the_decision_and_the_safest_comes_first(world: World, device: Device, others: list[Device]) -> None:
    model = AccessModel(world.state, world.facts)
    found = minimal_changes(Effects(model, others), device)
    wanted = "Blocked" if model.decide(device).state == "Allowed" else "Allowed"
    assert all(remedy.decision.state == wanted for remedy in found)
    touched = [(_for_all(remedy), remedy.opens + remedy.closes) for remedy in found]
    assert touched == sorted(touched)
    assert len({remedy.changes for remedy in found}) == len(found)
    assert len({len(remedy.changes) for remedy in found}) <= 1


def _for_all(remedy: MinimalChange) -> bool:
    """Return whether a change loosens or tightens something for everybody."""
    return any("of policy" in words or "DefaultAccessLevel" in words for words in remedy.changes)


@settings(max_examples=examples(150), deadline=None)
@given(worlds(), devices(), st.lists(devices(), max_size=8))
def test_law_7_what_a_change_does_to_others_is_counted_exactly(
    world: World, device: Device, others: list[Device]
) -> None:
    model = AccessModel(world.state, world.facts)
    effects = Effects(model, [*others, device])
    singles = (*inwards(model, device), *outwards(model, device))
    for changes in (*((each,) for each in singles), *combinations(singles[:4], 2)):
        after = applied(model, changes)
        moved = [
            (each, is_) for each in others if each != device and (is_ := _is_in(after, each)) != _is_in(model, each)
        ]
        opens = sum(is_ for _, is_ in moved)
        found = effects.on_others(Turn(model, device, changes, after), device, effects.around(device))
        assert (opens, len(moved) - opens) == (found.opens, found.closes)
        own = [each for each, _ in moved if device.mailbox is not None and each.mailbox == device.mailbox]
        assert sorted(own, key=repr) == sorted(found.same_mailbox, key=repr)


def _is_in(model: AccessModel, device: Device) -> bool:
    return model.decide(device).state == "Allowed"
