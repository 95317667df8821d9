"""Law 13: what a journal says was done is taken back, wherever the run ended; taking that back is the change again."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.model.device_table import DeviceTable
from policylint.model.snapshot import Header, Snapshot
from policylint.plan.journal import read_journal
from policylint.plan.make_back import make_plan_back
from policylint.source import Source
from tests.examples import examples
from tests.journals import Scribe
from tests.laws.reference_exchange import CONFIG, apply, key_of, planned, steps
from tests.laws.test_law_2_convergence import settings_of
from tests.laws.test_law_3_hitless_order import courses, is_hit
from tests.strategies import EVERY_DEVICE, declared_states, live_states
from tests.texts import LIVE, TODAY
from tests.worlds import STORE

if TYPE_CHECKING:
    from policylint.model.state import State
    from policylint.plan.plan import Plan


def back(journal: str, live: State, taken_at: str = "2026-11-23T08:00:00Z") -> Plan:
    """Return the plan that takes back what a journal says was done, given what was live at a time."""
    header = Header(CONFIG.edition, None, None, "g", taken_at, "0", redacted=False)
    snapshot = Snapshot(LIVE, "", header, live, DeviceTable(EVERY_DEVICE), {})
    return make_plan_back(read_journal(Source("j.jsonl", journal), STORE), snapshot, CONFIG, STORE, now=TODAY)


def take(state: State, step: dict[str, Any]) -> State:
    """Return what a step makes of live state; the script leaves alone what is so already."""
    there = state.of_kind(step["kind"]).get(key_of(state, step))
    if step["action"] == "delete":
        return apply(state, step) if there is not None else state
    wanted = {change["property"]: change["after"] for change in step["changes"]}
    as_list = {name: value for name, value in wanted.items() if isinstance(value, list)}
    if there is not None and all(
        {*there.items(name)} == {*value} if name in as_list else there.get(name) == value
        for name, value in wanted.items()
    ):
        return state
    return apply(state, step)


@settings(max_examples=examples(25))
@given(st.data(), live_states(), declared_states())
def test_what_was_done_is_taken_back_and_back_again(data: st.DataObject, live: State, declared: State) -> None:
    made = planned(live, declared)
    number = data.draw(st.integers(1, max(1, len(made.steps))), label="done")
    if not made.steps:
        return
    unknown = number - 1 if data.draw(st.booleans(), label="unknown") else None
    happened = data.draw(st.booleans(), label="happened")
    scribe = Scribe(made, live).run(range(number if unknown is None else unknown), unknown, happened=happened)
    fresh = data.draw(st.booleans(), label="fresh")
    returning = back(scribe.text, scribe.state if fresh else live, f"2026-11-23T08:{50 if fresh else 0}:00Z")
    assert settings_of(live) == settings_of(reduce(take, steps(returning), scribe.state))
    if unknown is None:
        hit = sum(
            map(is_hit, *zip(*((course, course[-1]) for course in courses(scribe.state, returning)), strict=True))
        )
        refused = [each.acknowledge.rpartition(":")[0] for each in returning.refusals if each.acknowledge]
        assert refused == ([f"hitless={hit}"] if hit else [])
        again = Scribe(returning, scribe.state).run(range(len(returning.steps)))
        forth = back(again.text, again.state if fresh else live, f"2026-11-23T08:{50 if fresh else 0}:00Z")
        assert settings_of(scribe.state) == settings_of(reduce(take, steps(forth), again.state))
        assert list(map(deed, steps(made)[:number])) == list(map(deed, steps(forth)))


def deed(step: dict[str, Any]) -> tuple[Any, ...]:
    """Return what a step does; what it finds of a list may be in another order, and another object of the name."""
    changes = [
        [sorted(value) if isinstance(value, list) else value for value in (change["before"], change["after"])]
        for change in step["changes"]
    ]
    return step["id"], step["action"], step["kind"], step["identity"], step["opens"], step["closes"], changes
