"""A snapshot that is written reads back as what it was written of, and as fast as one of the exporting script."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylint.errors import SnapshotError
from policylint.model.device import Device
from policylint.model.device_table import DeviceTable
from policylint.model.snapshot import Header
from policylint.readers.device_lines import DeviceReader
from policylint.readers.raw import RawSnapshot
from policylint.readers.sealed import read_sealed
from policylint.render.sealed import sealed_pieces
from policylint.text import fold
from tests.sealed import HEADER, seal
from tests.texts import LIVE
from tests.worlds import STORE

TEXTS = st.one_of(
    st.sampled_from(["", "iPhone", "a\\b", 'say "no"', "line\nend", "\u00a7", "\U0001f4f1", '"seal": ', "],"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
)
SHOWN = st.one_of(TEXTS, st.none(), st.lists(TEXTS, max_size=3))
ROWS = st.lists(st.dictionaries(st.sampled_from(["Identity", "Name", "Other", "é"]), SHOWN, max_size=4), max_size=4)
TIMES = st.sampled_from(["", "2026-01-02T03:04:05Z", "2026-11-20T06:00:00Z"])
OWNERS = st.sampled_from(["", "ann@contoso.com", "Zoë@fabrikam.com"])
DEVICES = st.builds(
    lambda owner, **facts: Device(owner=owner, mailbox=fold(owner) or None, **facts),
    owner=OWNERS,
    device_id=TEXTS,
    guid=TEXTS,
    device_class=st.tuples(*(st.one_of(st.none(), TEXTS.filter(bool)) for _ in range(4))),
    client_type=st.sampled_from(["EAS", "Outlook", "another"]),
    client_version=st.sampled_from(["", "16.1"]),
    provisionable=st.sampled_from(["full", "partial", "none", "external", "unknown"]),
    managed=st.booleans(),
    live_state=st.sampled_from(["", "Allowed", "Unheard"]),
    live_reason=st.sampled_from(["", "Global"]),
    live_rule=TEXTS,
    first_sync=TIMES,
    last_sync=TIMES,
    changed=TIMES,
)
HEADERS = st.builds(
    Header,
    edition=st.sampled_from(["exchange-online", ""]),
    tenant=st.one_of(st.none(), TEXTS),
    organization=st.one_of(st.none(), TEXTS),
    organization_guid=st.one_of(st.none(), TEXTS),
    taken_at=TIMES,
    tool=TEXTS,
    redacted=st.booleans(),
)
LISTS = [name for name, described in STORE.sections.items() if not described.single]
OPTIONAL = [name for name, described in STORE.sections.items() if described.optional]


@st.composite
def raws(draw: st.DrawFn) -> RawSnapshot:
    """Return live state as a sealed snapshot may hold it."""
    lists = [name for name in LISTS if name not in OPTIONAL or draw(st.booleans())]
    sections: dict[str, Any] = {"organization": [draw(st.dictionaries(TEXTS, SHOWN, max_size=3))]}
    sections |= {name: draw(ROWS) for name in lists}
    whys = st.sampled_from(["cut", "exactly 1000 objects"])
    incomplete = draw(st.dictionaries(st.sampled_from(["organization", *lists, "devices"]), whys, max_size=2))
    devices = DeviceTable(draw(st.lists(DEVICES, max_size=5)))
    return RawSnapshot(LIVE, "", draw(HEADERS), sections, devices, incomplete)


def written(raw: RawSnapshot) -> bytes:
    return b"".join(sealed_pieces(raw, STORE))


def parts(raw: RawSnapshot) -> tuple[Any, ...]:
    return raw.header, raw.sections, list(raw.devices), raw.incomplete


@given(raws())
def test_what_is_written_reads_back(raw: RawSnapshot) -> None:
    found = read_sealed([written(raw)], LIVE, STORE)
    assert parts(raw) == parts(found)


@given(raws())
def test_what_was_read_is_written_as_it_was(raw: RawSnapshot) -> None:
    content = written(raw)
    assert content == written(read_sealed([content], LIVE, STORE))


def some(number: int) -> DeviceTable:
    """Return devices that report one of two things."""
    table = DeviceTable()
    for begin in range(0, number, 2000):
        table.extend(
            Device(
                f"ID{each:030}",
                "ANN@CONTOSO.COM",
                ("iPhone", None, "iOS 26", "Apple"),
                guid=f"{each:032x}",
                owner="ann@contoso.com",
                managed=each % 2 == 0,
                changed="2026-11-20T06:00:00Z",
            )
            for each in range(begin, min(begin + 2000, number))
        )
    return table


def raw_of(devices: DeviceTable) -> RawSnapshot:
    header = Header("exchange-online", None, None, None, "2026-11-20T06:00:00Z", "0.1.0", False)
    return RawSnapshot(LIVE, "", header, {"organization": [{}], **dict.fromkeys(LISTS, ())}, devices, {})


def test_devices_are_read_back_many_at_once() -> None:
    content = written(raw_of(some(5000)))
    with patch.object(DeviceReader, "device", side_effect=DeviceReader.device, autospec=True) as decoded:
        found = read_sealed([content], LIVE, STORE).devices
    assert 5000 == len(found)
    assert decoded.call_count < 5


def test_the_layout_is_that_of_the_exporting_script() -> None:
    rules = [{"Name": "a \u00a7"}, {"Name": None}]
    rows: dict[str, Any] = {
        name: rules if name == "deviceAccessRules" else [] for name in LISTS if name not in OPTIONAL
    }
    expected = seal(organization={"DefaultAccessLevel": "Allow"}, devices=[], **rows)
    raw = read_sealed([expected], LIVE, STORE)
    assert (HEADER["tenant"], rules) == (raw.header.tenant, raw.sections["deviceAccessRules"])
    found = [json.loads(line.strip(b",")) for line in written(raw).splitlines() if line.startswith(b'{"Name')]
    assert rules == found
    assert len(expected.splitlines()) == len(written(raw).splitlines())


def test_a_section_that_was_not_read_is_not_whole() -> None:
    raw = raw_of(DeviceTable())
    sections = {name: rows for name, rows in raw.sections.items() if name != "mailboxes"}
    content = written(raw._replace(sections=sections, incomplete={"mailboxes": "no file is about it"}))
    found = read_sealed([content], LIVE, STORE)
    assert ([], "no file is about it") == (found.sections["mailboxes"], found.incomplete["mailboxes"])


def test_one_byte_more_breaks_the_seal() -> None:
    content = written(raw_of(some(3)))
    with pytest.raises(SnapshotError, match="hash"):
        read_sealed([content.replace(b"Apple", b"Apfel")], LIVE, STORE)


def test_writing_takes_little_memory() -> None:
    devices = some(10_000)
    tracemalloc.start()
    length = sum(map(len, sealed_pieces(raw_of(devices), STORE)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < length / 2
