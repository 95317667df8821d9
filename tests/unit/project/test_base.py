"""What a branch brings: which findings are new, and how less is found than at the revision that it left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policylint.lint.select import Selection
from policylint.lint.weakening import FILE
from policylint.project.base import Base, lint_chosen
from policylint.project.project import Project
from tests.texts import CONFIG, TODAY, shared
from tests.unit.lint.test_precedence import Versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.project.base import Compared

OPEN, PINNED, SPLIT = "default-level-allow", "version-pinned-rule", "access-rule-matches-nothing"
A, B, C = "policy/a.yaml", "policy/b.yaml", "policy/c.yaml"
BARE = "# policylint: ignore[default-level-allow]\n"
RULE = "  - {{Characteristic: DeviceOS, QueryString: iOS {}, AccessLevel: Block}}{}\n"
ONE, TWO = "17.4 21E219", "17.5 21F79"


def policy(*versions: str, level: str = "Allow", comment: str = "") -> str:
    rules = "".join(RULE.format(each, comment) for each in versions)
    return f"organization: {{DefaultAccessLevel: {level}}}\n" + (f"deviceAccessRules:\n{rules}" if rules else "")


def compare(before: Mapping[str, str], after: Mapping[str, str], config: str = "", then: str = "") -> Compared:
    """Return what is new after a change of files without live state, with what the configuration was and is."""
    files = Versions({CONFIG: f"version: 1\n{config}\n", **after}, {CONFIG: f"version: 1\n{then}\n", **before})
    project = Project(files, shared(), now=lambda: TODAY, live=lambda: None)
    return lint_chosen(project, Selection(), Base("main", "main"), files)


def new(found: Compared) -> list[str]:
    return [each.rule for each in found.result.diagnostics]


MOVED = "# a comment\n" + policy(ONE)
CHANGES = [
    ("nothing", {A: policy(ONE)}, {A: policy(ONE)}, [], 2),
    ("other-lines", {A: policy(ONE)}, {A: MOVED}, [], 2),
    ("one-more", {A: policy(ONE)}, {A: policy(ONE, TWO)}, [PINNED], 2),
    ("one-less", {A: policy(ONE, TWO)}, {A: policy(TWO)}, [], 2),
    ("another-one", {A: policy(ONE)}, {A: policy(TWO)}, [PINNED], 1),
    ("renamed-file", {A: policy(ONE)}, {B: policy(ONE)}, [], 2),
    ("moved-to-another-file", {A: policy(ONE), B: "mailboxes: []\n"}, {A: policy(), B: policy(ONE)[42:]}, [], 2),
    ("renamed-and-one-more", {A: policy(ONE)}, {B: policy(ONE, TWO)}, [PINNED], 2),
    ("new-file", {}, {A: policy(ONE)}, [OPEN, PINNED], 0),
    ("comment-removed", {A: policy(ONE, comment=f" # policylint: ignore[{PINNED}] so")}, {A: policy(ONE)}, [PINNED], 1),
    ("broken-in-another-file", {A: "mailboxes: {}\n", B: "x: 1\n"}, {A: "x: 1\n", B: "mailboxes: []\n"}, ["schema"], 0),
    ("broken-in-a-renamed-file", {A: "x: 1\n"}, {B: "x: 1\n"}, ["schema"], 0),
    ("broken-as-before", {A: "x: 1\n"}, {A: "x: 1\n"}, ["schema"], 0),
    ("unnamed-in-a-renamed-file", {A: f"{BARE}{policy(ONE)}"}, {B: f"{BARE}{policy(ONE, TWO)}"}, [PINNED], 3),
    ("unnamed-in-another-file", {A: BARE + policy(ONE)}, {A: policy(ONE), B: f"{BARE}tests: []\n"}, ["suppression"], 2),
    ("unnamed-in-a-new-file", {A: BARE + policy(ONE)}, {B: f"{BARE}tests: []\n", C: policy(ONE)}, ["suppression"], 2),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "expected", "earlier"), [case[1:] for case in CHANGES], ids=[case[0] for case in CHANGES]
)
def test_only_what_the_base_does_not_have_is_new(
    before: dict[str, str], after: dict[str, str], expected: list[str], earlier: int
) -> None:
    found = compare(before or {"policy/none.yaml": "mailboxes: []\n"}, after)
    assert (expected, earlier) == (new(found), len(found.result.earlier))
    assert "main" == found.result.base


CONFIGS = [
    ("more-severe-is-new", f"severity: {{{OPEN}: error}}", "", [OPEN], []),
    ("less-severe", f"severity: {{{OPEN}: info}}", "", [], [f"severity.{OPEN}"]),
    ("off", f"severity: {{{OPEN}: off}}", "", [], [f"severity.{OPEN}"]),
    ("off-no-more-is-new", "", f"severity: {{{OPEN}: off}}", [OPEN], []),
    ("pack-added-is-new", "packs: [recommended]", "packs: [notes]", [OPEN, PINNED], ["packs"]),
    ("pack-removed", "packs: [recommended]", "packs: [recommended, notes]", [], ["packs"]),
    ("not-ignorable-removed", "", f"not-ignorable: [{OPEN}]", [], ["not-ignorable"]),
    ("not-ignorable-added", f"not-ignorable: [{OPEN}]", "", [], []),
    ("target-added", "target: contoso.com", "", [], ["target"]),
    ("domains-added", "domains: [contoso.com]", "", [], ["domains"]),
    ("outside", "outside: {hybrid-modern-auth: true}", "", [], ["outside.hybrid-modern-auth"]),
    ("precedence", "precedence: specific-first", "", [], ["precedence"]),
    ("manage", "manage: {deviceAccessRules: additive}", "", [], ["manage.deviceAccessRules"]),
    ("another-snapshot", "snapshot: b.json", "snapshot: a.json", [], ["snapshot"]),
    ("pack-that-is-one-more", "packs: [recommended, notes]", "", [], []),
    ("pack-that-includes-it", "packs: [strict]", "packs: [recommended, strict]", [], []),
    ("severity-of-some", "", f"severity: {{{SPLIT}: error}}", [], [f"severity.{SPLIT}"]),
    ("severity-of-the-certain", f"severity: {{{SPLIT}: warning}}", "", [], [f"severity.{SPLIT}"]),
    ("severity-of-all", f"severity: {{{SPLIT}: error}}", "", [], []),
    ("custom-rules-removed", "", "custom-rules: [lint]", [], ["custom-rules"]),
    ("snapshot-removed", "", "snapshot: live.json", [], ["snapshot"]),
    ("edition-with-fewer-rules", "edition: exchange-2019", "", ["edition-out-of-support"], ["edition"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("config", "then", "expected", "weakened"), [case[1:] for case in CONFIGS], ids=[case[0] for case in CONFIGS]
)
def test_a_branch_that_finds_less_is_told(config: str, then: str, expected: list[str], weakened: list[str]) -> None:
    found = compare({A: policy(ONE)}, {A: policy(ONE)}, config, then)
    assert weakened == [each.name for each in found.result.weakened]
    assert all(each.words.startswith(f"`{each.name}`: ") for each in found.result.weakened)
    assert expected == new(found)


def test_a_comment_that_a_branch_adds_is_told() -> None:
    comment = f" # policylint: ignore[{PINNED}] so it is"
    (told,) = compare({A: policy(ONE)}, {A: policy(ONE, comment=comment)}).result.weakened
    assert f"policy/a.yaml:3: a comment ignores `{PINNED}`: so it is" == told.words
    for then, now, longer in [
        ("", "", False),
        (" until 2027-01-31", " until 2027-01-31", False),
        (" until 2027-01-31", " until 2027-02-28", True),
        (" until 2027-01-31", "", True),
        ("", " until 2027-01-31", False),
    ]:
        before, after = (policy(ONE, comment=comment + each) for each in (then, now))
        assert longer == bool(compare({A: before}, {B: after}).result.weakened), (then, now)


def test_what_a_branch_adds_to_the_baseline_is_told() -> None:
    config = "baseline: known.json"
    entry = f"{{rule: {PINNED}, kind: deviceAccessRule, name: iOS {ONE} (DeviceOS), words: {{value: iOS {ONE}}}}}"
    none, one = (f"version: 1\nfindings: [{each}]\n" for each in ("", entry))
    before, after = ({A: policy(ONE), "known.json": each} for each in (none, one))
    (told,) = compare(before, after, config, config).result.weakened
    assert f"the baseline holds 1 finding of `{PINNED}` more" == told.words
    assert [PINNED] == [each.rule for each in compare(before, after, config, config).result.known]
    assert () == compare(after, before, config, config).result.weakened
    assert [PINNED] == new(compare(after, before, config, config)), "an entry that goes shows what it held"


MOVES = [
    ("deleted", {A: policy(ONE, TWO)}, {B: "tests: []\n"}, [(A, 3)]),
    ("moved", {A: policy(ONE)}, {B: policy(ONE)}, []),
    ("moved-in-part", {A: policy(ONE, TWO)}, {B: policy(TWO)}, [(A, 1)]),
    (
        "tests",
        {A: policy(), B: "tests: [{name: a, device: {DeviceOS: iOS}, expect: Allow}]\n"},
        {A: policy()},
        [(B, 1)],
    ),
    ("less-in-a-file", {A: policy(ONE, TWO)}, {A: policy(TWO)}, []),
]


@pytest.mark.parametrize(("before", "after", "lost"), [case[1:] for case in MOVES], ids=[case[0] for case in MOVES])
def test_a_file_that_leaves_the_policy_is_told(
    before: dict[str, str], after: dict[str, str], lost: list[tuple[str, int]]
) -> None:
    weakened = compare(before, after).result.weakened
    assert lost == [(each.name, each.times) for each in weakened if each.kind == FILE]
    assert [] == [each for each in weakened if each.kind != FILE]
    assert all(f"`{each.name}` is no longer read, and {each.times} object" in each.words for each in weakened)


SNAPSHOTS = [
    ("the-same", {"live.json": "{}\n"}, {"live.json": "{}\r\n"}, ""),
    ("changed", {"live.json": "{}"}, {"live.json": "[]"}, "`snapshot.live.json` is changed"),
    ("gone", {"live.json": "{}"}, {}, "`snapshot.live.json` is gone"),
    ("not-in-the-repository", {}, {"live.json": "{}"}, ""),
    ("in-a-folder", {"live.json/a.json": "{}"}, {"live.json/a.json": "[]"}, "`snapshot.live.json/a.json` is changed"),
    (
        "gone-from-a-folder",
        {"live.json/a.json": "", "live.json/b.json": ""},
        {"live.json/b.json": ""},
        "`snapshot.live.json/a.json` is gone",
    ),
]


@pytest.mark.parametrize(
    ("before", "after", "words"), [case[1:] for case in SNAPSHOTS], ids=[each[0] for each in SNAPSHOTS]
)
def test_live_state_that_a_branch_changes_is_told(before: dict[str, str], after: dict[str, str], words: str) -> None:
    """Both versions are compared with the same live state, so what it hides is new in neither."""
    config = "snapshot: live.json"
    weakened = compare({A: policy(ONE), **before}, {A: policy(ONE), **after}, config, config).result.weakened
    assert list(filter(None, [words])) == [each.words for each in weakened]


def test_an_earlier_error_of_form_is_told() -> None:
    found = compare({A: policy(ONE), B: "x: 1\n"}, {A: policy(ONE), B: "tests: []\n"})
    assert ["rules see only part of the policy at main, so more may count as new: "] == [
        each.partition("policy/b.yaml:1:1")[0] for each in found.notes
    ]


def test_a_changed_custom_rule_is_told() -> None:
    rule = "title: A level\nseverity: warning\nsubject: organization\npredicate: field-in\nmessage: level\nhelp: help\n"
    rule += "params: {field: DefaultAccessLevel, values: [Allow]}\n"
    config = "custom-rules: [lint]"
    before, after = (
        {A: policy(), "lint/house/open/rule.yaml": each} for each in (rule, rule.replace("Allow", "Block"))
    )
    (told,) = compare(before, after, config, config).result.weakened
    assert "`custom-rules.lint/house/open/rule.yaml` is changed" == told.words


def test_where_the_base_cannot_be_linted_everything_is_new() -> None:
    found = compare({A: policy(ONE)}, {A: policy(ONE)}, then="severity: {no-such-rule: error}")
    assert [OPEN, PINNED] == new(found)
    (note,) = found.notes
    assert "every finding counts as new: `main` cannot be linted: " in note
    assert "no rule `no-such-rule`" in note
