"""What files of live state hold, as text: a line for each section, then what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.diagnostic import Severity
from policylint.escape import clean
from policylint.phrases import count, listed
from policylint.render.style import COLORS, Style, table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from policylint.readers.collected import Collected
    from policylint.readers.problems import Problem


def render_live(found: Collected, *, sections: Collection[str] = (), style: Style) -> str:
    """Return what files hold, of all sections or only some, and every problem, ending in a line end."""
    wanted = [section for section in found.sections if not sections or section in sections]
    problems = [each for each in found.problems if each.section is None or each.section in wanted]
    parts = [_verdict(found, problems, len(wanted), style), "\n"]
    rows = [(section, count(found.size(section), "object"), _state(found, section)) for section in wanted]
    if rows:
        parts += ["\n", table(rows, screen=style.screen)]
    parts += [f"\n{clean(line)}\n" for line in _about(found)]
    parts += ["\n" + _one(problem, style) for problem in problems]
    return "".join(parts)


def _verdict(found: Collected, problems: Collection[Problem], sections: int, style: Style) -> str:
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    warnings = sum(problem.severity is Severity.WARNING for problem in problems)
    if errors:
        return style.paint(f"not whole: {count(errors, 'error')}", "bold", COLORS[Severity.ERROR])
    if not sections:
        return style.paint("nothing that is read", "bold", COLORS[Severity.WARNING])
    left = [name for name in found.raw.incomplete if name.partition(".")[0] in found.sections]
    words = f"{count(sections, 'section')} read" + (f" without {listed(left)}" if left else " whole")
    if warnings:
        return style.paint(f"{words}, {count(warnings, 'warning')}", "bold", COLORS[Severity.WARNING])
    return style.paint(words, "bold", "green")


def _state(found: Collected, section: str) -> str:
    if section in found.raw.incomplete:
        return "not whole"
    left = [name.partition(".")[2] for name in found.raw.incomplete if name.startswith(f"{section}.")]
    return f"without {listed(left)}" if left else "whole"


def _about(found: Collected) -> Iterator[str]:
    """Yield whose live state it is, of when, and of which edition."""
    header = found.raw.header
    whose = header.organization or header.tenant or header.organization_guid
    edition = header.edition or "edition not known: --edition says it"
    taken = f"taken {header.taken_at}" if header.taken_at else "taken at a time that is not known: --taken-at says it"
    yield f"{whose or 'organization not known'}, {edition}, {taken}"


def _one(problem: Problem, style: Style) -> str:
    place = f"{style.paint(clean(problem.place()), 'bold')}: " if problem.path else ""
    more = f" ({count(problem.objects, 'object')})" if problem.objects > 1 else ""
    lines = [
        f"{place}{style.word(problem.severity, 'bold')}: {clean(problem.message)}{more} "
        f"{style.paint(f'[{problem.code}]', 'dim')}"
    ]
    if problem.help:
        lines.append(f"  = help: {clean(problem.help)}")
    return "".join(f"{line}\n" for line in lines)
