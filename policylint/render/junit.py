"""Test results as JUnit XML, as Jenkins, GitLab and Azure DevOps read it.

Source: https://github.com/jenkinsci/xunit-plugin/tree/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from policylint.escape import to_xml
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Outcome: TypeAlias = Literal["passed", "failure", "error", "skipped"]


class Case(NamedTuple):
    """A case: what it is about and what it is called, and where it did not pass what kind of thing is wrong and what.

    `lines` is all there is to say of it.
    """

    classname: str
    name: str
    outcome: Outcome = "passed"
    kind: str = ""
    message: str = ""
    lines: tuple[str, ...] = ()


class Suite(NamedTuple):
    """Cases that belong together, and facts about the run."""

    name: str
    cases: tuple[Case, ...]
    properties: tuple[tuple[str, str], ...] = ()


def render_junit(name: str, suites: Sequence[Suite]) -> str:
    """Return the results as XML, all ASCII. How long a case took is not said: that would be another text every time."""
    return "".join(f"{line}\n" for line in _lines(name, suites))


def _lines(name: str, suites: Sequence[Suite]) -> Iterator[str]:
    cases = [case for suite in suites for case in suite.cases]
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    failures, errors = _number(cases, "failure"), _number(cases, "error")
    yield f"<testsuites{_attributes(name=name, tests=len(cases), failures=failures, errors=errors)}>"
    for suite in suites:
        numbers = {"tests": len(suite.cases)}
        numbers |= {"failures": _number(suite.cases, "failure"), "errors": _number(suite.cases, "error")}
        yield f"  <testsuite{_attributes(name=suite.name, **numbers, skipped=_number(suite.cases, 'skipped'))}>"
        if suite.properties:
            yield "    <properties>"
            for key, value in suite.properties:
                yield f"      <property{_attributes(name=key, value=value)}/>"
            yield "    </properties>"
        for case in suite.cases:
            yield from _case(case)
        yield "  </testsuite>"
    yield "</testsuites>"


def _case(case: Case) -> Iterator[str]:
    head = f"    <testcase{_attributes(name=case.name, classname=case.classname)}"
    if case.outcome == "passed":
        yield f"{head}/>"
        return
    yield f"{head}>"
    text = "\n".join(map(to_xml, case.lines))
    yield f"      <{case.outcome}{_attributes(type=case.kind, message=case.message)}>{text}</{case.outcome}>"
    yield "    </testcase>"


def _attributes(**values: object) -> str:
    return "".join(f' {name}="{to_xml(str(value))}"' for name, value in values.items())


def _number(cases: Sequence[Case], outcome: Outcome) -> int:
    return sum(case.outcome == outcome for case in cases)
