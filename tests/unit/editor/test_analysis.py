"""What is wrong with a project while it is edited: always an answer, and the snapshot is read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policylint.editor.actions import actions, fix_all, replacement
from policylint.editor.analysis import analyze, analyze_alone, fixed_rules_of, rules_of
from policylint.editor.completion import complete
from policylint.editor.lenses import decided_by, lenses
from policylint.editor.project import Cache
from policylint.edits import splice
from policylint.schema.store import POLICY as POLICY_SCHEMA
from policylint.source import Source
from tests.texts import TODAY, project, shared
from tests.unit.editor.world import CONFIG, POLICY, opened, texts

if TYPE_CHECKING:
    from policylint.editor.analysis import Analysis

BAD = POLICY.replace("QueryString: iPad", "QueryString: iPad*")


def rules(analysis: Analysis, path: str = "policy.yaml") -> set[str]:
    return {each.rule for each in analysis.found.get(path, ())}


def test_what_is_found_is_what_lint_finds() -> None:
    analysis = analyze(opened(texts(BAD)))
    expected = project(texts(BAD)).lint().diagnostics
    assert expected == tuple(each for path in sorted(analysis.found) for each in analysis.found[path])
    assert "access-rule-wildcard" in rules(analysis)


def test_a_change_of_text_does_not_read_the_snapshot_again() -> None:
    cache = Cache()
    for number in range(3):
        analyze(opened(texts(f"{POLICY}# {number}\n"), cache))
    assert 1 == cache.reads
    analyze(opened({**texts(), "live.json": texts()["live.json"] + b"\n"}, cache))  # type: ignore[operator]
    assert 2 == cache.reads


def test_a_file_that_is_half_typed_has_its_syntax_alone_and_counts_as_it_was() -> None:
    cache = Cache()
    other = "tests: [{name: x, device: {DeviceType: iPad}, mailbox: ada@contoso.com, expect: Allowed}]\n"
    before = analyze(opened(texts(other=other) | {"other.yaml": other}, cache))
    after = analyze(opened(texts(POLICY + "mailboxes: [\n") | {"other.yaml": other}, cache))
    assert {"syntax"} == rules(after)
    assert before.found["other.yaml"] == after.found["other.yaml"]


@pytest.mark.parametrize("text", [POLICY[:end] for end in range(0, len(POLICY), 7)])
def test_no_beginning_of_a_policy_is_too_little(text: str) -> None:
    assert analyze(opened(texts(text))).found


@pytest.mark.parametrize(
    ("config", "path", "rule", "words"),
    [
        ("version: 1\nedition: exchange\n", "policylint.yaml", "schema", "`edition` is `exchange`"),
        ("version: 1\nedition: [\n", "policylint.yaml", "syntax", ""),
        ("", "policylint.yaml", "syntax", "empty"),
        (f"{CONFIG}packs: [none]\n", "policylint.yaml", "file", "no pack `none`"),
        (f"{CONFIG}baseline: none.json\n", "policylint.yaml", "file", "no such baseline"),
        (CONFIG.replace("live.json", "policy.yaml"), "policylint.yaml", "file", "policy.yaml"),
    ],
)
def test_what_is_wrong_with_the_configuration_is_there(config: str, path: str, rule: str, words: str) -> None:
    found = analyze(opened(texts(config=config))).found[path]
    assert rule in {each.rule for each in found}
    assert any(words in each.message for each in found)


def test_a_policy_is_checked_without_a_snapshot_that_cannot_be_read() -> None:
    files = texts("organization: {DefaultAccessLevel: 1}\n", CONFIG) | {"live.json": b"{"}
    analysis = analyze(opened(files))
    assert {"schema"} <= rules(analysis)
    (problem,) = analysis.found["policylint.yaml"]
    assert "snapshot: live.json" == problem.span.source.text[problem.span.start : problem.span.end]


def test_the_form_of_a_policy_is_checked_under_a_broken_configuration() -> None:
    files = texts("organization: {DefaultAccessLevel: 1}\n", "version: 2\n")
    assert {"schema"} == rules(analyze(opened(files), ["policy.yaml"]))


def test_a_file_of_no_project_is_checked_without_live_state() -> None:
    def alone(text: str) -> Analysis | None:
        return analyze_alone("a.yaml", text, shared(), Cache(), now=lambda: TODAY)

    found = alone("organization: {DefaultAccessLevel: Blok}\n")
    assert found is not None
    assert "schema" in rules(found, "a.yaml")
    assert alone("services: {web: {}}\n") is None
    assert alone("- a\n") is None
    assert alone("") is None


def test_each_rule_says_how_many_devices_it_decides() -> None:
    first = "{Characteristic: DeviceModel, QueryString: iPad14C3, AccessLevel: Block}"
    policy = POLICY.replace("  - {Char", f"  - {first}\n  - {{Char", 1)
    analysis = analyze(opened(texts(policy)))
    found = lenses(analysis.project)
    assert ["decides 1 device", "decides 1 device, matches 2"] == [each.title for each in found]
    (device,) = decided_by(analysis.project, "policy.yaml", found[0].span.start)
    assert ("A1", "ada@contoso.com", "Blocked") == (device.device_id, device.mailbox, device.desired)


def test_an_entry_with_matches_counts_what_it_stands_for() -> None:
    entry = "deviceAccessRules: [{Characteristic: DeviceModel, matches: {glob: 'iPad*'}, AccessLevel: Allow}]\n"
    (lens,) = lenses(analyze(opened(texts(entry))).project)
    assert "decides 1 device" == lens.title


@pytest.mark.parametrize("files", [texts(config="version: 1\n"), texts("organization: {x: y}\n"), texts("a: [\n")])
def test_there_are_no_numbers_where_nothing_can_be_decided(files: dict[str, str | bytes]) -> None:
    assert () == lenses(analyze(opened(files)).project)


def test_a_finding_offers_its_fix_and_to_ignore_it() -> None:
    analysis = analyze(opened(texts("organization:\n  DefaultAccesLevel: Block\n  AdminMailRecipients: []\n")))
    found = analysis.found["policy.yaml"]
    offers = list(actions(found, 0, 60, rules_of(analysis.project), fixed_rules_of(analysis.project)))
    (fix,) = [each for each in offers if each.is_fix and each.finding.rule == "schema"]
    assert "Write `DefaultAccessLevel` (may change which devices have access)" == fix.title
    assert not [each for each in offers if not each.is_fix and each.finding.rule == "schema"]


def test_an_ignore_comment_still_needs_its_reason() -> None:
    analysis = analyze(opened(texts(BAD)))
    found = analysis.found["policy.yaml"]
    (offer,) = [
        each
        for each in actions(found, 0, len(BAD), rules_of(analysis.project), fixed_rules_of(analysis.project))
        if not each.is_fix and each.finding.rule == "access-rule-wildcard"
    ]
    text = splice(BAD, offer.edits)
    assert "  # policylint: ignore[access-rule-wildcard] \n  - {Char" in text
    messages = [each.message for each in analyze(opened(texts(text))).found["policy.yaml"]]
    assert "ignore comment without a reason" in messages


def test_what_may_not_be_ignored_is_not_offered() -> None:
    config = CONFIG + "not-ignorable: [access-rule-wildcard]\n"
    analysis = analyze(opened(texts(BAD, config)))
    found = analysis.found["policy.yaml"]
    assert "access-rule-wildcard" in {each.rule for each in found}
    offers = actions(found, 0, len(BAD), rules_of(analysis.project), fixed_rules_of(analysis.project))
    assert "access-rule-wildcard" not in {each.finding.rule for each in offers if not each.is_fix}
    comment = "a: 1 # policylint: ignore[] x"
    completion = complete(analysis.project, POLICY_SCHEMA, comment, comment.index("]"))
    assert completion is not None
    labels = {each.label for each in completion.items}
    assert ("stale-device-id" in labels, "access-rule-wildcard" in labels) == (True, False)


def test_all_safe_fixes_are_those_of_lint() -> None:
    unused = "  # policylint: ignore[access-rule-wildcard] not any more\n"
    analysis = analyze(opened(texts(POLICY.replace("deviceAccessRules:\n", f"deviceAccessRules:\n{unused}"))))
    (edit,) = fix_all(analysis.project, {"policy.yaml"}).values()
    assert POLICY == splice(edit.span.source.text, [edit])


@pytest.mark.parametrize(("before", "after"), [("abc", "abc"), ("abc", "ac"), ("aa", "aaa"), ("", "x"), ("x", "")])
def test_a_replacement_makes_the_text(before: str, after: str) -> None:
    assert after == splice(before, [replacement(Source("a", before), after)])
