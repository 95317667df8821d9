"""The order and the split of files make no difference, and nothing that can be parsed stops the binding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from policylint.bind.policy import PolicyFile, bind_policy
from policylint.desired.overlay import overlay
from policylint.errors import SnapshotError
from policylint.schema.store import POLICY
from policylint.syntax.node import MappingNode
from tests.strategies import TREES, trees, written
from tests.worlds import STORE, policy_file, read, read_sealed, sealed

if TYPE_CHECKING:
    from policylint.model.state import State

lawful = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much])


def facts(state: State) -> dict[str, list[tuple[str, Any, Any]]]:
    """Return what a state says, without the places where it says so."""
    return {
        kind: sorted((key, sorted(e.settings.items(), key=str), sorted(e.notes.items())) for key, e in objects.items())
        for kind in STORE.object_types
        if (objects := state.section(kind)) is not None
    }


@lawful
@given(trees(POLICY, wrong=True) | st.tuples(TREES, st.none()))
def test_whatever_can_be_parsed_can_be_bound(drawn: tuple[Any, Any]) -> None:
    reading = read(written(drawn[0]))
    assume(isinstance(reading.node, MappingNode))
    assert isinstance(reading.node, MappingNode)
    found = bind_policy([PolicyFile(reading.source, reading.node, reading.value)], STORE)
    for entity in found.state.entities():
        known = STORE.object_type(entity.kind).settings
        assert entity.settings.keys() <= known.keys()
        for value in (*entity.settings.values(), *entity.notes.values()):
            assert type(value) in (bool, int, str, tuple, type(None))
    for test in found.tests:
        assert all(type(text) is str for text in (test.name, *test.expect))


@lawful
@given(st.lists(trees(POLICY, wrong=False).map(lambda drawn: written(drawn[0])), max_size=4), st.randoms())
def test_law_8_the_order_of_the_files_makes_no_difference(texts: list[str], random: Any) -> None:
    files = [policy_file(text, f"policy/{place}.yaml") for place, text in enumerate(texts)]
    expected = bind_policy(files, STORE)
    random.shuffle(files)
    found = bind_policy(files, STORE)
    assert expected.sources == found.sources
    assert facts(expected.state) == facts(found.state)
    assert [entity.identity for entity in expected.state.entities()] == [e.identity for e in found.state.entities()]
    assert [test.name for test in expected.tests] == [test.name for test in found.tests]
    assert [(str(a.origin.span()), str(b.origin.span())) for a, b in expected.duplicates] == [
        (str(a.origin.span()), str(b.origin.span())) for a, b in found.duplicates
    ]


@lawful
@given(trees(POLICY, wrong=False))
def test_law_8_the_split_into_files_makes_no_difference(drawn: tuple[Any, Any]) -> None:
    tree = drawn[0]
    whole = bind_policy([policy_file(written(tree))], STORE)
    parts = [policy_file(written({name: part}), f"policy/{name}.yaml") for name, part in tree.items()]
    split = bind_policy(parts, STORE)
    assert facts(whole.state) == facts(split.state)
    assert len(whole.duplicates) == len(split.duplicates)
    assert [test.name for test in whole.tests] == [test.name for test in split.tests]


@lawful
@given(trees(POLICY, wrong=False))
def test_a_state_laid_over_itself_is_itself(drawn: tuple[Any, Any]) -> None:
    tree = {name: part for name, part in drawn[0].items() if name not in ("mailboxPlans", "deviceAutoblockThresholds")}
    text = written(tree)
    declared = bind_policy([policy_file(text)], STORE).state
    policies = list((declared.policies or {}).values())
    assume(sum(policy.get("IsDefault") is True for policy in policies) <= 1)
    laid = overlay(declared, declared, {}, STORE).state
    assert facts(declared) == facts(laid)


TEXT = """\
organization: {DefaultAccessLevel: Quarantine}
deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}]
mobileDeviceMailboxPolicies: [{Name: Default, IsDefault: true}]
mailboxes: [{Identity: a@contoso.com, ActiveSyncAllowedDeviceIDs: [A, B]}]
"""
WHOLE = sealed(TEXT, [{"mailbox": "a@contoso.com", "DeviceId": "A", "DeviceType": "iPhone"}] * 3)
SEAL = WHOLE.index(b'"seal": ')


def refused(content: bytes) -> bool:
    """Return whether a file is refused as it should be: with a SnapshotError and nothing else."""
    try:
        read_sealed(content)
    except SnapshotError:
        return True
    return False


def test_the_whole_file_is_accepted() -> None:
    assert not refused(WHOLE)


@given(st.integers(0, len(WHOLE) - 1))
def test_no_prefix_is_accepted(end: int) -> None:
    assert refused(WHOLE[:end])


@given(st.integers(0, SEAL - 1), st.integers(0, 255))
def test_no_byte_before_the_seal_can_be_changed(place: int, byte: int) -> None:
    assume(WHOLE[place] != byte)
    assert refused(WHOLE[:place] + bytes([byte]) + WHOLE[place + 1 :])


@given(st.integers(0, SEAL - 1), st.integers(1, 200))
def test_no_stretch_before_the_seal_can_be_taken_out(start: int, length: int) -> None:
    assert refused(WHOLE[:start] + WHOLE[min(start + length, SEAL) :])


@given(st.integers(0, len(WHOLE)), st.binary(min_size=1, max_size=20))
def test_nothing_can_be_put_before_the_seal_or_after_the_end(place: int, more: bytes) -> None:
    place = place if place <= SEAL else len(WHOLE)
    assert refused(WHOLE[:place] + more + WHOLE[place:])


@given(st.binary(max_size=300))
def test_no_bytes_make_more_than_a_refusal(content: bytes) -> None:
    assert refused(content)
    assert refused(b'{"header": ' + content)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32"])
def test_no_other_encoding_is_accepted(encoding: str) -> None:
    assert refused(WHOLE.decode("ascii").encode(encoding))
