"""The people of a project: the names of mailboxes and the IDs of devices that its files and its snapshot know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.model.entity import written_items
from policylint.model.state import MAILBOX
from policylint.regex import regex
from policylint.syntax.node import MappingNode, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.model.entity import Entity
    from policylint.model.snapshot import Snapshot
    from policylint.model.state import State
    from policylint.project.project import Project
    from policylint.syntax.node import Node


def names_of_people(projects: Iterable[Project], snapshots: Iterable[Snapshot | None] = ()) -> Iterator[str]:
    """Yield the names that projects know, and snapshots beside theirs; some of them more than once."""
    known = {id(each): each for each in snapshots if each is not None}
    for project in projects:
        if project.snapshot is not None:
            known[id(project.snapshot)] = project.snapshot
        yield from _in_state(project.policy.state)
        for file in project.loaded:
            if file.node is not None and (node := file.node.values.get("mailboxes")) is not None:
                yield from _as_written(node)
        for test in project.policy.tests:
            yield from filter(None, (test.mailbox, test.device.device_id, test.device.owner))
        for assertion in project.policy.assertions:
            yield from assertion.conditions.get("mailbox", ())
    for snapshot in known.values():
        yield from _in_state(snapshot.state)
        for device in snapshot.devices:
            yield device.device_id
            for name in filter(None, (device.owner, device.mailbox)):
                yield from (name, name.partition("@")[0])


def _in_state(state: State) -> Iterator[str]:
    for mailbox in state.of_kind(MAILBOX).values():
        yield from _names(mailbox)


def _names(mailbox: Entity) -> Iterator[str]:
    for name in mailbox.names:
        yield from (name, name.partition("@")[0])
    for value in mailbox.settings.values():
        yield from written_items(value)


_PART = regex(r"[;,\s]+")
_SETTINGS = frozenset({"ActiveSyncMailboxPolicy", "reason", "owner", "expires"})
"""What an entry says in words that are about no person, or only with an address."""
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "default", "allow", "block", "quarantine"})
"""Values that are settings, wherever they are written."""


def _as_written(node: Node) -> Iterator[str]:
    """Yield what may be people in the section of mailboxes, as it is written: it may be malformed."""
    entries = node.items if isinstance(node, SequenceNode) else [node]
    for entry in entries:
        if not isinstance(entry, MappingNode):
            yield from _texts(entry)
            continue
        for key, value in entry.values.items():
            if entry is node:
                yield from _pieces(key)
            if key not in _SETTINGS:
                yield from _texts(value)


def _texts(node: Node) -> Iterator[str]:
    """Yield every text and every key of a node, and the parts of each."""
    if isinstance(node, ScalarNode):
        yield from _pieces(node.text)
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from _texts(item)
    else:
        for key, value in node.values.items():
            yield from _pieces(key)
            if key not in _SETTINGS:
                yield from _texts(value)


def _pieces(text: str) -> Iterator[str]:
    for piece in {text, *_PART.split(text)}:
        if piece.lower() not in _WORDS and piece not in _KEYS:
            yield from (piece, piece.partition("@")[0])


_KEYS = frozenset({*_SETTINGS, "glob", "one-of", "file", "not", "Identity", "matches", "exemptions"})
