"""What holds of lint over any policy that the schemas admit, beside any snapshot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.edits import splice
from policylint.escape import to_json
from policylint.lint import check as checking
from policylint.lint.facts import Facts
from policylint.model.config import EDITIONS
from policylint.render.diagnostics.json import lint_record
from policylint.schema.store import POLICY
from policylint.source import Source
from policylint.syntax.parse import parse
from policylint.text import fold
from tests.sealed import HEADER, seal
from tests.strategies import CLIENTS, JOHN, TEXTS, VALUES, VERSIONS, Leaf, Tree, trees, written
from tests.texts import CONFIG, LIVE, project, shared
from tests.worlds import STORE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.project.project import Project

PACKS = tuple(shared().packs.packs)
NAMES = (JOHN, "ann@contoso.com", "ANN@contoso.com", "$(x)@contoso.com", "jöhn@contoso.com", "sales\u200b@contoso.com")
POLICIES = ("Default", "default", "Strict ", "Стандарт", "Default\u200b")
DEVICE_IDS = ("APPL1", "appl1", "SEC-2", "5b4eac0f-4e53-3613-8354-d81aa63878c1", "iPhone§X3", "A1 B2", "É9")
QUERIES = (
    *(value for values in VALUES.values() for value in values),
    "iOS*",
    "iOS 17+",
    "iPhone14,2",
    "Mac",
    "\uff29\uff2f\uff33",
    "x" * 300,
)
LIKELY: Mapping[str, tuple[str, ...]] = {
    "Identity": NAMES,
    "mailbox": NAMES,
    "Name": POLICIES,
    "ActiveSyncMailboxPolicy": POLICIES,
    "QueryString": QUERIES,
    "glob": ("*", "iOS *", "*@contoso.com", "?", "[a-"),
    "file": ("names.txt",),
    "version": ("<18", ">=1", "13"),
}
"""Texts that meet in a policy and its snapshot, where texts drawn at random never would."""
ID_LISTS = ("ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs")
OWN_NAME = {"mailbox": ("PrimarySmtpAddress", NAMES), "mobileDeviceMailboxPolicy": ("Name", POLICIES)}


def folded(pair: tuple[str, str]) -> tuple[str, str]:
    return pair[0], fold(pair[1])


def likelier(draw: st.DrawFn, tree: Tree, key: str = "") -> Tree:
    """Return a tree in which some texts are likely ones."""
    if isinstance(tree, dict):
        return {name: likelier(draw, part, name) for name, part in tree.items()}
    if isinstance(tree, list):
        texts = DEVICE_IDS if key in ID_LISTS else NAMES
        return [
            Leaf(draw(st.sampled_from(texts)))
            if isinstance(each, Leaf) and draw(st.booleans())
            else likelier(draw, each, key)
            for each in tree
        ]
    if key in LIKELY and tree != Leaf("null", plain=True) and (key == "file" or draw(st.integers(0, 3))):
        return Leaf(draw(st.sampled_from(LIKELY[key])))
    return tree


@st.composite
def policies(draw: st.DrawFn) -> str:
    """Return a policy file: any settings with any values of the schemas, with ignore comments."""
    tree = likelier(draw, draw(trees(POLICY, wrong=False))[0])
    assert isinstance(tree, dict)
    lines = []
    for section, part in tree.items():
        for item in part if isinstance(part, list) and part else [part]:
            if draw(st.integers(0, 4)) == 0:
                rule = draw(st.sampled_from(shared().rules)).id
                until = draw(st.sampled_from(["", " until 2026-01-02", " until 2030-01-01", " until soon"]))
                lines.append(f"# policylint: ignore[{rule}] known{until}")
            if isinstance(part, list) and part:
                lines += [f"{section}:"] if item is part[0] else []
                lines.append(f"  - {written(item)}")
            else:
                lines.append(f"{section}: {written(item)}")
    return "\n".join(lines or ["{}"]) + draw(st.sampled_from(["", "\n", "  # end\n"]))


@st.composite
def rows(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """Return an object as a snapshot has it, with some of its settings."""
    settings = STORE.object_type(kind).settings
    row: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(sorted(settings)), max_size=8, unique=True)):
        words = {"bool": ("True", "False"), "strings": ()}.get(settings[name].kind, settings[name].members)
        if settings[name].kind == "strings":
            row[name] = draw(st.lists(st.sampled_from(DEVICE_IDS if name in ID_LISTS else NAMES), max_size=3))
        else:
            likely = st.sampled_from(words or LIKELY.get(name, ("", "Unlimited", "00:15:00", "4")))
            row[name] = draw(likely | TEXTS) if draw(st.integers(0, 9)) == 0 else draw(likely)
    return row


@st.composite
def snapshots(draw: st.DrawFn) -> bytes:
    """Return a sealed snapshot of any edition, some sections of which were not read."""
    header = {
        **HEADER,
        "edition": draw(st.sampled_from(tuple(EDITIONS))),
        "takenAt": draw(st.sampled_from(["2026-11-23T08:00:00Z", "2024-01-01T00:00:00Z", "2031-01-01T00:00:00Z"])),
        "redacted": draw(st.booleans()),
    }
    sections: dict[str, Any] = {
        "deviceAccessRules": [
            {
                "Characteristic": name,
                "QueryString": query,
                "AccessLevel": draw(st.sampled_from(["Allow", "Block", "?"])),
            }
            for name, query in draw(
                st.lists(
                    st.tuples(st.sampled_from(sorted(VALUES)), st.sampled_from(QUERIES)), max_size=3, unique_by=folded
                )
            )
        ]
    }
    for kind, (key, names) in OWN_NAME.items():
        sections[STORE.object_type(kind).section] = [
            {**draw(rows(kind)), key: name}
            for name in draw(st.lists(st.sampled_from(names), max_size=3, unique_by=fold))
        ]
    devices = []
    for device_id in draw(st.lists(st.sampled_from(DEVICE_IDS), max_size=4)):
        values = {
            name: draw(st.sampled_from(VALUES["UserAgent" if name == "DeviceUserAgent" else name]) | TEXTS)
            for name in ("DeviceType", "DeviceModel", "DeviceOS", "DeviceUserAgent")
        }
        devices.append(
            {
                "mailbox": draw(st.sampled_from([*NAMES, None])),
                "DeviceId": device_id,
                **values,
                "ClientType": draw(st.sampled_from(CLIENTS)),
                "ClientVersion": draw(st.sampled_from(VERSIONS)),
                "DevicePolicyApplicationStatus": draw(st.sampled_from(["AppliedInFull", "NotApplied", "?"])),
                "LastSuccessSync": draw(st.sampled_from([None, "2020-01-01T00:00:00Z", "2026-11-20T06:00:00Z"])),
            }
        )
    gaps = draw(st.lists(st.sampled_from(["organization", *sections, "devices"]), max_size=1))
    return seal(
        header,
        organization=draw(rows("organization")),
        devices=devices,
        complete=dict.fromkeys(gaps, "cut"),
        **sections,
    )


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, str | bytes]:
    """Return the files of a project, with every pack."""
    mode = draw(st.sampled_from(["exact", "additive", "{mode: additive, lists: additive}"]))
    settings = (
        f"version: 1\nedition: {draw(st.sampled_from(tuple(EDITIONS)))}\npacks: {json.dumps(PACKS)}\n"
        f"manage: {{mailboxes: {mode}}}\nprecedence: {draw(st.sampled_from(['strictest', 'specific-first']))}\n"
        f"outside: {{hybrid-modern-auth: {str(draw(st.booleans())).lower()}}}\n"
    )
    texts: dict[str, str | bytes] = {CONFIG: settings, "names.txt": f"{JOHN}\nnobody@contoso.com\n"}
    for number in range(draw(st.integers(1, 2))):
        texts[f"{'ab'[number]}.yaml"] = draw(policies())
    return texts | ({LIVE: draw(snapshots())} if draw(st.booleans()) else {})


def read(texts: Mapping[str, str | bytes]) -> Project:
    return project(
        texts,
        allow_incomplete=["organization", "devices", "mailboxes", "deviceAccessRules", "mobileDeviceMailboxPolicies"],
    )


@given(worlds())
def test_lint_ends_and_says_what_can_be_used(texts: dict[str, str | bytes]) -> None:
    result = read(texts).lint()
    again = read(dict(reversed(texts.items()))).lint()
    said = [to_json(lint_record(each)) for each in (result, again)]
    assert said[0] == said[1]
    for found in (*result.diagnostics, *result.suppressed):
        for span in (found.span, *(label.span for label in found.related)):
            assert span.path in texts
            if not span.source.text:  # live state is named, and has no lines
                continue
            assert span.source.text == texts[span.path], "a finding is in a file of the project"
            assert 0 <= span.start <= span.end <= len(span.source.text)
        assert "Cc" not in map(category, found.message + (found.help or "")), "a control character"
        edits = found.fix.edits if found.fix is not None else ()
        for path in {edit.span.path for edit in edits}:
            before = texts[path]
            assert isinstance(before, str)
            after = splice(before, [edit for edit in edits if edit.span.path == path])
            assert parse(Source(path, after))[1] == (), "a fixed file can be read"


@settings(max_examples=15)
@given(worlds())
def test_what_a_rule_need_not_look_at_has_no_finding(texts: dict[str, str | bytes]) -> None:
    quick, errors = read(texts).lint(), read(texts).lint(only_errors=True).errors
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Facts, "subjects_with", lambda facts, kind, _names, **chosen: facts.subjects(kind, **chosen))
        patch.setattr(Facts, "mailboxes_with", lambda facts, *_asked: facts.devices_by_mailbox)
        patch.setattr(Facts, "is_ascii", False)
        patch.setattr(Facts, "no_text", lambda *_asked: False)
        patch.setattr(checking, "_can_find", lambda rule, _facts: rule.predicate is not None)
        slow = read(texts).lint()
    assert to_json(lint_record(quick)) == to_json(lint_record(slow))
    assert errors == slow.errors
