"""`policylint init`: a new repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from policylint.adapters import resources
from policylint.adapters.files import CONFIG_NAME, display_path, find_config, git_root, is_there
from policylint.cli import terminal
from policylint.cli.options import FILE, declare, edition_option
from policylint.cli.output import Output, create_files
from policylint.errors import UsageError
from policylint.model.config import EDITIONS
from policylint.phrases import shorten
from policylint.project.editor_schemas import FOLDER, schema_files
from policylint.regex import regex
from policylint.render.style import table
from policylint.schema.keywords import SMTP_ADDRESS
from policylint.schema.store import SchemaStore

if TYPE_CHECKING:
    from collections.abc import Mapping

NEXT = (
    ("policylint lint", "is it right?"),
    ("policylint test", "does everybody get in who must?"),
    (
        "policylint export-script -o export.ps1",
        "the script that writes live.json, for `policylint plan`",
    ),
)
"""The next commands, and what each is for."""


PLACEHOLDER = "mobile-admins@your-domain.invalid"
"""What stands for an address that nobody gave; `policylint lint` refuses it."""

_OUTLOOK_ON_SERVERS = {"Outlook-iOS/2.0": "Outlook-iOS-Android/1.0", "ClientType: Outlook": "ClientType: EAS"}
"""What Outlook mobile reports to Exchange Server, by what it reports to Exchange Online.

Source: https://learn.microsoft.com/exchange/clients/outlook-for-ios-and-android/manage-devices
"""

_TARGET = regex(r"[0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z])?")


@declare("init", "policylint init", "policylint init exchange --edition exchange-2019 --target contoso.com", asks=True)
@click.argument("folder", type=FILE, default=".")
@edition_option("The edition of Exchange; exchange-online by default.")
@click.option("--target", metavar="NAME", help="The organization: its tenant ID, organization GUID or domain.")
@click.option("--admin", metavar="ADDRESS", help="Who is notified when a device is quarantined.")
def command(folder: Path, edition: str | None, target: str | None, admin: str | None) -> None:
    """Make a new repository: policylint.yaml, a first policy with tests, and schemas for editors.

    On a terminal, it asks for missing options. It never overwrites a file: if one of the files exists, it writes
    nothing.
    """
    _refuse_inside(folder)
    asks = terminal.can_ask()
    edition = edition or (click.prompt("Edition", "exchange-online", type=click.Choice(EDITIONS)) if asks else None)
    target = target or (click.prompt("Tenant ID, organization GUID or domain", "") if asks else None)
    admin = admin or (click.prompt("Who is notified of a quarantined device", PLACEHOLDER) if asks else PLACEHOLDER)
    _check(target, admin)
    edition = edition or next(iter(EDITIONS))
    pin = f"target: {target}" if target else "# target:"
    words = {"{edition}": edition, "{admin}": admin, "{target}": pin}
    words |= {} if edition == "exchange-online" else _OUTLOOK_ON_SERVERS
    store = SchemaStore(resources.read_schema)
    files = {folder / name: _filled(text, words) for name, text in resources.scaffold().items()}
    files |= {folder / FOLDER / name: text for name, text in schema_files(store, (edition,)).items()}
    create_files(files)
    terminal.say(f"made a policy repository for {edition}")
    terminal.say("")
    for path in files:
        terminal.say(f"  {display_path(path)}")
    if admin == PLACEHOLDER:
        place = display_path(folder / "policy" / "organization.yaml")
        terminal.say("")
        terminal.say(f"write an address of your own in {place}: `policylint lint` fails until then")
    if (root := git_root(folder.resolve().parent)) is not None:
        terminal.say("")
        terminal.say(f"this is inside the git repository {display_path(root)}: its hooks need the folder in `args`")
    terminal.say("")
    terminal.say("next" + ("" if folder.resolve() == Path.cwd() else f", in {display_path(folder)}"))
    terminal.tell(table(NEXT, screen=Output().style.screen))


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def _check(target: str | None, admin: str) -> None:
    """Raise UsageError where a name cannot be one."""
    if target and not _TARGET.fullmatch(target):
        hint = "it is a tenant ID, an organization GUID or a domain, such as contoso.onmicrosoft.com"
        raise UsageError(f"invalid value for `--target`: `{shorten(target)}`", help=hint)
    if not SMTP_ADDRESS.fullmatch(admin) or not admin.isprintable() or set(admin) & set("[]{}#\"'`,:&*!|%"):
        raise UsageError(f"invalid value for `--admin`: `{shorten(admin)}` is not a mail address", help="write a@b.c")


def _refuse_inside(folder: Path) -> None:
    """Raise UsageError inside a policy repository: its commands would take the files of the inner one for their own."""
    there = find_config(folder.resolve().parent) if not is_there(folder / CONFIG_NAME) else None
    if there is not None:
        hint = "run this outside of it, or edit the policy that is there"
        raise UsageError(f"inside a policy repository: {display_path(there)}", help=f"nothing was written; {hint}")
