"""What goes out of files written in any way: exactly what is meant, every other byte stays, and nothing opens."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.access.decision import STATES
from policylint.edit.editor import Editor
from policylint.model.device import Device
from policylint.model.entity import removed_items
from policylint.project.edited import edited
from policylint.project.expire import expire, require_nothing_opens
from tests.examples import examples
from tests.texts import LIVE, project
from tests.worlds import STORE, sealed

if TYPE_CHECKING:
    from policylint.project.project import Project

TODAY = date(2026, 11, 28)
PAST, FUTURE = "2026-11-27", "2026-11-28"
ALLOWED, BLOCKED, SWITCH = "ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs", "ActiveSyncEnabled"
IDS = ("A1", "0123", "1E5", "NO", "Appl9")
CONFIGS = (
    "",
    "manage: {mailboxes: exact}\n",
    "manage: {mailboxes: {mode: additive, lists: additive}}\n",
    "manage: {mailboxes: owned}\n",
)


class Entry(NamedTuple):
    """A mailbox, and how it is written."""

    name: str
    ids: tuple[str, ...]
    days: tuple[str, ...]
    style: str
    blocked: tuple[str, ...]
    switch: bool | None
    day: str
    flow: bool
    commented: bool
    spaced: bool

    def is_over(self, item: str) -> bool:
        return (self.days[self.ids.index(item)] or self.day) == PAST

    @property
    def left(self) -> list[str]:
        return [item for item in self.ids if not self.is_over(item)]

    @property
    def is_changed(self) -> bool:
        return len(self.left) < len(self.ids) or (self.day == PAST and self.switch is True)


@st.composite
def entries(draw: st.DrawFn, name: str) -> Entry:
    ids = tuple(draw(st.lists(st.sampled_from(IDS), unique=True, max_size=4)))
    days = st.sampled_from(["", "", PAST, FUTURE])
    style = draw(st.sampled_from(["flow", "block", "add"]))
    flow = style != "block" and draw(st.booleans())
    return Entry(
        name=f"{name}@contoso.com",
        ids=ids,
        days=tuple(draw(days) for _ in ids),
        style=style,
        blocked=tuple(draw(st.sampled_from([(), (), ("B7",), ("B7", "A1")]))),
        switch=draw(st.sampled_from([None, True, False])),
        day=draw(days),
        flow=flow,
        commented=draw(st.booleans()),
        spaced=draw(st.booleans()),
    )


def _quoted(item: str) -> str:
    return item if item in ("A1", "Appl9") else f"'{item}'"


def _keys(entry: Entry) -> list[str]:
    """Return the keys of an entry with their values, a list in block style as lines below it."""
    flow = ", ".join(map(_quoted, entry.ids))
    keys = [f"Identity: {entry.name}"]
    if entry.ids and entry.style == "block":
        above = f"    # above {{}} of {entry.name}\n" if entry.commented else ""
        items = "".join(
            f"{above.format(item)}    - {_quoted(item)}  # on {item} of {entry.name}\n" for item in entry.ids
        )
        keys.append(f"{ALLOWED}:\n{items}".rstrip("\n"))
    elif entry.ids:
        keys.append(f"{ALLOWED}: {{Add: [{flow}]}}" if entry.style == "add" else f"{ALLOWED}: [{flow}]")
    keys += [f"{BLOCKED}: [{', '.join(entry.blocked)}]"] if entry.blocked else []
    keys += [f"{SWITCH}: {str(entry.switch).lower()}"] if entry.switch is not None else []
    keys += [f"expires: {entry.day}"] if entry.day else []
    own = [f"{_quoted(item)}: {{expires: {day}}}" for item, day in zip(entry.ids, entry.days, strict=True) if day]
    return [*keys, f"exemptions: {{{', '.join(own)}}}"] if own else keys


def _text(entry: Entry, indent: str) -> str:
    keys = _keys(entry)
    above = f"# entry {entry.name}\n" if entry.commented else ""
    if entry.flow:
        body = f"- {{{', '.join(keys)}}}\n"
    else:
        body = f"- {keys[0]}\n" + "".join(f"  {key}\n" for key in keys[1:])
        body = body.replace(f"{ALLOWED}:\n", f"{ALLOWED}:  # list of {entry.name}\n")
    text = above + body + ("\n" if entry.spaced else "")
    return "".join(f"{indent}{line}" if line.strip() else line for line in text.splitlines(keepends=True))


class World(NamedTuple):
    """A policy in two files, and what is live where that is known."""

    files: tuple[tuple[Entry, ...], ...]
    texts: dict[str, str | bytes]
    blocks: dict[str, str]

    @property
    def entries(self) -> list[Entry]:
        return [entry for file in self.files for entry in file]


FREE = "# a comment of nothing\n\n"
RULES = "deviceAccessRules:\n  - {Characteristic: DeviceType, QueryString: iPad, AccessLevel: Allow}\n"


@st.composite
def worlds(draw: st.DrawFn) -> World:
    files = tuple(
        tuple(draw(entries(f"{letter}{number}")) for number in range(draw(st.integers(1, 3)))) for letter in "ab"
    )
    config = f"version: 1\n{draw(st.sampled_from(CONFIGS))}"
    texts: dict[str, str | bytes] = {"policylint.yaml": config}
    blocks: dict[str, str] = {}
    for number, file in enumerate(files):
        indent, line_end = draw(st.sampled_from(["", "  "])), draw(st.sampled_from(["\n", "\r\n"]))
        own = {entry.name: _text(entry, indent) for entry in file}
        default = "" if number else "organization: {DefaultAccessLevel: Quarantine}\n\n"
        text = f"{FREE}{default}mailboxes:\n{''.join(own.values())}"
        text = text.rstrip("\n") if draw(st.booleans()) and not number else f"{text}\n{RULES if number else ''}"
        texts[f"policy/{number}.yaml"] = text.replace("\n", line_end)
        blocks |= {name: block.rstrip("\n").replace("\n", line_end) for name, block in own.items()}
    if draw(st.booleans()):
        live = [
            f"{{Identity: {entry.name}, {ALLOWED}: [{', '.join(map(_quoted, draw(_lists())))}], {SWITCH}: true}}"
            for file in files
            for entry in file
        ]
        default = "organization: {DefaultAccessLevel: Quarantine}\n"
        texts[LIVE] = sealed(f"{default}mailboxes: [{', '.join(live)}]")
        texts["policylint.yaml"] = f"{config}snapshot: {LIVE}\n"
    return World(files, texts, blocks)


def _lists() -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from((*IDS, "X1")), unique=True, max_size=3)


def _expired(before: Project) -> Project | None:
    """Return the project after what has expired is out of its files, None where that is nothing."""
    files = [file for each in before.loaded if (file := each.policy_file) is not None]
    editor = Editor(files, before.declared, STORE, lambda _path: True)
    expire(before, editor, TODAY, before.since)
    return None if editor.is_empty else edited(before, editor.result())


def _after(world: World) -> tuple[Project, Project, dict[str, str]]:
    """Return a project before and after, and its texts after."""
    before = project(world.texts)
    after = _expired(before)
    texts = {path: text for path, text in world.texts.items() if isinstance(text, str) and path.startswith("policy/")}
    return before, after or before, texts | dict(getattr(after, "texts", {}))


@settings(max_examples=examples(100))
@given(worlds())
def test_exactly_what_has_expired_goes_and_every_other_byte_stays(world: World) -> None:
    _, after, texts = _after(world)
    whole = "".join(texts.values())
    found = project(texts).policy.state.of_kind("mailbox")
    for entry in world.entries:
        kept = found.get(entry.name.upper())
        if not entry.is_changed and (entry.ids or entry.day != PAST or len(_keys(entry)) > 2):
            assert world.blocks[entry.name] in whole
            continue
        items = kept.items(ALLOWED) if kept is not None else ()
        assert entry.left == list(items)
        over = {item.upper() for item in entry.ids if entry.is_over(item)}
        assert kept is None or {item.upper() for item in removed_items(kept.get(ALLOWED))} <= over
        assert entry.blocked == (kept.items(BLOCKED) if kept is not None else ())
        assert (entry.switch is False) == (kept is not None and kept.get(SWITCH) is False)
        for item in entry.ids if entry.style == "block" and isinstance(kept and kept.get(ALLOWED), tuple) else ():
            is_there = f"# on {item} of {entry.name}" in whole
            assert not (entry.is_over(item) and is_there)
            assert entry.is_over(item) or is_there
    lines = {line.strip() for text in world.texts.values() if isinstance(text, str) for line in text.splitlines()}
    assert whole.count("# a comment of nothing") == 2
    assert {line.strip() for line in whole.splitlines() if line.strip().startswith("#")} <= lines
    assert _expired(after) is None


@settings(max_examples=examples(100))
@given(worlds())
def test_nothing_opens_and_what_ended_is_not_allowed_any_more(world: World) -> None:
    before, after, _ = _after(world)
    require_nothing_opens(before, after)
    for entry in world.entries:
        for item in (*IDS, "B7", "X1"):
            asked = Device(item, entry.name.upper(), ("iPhone", None, None, None), client_version="16.1")
            one, other = (each.desired_model.decide(asked).state for each in (before, after))
            assert one is None or other is None or STATES.index(other) >= STATES.index(one)
            if item in entry.ids and entry.is_over(item):
                assert other is None or other != "Allowed" or item.upper() in entry.blocked
