"""Devices that are approved or denied: they and no others, whatever the files look like, and once is enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.edit.approval import Request
from policylint.fmt.layout import format_text
from policylint.schema.store import POLICY
from policylint.text import fold
from tests.approving import LISTS, comments_of, items_of, mailboxes_of, project_of, put_on_lists
from tests.examples import examples
from tests.importing.test_update_laws import as_imported, as_json, in_blocks, in_braces, remarked, snapshot_of, spaced
from tests.strategies import EVERY_DEVICE, FEW_IDS, USERS, live_states
from tests.worlds import STORE, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from policylint.model.state import State

STYLES = st.sampled_from([as_imported, as_json, in_braces, in_blocks, spaced, remarked])
REQUESTS = st.builds(
    Request,
    verb=st.sampled_from(["approve", "deny"]),
    names=st.lists(st.sampled_from((*FEW_IDS, "D9")), min_size=1, unique=True).map(tuple),
    mailbox=st.sampled_from(USERS),
    notes=st.sampled_from([{}, {"reason": "new phone", "expires": "2027-03-31"}]),
)


@settings(max_examples=examples(60))
@given(STYLES, live_states(), live_states(), REQUESTS, st.booleans())
def test_exactly_the_named_devices_change(
    style: Callable[[State], dict[str, str]], written: State, live: State, request: Request, entry: bool
) -> None:
    if not entry:
        written = written.with_kind("mailbox", {USERS[1].upper(): written.of_kind("mailbox")[fold(USERS[1])]})
    texts, snapshot = style(written), snapshot_of(live)
    after, choice = put_on_lists(texts, snapshot, request)
    if choice.of_status("refused"):
        return
    before, now = (project_of(each, snapshot).desired_model for each in (texts, after))
    named = {(device.mailbox, device.device_id) for device in (row.device for row in choice.of_status("edited"))}
    for device in EVERY_DEVICE:
        old, new = before.decide(device), now.decide(device)
        if (device.mailbox, device.device_id) not in named:
            assert (old.state, old.reason) == (new.state, new.reason)
        elif old.state != new.state:
            assert ("Allowed" if request.verb == "approve" else "Blocked") == new.state
    _only_named_ids_move(texts, after, request)
    edited = {fold(row.device.device_id) for row in choice.of_status("edited")}
    mine = mailboxes_of(after.values()).get(fold(request.mailbox or ""), {})
    assert edited <= {*items_of(mine, LISTS[request.verb])[0]}
    assert (after, ()) == _again(after, request, live)
    for path, text in texts.items():
        had, has = comments_of(text), [each for each in comments_of(after[path]) if " 2026-11-23" not in each]
        assert has == had if request.verb == "approve" else set(has) <= set(had)
        assert not _is_canonical(text) or _is_canonical(after[path])


def _again(texts: Mapping[str, str], request: Request, live: State) -> tuple[dict[str, str], tuple[object, ...]]:
    found, choice = put_on_lists(texts, snapshot_of(live), request)
    return found, choice.of_status("edited")


def _only_named_ids_move(texts: Mapping[str, str], after: Mapping[str, str], request: Request) -> None:
    """Assert that another reader finds every other ID and setting as it was."""
    old, new = mailboxes_of(texts.values()), mailboxes_of(after.values())
    ids, mine = set(map(fold, request.names)), fold(request.mailbox or "")
    assert {key: each for key, each in old.items() if key != mine} == {k: v for k, v in new.items() if k != mine}
    was, now = old.get(mine, {}), new.get(mine, {})
    for name in LISTS.values():
        for one, other in zip(items_of(was, name), items_of(now, name), strict=True):
            assert [each for each in one if each not in ids] == [each for each in other if each not in ids]
    kept = {key: each for key, each in was.items() if key not in {*LISTS.values(), "exemptions"}}
    assert kept.items() <= now.items()


def _is_canonical(text: str) -> bool:
    found = read(text)
    assert found.node is not None
    return format_text(found.source, found.node, STORE, POLICY) == text  # type: ignore[arg-type]
