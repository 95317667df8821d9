"""Findings that a baseline holds back: by which facts they are known again, and how a baseline shrinks and grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylint.diagnostic import About, Diagnostic, Severity
from policylint.errors import PolicylintError
from policylint.lint.baseline import Baseline, baseline_text, gone_from_both, read_baseline
from policylint.lint.predicate import Varying
from policylint.source import Source, Span
from tests.rules.harness import lint, project_of, rules, store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.lint.run import LintResult

PINNED = """\
organization: {DefaultAccessLevel: Allow}
deviceAccessRules:
  - {Characteristic: DeviceOS, QueryString: iOS 17.4 21E219, AccessLevel: Block}
  - {Characteristic: DeviceOS, QueryString: iOS 17.5 21F79, AccessLevel: Block}
"""
LIVE: dict[str, Any] = {"mailboxes": [{"PrimarySmtpAddress": "ann@contoso.com"}], "devices": []}
STALE = "stale-device-id"
FOUND = ["default-level-allow", "version-pinned-rule", "version-pinned-rule"]
MAILBOX = "mailboxes: [{{Identity: ann@contoso.com, ActiveSyncAllowedDeviceIDs: [{}]}}]\n"


def read(text: str) -> Baseline:
    return read_baseline(Source("baseline.yaml", text), store())


def baseline_of(text: str, live: dict[str, Any] | None = None) -> Baseline:
    return read(baseline_text(lint(text, live).diagnostics))


def run(text: str, baseline: Baseline, live: dict[str, Any] | None = None, settings: str = "{}") -> LintResult:
    """Return what is found in a policy that is not in a baseline."""
    from policylint.lint.run import lint as run_lint

    project = project_of([Source("policy.yaml", text)], settings, live)
    found = [each for file in project.loaded for each in file.diagnostics]
    return run_lint(found, (), project.rules, project.lint_facts, files=1, baseline=baseline)


def ids(found: Sequence[Diagnostic]) -> list[str]:
    return sorted(each.rule for each in found if each.severity is not Severity.INFO)


def test_the_file_has_one_readable_line_for_each_finding_in_order() -> None:
    found = [each for each in lint(PINNED).diagnostics if each.rule in FOUND]
    assert baseline_text(reversed(found)).splitlines()[2:] == [
        "version: 1",
        "findings:",
        "  - {rule: default-level-allow, kind: organization, words: {value: Allow}}",
        "  - {rule: version-pinned-rule, kind: deviceAccessRule, name: iOS 17.4 21E219 (DeviceOS),"
        " words: {value: iOS 17.4 21E219}}",
        "  - {rule: version-pinned-rule, kind: deviceAccessRule, name: iOS 17.5 21F79 (DeviceOS),"
        " words: {value: iOS 17.5 21F79}}",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(PINNED, f"# moved\n\n{PINNED}", id="other-lines"),
        pytest.param(PINNED, PINNED.replace("iOS 17", "IOS 17"), id="case"),
        pytest.param(PINNED, "\n".join([*PINNED.splitlines()[:2], *PINNED.splitlines()[:1:-1]]), id="order"),
    ],
)
def test_findings_are_known_again_after(before: str, after: str) -> None:
    result = run(after, baseline_of(before))
    assert ([], FOUND, ()) == (ids(result.diagnostics), ids(result.known), result.gone)


def test_neither_the_date_nor_the_number_of_devices_makes_a_finding_a_new_one() -> None:
    policy = "deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}]\n" + (
        "organization: {DefaultAccessLevel: Quarantine}\nmobileDeviceMailboxPolicies: [{Name: P, IsDefault: true,"
        " RequireDeviceEncryption: true}]"
    )

    def live(devices: int) -> dict[str, Any]:
        known = {"mailbox": "ann@contoso.com", "DeviceType": "iPhone", "ClientType": "EAS"}
        status = {"DevicePolicyApplicationStatus": "PartiallyApplied"}
        return {
            "mailboxes": [{"PrimarySmtpAddress": "ann@contoso.com"}],
            "devices": [{**known, **status, "DeviceId": str(number)} for number in range(devices)],
        }

    before, after = (lint(policy, live(number)).diagnostics for number in (1, 3))
    assert {each.message for each in before} != {each.message for each in after}
    assert baseline_text(before) == baseline_text(after)


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(PINNED + "  - {Characteristic: DeviceOS, QueryString: iOS 18.0 22A3354, AccessLevel: Block}\n"),
        pytest.param(PINNED.replace("17.5 21F79", "18.0 22A3354")),
    ],
    ids=["another-object", "another-value"],
)
def test_a_new_finding_is_shown(after: str) -> None:
    (shown,) = [each for each in run(after, baseline_of(PINNED)).diagnostics if each.rule in FOUND]
    assert "iOS 18.0" in shown.message


def test_alike_findings_are_counted() -> None:
    def gone_and_shown(ids: str) -> tuple[list[int], int]:
        result = run(MAILBOX.format(ids), baseline, LIVE)
        return [each.times for each in result.gone], len([each for each in result.diagnostics if each.rule == STALE])

    found = [each for each in lint(MAILBOX.format("abc, abc"), LIVE).diagnostics if each.rule == STALE]
    baseline = read(baseline_text(found))
    assert [2] == [each.times for each in baseline.entries]
    assert [([2], 0), ([1], 0), ([], 0), ([], 1)] == [
        gone_and_shown(ids) for ids in ("", "abc", "abc, abc", "abc, abc, abc")
    ]


def test_no_baseline_holds_what_makes_a_policy_invalid() -> None:
    text = "organization: {DefaultAccessLevel: Alow}\n" + (
        "deviceAccessRules:\n" + "  - {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}\n" * 2
    )
    found = lint(text).diagnostics
    assert {"schema", "access-rule-duplicate"} <= {each.rule for each in found}
    assert {"schema", "access-rule-duplicate"} & {each.rule for each in read(baseline_text(found)).entries} == set()
    result = run(text, Baseline("b.yaml").with_findings(found))
    assert {"schema", "access-rule-duplicate"} <= {each.rule for each in result.errors}


@pytest.mark.parametrize(
    ("text", "live", "settings", "gone"),
    [
        pytest.param(MAILBOX.format(""), LIVE, "{}", [STALE], id="fixed"),
        pytest.param(MAILBOX.format("abc"), None, "{}", [], id="no-live-state-to-compare-with"),
        pytest.param(MAILBOX.format(""), LIVE, "{severity: {stale-device-id: off}}", [], id="rule-is-off"),
        pytest.param("organization: {DefaultAccessLevel: No}", LIVE, "{}", [], id="policy-is-not-valid"),
    ],
)
def test_an_entry_is_gone_only_where_this_run_would_have_found_it(
    text: str, live: dict[str, Any] | None, settings: str, gone: list[str]
) -> None:
    found = [each for each in lint(MAILBOX.format("abc"), LIVE).diagnostics if each.rule == STALE]
    assert gone == [each.rule for each in run(text, read(baseline_text(found)), live, settings).gone]


def test_an_entry_of_no_rule_is_gone() -> None:
    result = run(PINNED, read("version: 1\nfindings: [{rule: no-such-rule}]"))
    assert ["no-such-rule"] == [each.rule for each in result.gone]


def test_an_earlier_name_of_a_rule_counts() -> None:
    text = baseline_of(PINNED).text.replace("version-pinned-rule", "device-os-rule-rots")
    result = run(PINNED, read(text))
    assert ([], FOUND, ()) == (ids(result.diagnostics), ids(result.known), result.gone)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("", "", "empty"),
        ("version: 2\nfindings: []\n", "1:10", "`version`"),
        ("version: 1\nfindings:\n  - {kind: mailbox}\n", "3:6", "`rule`"),
        ("version: 1\nfindings:\n  - {rule: a, lines: 3}\n", "3:15", "`lines`"),
        ("version: 1\nfindings:\n  - {rule: a, times: 0}\n", "3:22", "`times`"),
        ("version: 1\nfindings:\n<<<<<<< HEAD\n", "4:1", ""),
        ("[]", "1:1", ""),
    ],
)
def test_a_malformed_baseline_is_refused_with_its_place(text: str, place: str, message: str) -> None:
    with pytest.raises(PolicylintError) as caught:
        read(text)
    assert message in caught.value.message
    assert caught.value.help
    if place:
        assert f"baseline.yaml:{place}" == str(caught.value.span)


def test_an_entry_that_is_there_twice_counts_once() -> None:
    once = baseline_of(PINNED).text
    merged = once + "".join(once.splitlines(keepends=True)[-2:])
    assert read(once).entries == read(merged).entries


@pytest.mark.parametrize(
    ("here", "there", "gone"), [(0, 0, 3), (2, 0, 1), (0, 2, 1), (1, 2, 1), (2, 1, 1), (0, 3, 0), (0, 4, 0)]
)
def test_an_entry_is_gone_as_often_as_neither_run_finds_it(here: int, there: int, gone: int) -> None:
    found = next(each for each in lint(PINNED).diagnostics if each.rule == "default-level-allow")
    baseline = Baseline("b.yaml").with_findings([found] * 3)
    matched = baseline.match([found] * here, {}, lambda _entry: True)
    left = gone_from_both(matched.gone, matched.known, [found] * there)
    assert gone == sum(each.times for each in left)


def test_placeholders_that_count_or_show_some_are_varying() -> None:
    counting = ("how many", "how often", "how long", "some of", "some devices")
    for rule in rules():
        known = rule.predicate.placeholders.items() if rule.predicate is not None else ()
        assert [] == [name for name, what in known if what.startswith(counting) and not isinstance(what, Varying)]


WORDS = st.text(max_size=8)
ABOUT = st.builds(
    About,
    kind=st.sampled_from(["", "mailbox"]),
    name=WORDS,
    words=st.dictionaries(st.sampled_from(["value", "field"]), WORDS, max_size=2).map(
        lambda each: (*sorted(each.items()),)
    ),
)
FINDINGS = st.lists(
    st.builds(
        Diagnostic,
        rule=st.sampled_from(["one", "two"]),
        severity=st.just(Severity.WARNING),
        span=st.just(Span(Source("a.yaml", ""), 0, 0)),
        message=st.just("m"),
        about=ABOUT,
    ),
    max_size=6,
)


@given(FINDINGS, FINDINGS)
def test_law_what_is_written_is_read_back_and_holds_back_just_that(
    held: list[Diagnostic], more: list[Diagnostic]
) -> None:
    baseline = Baseline("b.yaml").with_findings(held)
    try:
        again = read_baseline(Source("b.yaml", baseline.text), store())
    except PolicylintError:  # a character that no file of YAML may hold
        return
    assert baseline == again
    matched = again.match([*held, *more], {}, lambda _entry: True)
    assert (len(more), len(held), ()) == (len(matched.shown), len(matched.known), matched.gone)
    gone = again.match(more, {}, lambda _entry: True).gone
    assert () == again.without(gone).match(more, {}, lambda _entry: True).gone
