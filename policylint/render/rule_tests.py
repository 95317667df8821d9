"""What became of the examples of rules: a line for each rule, and each place where one does not find what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.escape import clean, to_json
from policylint.phrases import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policylint.lint.examples import RuleTest
    from policylint.render.style import Style


def render_rule_tests(found: Sequence[RuleTest], style: Style) -> str:
    """Return a line for each rule with its problems below it, and the verdict."""
    return "".join(f"{line}\n" for line in _lines(found, style))


def _lines(found: Sequence[RuleTest], style: Style) -> Iterator[str]:
    for each in found:
        word = style.paint("passed", "green") if each.passed else style.paint("failed", "bold", "red")
        yield f"{word}  {clean(each.rule.id)}, {count(each.examples, 'example')}"
        for problem in each.problems:
            yield f"  {style.paint(clean(problem.place), 'bold')}: {clean(problem.message)}"
    failed = sum(not each.passed for each in found)
    verdict = f"{failed} of {count(len(found), 'rule')} failed" if failed else f"{count(len(found), 'rule')} passed"
    yield ""
    yield style.paint(verdict, "bold", "red" if failed else "green")


def rule_tests_json(found: Sequence[RuleTest], _style: Style) -> str:
    """Return the same as JSON."""
    rules = [_record(each) for each in found]
    return to_json({"format": "policylint-rules-test/1", "passed": all(each.passed for each in found), "rules": rules})


def _record(each: RuleTest) -> dict[str, Any]:
    return {
        "id": each.rule.id,
        "path": each.rule.path,
        "outcome": "passed" if each.passed else "failed",
        "examples": each.examples,
        "problems": [
            {"path": problem.path, "line": problem.line or None, "message": problem.message}
            for problem in each.problems
        ],
    }
