"""`policylint minimize`: fewer rules, the same access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.cli.options import ProjectOptions, check_options, declare, open_valid, output_options
from policylint.cli.output import Output, live_state_record, note_missing_devices, with_live_state
from policylint.escape import to_json
from policylint.project.minimize import Minimized, minimize

if TYPE_CHECKING:
    from policylint.project.project import Project
    from policylint.render.style import Style


def _text(found: Minimized, style: Style, project: Project) -> str:
    from policylint.render.diff.text import render_minimise

    return with_live_state(render_minimise(*found, style=style), project)


def _json(found: Minimized, _style: Style, project: Project) -> str:
    from policylint.render.diff.json import minimise_record

    return to_json(minimise_record(*found) | live_state_record(project))


VIEWS = {"text": _text, "json": _json}


@declare("minimize", "policylint minimize", "policylint minimize --env test --format json")
@output_options(VIEWS)
@check_options
def command(options: ProjectOptions, output: Output) -> None:
    """Show which device access rules can be removed without effect on any device while the default stays.

    The output has a proof: it compares the policy with and without these rules, as `policylint diff` does.
    """
    project = open_valid(options, output.style)
    note_missing_devices(project)
    output.show(lambda each: VIEWS[each.format](minimize(project), each.style, project))
