"""Entries, items and keys that go out of odd files: with their comments, and without a gap where they were."""

from __future__ import annotations

import pytest

from policylint.edit.editor import Editor
from policylint.model.entity import EMPTY, Entity, ListEdit
from policylint.project.edited import edited
from tests.texts import project
from tests.worlds import STORE

ALLOWED = "ActiveSyncAllowedDeviceIDs"
SPACED = """\
mailboxes:
  # first
  - Identity: a@contoso.com
    ActiveSyncEnabled: true

  # on its own

  # second
  - Identity: b@contoso.com  # beside
    ActiveSyncEnabled: true

  - Identity: c@contoso.com
    ActiveSyncEnabled: true

tests: []
"""
FIRST, SECOND, THIRD = (
    "  # first\n  - Identity: a@contoso.com\n    ActiveSyncEnabled: true\n\n",
    "  # second\n  - Identity: b@contoso.com  # beside\n    ActiveSyncEnabled: true\n\n",
    "\n  - Identity: c@contoso.com\n    ActiveSyncEnabled: true\n",
)


@pytest.mark.parametrize(
    ("names", "gone"),
    [
        (["a"], [FIRST]),
        (["b"], [SECOND]),
        (["c"], [THIRD]),
        (["a", "b"], [FIRST, SECOND]),
        (["b", "c"], ["\n" + SECOND[:-1], THIRD]),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_an_entry_goes_with_its_comments_and_leaves_no_gap(names: list[str], gone: list[str], line_end: str) -> None:
    expected = SPACED
    for text in gone:
        assert text in expected
        expected = expected.replace(text, "", 1)
    assert expected.replace("\n", line_end) == _without(SPACED.replace("\n", line_end), *names)


TIGHT = """\
mailboxes:
- {Identity: a@contoso.com, ActiveSyncEnabled: true}
- {Identity: b@contoso.com}

# group
- Identity: c@contoso.com"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a", TIGHT.replace("- {Identity: a@contoso.com, ActiveSyncEnabled: true}\n", "")),
        ("b", TIGHT.replace("- {Identity: b@contoso.com}\n", "")),
        ("c", TIGHT.partition("\n\n")[0] + "\n"),
    ],
)
def test_a_group_stays_apart_where_its_last_entry_goes(name: str, expected: str) -> None:
    assert expected == _without(TIGHT, name)


def test_the_last_entry_of_a_section_leaves_it_empty() -> None:
    assert "mailboxes: []\ntests: []\n" == _without("mailboxes:\n  # a\n  - Identity: a@contoso.com\ntests: []\n", "a")


BLOCK = """\
mailboxes:
  - Identity: a@contoso.com
    ActiveSyncAllowedDeviceIDs:  # phones
    # one
    - A1  # first
    - B2

    - C3  # third
    reason: why
"""


def test_a_list_in_block_style_keeps_the_comments_of_what_stays_where_it_becomes_one_in_part() -> None:
    before = project({"a.yaml": BLOCK})
    (entity,) = before.declared.state.of_kind("mailbox").values()
    after = entity._replace(settings={**entity.settings, ALLOWED: ListEdit(["A1", "C3"], ["B2"])})
    assert (
        _replaced(BLOCK, after)
        == """\
mailboxes:
  - Identity: a@contoso.com
    ActiveSyncAllowedDeviceIDs:  # phones
      Add:
      # one
      - A1  # first

      - C3  # third
      Remove: [B2]
    reason: why
"""
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[A1, B2]", "[B2]"),
        ("[A1]", "[]"),
        ("[\n      A1, # x\n      B2,\n    ]", "[\n      B2,\n    ]"),
        ("{Add: [A1, B2]}", "{Add: [B2]}"),
        ("{Add: ['A1'], Remove: [B2]}", "{Remove: [B2]}"),
        ("\n    - A1\n    - B2", "\n    - B2"),
        ("\n      - A1", " []"),
    ],
)
@pytest.mark.parametrize(
    "note", ["", "    exemptions: {A1: {reason: x}}\n", "    exemptions:\n      A1: {reason: x}\n"]
)
def test_an_item_goes_with_its_note_however_the_list_is_written(text: str, expected: str, note: str) -> None:
    head = f"mailboxes:\n  - Identity: a@contoso.com\n    ActiveSyncEnabled: true\n    {ALLOWED}:"
    space = "" if text.startswith("\n") else " "
    whole = f"{head}{space}{text}\n{note}    reason: why # kept\n"
    (entity,) = project({"a.yaml": whole}).declared.state.of_kind("mailbox").values()
    old = entity.items(ALLOWED)
    left = tuple(item for item in old if item != "A1")
    value = ListEdit(left, old.remove) if isinstance(old, ListEdit) else left
    after = entity._replace(settings={**entity.settings, ALLOWED: value}, exemptions=EMPTY)
    space = "" if expected.startswith(("\n", " ")) else " "
    assert f"{head}{space}{expected}\n    reason: why # kept\n" == _replaced(whole, after)


def _replaced(text: str, after: Entity) -> str:
    before = project({"a.yaml": text})
    (entity,) = before.declared.state.of_kind("mailbox").values()
    files = [file for each in before.loaded if (file := each.policy_file) is not None]
    editor = Editor(files, before.declared, STORE, lambda _path: True)
    editor.replace(entity, after._replace(origin=entity.origin))
    return edited(before, editor.result()).texts["a.yaml"]


def _without(text: str, *names: str) -> str:
    before = project({"a.yaml": text})
    files = [file for each in before.loaded if (file := each.policy_file) is not None]
    editor = Editor(files, before.declared, STORE, lambda _path: True)
    for entity in before.declared.state.of_kind("mailbox").values():
        if entity.identity.partition("@")[0] in names:
            editor.remove(entity)
    return edited(before, editor.result()).texts["a.yaml"]
