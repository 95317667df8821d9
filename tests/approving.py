"""Policy files after devices were approved or denied, in memory, and what another reader makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from policylint.edit.editor import Editor
from policylint.project import approve
from policylint.project.edited import edited
from policylint.project.project import Project
from policylint.text import fold
from tests.texts import TODAY, TextFiles, shared

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policylint.edit.approval import Choice, Request
    from policylint.model.snapshot import Snapshot

LISTS = {"approve": "ActiveSyncAllowedDeviceIDs", "deny": "ActiveSyncBlockedDeviceIDs"}


def project_of(texts: Mapping[str, str], live: Snapshot) -> Project:
    """Return the project of policy files over live state."""
    return Project(TextFiles(texts), shared(), now=lambda: TODAY, live=lambda: live)


def put_on_lists(texts: Mapping[str, str], live: Snapshot, request: Request) -> tuple[dict[str, str], Choice]:
    """Return policy files with devices on the lists of their mailboxes, and what became of each."""
    project = project_of(texts, live)
    choice = approve.choose(project, request)
    if not choice.of_status("edited"):
        return dict(texts), choice
    files = [file for each in project.loaded if (file := each.policy_file) is not None]
    editor = Editor(files, project.declared, project.store, lambda _path: True)
    approve.edit(project, choice, editor)
    after = edited(project, editor.result())
    return {**texts, **after.texts}, approve.decided(choice, after)


def read_plainly(text: str) -> dict[str, Any]:
    """Return what a file says to a reader that knows no types: every scalar as it is written."""
    found = yaml.load(text, Loader=yaml.BaseLoader)
    return found if isinstance(found, dict) else {}


def mailboxes_of(texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the declared mailboxes of some files by folded name."""
    return {fold(each["Identity"]): each for text in texts for each in read_plainly(text).get("mailboxes") or ()}


def items_of(mailbox: Mapping[str, Any], name: str) -> tuple[list[str], list[str]]:
    """Return what a list of a declared mailbox has or adds, and what it removes, folded."""
    value = mailbox.get(name, [])
    added, removed = (value.get("Add", []), value.get("Remove", [])) if isinstance(value, dict) else (value, [])
    return [fold(item) for item in added], [fold(item) for item in removed]


def comments_of(text: str) -> list[str]:
    """Return the comments of a file; none of the texts in it may hold a number sign."""
    return [line.partition("#")[2] for line in text.splitlines() if "#" in line]
