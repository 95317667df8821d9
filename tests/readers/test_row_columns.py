"""Rows of a sealed file that are kept in columns are the rows of its lines, and so are the objects made of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.bind.snapshot import bind_snapshot
from policylint.errors import SnapshotError
from policylint.readers import row_columns
from policylint.readers.row_columns import Column, RowColumns, RowReader
from policylint.readers.sealed import read_sealed
from tests.examples import examples
from tests.unit.readers.test_strict_lines import seal_again
from tests.worlds import STORE, sealed

if TYPE_CHECKING:
    from policylint.readers.raw import RawSnapshot

OWN = ("Identity", "Name", "Guid", "PrimarySmtpAddress")
SWITCHES = ("ActiveSyncEnabled", "OWAforDevicesEnabled")
ENDS = st.fixed_dictionaries(
    {name: st.sampled_from(["True", "False"]) for name in SWITCHES},
    optional={
        "ActiveSyncMailboxPolicy": st.sampled_from(["Default", "Executives", None]),
        "ActiveSyncMailboxPolicyIsDefaulted": st.sampled_from(["True", "False"]),
        "ActiveSyncAllowedDeviceIDs": st.lists(st.sampled_from(["A1", "b2"]), max_size=2),
        "EmailAddresses": st.lists(st.sampled_from(["smtp:x@contoso.com", "SMTP:U1@contoso.com"]), max_size=2),
        "Name": st.just("twice"),
    },
)
FORMS = st.sampled_from(
    [
        lambda n: dict.fromkeys(OWN, f"u{n}@contoso.com"),
        lambda n: {"Identity": f"u{n}", "Guid": f"\u00fc{n}", "PrimarySmtpAddress": f"U{n}@Contoso.com"},
        lambda n: {"Identity": f"u{n}", "PrimarySmtpAddress": "" if n % 3 else f"u{n}@contoso.com"},
        lambda n: {"Name": "", "Identity": f"a\\{n}"},
        lambda n: {"PrimarySmtpAddress": f"u{n}@contoso.com"},
    ]
)
POLICIES = [{"Name": "Default", "IsDefault": "True"}, {"Name": "Executives", "IsDefault": "False"}]


def content(rows: list[dict[str, Any]], *, escape: bool) -> bytes:
    """Return a sealed file with rows of mailboxes as they are."""
    text = sealed("organization: {DefaultAccessLevel: Allow}\nmailboxes:\n- {Identity: one@contoso.com}\n")
    lines = ",\n".join(json.dumps(row, ensure_ascii=escape) for row in rows).encode()
    before, begin, rest = text.partition(b'"mailboxes": [\n')
    _, end, after = rest.partition(b"\n],\n")
    policies = b'"mobileDeviceMailboxPolicies": [\n'
    before = before.replace(policies, policies + b",\n".join(json.dumps(each).encode() for each in POLICIES) + b"\n")
    made = before + begin + lines + end + after
    made = made.replace(b'"mailboxes": 1', f'"mailboxes": {len(rows)}'.encode())
    return seal_again(made.replace(b'"mobileDeviceMailboxPolicies": 0', b'"mobileDeviceMailboxPolicies": 2'))


def outcome(data: bytes, size: int, large: int) -> object:
    """Return the rows and the objects of a file, or why it is refused."""
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    with patch.object(row_columns, "LARGE", large):
        try:
            raw = read_sealed(pieces, "live.json", STORE)
            state = bind_snapshot(raw, STORE).state
        except SnapshotError as problem:
            return problem.message
    objects = [each._replace(ids=dict(each.ids)) for each in state.entities()]
    return {name: [*map(dict, rows)] for name, rows in raw.sections.items()}, objects


@settings(max_examples=examples(200))
@given(st.data(), FORMS, st.lists(ENDS, min_size=1, max_size=25), st.integers(100, 4000), st.booleans())
def test_columns_are_the_rows_of_the_lines(
    data: st.DataObject, form: Any, ends: list[dict[str, Any]], size: int, escape: bool
) -> None:
    shuffled = data.draw(st.sampled_from([False, False, True]))
    rows = [{**end, **form(n)} if shuffled and n % 2 else {**form(n), **end} for n, end in enumerate(ends)]
    file = content(rows, escape=escape)
    slow = outcome(file, len(file), 1 << 30)
    assert slow == outcome(file, size, 1)
    if not isinstance(slow, str):
        assert isinstance(slow, tuple)
        assert rows == slow[0]["mailboxes"]


def many(number: int) -> list[dict[str, Any]]:
    return [
        {**dict.fromkeys(OWN, f"u{each}@contoso.com"), "ActiveSyncEnabled": str(each % 2 == 0)}
        for each in range(number)
    ]


def read_many(number: int) -> RawSnapshot:
    return read_sealed([content(many(number), escape=True)], "live.json", STORE)


def test_what_many_rows_have_in_common_is_decoded_once() -> None:
    with patch.object(RowReader, "row", side_effect=RowReader.row, autospec=True) as decoded:
        raw = read_many(3000)
    assert 20 > decoded.call_count
    rows = raw.sections["mailboxes"]
    assert isinstance(rows, RowColumns)
    assert many(3000) == [*rows]
    assert (many(3000)[17], many(3000)[-1]) == (rows[17], rows[-1])
    assert many(3000)[5:8] == rows[5:8]
    with pytest.raises(IndexError):
        rows[3000]


def test_mailboxes_with_the_same_settings_share_them() -> None:
    mailboxes = bind_snapshot(read_many(3000), STORE).state.mailboxes
    assert mailboxes is not None
    assert 2 == len({id(mailbox.settings) for mailbox in mailboxes.values()})
    assert dict.fromkeys(OWN[1:], "u7@contoso.com") | {"Identity": "u7@contoso.com"} == dict(
        mailboxes["U7@CONTOSO.COM"].ids
    )


@given(st.lists(st.text(st.characters(exclude_characters="\n"), max_size=5), min_size=1, max_size=9))
def test_a_column_is_its_texts(texts: list[str]) -> None:
    column = Column("\n".join(texts))
    assert texts == [*column] == [column[place] for place in range(len(column))]


BREAKS = [
    # id, what a line becomes
    ("no-comma", b'"True"},\n', b'"True"}\n'),
    ("tab", b'u9@contoso.com"', b'u9\t@contoso.com"'),
    ("twice", b'"Name": "u9@contoso.com"', b'"Name": "x", "Name": "u9@contoso.com"'),
    ("twice-behind", b'"ActiveSyncEnabled": "True"},\n', b'"ActiveSyncEnabled": "True", "Guid": "x"},\n'),
    ("not-utf-8", b"u9@contoso.com", b"\xff@contoso.com"),
    ("not-json", b'"ActiveSyncEnabled": "True"},\n', b'"ActiveSyncEnabled": True},\n'),
    ("text-before", b'{"Identity": "u9@', b'x{"Identity": "u9@'),
    ("line-end", b'"Name": "u9@', b'"Name": "\nu9@'),
]


@pytest.mark.parametrize(("old", "new"), [case[1:] for case in BREAKS], ids=[case[0] for case in BREAKS])
def test_a_damaged_line_is_refused_for_the_reason_that_it_has(old: bytes, new: bytes) -> None:
    whole = content(many(40), escape=True)
    broken = seal_again(whole.replace(old, new, 1))
    assert broken != whole
    slow = outcome(broken, len(broken), 1 << 30)
    assert isinstance(slow, str)
    for size in (len(broken), 700, 3000):
        assert slow == outcome(broken, size, 1)
