"""Laws of the index of a snapshot: with it, and with every shortcut that it takes, what is read is the same."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.access.rule_index import RuleIndex
from policylint.adapters.cache_folder import CacheFolder
from policylint.adapters.disk import DiskFiles
from policylint.adapters.snapshot_index import SnapshotIndexes
from policylint.devices.device_ids import bare_id, may_hold
from policylint.model.device import PROPERTIES, TIMES
from policylint.model.device_table import DeviceTable
from policylint.project.live import read_live
from policylint.readers.device_index import DeviceIndex, Place, read_index, write_index
from policylint.text import fold
from tests.examples import examples
from tests.strategies import classes, devices, rules
from tests.worlds import STORE, sealed

if TYPE_CHECKING:
    from policylint.model.device import Device, DeviceClass
    from policylint.model.entity import Entity

POLICY = """
organization: {DefaultAccessLevel: Allow}
deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Block}]
mailboxes: [{Identity: ann@contoso.com, ActiveSyncEnabled: true}]
"""
TEXTS = st.sampled_from(["", "iPhone", 'say "no"', "\u00a7", "\U0001f4f1", "],", '"seal": ', "Ann@contoso.com"])
ODD = st.sampled_from(["line\nend", "\r", "\x85", "\u2028"])
ROWS = st.fixed_dictionaries(
    dict.fromkeys(("mailbox", "Guid", "DeviceId"), st.one_of(TEXTS, ODD))
    | dict.fromkeys(TIMES, st.sampled_from(["2026-01-02T03:04:05Z", None]))
    | dict.fromkeys((*PROPERTIES, "DeviceAccessState", "ClientType"), st.one_of(st.none(), TEXTS)),
    optional={"Other": st.one_of(TEXTS, ODD)},
)


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(ROWS, max_size=6))
def test_a_snapshot_is_the_same_by_its_index(rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "live.json").write_bytes(sealed(POLICY, rows))
        files, folder = DiskFiles(Path(name)), CacheFolder(Path(name) / "cache")
        path, indexes = files.named(Path(name) / "live.json"), SnapshotIndexes(files, folder, least=0)
        alone = read_live(files, [path], STORE, edition="")
        first = read_live(files, [path], STORE, edition="", indexes=indexes)
        kept = len(folder.kept())
        with patch.object(DiskFiles, "pieces", autospec=True, side_effect=DiskFiles.pieces) as read:
            again = read_live(files, [path], STORE, edition="", indexes=indexes)
    several = any("\n" in str(row[name]) for row in rows for name in ("Guid", "DeviceId"))
    assert (0 if several else 1) == kept
    assert list(alone.devices) == list(first.devices) == list(again.devices)
    assert alone.devices.stored() == first.devices.stored() == again.devices.stored()
    assert alone._replace(devices=first.devices) == first
    assert first._replace(devices=again.devices) == again
    assert 2 - kept == read.call_count  # the first time for its beginning


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(devices(), max_size=8), st.data())
def test_a_damaged_index_is_none(some: list[Device], data: st.DataObject) -> None:
    lines = [each._replace(guid=each.guid.replace("\n", ""), device_id=each.device_id.strip()) for each in some]
    index = DeviceIndex("a" * 64, "b" * 64, Place(1, 2, 3), DeviceTable(lines))
    content = b"".join(write_index(index) or ())
    at = data.draw(st.integers(0, len(content) - 1))
    assert read_index(content, "c" * 64) is None
    assert read_index(content[:at], "a" * 64) is None
    assert read_index(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :], "a" * 64) is None
    found = read_index(content, "a" * 64)
    assert found is not None
    assert list(index.devices) == list(found.devices)
    assert index[:3] == found[:3]


NOTHING_OWN: dict[str, Any] = dict.fromkeys(("device_id", "owner", "guid", "first_sync", "last_sync", "changed"), "")
NOTHING_OWN["mailbox"] = None

IDS = st.sampled_from(
    ["ID1", "id-1", "{i d1}", "Appl\u00a7ID1", "john\\EAS\u00a7iPhone\u00a7ID1", "", "-", "ID12", "\u00efd1"]
)
LINES = st.lists(st.one_of(IDS, st.text(max_size=3).filter(lambda text: "\n" not in text)), min_size=1, max_size=4)


@settings(max_examples=examples(300))
@given(st.lists(IDS, min_size=1, max_size=3), LINES)
def test_no_device_of_an_id_is_passed_over(names: list[str], lines: list[str]) -> None:
    meant = any(bare_id(line) == bare_id(name) or fold(line) == fold(name) for line in lines for name in names if name)
    assert not meant or may_hold(names)("\n".join(lines))


@settings(max_examples=examples(100), deadline=None)
@given(
    st.lists(st.tuples(devices(), st.sampled_from([*"ABCDEF", None]), st.sampled_from(["dev1", "DEV2", ""]))),
    st.dictionaries(st.sampled_from("ABCDEF"), st.integers(0, 1)),
    st.dictionaries(st.sampled_from("ABCDEF"), st.sampled_from([{"DEV1": "x"}, {"DEV1": "x", "DEV2": "y"}])),
)
def test_devices_are_counted_by_cohort_as_one_by_one(
    drawn: list[tuple[Device, str | None, str]], common: dict[str, int], listed: dict[str, dict[str, str]]
) -> None:
    some = [each._replace(mailbox=key, owner=key or "", device_id=device_id) for each, key, device_id in drawn]

    def profile(key: str | None) -> tuple[int, dict[str, str]]:
        return common.get(key or "", 0), listed.get(key or "", {})

    def cohort_of(device: Device) -> tuple[Any, ...]:
        of_mailbox, listings = profile(device.mailbox)
        return of_mailbox, device._replace(**NOTHING_OWN), listings.get(fold(device.device_id))

    index = DeviceTable(some).cohorts(profile)
    assert Counter(map(cohort_of, some)) == {cohort_of(each.representative): each.size for each in index.cohorts}
    for number, cohort in enumerate(index.cohorts):
        members = list(index.members([number]))
        assert (cohort.size, {cohort_of(cohort.representative)}) == (len(members), set(map(cohort_of, members)))


@settings(max_examples=examples(100))
@given(rules(), classes())
def test_values_that_no_rule_names_do_not_count(some: dict[str, Entity], of_class: DeviceClass) -> None:
    index = RuleIndex(some.values(), None)
    assert index.decide(of_class) == index.decide(index.named_in(of_class))


def test_an_index_of_another_version_is_none() -> None:
    index = DeviceIndex("a" * 64, "b" * 64, Place(1, 2, 3), DeviceTable())
    with patch("policylint.readers.device_index._LAYOUT", ["0.0.9"]):
        older = b"".join(write_index(index) or ())
    assert json.dumps("0.0.9").encode() in older
    assert read_index(older, "a" * 64) is None
