"""`policylint export-script`: the PowerShell that reads live state into a sealed snapshot."""

from __future__ import annotations

from pathlib import Path

import click

from policylint.adapters import resources
from policylint.adapters.workspace import Workspace
from policylint.cli.common import put
from policylint.render.powershell import render_export_script
from policylint.version import __version__

EDITIONS = ("exchange-online", "exchange-2013", "exchange-2016", "exchange-2019", "exchange-se")


@click.command("export-script")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="The policylint.yaml to use.")
@click.option("--env", metavar="NAME", help="The environment of policylint.yaml to use.")
@click.option("--edition", type=click.Choice(EDITIONS), help="The edition of Exchange; else that of policylint.yaml.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write there instead.")
def command(config: Path | None, env: str | None, edition: str | None, output: Path | None) -> None:
    """Print the read-only PowerShell script that writes the snapshot: `export.ps1 -Path live.json`."""
    workspace = Workspace(config_path=config, environment=env)
    edition = edition or workspace.config.edition
    script = render_export_script(
        resources.read_script("export.ps1"), workspace.store, edition=edition, tool=__version__
    )
    put(script, output)
