"""How a plan is shown, by format: for `policylint plan`, and for `policylint show plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from policylint.adapters.files import STDIN
from policylint.errors import UsageError
from policylint.escape import command_line, to_json
from policylint.plan.planfile import plan_record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from policylint.cli.output import Output
    from policylint.plan.plan import Plan
    from policylint.render.plan.view import PlanView
    from policylint.render.style import Style
    from policylint.schema.store import SchemaStore

    Function = Callable[..., Any]

SHARED = ("markdown", "html")
"""The formats that go to others than who runs the command: they name nobody unless they are told to."""


class ViewOptions(NamedTuple):
    """What the command line says of how a plan is shown."""

    full: bool = False
    show_people: bool = False
    max_size: int | None = None

    def check(self, output: Output) -> None:
        """Raise UsageError where an option means nothing to a format."""
        if self.show_people and output.format not in SHARED:
            raise UsageError("--show-people is for Markdown and HTML", help="the other formats name everybody")
        if self.max_size is not None and output.format != "markdown":
            raise UsageError("--max-size is for Markdown", help="add --format markdown, or leave it out")


class ShownPlan(NamedTuple):
    """A plan to show, when that is, and the file that it is saved in, if any; `given` are the options that it is of."""

    plan: Plan
    store: SchemaStore
    options: ViewOptions
    now: datetime
    file: str | None = None
    given: Sequence[tuple[str, str]] = ()

    @property
    def command(self) -> str:
        """Return the command that shows all of the plan, as it may be copied where its names allow that."""
        if self.file is not None:
            known = command_line("policylint show plan", self.file) if self.file != STDIN else None
            return f"{known or 'policylint show plan FILE'} --full"
        command = "policylint plan --full"
        for name, value in self.given:
            command = command_line(command, **{name: value}) or f"{command} --{name} ..."
        return command

    @property
    def fingerprint(self) -> str:
        """Return the fingerprint of a saved plan; of another one nobody could find it again."""
        return str(plan_record(self.plan)["fingerprint"]) if self.file is not None else ""

    def view(self) -> PlanView:
        """Return the plan as others may read it."""
        from policylint.render.plan.view import view_of

        people, full = self.options.show_people, self.options.full
        return view_of(self.plan, self.store, people=people, full=full, fingerprint=self.fingerprint, now=self.now)


def _text(shown: ShownPlan, style: Style) -> str:
    from policylint.render.plan.head import expired_words, saved_lines
    from policylint.render.plan.text import render_plan

    saved = list(saved_lines(shown.plan, shown.fingerprint, shown.now)) if shown.file is not None else []
    saved += filter(None, [expired_words(shown.plan, shown.now)])
    return render_plan(shown.plan, shown.store, style=style, full=shown.options.full, saved=saved)


def _json(shown: ShownPlan, _style: Style) -> str:
    return to_json(plan_record(shown.plan))


def _markdown(shown: ShownPlan, _style: Style) -> str:
    from policylint.render.plan.markdown import LARGEST, render_markdown

    return render_markdown(shown.view(), size=shown.options.max_size or LARGEST, command=shown.command)


def _html(shown: ShownPlan, _style: Style) -> str:
    from policylint.render.plan.html import render_html

    return render_html(shown.view(), shown.plan)


VIEWS: Mapping[str, Callable[[ShownPlan, Style], str]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "html": _html,
}


def view_options(function: Function) -> Function:
    """Give a command the options of how a plan is shown."""
    for option in (
        click.option(
            "--max-size",
            type=click.IntRange(min=32_000),
            metavar="N",
            help="The most characters of a Markdown comment; 65,536 where it is not said.",
        ),
        click.option(
            "--show-people",
            is_flag=True,
            help="Name mailboxes and device IDs in Markdown and HTML, which go to others.",
        ),
    ):
        function = option(function)
    return function
