"""A sealed file is JSON as a whole, whichever path reads it: a seal that fits makes nothing right."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.errors import SnapshotError
from policylint.model.device import PROPERTIES, TIMES
from policylint.readers.device_lines import DeviceReader
from policylint.readers.sealed import read_sealed
from policylint.readers.sealed_lines import LONGEST_LINE
from policylint.strict_json import parse_json
from tests.examples import examples
from tests.worlds import STORE, sealed

if TYPE_CHECKING:
    from collections.abc import Callable

    from policylint.readers.raw import RawSnapshot

TIME, GUID = "2026-01-02T03:04:05Z", "00000000-0000-4000-8000-{:012}"
OWNER_7 = f'"a@contoso.com", "Guid": "{GUID.format(7)}'
POLICY = """\
organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: [a@contoso.com]}
deviceAccessRules:
- {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}
- {Characteristic: DeviceOS, QueryString: iOS 18, AccessLevel: Block}
mailboxes:
- {Identity: a@contoso.com, ActiveSyncEnabled: true}
"""
WHOLE = sealed(
    POLICY,
    [
        {
            "mailbox": "a@contoso.com",
            "Guid": GUID.format(number),
            "Identity": f"contoso.com/Users/O'Hara\\, Ann/{number}",
            "DeviceId": f"ID{number}",
            **dict.fromkeys(TIMES, TIME),
            **dict.fromkeys(PROPERTIES, "iPhone"),
            "ClientType": "EAS",
        }
        for number in range(40)
    ],
)


def seal_again(content: bytes) -> bytes:
    """Return a file with the hash of what it holds now."""
    body, begin, end = content.partition(b'"seal": ')
    return body + begin + re.sub(rb"[0-9a-f]{64}", hashlib.sha256(body).hexdigest().encode(), end)


def read(content: bytes) -> RawSnapshot:
    return read_sealed([content], "live.json", STORE)


def refusals(content: bytes) -> list[str]:
    """Return why the fast path and the slow path refuse a file."""
    words = []
    with pytest.raises(SnapshotError) as caught:
        read(content)
    words.append(caught.value.message)
    with patch.object(DeviceReader, "read_block", return_value=0), pytest.raises(SnapshotError) as caught:
        read(content)
    assert caught.value.help
    return [*words, caught.value.message]


def put(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


NOT_JSON: list[tuple[str, Callable[[str], str]]] = [
    # id, what is done to the text of a whole file
    ("twice-in-the-header", put('"redacted": false', '"redacted": true, "redacted": false')),
    ("twice-in-the-organization", put('"DefaultAccessLevel"', '"DefaultAccessLevel": "Allow", "DefaultAccessLevel"')),
    ("twice-in-a-rule", put('"AccessLevel": "Allow"', '"AccessLevel": "Block", "AccessLevel": "Allow"')),
    ("twice-in-the-seal", put('"counts": {', '"counts": {}, "counts": {')),
    ("twice-at-the-start-of-a-device", put('"Guid": "', '"Guid": "x", "Guid": "')),
    ("twice-at-the-end-of-a-device", put('"ClientType": "EAS"', '"ClientType": "REST", "ClientType": "EAS"')),
    ("twice-in-both-parts", put('"ClientType": "EAS"', '"DeviceId": "x", "ClientType": "EAS"')),
    ("twice-spelled-otherwise", put('"ClientType": "EAS"', '"Client\\u0054ype": "REST", "ClientType": "EAS"')),
    ("twice-and-deep", put('"ClientType": "EAS"', '"x": {"a": 1, "a": 1}')),
    ("nan", put('"DefaultAccessLevel": "Quarantine"', '"DefaultAccessLevel": NaN')),
    ("infinity", put('"ClientType": "EAS"', '"ClientType": -Infinity')),
    ("beyond-float", put('"ClientType": "EAS"', '"ClientType": 1e999')),
    ("many-digits", put('"ClientType": "EAS"', f'"ClientType": {"1" * 5000}')),
    ("comma-after-the-last-device", put('}\n],\n"seal"', '},\n],\n"seal"')),
    ("comma-after-the-last-rule", put('"Block"}\n]', '"Block"},\n]')),
    ("comma-within-a-device", put('"ClientType": "EAS"}', '"ClientType": "EAS",}')),
    ("no-comma-between-devices", put('"ClientType": "EAS"},', '"ClientType": "EAS"}')),
    ("no-comma-between-rules", put('"Allow"},', '"Allow"}')),
    ("two-commas", put('"Allow"},', '"Allow"},,')),
    ("no-comma-after-a-section", put('],\n"devices"', ']\n"devices"')),
    ("no-comma-after-the-header", put('"redacted": false},', '"redacted": false}')),
    ("no-comma-after-the-organization", put('"a@contoso.com"]},', '"a@contoso.com"]}')),
    ("comma-after-the-seal", lambda text: text.removesuffix("\n}\n") + ",\n}\n"),
    ("text-before-a-device", put('{"mailbox"', 'x{"mailbox"')),
    ("object-before-a-device", put('{"mailbox"', '{}{"mailbox"')),
    ("text-after-a-device", put('"ClientType": "EAS"},', '"ClientType": "EAS"} x,')),
    ("blank-before-a-section", put('"devices": [', ' "devices": [')),
    ("form-feed-at-an-end", put('"Allow"},', '"Allow"},\f')),
    ("form-feed-after-a-device", put('"ClientType": "EAS"},', '"ClientType": "EAS"},\f')),
    ("carriage-return-after-a-device", put('"ClientType": "EAS"},', '"ClientType": "EAS"},\r')),
    ("raw-line-end-in-a-guid", put(GUID.format(7), f"{GUID.format(99)}\n{GUID.format(7)}")),
    ("raw-line-end-in-an-id", put('"ID7"', '"x\nID7"')),
    ("raw-line-end-in-an-owner", put(f'"mailbox": {OWNER_7}', f'"mailbox": "x\n{OWNER_7[1:]}')),
    ("raw-line-end-in-a-time", put(f'"ID7", "FirstSyncTime": "{TIME}', f'"ID7", "FirstSyncTime": "x\n{TIME[2:]}')),
    ("raw-tab-in-an-id", put('"ID7"', '"ID\t7"')),
    ("raw-tab-in-an-owner", put('"mailbox": "a@', '"mailbox": "\ta@')),
    ("raw-escape-in-a-path", put("O'Hara", "\x1b[2J")),
    ("raw-line-end-in-a-path", put("O'Hara", "\n")),
    ("no-such-escape", put("O'Hara\\\\,", "O'Hara\\,")),
    ("quote-in-a-path", put("O'Hara", 'O"Hara')),
    ("half-of-a-pair-in-a-path", put("O'Hara", "\\ud800")),
    ("half-of-a-pair-in-an-id", put('"ID7"', '"ID\\udc00"')),
    ("deep", put('"ClientType": "EAS"', f'"x": {"[" * 40}{"]" * 40}')),
    ("deep-in-the-organization", put('"DefaultAccessLevel"', f'"x": {"[" * 5000}{"]" * 5000}, "DefaultAccessLevel"')),
]  # fmt: skip


@pytest.mark.parametrize("change", [case[1] for case in NOT_JSON], ids=[case[0] for case in NOT_JSON])
def test_what_is_not_json_is_refused_by_both_paths(change: Callable[[str], str]) -> None:
    text = WHOLE.decode("ascii")
    assert text != change(text)
    for words in refusals(seal_again(change(text).encode())):
        assert re.match("live.json: (line [0-9]+|cut|not sealed|changed after)", words), words
        assert words.isprintable()
        assert len(words) < 250


@settings(max_examples=examples(300))
@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=3), st.integers(0, 3), st.integers(1, 400))
def test_what_is_read_is_json_and_both_paths_agree(place: int, put_in: bytes, taken_out: int, size: int) -> None:
    content = seal_again(WHOLE[:place] + put_in + WHOLE[place + taken_out :])
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    found: list[object] = []
    for block in (DeviceReader.read_block, lambda _reader, _block: 0):
        with patch.object(DeviceReader, "read_block", block):
            try:
                raw = read_sealed(pieces, "live.json", STORE)
            except SnapshotError:
                found.append(None)
            else:
                parse_json(content.decode())
                found.append([*raw.devices])
    assert found[0] == found[1]


TIMES_TAKEN = [
    # id, what the header says, when that is
    ("utc", TIME, TIME),
    ("zone", "2026-01-02T05:04:05+02:00", TIME),
    ("west", "2026-01-01T22:04:05-05:00", TIME),
    ("fraction", "2026-01-02T03:04:05.9999999Z", TIME),
    ("minutes", "2026-01-02T03:04Z", "2026-01-02T03:04:00Z"),
    ("long-ago", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
]


def taken_at(value: object) -> bytes:
    header = f'"takenAt": {json.dumps(value)}'.encode()
    return seal_again(re.sub(rb'"takenAt": "[^"]*"', lambda _match: header, WHOLE))


@pytest.mark.parametrize(("said", "expected"), [case[1:] for case in TIMES_TAKEN], ids=[c[0] for c in TIMES_TAKEN])
def test_when_it_was_taken_is_a_time_in_utc(said: str, expected: str) -> None:
    assert expected == read(taken_at(said)).header.taken_at


NO_TIMES = [
    *("yesterday", "", " ", "2026", "2026-01-02", "03:04:05Z", "2026-01-02T03:04:05", "2026-01-02 03:04:05Z"),
    *("2026-13-02T03:04:05Z", "2026-02-30T03:04:05Z", "2026-01-02T24:04:05Z", "0000-01-02T03:04:05Z"),
    *("10000-01-02T03:04:05Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-02T03:04:05+99:00"),
    *("20260102T030405Z", "2026-W01-1T03:04:05Z", "\u0662\u0660\u0662\u0666-01-02T03:04:05Z", TIME + "\n", "NaN"),
    *(0, 1767322800, True, [TIME], {"time": TIME}),
]


@pytest.mark.parametrize("said", NO_TIMES, ids=repr)
def test_what_is_no_time_is_refused(said: object) -> None:
    with pytest.raises(SnapshotError, match=r"its header says `takenAt: .*`, which is no time in UTC") as caught:
        read(taken_at(said))
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("start", [b"", b'{"header": ', WHOLE[: WHOLE.index(b'"devices": [') + 13]], ids=len)
def test_a_line_without_an_end_is_refused_in_bounded_memory(start: bytes) -> None:
    taken = 0

    def endless(size: int) -> bytes:
        nonlocal taken
        taken += size
        return bytes(size)

    pieces = itertools.chain([start], (endless(1 << 20) for _ in itertools.count()))
    with pytest.raises(SnapshotError, match="it has a line of more than 16 MB, so it is no snapshot"):
        read_sealed(pieces, "live.json", STORE)
    assert taken <= LONGEST_LINE + (1 << 21)
