"""Updates: nothing that is written changes, what is new is there, and with live values the plan is empty."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.importing.policy import LivePolicy
from policylint.importing.update import plan_update
from policylint.model.device_table import DeviceTable
from policylint.model.snapshot import Snapshot
from policylint.project.project import Project
from policylint.text import fold
from tests.examples import examples
from tests.importing.test_import_laws import EDITION, HEADER
from tests.strategies import EVERY_DEVICE, live_states
from tests.texts import LIVE, TODAY, TextFiles, new_texts, shared
from tests.worlds import STORE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from policylint.importing.update import Update
    from policylint.model.state import State

DAY = "2026-11-20"


def snapshot_of(live: State) -> Snapshot:
    return Snapshot(LIVE, "", HEADER, live, DeviceTable(EVERY_DEVICE), {})


def over(texts: Mapping[str, str], live: State) -> Project:
    """Return the project of policy files over live state."""
    return Project(TextFiles(texts), shared(), now=lambda: TODAY, live=lambda: snapshot_of(live))


def updated(texts: Mapping[str, str], live: State, *, take_live: bool = False) -> tuple[dict[str, str], Update]:
    """Return policy files after an update, and the update."""
    there = over(texts, live)
    files = [file for each in there.loaded if (file := each.policy_file) is not None]
    policy = LivePolicy(snapshot_of(live), STORE, EDITION, [LIVE])
    update = plan_update(
        files, there.declared, policy, there.config, day=DAY, take_live=take_live, expanded=there.policy.state
    )
    new = new_texts(update.edits)
    return {**texts, **new}, update


def as_imported(live: State) -> dict[str, str]:
    texts = LivePolicy(snapshot_of(live), STORE, EDITION, [LIVE]).texts((), {})
    return {f"policy/{name}": text for name, text in texts.items()}


def _values(live: State) -> dict[str, Any]:
    """Return what is written of live state, of all sections in one file."""
    found: dict[str, Any] = {}
    for selection in LivePolicy(snapshot_of(live), STORE, EDITION, [LIVE]).selections:
        items = [
            {name: list(value) if isinstance(value, tuple) else value for name, value in each.settings.items()}
            for each in selection.objects
        ]
        found[selection.described.section] = items[0] if selection.described.single else items
    return found


def as_json(live: State) -> dict[str, str]:
    return {"policy/all.yaml": json.dumps(_values(live), indent=1)}


def in_braces(live: State) -> dict[str, str]:
    return {"policy/all.yaml": "".join(f"{key}: {json.dumps(value)}\n" for key, value in _values(live).items())}


def in_blocks(live: State) -> dict[str, str]:
    return {"policy/all.yaml": yaml.safe_dump(_values(live), sort_keys=False).rstrip("\n")}


def spaced(live: State) -> dict[str, str]:
    text = yaml.safe_dump(_values(live), sort_keys=False).replace("\n- ", "\n\n- # of a person\n  ")
    return {"policy/all.yaml": text.replace("\n", "\r\n")}


def remarked(live: State) -> dict[str, str]:
    """Return policy files with comments above and beside each item of a list inside of an object."""
    text = yaml.safe_dump(_values(live), sort_keys=False)
    return {"policy/all.yaml": re.sub(r"(?m)^  - (.+)$", r"  # TODO of \1\n  - \1  # beside \1", text)}


STYLES = st.sampled_from([as_imported, as_json, in_braces, in_blocks, spaced, remarked])
FEW = settings(max_examples=examples(50))


@FEW
@given(STYLES, live_states())
def test_nothing_new_changes_no_byte(style: Callable[[State], dict[str, str]], live: State) -> None:
    texts = style(live)
    for take_live in (False, True):
        after, update = updated(texts, live, take_live=take_live)
        assert texts == after
        assert ((), (), (), 0, (), 0, ()) == update[:7]


@FEW
@given(STYLES, live_states(), live_states())
def test_what_is_new_is_added_and_the_rest_keeps_its_lines(
    style: Callable[[State], dict[str, str]], before: State, now: State
) -> None:
    texts = style(before)
    after, update = updated(texts, now)
    for path, text in texts.items():
        left = iter(after[path].splitlines())
        if "[" not in text:
            assert all(line in left for line in text.splitlines())
    declared = over(after, now).policy.state
    for entity in update.added:
        assert dict(entity.settings) == dict(declared.of_kind(entity.kind)[entity.key].settings)
    assert (after, ()) == (updated(after, now)[0], updated(after, now)[1].added)


@FEW
@given(STYLES, live_states(), live_states())
def test_with_live_values_the_plan_is_empty_but_for_what_is_gone(
    style: Callable[[State], dict[str, str]], before: State, now: State
) -> None:
    after, update = updated(style(before), now, take_live=True)
    for above, about in re.findall(r"# TODO of (.+)\n +(.*)", after.get("policy/all.yaml", "")):
        assert f"- {above}  # beside {above}" == about
    plan = over(after, now).plan()
    assert not [step for step in plan.steps if fold(step.identity) not in {fold(each.identity) for each in update.gone}]
    assert () == plan.drift
    again = updated(after, now, take_live=True)
    assert (after, 0, 0) == (again[0], again[1].differing, again[1].undeclared)


MATCHES = """\
deviceAccessRules:
  - {Characteristic: DeviceModel, matches: {glob: "*"}, AccessLevel: Block}
mailboxes:
  - matches: {glob: "*"}
    ActiveSyncEnabled: false
    ActiveSyncAllowedDeviceIDs: {Add: [NEW]}
    ActiveSyncBlockedDeviceIDs: []
"""


@FEW
@given(STYLES, live_states(), live_states())
def test_live_values_go_over_what_entries_with_matches_make(
    style: Callable[[State], dict[str, str]], before: State, now: State
) -> None:
    texts = {**style(before), "policy/matches.yaml": MATCHES}
    after, update = updated(texts, now, take_live=True)
    plan = over(after, now).plan()
    assert not [step for step in plan.steps if fold(step.identity) not in {fold(each.identity) for each in update.gone}]
    assert () == plan.drift
    again = updated(after, now, take_live=True)
    assert (after, 0, (), 0) == (again[0], again[1].differing, again[1].made, again[1].undeclared)
