"""The options of how formats are shown that go to others than who runs the command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from policylint.errors import UsageError
from policylint.named_tuple import NamedTuple
from policylint.phrases import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from policylint.cli.output import Output
    from policylint.model.snapshot import Snapshot
    from policylint.project.project import Project
    from policylint.render.people import NameMask

    Function = Callable[..., Any]

SHARED = {"markdown": "Markdown", "html": "HTML"}
"""The formats that go to others than who runs the command: they name nobody unless they are told to."""


SMALLEST = 2_000
"""How many characters a comment has at least, that about a plan apart."""


class ViewOptions(NamedTuple):
    """What the command line says of how an output is shown."""

    full: bool = False
    show_people: bool = False
    max_size: int | None = None

    @property
    def size(self) -> int:
        """Return how many characters a Markdown comment may have."""
        from policylint.render.markdown import LARGEST

        return self.max_size or LARGEST

    def check(self, output: Output, *formats: str) -> None:
        """Raise UsageError where an option means nothing to a format; `formats` are those that name nobody."""
        shared = formats or tuple(SHARED)
        if self.show_people and not {*shared} & {*output.formats}:
            words = listed(SHARED[name] for name in shared)
            raise UsageError(f"--show-people is for {words}", help="the other formats name everybody")
        if self.max_size is not None and "markdown" not in output.formats:
            raise UsageError("--max-size is for Markdown", help="add --format markdown, or leave it out")


def view_options(
    *, smallest: int, formats: str = "Markdown and HTML, which others will read"
) -> Callable[[Function], Function]:
    """Return a decorator that gives a command the options of how an output is shown.

    `smallest` is the least that --max-size may be, `formats` says in words which name nobody.
    """

    def decorate(function: Function) -> Function:
        for option in (
            click.option(
                "--max-size",
                type=click.IntRange(min=smallest),
                metavar="N",
                help="The maximum number of characters of a Markdown comment; 65,536 by default.",
            ),
            click.option(
                "--show-people",
                is_flag=True,
                help=f"Name mailboxes and device IDs in {formats}.",
            ),
        ):
            function = option(function)
        return function

    return decorate


def mask(projects: Iterable[Project], options: ViewOptions, *snapshots: Snapshot | None) -> NameMask:
    """Return what takes the people of projects and snapshots out of texts, or leaves them where it is to show them."""
    from policylint.project.people import names_of_people
    from policylint.render.people import NameMask

    return NameMask(names_of_people(projects, snapshots), shown=options.show_people)
