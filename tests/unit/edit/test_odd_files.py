"""Devices approved in files that people wrote by hand in every which way: what is there stays as it is."""

from __future__ import annotations

import difflib

import pytest

from policylint.edit.approval import Request
from tests.approving import comments_of, items_of, mailboxes_of, put_on_lists
from tests.worlds import snapshot

LISTED = "ActiveSyncAllowedDeviceIDs"
LIVE = """
organization: {DefaultAccessLevel: Quarantine}
mailboxes:
  - {Identity: ann@contoso.com, ActiveSyncAllowedDeviceIDs: [A1]}
  - {Identity: bob@contoso.com}
  - {Identity: zoe@contoso.com}
"""
DEVICES = [
    {"mailbox": f"{owner}@contoso.com", "DeviceId": f"{name}", "DeviceType": "iPhone", "ClientType": "EAS"}
    for owner, name in (("ann", "N9"), ("bob", "N8"), ("zoe", "N7"))
]
SNAPSHOT = snapshot(LIVE, DEVICES)

WRITTEN = {
    "list in brackets": "mailboxes:\n  - Identity: ANN\n    LIST: [A1, 'B2']   # two\n",
    "list in brackets on lines": ("mailboxes:\n  - Identity: ANN\n    LIST: [\n      A1,  # one\n      B2\n    ]\n"),
    "list in blocks": """\
# top
mailboxes:
- Identity: ANN   # hi
  # above
  LIST:
    # first
    - A1   # her tablet
    - B2
    # last

  # tail
tests: []
""",
    "items sorted by hand": ("mailboxes:\n  - Identity: ANN\n    LIST:\n      - A1\n      - Z1\n"),
    "items not sorted": ("mailboxes:\n  - Identity: ANN\n    LIST:\n      - Z1\n      - A1\n"),
    "dashes at the margin": "mailboxes:\n- Identity: ANN\n  LIST:\n  - A1\n  - B2\n",
    "deep": "mailboxes:\n        -   Identity: ANN\n            LIST:\n                -   A1\n",
    "no final line end": "mailboxes:\n  - Identity: ANN\n    LIST: [A1]",
    "no final line end in blocks": "mailboxes:\n  - Identity: ANN\n    LIST:\n      - A1",
    "line ends of Windows": "mailboxes:\r\n  - Identity: ANN\r\n    LIST: [A1]  # x\r\n",
    "object in braces": "mailboxes:\n    - {Identity: ANN,   LIST: [A1]}  # one line\n",
    "section in brackets": "mailboxes: [{Identity: ANN, LIST: {Remove: [N9, X1]}}]\n",
    "file in braces": "{mailboxes: [{Identity: ANN, LIST: {Add: [A1]}}]}\n",
    "JSON": '{\n "mailboxes": [\n  {\n   "Identity": "ANN",\n   "LIST": [\n    "A1"\n   ]\n  }\n ]\n}\n',
    "only removed": "mailboxes:\n  - Identity: ANN\n    LIST: {Remove: [N9]}\n",
    "removed among others": ("mailboxes:\n  - Identity: ANN\n    LIST:\n      Remove:\n        - X1\n        - N9\n"),
    "empty list": "mailboxes:\n  - Identity: ANN\n    LIST: []  # none yet\n",
    "not declared": "mailboxes:\n  - Identity: ANN\n    ActiveSyncEnabled: true\n    # end\n\n",
    "list before the name": "mailboxes:\n  - LIST:\n      Add: [A1]\n    Identity: ANN\n",
    "notes": (
        "mailboxes:\n  - Identity: ANN\n    LIST: [A1]\n    reason: x\n    exemptions:\n      A1: {reason: y}  # why\n"
    ),
    "notes in braces": ("mailboxes:\n  - {Identity: ANN, LIST: [A1], exemptions: {A1: {owner: z}}}\n"),
    "directive above": (
        "mailboxes:\n  - Identity: ANN\n    # policylint: ignore[stale-device-id] kept\n    LIST: [A1]\n"
    ),
    "a name in another case": "mailboxes:\n  - Identity: 'ANN@Contoso.com'\n    LIST: [A1]\n",
    "an empty section": "mailboxes: []\n",
    "another section": "organization: {DefaultAccessLevel: Quarantine}  # default\n",
    "another section that is a list": (
        "deviceAccessRules:\n  - {Characteristic: DeviceType, QueryString: x, AccessLevel: Allow}\n"
    ),
    "other sections around": (
        "deviceAccessRules:\n  - {Characteristic: DeviceType, QueryString: x, AccessLevel: Allow}\n\n"
        "# what is tested\ntests:\n  - {name: x, device: {DeviceType: x}, expect: Allowed}"
    ),
    "comments around": (
        "# a\n\n# b\nmailboxes:\n  # c\n\n  - Identity: bob@contoso.com\n    ActiveSyncEnabled: true\n  # d\n# e\n"
    ),
    "sorted by hand": (
        "mailboxes:\n  # a to m\n  - Identity: bob@contoso.com\n    ActiveSyncEnabled: true\n\n"
        "  # n to z\n  - Identity: zoe@contoso.com\n    ActiveSyncEnabled: true\n"
    ),
    "a section right below": ("mailboxes:\n  - Identity: zoe@contoso.com\n    ActiveSyncEnabled: true\ntests: []\n"),
    "an entry right above a section": "mailboxes:\n  - Identity: ANN\n    ActiveSyncEnabled: true\ntests: []\n",
    "a list right above a section": "mailboxes:\n  - Identity: ANN\n    LIST:\n      - A1\ntests: []\n",
    "a new entry right above a section": (
        "mailboxes:\n  - {Identity: aa@contoso.com, ActiveSyncEnabled: true}\ntests: []\n"
    ),
    "another section in braces": "{organization: {DefaultAccessLevel: Quarantine}}\n",
    "another section in braces with a comma": "{\n  organization: {DefaultAccessLevel: Quarantine},  # x\n}\n",
    "a removed item with comments": (
        "mailboxes:\n  - Identity: ANN\n    LIST:\n      Remove:\n        # case 17\n        - N9  # lost in May\n"
        "        - X1\n"
    ),
    "the exemptions first": (
        "mailboxes:\n  - exemptions: {N9: {reason: old}}\n    # c\n    LIST: {Remove: [N9]}\n    Identity: ANN\n"
    ),
    "two objects on a line": "mailboxes: [{Identity: bob@contoso.com}, {Identity: zoe@contoso.com}]\n",
}
FILES = {name: text.replace("LIST", LISTED).replace("ANN", "ann@contoso.com") for name, text in WRITTEN.items()}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
@pytest.mark.parametrize("notes", [{}, {"reason": "new", "expires": "2027-03-31"}], ids=["bare", "with notes"])
def test_one_id_is_added_and_every_byte_else_stays(text: str, notes: dict[str, str]) -> None:
    texts, choice = put_on_lists({"policy/a.yaml": text}, SNAPSHOT, Request(names=("N9",), notes=notes))
    after = texts["policy/a.yaml"]
    assert ["edited"] == [each.status for each in choice.devices]
    before, now = mailboxes_of([text]), mailboxes_of([after])
    mine = before.pop("ANN@CONTOSO.COM", {"Identity": "ann@contoso.com"})
    changed = now.pop("ANN@CONTOSO.COM")
    assert before == now
    had, has = items_of(mine, LISTED), items_of(changed, LISTED)
    assert ({*had[0], "N9"}, [each for each in had[1] if each != "N9"]) == ({*has[0]}, has[1])
    others = {key: each for key, each in mine.items() if key not in {LISTED, "exemptions"}}
    assert others.items() <= changed.items()
    said = changed.get("exemptions", {}).get("N9") or {key: changed.get(key) for key in notes}
    assert notes == said
    assert comments_of(text) == [each for each in comments_of(after) if "approved 2026-11-23" not in each]
    assert ("\r\n" in text) == ("\r\n" in after)
    assert "\n" not in after.replace("\r\n", "") or "\r\n" not in text
    assert few_lines_change(text, after)


def few_lines_change(before: str, after: str) -> bool:
    """Return whether no more than the line of a list, and the one that held the ID, is gone."""
    gone = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line.startswith("- ")]
    return len(gone) <= 3


def test_of_several_files_the_one_with_the_entry_changes() -> None:
    files = {
        "policy/a.yaml": "mailboxes:\n  - {Identity: bob@contoso.com, ActiveSyncEnabled: true}\n",
        "policy/b.yaml": "# b\nmailboxes:\n  - Identity: ann@contoso.com\n    ActiveSyncEnabled: true\n",
        "policy/c.yaml": "organization: {DefaultAccessLevel: Quarantine}\n",
    }
    texts, _ = put_on_lists(files, SNAPSHOT, Request(names=("N9", "N8")))
    assert {"policy/a.yaml", "policy/b.yaml"} == {path for path in files if files[path] != texts[path]}
    assert "    ActiveSyncAllowedDeviceIDs: {Add: [N9]}\n" in texts["policy/b.yaml"]
    assert "N8" in texts["policy/a.yaml"]


def test_a_section_that_no_file_has_gets_a_file_where_others_are() -> None:
    files = {"policy/rules.yaml": "deviceAccessRules: []\n", "policy/z.yaml": "organization: {}\n"}
    texts, _ = put_on_lists(files, SNAPSHOT, Request(names=("N9",)))
    assert files == {path: texts[path] for path in files}
    assert texts["policy/mailboxes.yaml"].startswith("mailboxes:\n  # N9: ")


def test_items_are_put_in_the_order_of_a_list_in_brackets() -> None:
    text = "mailboxes:\n  - Identity: ann@contoso.com\n    ActiveSyncAllowedDeviceIDs: [A1, Z1]\n"
    texts, _ = put_on_lists(
        {"policy/a.yaml": text}, SNAPSHOT, Request(names=("N9", "B2"), mailbox="ann@contoso.com", notes={"reason": "x"})
    )
    assert "[A1, B2, N9, Z1]" in texts["policy/a.yaml"]


def test_a_comment_on_notes_that_are_written_anew_stays() -> None:
    entry = "  - Identity: ann@contoso.com\n    ActiveSyncAllowedDeviceIDs: [A1]\n"
    text = f"mailboxes:\n{entry}    exemptions:\n      N9:  # case 17\n        reason: old\n"
    texts, _ = put_on_lists({"policy/a.yaml": text}, SNAPSHOT, Request(names=("N9",), notes={"reason": "new"}))
    assert "      # case 17\n      N9: {reason: new}\n" in texts["policy/a.yaml"]
