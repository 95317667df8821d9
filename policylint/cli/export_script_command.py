"""`policylint export-script`: the PowerShell that reads live state into a sealed snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.adapters import resources
from policylint.cli import terminal
from policylint.cli.options import ProjectOptions, config_options, declare, edition_option, file_option, open_project
from policylint.desired.enforcement import DesiredEnforcement, desired_enforcement
from policylint.errors import FileError
from policylint.render.powershell import render_export_script
from policylint.version import __version__

if TYPE_CHECKING:
    from policylint.cli.output import Output
    from policylint.project.project import Project


@declare("export-script", "policylint export-script -o export.ps1", "policylint export-script --edition exchange-2019")
@edition_option("The edition of Exchange; by default that of policylint.yaml.")
@file_option
@config_options
def command(edition: str | None, options: ProjectOptions, output: Output) -> None:
    """Print the read-only PowerShell script that writes the snapshot: `export.ps1 -Path live.json`.

    It knows which mailboxes the policy makes strict, and reads how far their devices enforce it. Make it again when
    that changes. Without a policy, it knows only what is strict in live state.
    """
    project = open_project(options)
    edition = edition or project.config.edition
    template = resources.read_script("export.ps1")
    desired = _desired(project)
    output.write_document(
        render_export_script(template, project.store, edition=edition, tool=__version__, desired=desired)
    )


def _desired(project: Project) -> DesiredEnforcement | None:
    """Return what the policy makes strict; None where there is no policy, or none that is valid, which is said."""
    try:
        valid = project.is_valid
    except FileError:
        return None
    if not valid:
        message = "the policy is not valid, so the script does not know which mailboxes it makes strict"
        terminal.note(f"{message}; see `policylint lint`")
        return None
    return desired_enforcement(project.policy.state)
