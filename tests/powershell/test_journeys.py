"""Random pairs killed at any moment, taken up again, and taken back, in the real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.powershell.journeys import Tally, there_and_back, travel
from tests.powershell.pairs import EVENLY, FAULTS, worlds

if TYPE_CHECKING:
    from tests.powershell.exchange import Exchange

FEW = 2
EXAMPLES = FEW if settings.get_current_profile_name() == "default" else settings().max_examples
"""Each takes seconds in the real engine, so the default profile has few, and the first of them is next to nothing."""


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(st.data())
def test_there_and_back(exchange: Exchange, data: st.DataObject) -> None:
    world = data.draw(worlds(exchange))
    if EXAMPLES == FEW:
        there_and_back(world, lambda moments: data.draw(st.sampled_from(moments)), Tally())
        return
    fault = FAULTS[data.draw(EVENLY, label="fault") % len(FAULTS)](data.draw, world)
    travel(world, lambda moments: data.draw(st.sampled_from(moments)), fault, Tally())
