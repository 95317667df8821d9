"""`policylint deny`: devices that are kept out, each by its ID."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.cli.approvals import FORMATS, Notes, Selection, notes_options, put_on_lists, selection_options
from policylint.cli.edits import EditOptions, edit_options
from policylint.cli.options import ProjectOptions, declare, indexed_options, output_options

if TYPE_CHECKING:
    from policylint.cli.output import Output


@declare(
    "deny",
    "policylint deny ApplDQ7XXXXXXXXX --reason lost",
    "policylint deny --mailbox john.doe@contoso.com --type Android --diff",
    asks=True,
)
@selection_options
@notes_options
@edit_options
@output_options(FORMATS, several=False)
@indexed_options
def command(selection: Selection, notes: Notes, edit: EditOptions, options: ProjectOptions, output: Output) -> None:
    """Put devices on the blocked lists of their mailboxes and off the allowed lists, in the policy files.

    DEVICE is a device ID in any form; with --mailbox also one that has not synced. Without DEVICE, filters select
    devices of the snapshot that the policy lets in or quarantines. The command then asks before it writes, or needs
    --yes. The edit is compared as `policylint diff` does it, and is refused if it kept out any other device. A
    blocked phone keeps the mail that it has. Nothing changes in Exchange until you run `policylint apply-script`.
    """
    put_on_lists("deny", selection, notes, edit, options, output)
