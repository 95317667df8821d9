"""A law: live state is the same in whatever form an administrator has it, and in whatever pieces it comes."""

from __future__ import annotations

import json
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.bind.snapshot import bind_snapshot
from policylint.model.state import MAILBOX
from policylint.readers.collect import collect
from policylint.readers.collected import Collected, InputFile
from policylint.readers.kinds import Kinds
from policylint.readers.raw import DEVICES
from tests.examples import examples
from tests.importing.test_import_laws import check
from tests.readers.render_rows import columns_of, encoded, render_clixml, render_csv
from tests.sealed import seal
from tests.strategies import USERS, live_states
from tests.texts import LIVE
from tests.worlds import STORE, live_row, read_sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from policylint.model.state import State

KINDS = Kinds(STORE)
WIDTH = "EURPR01A001.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/contoso.onmicrosoft.com - x"
Rows = list[dict[str, Any]]
DEVICE_ROWS = [
    {
        "Guid": f"00000000-0000-4000-8000-0000000000{number:02}",
        "Identity": f"{user.partition('@')[0]}\\ExchangeActiveSyncDevices\\x\u00a7{number}",
        "DeviceId": f"D{number}",
        "DeviceType": "iPhone",
        "DeviceModel": None,
        "DeviceOS": "iOS 17.3, 21D50",
        "DeviceUserAgent": 'A "quoted" agent; v1',
        "FirstSyncTime": "2025-09-01T12:00:00Z",
    }
    for number, user in enumerate(USERS)
]


def pretty(rows: Rows) -> str:
    """Return rows as Windows PowerShell writes JSON: one object is no list."""
    return json.dumps(rows if len(rows) != 1 else rows[0], indent=4).replace("\n", "\r\n")


def lines(rows: Rows) -> str:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def page(rows: Rows) -> str:
    sidecars = [{**row, "WhenChanged@data.type": "System.DateTime"} for row in rows]
    return json.dumps({"@odata.context": "https://contoso.com/x", "adminapi.warnings": [], "value": sidecars})


FORMS: dict[str, Callable[[Rows], str]] = {
    "json": json.dumps,
    "pretty": pretty,
    "lines": lines,
    "page": page,
    "csv": render_csv,
    "semicolons": partial(render_csv, separator=";", join=","),
    "tabs": partial(render_csv, separator="\t", type_line="Selected.System.Object"),
    "clixml": render_clixml,
    "clixml-list": partial(render_clixml, as_list=True, section="Props"),
}
TAKEN_AT = "2026-11-23T08:00:00Z"
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16-le", "utf-16-be")


def rows_of(state: State) -> dict[str, Rows]:
    """Return the rows of a state by section, all with the same properties; a mailbox has its lists."""
    found: dict[str, Rows] = {}
    for kind, objects in state.objects.items():
        rows = [live_row(entity) for entity in objects.values()]
        lists = STORE.object_type(kind).lists
        if kind == MAILBOX:
            for row in rows:
                row.setdefault("ActiveSyncMailboxPolicy", None)
                row.update({name: row.get(name) or [] for name in lists if name.startswith("ActiveSync")})
        names = columns_of(rows)
        found[STORE.object_type(kind).section] = [
            {name: row.get(name, [] if name in lists else None) for name in names} for row in rows
        ]
    return found


def opened(content: bytes, size: int) -> AbstractContextManager[Iterable[bytes]]:
    return nullcontext([content[at : at + size] for at in range(0, len(content), size)])


def input_file(path: str, text: str, encoding: str, size: int) -> InputFile:
    return InputFile(path, partial(opened, encoded(text, encoding), size))


@st.composite
def forms(draw: st.DrawFn) -> tuple[dict[str, Rows], Collected]:
    """Return the rows of a random world, and what was read of it: each section in another form."""
    state = draw(live_states())
    sections = {section: rows for section, rows in rows_of(state).items() if rows} | {DEVICES: DEVICE_ROWS}
    files = []
    for section, rows in sections.items():
        text = FORMS[draw(st.sampled_from(sorted(FORMS)))](rows)
        path = KINDS[section].export.rpartition(" ")[2]
        files.append(input_file(path, text, draw(st.sampled_from(ENCODINGS)), draw(st.integers(1, 999))))
    return sections, collect(files, STORE, name=LIVE, edition="exchange-online", taken_at=TAKEN_AT)


@given(forms())
def test_live_state_is_the_same_in_every_form(read: tuple[dict[str, Rows], Collected]) -> None:
    sections, found = read
    assert {"list-unproven", "property-absent"} >= {problem.code for problem in found.problems}, found.problems
    got = bind_snapshot(found.raw, STORE)
    wanted: dict[str, Any] = {section: rows for section, rows in sections.items() if section != DEVICES}
    (organization,) = wanted.pop("organization", [None])
    reference = read_sealed(seal(organization=organization, **wanted))
    for kind, objects in got.state.objects.items():
        assert {key: (each.identity, each.settings) for key, each in objects.items()} == {
            key: (each.identity, each.settings) for key, each in reference.state.of_kind(kind).items()
        }
    assert sorted(each.device_id for each in got.devices) == [row["DeviceId"] for row in DEVICE_ROWS]
    known = {each.owner for each in got.devices} - {""}
    if MAILBOX in got.state.objects:
        assert known == {each.identity for each in got.state.of_kind(MAILBOX).values()} & {*USERS}


@settings(max_examples=examples(20))  # each lints and plans
@given(forms())
def test_the_policy_of_live_state_in_every_form_plans_to_nothing(read: tuple[dict[str, Rows], Collected]) -> None:
    got = bind_snapshot(read[1].raw, STORE)
    if not got.incomplete:
        check(got)
