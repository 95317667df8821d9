"""`policylint export-script`: the PowerShell that reads live state into a sealed snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.adapters import resources
from policylint.cli.options import ProjectOptions, config_options, declare, edition_option, file_option, open_project
from policylint.render.powershell import render_export_script
from policylint.version import __version__

if TYPE_CHECKING:
    from policylint.cli.output import Output


@declare("export-script", "policylint export-script -o export.ps1", "policylint export-script --edition exchange-2019")
@edition_option("The edition of Exchange; else that of policylint.yaml.")
@file_option
@config_options
def command(edition: str | None, options: ProjectOptions, output: Output) -> None:
    """Print the read-only PowerShell script that writes the snapshot: `export.ps1 -Path live.json`."""
    project = open_project(options)
    edition = edition or project.config.edition
    template = resources.read_script("export.ps1")
    output.write(render_export_script(template, project.store, edition=edition, tool=__version__))
