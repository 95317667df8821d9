"""Laws of the devices of a snapshot: however lines are read and devices counted, it comes to the same."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from hypothesis import example, given, settings
from hypothesis import strategies as st

from policylint.access.decide import AccessModel
from policylint.access.simulate import simulate
from policylint.errors import SnapshotError
from policylint.model.device import PROPERTIES, TIMES, Device
from policylint.model.device_table import DeviceTable
from policylint.plan.moved import MovedDevices
from policylint.plan.plan import AffectedDevice
from policylint.readers.device_lines import DeviceReader
from policylint.readers.sealed import read_sealed
from policylint.text import fold
from tests.examples import examples
from tests.strategies import World, devices, worlds
from tests.worlds import STORE, sealed

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEXTS = st.sampled_from(
    [
        "",
        "iPhone",
        "a\\b",
        'say "no"',
        "line\nend",
        "\u00a7",
        "\u2028",
        "\U0001f4f1",
        'x, "DeviceType": ',
        "]",
        "Ann@contoso.com",
    ]
)
_VALUES = st.one_of(_TEXTS, st.none(), st.text(max_size=4))
_TIME = "2026-01-02T03:04:05Z"
_TIMES = st.one_of(
    st.sampled_from([_TIME, "0001-01-01T00:00:00Z", None]),
    st.just(_TIME),
    st.sampled_from(["2026-11-20T06:00:00.5+02:00", "2026-11-20 06:00", "11/20/2026 6:00:00 AM", ""]),
)
_USUAL = ("mailbox", "Guid", "DeviceId", *TIMES, *PROPERTIES, "DeviceAccessState", "ClientType")
_NAMES = [name for name in _USUAL if name not in TIMES]
_ROWS = st.one_of(
    st.fixed_dictionaries({name: _TIMES if name in TIMES else _VALUES for name in _USUAL}),
    st.fixed_dictionaries({name: _TIMES if name in TIMES else st.sampled_from(["A", "b"]) for name in _USUAL}),
    st.fixed_dictionaries(dict.fromkeys(_NAMES, st.sampled_from(["A", "b"]))),
    st.fixed_dictionaries(dict.fromkeys(_NAMES, st.sampled_from(["A", "b"])) | dict.fromkeys(TIMES, _TIMES)),
    st.dictionaries(st.sampled_from([*_USUAL, "Other"]), _VALUES, max_size=8),
)


def _place(device: Device) -> tuple[str, ...]:
    return device.owner, device.mailbox or "", device.device_id, device.client_type, device.guid, repr(device)


def _pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


def _read(content: bytes, size: int) -> tuple[list[Device], str]:
    raw = read_sealed(_pieces(content, size), "live.json", STORE)
    return list(raw.devices), raw.sha256


@settings(max_examples=examples(150))
@given(st.lists(_ROWS, max_size=12), st.integers(1, 3000), st.booleans())
@example([dict.fromkeys(_USUAL, "A") | dict.fromkeys(TIMES, _TIME) for _ in range(400)], 100_000, False)
def test_the_fast_path_reads_what_the_slow_path_reads(rows: list[dict[str, Any]], size: int, ascii_only: bool) -> None:
    content = sealed("organization: {DefaultAccessLevel: Allow}\n", rows)
    if not ascii_only:
        content = _as_utf8(content)
    found = _read(content, size)
    with patch.object(DeviceReader, "read_block", return_value=0):
        assert _read(content, len(content)) == found
    assert len(rows) == len(found[0])


def test_the_fast_path_keeps_the_times_of_each_device() -> None:
    rows: list[dict[str, Any]] = [
        {**dict.fromkeys(_USUAL, "A"), "DeviceId": f"D{each}", **dict.fromkeys(TIMES)}
        | {
            "FirstSyncTime": f"2026-01-02T03:04:0{each}Z",
            "LastSuccessSync": f"2026-11-20T06:00:0{each}Z" if each else None,
        }
        for each in range(9)
    ]
    with patch.object(DeviceReader, "device", side_effect=DeviceReader.device, autospec=True) as decoded:
        found, _ = _read(sealed("organization: {DefaultAccessLevel: Allow}\n", rows), 100_000)
    assert [row["FirstSyncTime"] for row in rows] == [device.first_sync for device in found]
    assert [row["LastSuccessSync"] or "" for row in rows] == [device.last_sync for device in found]
    assert [""] * 9 == [device.changed for device in found]
    assert 2 == decoded.call_count  # all lines end alike, but for the comma after each but the last


def _as_utf8(content: bytes) -> bytes:
    """Return a snapshot with its devices written as UTF-8, sealed again."""
    body, _, seal = content.partition(b'"seal": ')
    lines = [
        json.dumps(json.loads(line.removesuffix(b",")), ensure_ascii=False).encode("utf-8", "surrogatepass")
        + line[len(line.removesuffix(b",")) :]
        if line.startswith(b"{") and not line.startswith(b'{"header"') and b"\\ud" not in line
        else line
        for line in body.split(b"\n")
    ]
    body = b"\n".join(lines)
    record = json.loads(seal.rstrip().removesuffix(b"}"))
    record["sha256"] = hashlib.sha256(body).hexdigest()
    return body + b'"seal": ' + json.dumps(record).encode() + b"\n}\n"


@settings(max_examples=examples(60))
@given(st.integers(1, 30), st.data())
def test_a_cut_file_is_refused_wherever_it_is_cut(number: int, data: st.DataObject) -> None:
    rows = [{**dict.fromkeys(_USUAL, "A"), "DeviceId": f"D{each}"} for each in range(number)]
    content = sealed("organization: {DefaultAccessLevel: Allow}\n", rows)
    end = data.draw(st.integers(0, len(content) - 1))
    try:
        _read(content[:end], data.draw(st.sampled_from([7, 300, 1 << 20])))
    except SnapshotError:
        return
    raise AssertionError(f"read although cut after {end} of {len(content)} bytes")


@settings(max_examples=examples(150))
@given(st.lists(devices(), max_size=20), st.randoms())
def test_law_8_devices_are_given_back_in_order(some: list[Device], random: Any) -> None:
    mixed = list(some)
    random.shuffle(mixed)
    held = DeviceTable(mixed[:3])
    held.extend(mixed[3:])
    assert Counter(some) == Counter(held)
    assert list(DeviceTable(some)) == list(held)
    assert len(some) == len(held) == sum(cohort.size for cohort in held.kinds())


def _names(some: list[Device]) -> list[str]:
    return sorted(fold(f"{device.owner}\1{device.device_id}\1{device.guid}") for device in some)


_OWNERS = st.tuples(
    st.sampled_from(["", "ann@contoso.com", "Ann@contoso.com", "ann@contoso.com.au", "a\1b", "a", "stra\u00dfe", "\0"]),
    st.sampled_from([None, "ann@contoso.com"]),
)
_OWNED = st.builds(lambda device, owner: device._replace(owner=owner[0], mailbox=owner[1]), devices(), _OWNERS)


@settings(max_examples=examples(150))
@given(st.lists(_OWNED, max_size=12), st.integers(1, 5), st.sets(st.sampled_from(["EAS", "Outlook", "REST"])))
def test_law_8_names_and_order_do_not_depend_on_how_many_are_taken_at_a_time(
    some: list[Device], at_once: int, clients: set[str]
) -> None:
    table = DeviceTable(some)
    rows = [row for row, device in enumerate(some) if device.client_type in clients]
    wanted = [some[row] for row in rows]
    with patch("policylint.model.device_table._AT_ONCE", at_once):
        assert _names(wanted) == list(table.folded_names(rows))
        assert list(DeviceTable(wanted)) == [device for _row, device in table.placed(rows)]
        assert [(some[row].device_id, some[row].guid) for row, _, _ in table.in_order(rows)] == [
            (device_id, guid) for _, device_id, guid in table.in_order(rows)
        ]


@settings(max_examples=examples(150))
@given(worlds(), worlds(), st.lists(devices(), max_size=20), st.integers(0, 5))
def test_law_7_a_cohort_stands_for_each_of_its_devices(live: World, new: World, some: list[Device], most: int) -> None:
    before, after = (AccessModel(world.state, world.facts) for world in (live, new))
    simulation = simulate(before, after, some)
    brute = sorted(some, key=lambda device: _place(device))
    decided = [(before.decide(device), after.decide(device)) for device in brute]
    assert [(access.live, access.desired) for access in simulation.devices] == decided
    changed = [device for device, (one, other) in zip(brute, decided, strict=True) if not one.same_outcome(other)]
    assert len(changed) == simulation.changed
    shown = [access.device for access in simulation.members(lambda cohort: cohort.changed, most)]
    assert changed[:most] == shown
    moves = [(one.state, other.state) for one, other in decided if not one.same_outcome(other)]
    told = [
        AffectedDevice(device.owner, device.device_id, device.device_class, *move, "")
        for device, move in zip(changed, moves, strict=True)
    ]
    index, moved = simulation.moves
    assert told == list(MovedDevices(index, {number: (*move, "") for number, move in moved.items()}))
    assert _names(changed) == list(simulation.names(lambda cohort: cohort.changed))
    of_some = {device.mailbox for device in changed[:1]}
    among = [device for device in changed if device.mailbox in of_some]
    assert _names(among) == list(simulation.names(lambda cohort: cohort.changed, of_some))
    assert Counter(device.mailbox for device in changed) == simulation.mailboxes(lambda cohort: cohort.changed)
    disputed = sum(other.disputed for _one, other in decided)
    assert (len(some), disputed) == (simulation.total, simulation.disputed)
