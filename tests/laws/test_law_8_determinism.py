"""Law 8: the same input gives the same plan, in whatever order objects and devices are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from policylint.model.state import State
from policylint.plan.planfile import fingerprint, plan_record
from tests.laws.reference_exchange import CONFIG
from tests.strategies import EVERY_DEVICE, declared_states, live_states
from tests.worlds import plan

if TYPE_CHECKING:
    from random import Random


def shuffled(state: State, random: Random) -> State:
    """Return a state with the objects of each kind in another order."""
    return State({kind: dict(random.sample([*of.items()], len(of))) for kind, of in state.objects.items()})


@given(live_states(), declared_states(), st.randoms(use_true_random=False))
def test_the_order_of_reading_does_not_matter(live: State, declared: State, random: Random) -> None:
    devices = random.sample(EVERY_DEVICE, len(EVERY_DEVICE))
    one, same = (plan_record(plan(declared, live, EVERY_DEVICE, CONFIG)) for _ in range(2))
    other = plan_record(plan(shuffled(declared, random), shuffled(live, random), devices, CONFIG))
    assert one == same
    assert fingerprint(one) == fingerprint(other)
