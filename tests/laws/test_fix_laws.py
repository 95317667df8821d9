"""What holds of fixes: a safe one changes nobody's access, each removes its finding, and no line around it changes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from policylint.analysis.compare import compare
from policylint.edits import splice
from policylint.project.fix import fix
from policylint.schema.store import POLICY
from tests.strategies import trees, written
from tests.texts import CONFIG, project

if TYPE_CHECKING:
    from policylint.diagnostic import Diagnostic
    from policylint.project.project import Project

PAIRS = (
    "DeviceModel, QueryString: 'iPhone14,2'",
    "DeviceModel, QueryString: iPhone14C2",
    "DeviceType, QueryString: IPHONE",
    "DeviceType, QueryString: iPhone",
    "DeviceType, QueryString: ' Android'",
    "DeviceOS, QueryString: iPad",
)
IDS = ("APPL1", "appl1", "'AP-PL1'", "SEC2", "'SEC2 '", "d41d8cd9-8f00-b204-e980-0998ecf8427e")
REMARKS = (
    "",
    "  # why",
    "  # policylint: ignore[query-string-case] known",
    "  # policylint: ignore[file] x until 2026-01-02",
)
LEVELS = ("Allow", "Block", "Quarantine")


@st.composite
def policies(draw: st.DrawFn) -> str:
    """Return a policy with much to fix: rules and IDs twice and nearly right, ignore comments that ignore nothing."""
    pairs, ids = st.sampled_from(PAIRS), st.lists(st.sampled_from(IDS), max_size=4)
    levels, remarks = st.sampled_from(LEVELS), st.sampled_from(REMARKS)
    rules = "".join(
        f"  - {{Characteristic: {draw(pairs)}, AccessLevel: {draw(levels)}}}{draw(remarks)}\n"
        for _ in range(draw(st.integers(1, 4)))
    )
    blocked = draw(st.sampled_from(["[{}]", "{{Add: [{}]}}"])).format(", ".join(draw(ids)))
    allowed = "".join(f"\n      - {each}{draw(remarks)}" for each in draw(ids)) or " []"
    text = (
        f"organization:\n  DefaultAccessLevel: {draw(levels)}\n\ndeviceAccessRules:\n{rules}"
        f"\nmailboxes:\n  - Identity: john.doe@contoso.com\n    ActiveSyncAllowedDeviceIDs:{allowed}\n"
        f"    ActiveSyncBlockedDeviceIDs: {blocked}\n"
    )
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def texts(of: Project) -> dict[str, str]:
    return {file.source.path: file.source.text for file in of.loaded}


def numbers(found: tuple[Diagnostic, ...]) -> Counter[str]:
    return Counter(each.rule for each in found)


@given(policies())
def test_safe_fixes_change_no_access_no_line_around_them_and_are_whole_at_once(text: str) -> None:
    before = project({CONFIG: "version: 1\n", "a.yaml": text})
    done = fix(before)
    after = done.edited or before
    assert all(found.fix is not None and found.fix.safe for found in done.applied)
    found, left = numbers(before.lint().diagnostics), numbers(after.lint().diagnostics)
    assert found - left >= Counter(each.rule for each in done.applied)
    assert not left - found
    if before.is_valid:
        assert after.is_valid
        assert compare(before.desired_model, after.desired_model).regions == ()
    assert fix(after).edited is None
    assert not untouched(text, before) - Counter(texts(after)["a.yaml"].replace(" []", "").splitlines(keepends=True))


def untouched(text: str, before: Project) -> Counter[str]:
    """Return the lines of a policy that no fix is about."""
    lines = text.replace(" []", "").splitlines(keepends=True)  # a list that a fix leaves empty has them
    offered = [found.fix for found in before.lint().diagnostics if found.fix is not None]
    meant = {
        number
        for each in offered
        for edit in each.edits
        for number in range(edit.span.begin.line, edit.span.last.line + 1)
    }
    return Counter(line for number, line in enumerate(lines, start=1) if number not in meant)


@given(policies())
def test_unsafe_fixes_add_no_finding_and_are_whole_at_once(text: str) -> None:
    before = project({CONFIG: "version: 1\n", "a.yaml": text})
    done = fix(before, unsafe=True)
    after = done.edited or before
    assert not numbers(after.lint().diagnostics) - numbers(before.lint().diagnostics)
    assert fix(after, unsafe=True).edited is None


@given(trees(POLICY, wrong=True))
def test_what_is_wrong_in_form_is_fixed_alone(drawn: tuple[object, object]) -> None:
    text = written(drawn[0]) + "\n"  # type: ignore[arg-type]
    before = project({CONFIG: "version: 1\n", "a.yaml": text})
    found = before.lint().diagnostics
    for each in (each for each in found if each.rule == "schema" and each.fix is not None and each.fix.safe):
        assert each.fix is not None
        alone = project({CONFIG: "version: 1\n", "a.yaml": splice(text, each.fix.edits)}).lint().diagnostics
        same = [other for other in alone if (other.rule, other.message) == (each.rule, each.message)]
        assert len(same) < sum((other.rule, other.message) == (each.rule, each.message) for other in found)
    after = fix(before).edited
    assert after is None or not numbers(after.lint().diagnostics) - numbers(found)
