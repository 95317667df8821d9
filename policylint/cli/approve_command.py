"""`policylint approve`: devices that are let in, each by its ID."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.cli.approvals import FORMATS, Notes, Selection, notes_options, put_on_lists, selection_options
from policylint.cli.edits import EditOptions, edit_options
from policylint.cli.options import ProjectOptions, declare, indexed_options, output_options

if TYPE_CHECKING:
    from policylint.cli.output import Output


@declare(
    "approve",
    "policylint approve --quarantined --reason 'new phones of sales' --yes",
    "policylint approve ApplDQ7XXXXXXXXX --mailbox john.doe@contoso.com --expires 2027-03-31",
    asks=True,
)
@click.option("--quarantined", is_flag=True, help="Every device that the policy quarantines.")
@click.option("--as-rule", is_flag=True, help="Let in the class with a rule, on the value that a filter names.")
@selection_options
@notes_options
@edit_options
@output_options(FORMATS, several=False)
@indexed_options
def command(selection: Selection, notes: Notes, edit: EditOptions, options: ProjectOptions, output: Output) -> None:
    """Put devices on the allowed lists of their mailboxes, in the policy files. Nothing else in them changes.

    DEVICE is a device ID in any form; with --mailbox also one that has not synced yet. Without DEVICE, filters
    select devices of the snapshot that the policy quarantines. They leave out devices of unknown owner and those
    whose values contradict each other, and ask before they write, or need --yes. A device that its mailbox blocks
    is refused: approve removes no block. The edit is compared as `policylint diff` does it, and is refused if it
    let in any other device. With --as-rule it is one rule on the value of a filter, by default the DeviceModel of
    the devices; it says what else the rule lets in, and asks. Nothing changes in Exchange until you run `policylint
    apply-script`.
    """
    put_on_lists("approve", selection, notes, edit, options, output)
