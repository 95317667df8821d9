"""What environments there are: as a table, as JSON, and as the jobs of GitHub Actions and GitLab CI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from policylint.errors import UsageError
from policylint.escape import clean, to_json, without_log_commands
from policylint.phrases import count
from policylint.regex import regex
from policylint.render.style import Column, table

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Sequence

    from policylint.model.environment import Environment, Problem
    from policylint.render.style import Style

MOST_OF_A_MATRIX = 256
"""How many jobs a matrix of GitHub Actions may have.

Source: https://docs.github.com/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
"""

JOB, VARIABLE = ".policylint", "POLICYLINT_ENV"
"""The hidden job of GitLab CI that the job of each environment extends, and the variable that names the environment."""

_LONGEST_JOB = 200
"""How long the name of a job is, at most; GitLab takes 255 characters."""

_PAIR = regex(r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})")
_COLUMNS = tuple(map(Column, ("environment", "edition", "target", "snapshot", "policy")))


def render_environments(found: Sequence[Environment], *, style: Style) -> str:
    """Return a table of the environments, and below it what is wrong with them."""
    rows = [(each.shown, each.edition, each.target or "", _snapshot(each), _policy(each)) for each in found]
    lines = [style.paint(count(len(found), "environment"), "bold") + "\n"]
    if rows:
        lines.append("\n" + table(rows, _COLUMNS, screen=style.screen))
    return "".join(lines) + problems_below(((each.shown, each.problem) for each in found), style)


def problems_below(found: Iterable[tuple[str, Problem | None]], style: Style) -> str:
    """Return what is wrong with each environment that something is wrong with; empty where there is none."""
    lines = []
    for name, problem in found:
        if problem is not None:
            where = f"{problem.place}: " if problem.place else ""
            lines.append(f"{style.paint('error', 'bold', 'red')}: {clean(f'{name}: {where}{problem.message}')}\n")
            lines += [f"  = help: {clean(problem.help)}\n"] if problem.help else []
            lines += [f"  = docs: {problem.url}\n"] if problem.url else []
    return "\n" + "".join(lines) if lines else ""


def _snapshot(each: Environment) -> str:
    if not each.snapshot:
        return "none"
    return ", ".join(each.snapshot) + ("" if each.is_there else " (not there)")


def _policy(each: Environment) -> str:
    files = f" ({count(each.files, 'file')})" if each.files is not None else ""
    return ", ".join(each.policies) + files


def problem_record(problem: Problem | None) -> dict[str, Any] | None:
    """Return what is wrong as plain data."""
    return problem._asdict() if problem is not None else None


def environments_record(found: Iterable[Environment], config: str | None) -> dict[str, Any]:
    """Return the environments as plain data; `config` is the path of policylint.yaml."""
    return {
        "format": "policylint-environments/1",
        "config": config,
        "environments": [
            {
                "name": each.name,
                "edition": each.edition,
                "target": each.target,
                "snapshot": list(each.snapshot),
                "snapshotThere": each.is_there,
                "policies": list(each.policies),
                "files": each.files,
                "problem": problem_record(each.problem),
            }
            for each in found
        ],
    }


def render_github_matrix(found: Sequence[Environment]) -> str:
    """Return the matrix of a job of GitHub Actions in one line of ASCII, so that no name ends the line of an output.

    Raises UsageError where it would have more jobs than GitHub takes.
    """
    if len(found) > MOST_OF_A_MATRIX:
        message = f"a matrix of GitHub has at most {MOST_OF_A_MATRIX} jobs, and there are {len(found):,} environments"
        hint = "choose some with --only or --changed-since, or run `policylint plan --all-environments` in one job"
        raise UsageError(message, help=hint)
    rows = [
        {
            "name": each.shown,
            "env": each.name or "",
            "edition": each.edition,
            "target": each.target or "",
            "snapshot": each.snapshot[0] if len(each.snapshot) == 1 else "",
        }
        for each in found
    ]
    return without_log_commands(json.dumps({"include": rows})) + "\n"


def render_gitlab(found: Iterable[Environment], include: str) -> str:
    """Return a child pipeline of GitLab CI with a job for each environment: YAML in the form of JSON.

    `include` is the file of the repository with the hidden job that all of them extend. GitLab refuses a pipeline
    without jobs, so that of no environment has one that does nothing. It does not expand `$` in the names.
    Source: https://docs.gitlab.com/ci/pipelines/downstream_pipelines/#dynamic-child-pipelines
    """
    jobs: dict[str, Any] = {}
    for each in found:
        name = f"policylint {clean(each.shown)}"[:_LONGEST_JOB]
        name = name if name not in jobs else f"{name} #{len(jobs) + 1}"
        jobs[name] = {"extends": JOB, "variables": {VARIABLE: {"value": each.name or "", "expand": False}}}
    if not jobs:
        return to_json({"policylint": {"script": ["echo 'no environment to check'"]}})
    return _PAIR.sub(_one_character, to_json({"include": [{"local": include}], **jobs}).replace("\x7f", "\\u007f"))


def _one_character(pair: re.Match[str]) -> str:
    """Return two halves of a character as YAML has them, which does not put halves together."""
    high, low = int(pair[1], 16), int(pair[2], 16)
    return f"\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08x}"
