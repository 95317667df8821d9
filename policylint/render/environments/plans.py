"""The plans of all environments in one table: as text, JSON, Markdown and annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.diagnostic import Severity
from policylint.escape import command_line
from policylint.phrases import count, listed, shorten
from policylint.render.annotations import Annotation
from policylint.render.environments.listing import problem_record, problems_below
from policylint.render.markdown import Block, code, compose, head_text, table_block
from policylint.render.style import Column, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policylint.plan.environment_plan import EnvironmentPlan
    from policylint.render.style import Style

_COLUMNS = (
    Column("environment"),
    Column("organization"),
    Column("steps", right=True),
    Column("newly denied", right=True),
    Column("newly allowed", right=True),
    Column("drift", right=True),
    Column("problem"),
)
_HEADS = ("Environment", "Steps", "Newly denied", "Newly allowed", "Drift", "Refused by", "Problem")
_UNPLANNED = "cannot be planned"


def verdict_of(found: Sequence[EnvironmentPlan]) -> str:
    """Return what all plans do together, in one line."""
    failed = sum(each.problem is not None for each in found)
    refused = sum(bool(each.refusals) for each in found)
    changed = sum(bool(each.steps) for each in found)
    words = [
        f"{failed:,} cannot be planned" if failed else "",
        f"{refused:,} refused" if refused else "",
        f"{changed:,} would change in {count(sum(each.steps for each in found), 'step')}" if changed else "",
    ]
    lost, won = sum(each.newly_denied for each in found), sum(each.newly_allowed for each in found)
    devices = [f"{count(lost, 'device')} newly denied" if lost else "", f"{won:,} newly allowed" if won else ""]
    said = "; ".join(filter(None, [", ".join(filter(None, words)), ", ".join(filter(None, devices))]))
    return f"{count(len(found), 'environment')}: {said or 'nothing to change'}"


def render_plans(found: Sequence[EnvironmentPlan], *, style: Style) -> str:
    """Return a line for each environment, and below them why some cannot be planned."""
    rows = [(each.shown, each.organization or "", *_numbers(each), _short(each)) for each in found]
    is_bad = any(each.refusals or each.problem for each in found)
    verdict = style.paint(verdict_of(found), "bold", "red" if is_bad else "green")
    below = problems_below(((each.shown, each.problem) for each in found), style)
    return f"{verdict}\n\n{table(rows, _COLUMNS, screen=style.screen)}{below}" if rows else f"{verdict}\n"


def _short(each: EnvironmentPlan) -> str:
    """Return why there is no plan, or why there is none to apply; empty where nothing is wrong."""
    if each.problem is not None:
        return shorten(each.problem.message)
    return f"refused by {_guards(each)}" if each.refusals else ""


def _numbers(each: EnvironmentPlan) -> tuple[str, ...]:
    numbers = (each.steps, each.newly_denied, each.newly_allowed, each.drift)
    return tuple(f"{number:,}" if each.problem is None else "" for number in numbers)


def _guards(each: EnvironmentPlan) -> str:
    return listed(dict.fromkeys(refusal.guard for refusal in each.refusals), None, last=", ")


def plans_record(found: Sequence[EnvironmentPlan]) -> dict[str, Any]:
    """Return the plans of all environments as plain data."""
    return {
        "format": "policylint-plans/1",
        "environments": [
            {
                "name": each.name,
                "organization": each.organization,
                "edition": each.edition or None,
                "steps": each.steps,
                "newlyDenied": each.newly_denied,
                "newlyAllowed": each.newly_allowed,
                "drift": each.drift,
                "refusals": [refusal._asdict() for refusal in each.refusals],
                "warnings": each.warnings,
                "fingerprint": each.fingerprint,
                "file": each.file,
                "problem": problem_record(each.problem),
                "exitCode": int(each.exit_code),
            }
            for each in found
        ],
        "total": {
            "environments": len(found),
            "steps": sum(each.steps for each in found),
            "newlyDenied": sum(each.newly_denied for each in found),
            "newlyAllowed": sum(each.newly_allowed for each in found),
            "drift": sum(each.drift for each in found),
            "refused": sum(bool(each.refusals) for each in found),
            "failed": sum(each.problem is not None for each in found),
        },
    }


def render_plans_markdown(found: Sequence[EnvironmentPlan], *, size: int) -> str:
    """Return the comment: those that cannot be planned and those that are refused first. It has no text of a policy."""
    ranked = sorted(found, key=lambda each: (each.problem is None, not each.refusals, not each.steps))
    return compose(
        f"### {head_text(verdict_of(found))}\n\n",
        [
            _rows("Cannot be planned or refused", [each for each in ranked if each.problem or each.refusals]),
            _rows("Others", [each for each in ranked if not each.problem and not each.refusals]),
        ],
        size=size,
        command="policylint plan --all-environments",
    )


def _rows(title: str, found: Sequence[EnvironmentPlan]) -> Block:
    rows = (
        (code(each.shown), *_numbers(each), code(_guards(each)) if each.refusals else "", _see(each)) for each in found
    )
    return table_block(f"{title}: {count(len(found), 'environment')}", _HEADS, rows, len(found), "environments")


def _see(each: EnvironmentPlan) -> str:
    """Return the command that says why an environment cannot be planned; what it says may name people."""
    return f"{_UNPLANNED}: {code(_command(each))}" if each.problem is not None else ""


def _command(each: EnvironmentPlan) -> str:
    command = "policylint plan"
    return (command_line(command, env=each.name) or f"{command} --env ...") if each.name is not None else command


def annotations_of_plans(found: Sequence[EnvironmentPlan]) -> Iterator[Annotation]:
    """Yield an error for each environment that is refused or cannot be planned, and a note with the verdict."""
    for each in found:
        if each.problem is not None or each.refusals:
            why = _UNPLANNED if each.problem is not None else f"refused by {_guards(each)}"
            yield Annotation(Severity.ERROR, "plan", (f"{each.shown}: {why}", f"see {_command(each)}"))
    yield Annotation(Severity.INFO, "plan", (verdict_of(found),))
