"""How a plan is shown, by format: for `policylint plan`, and for `policylint show plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.adapters.files import STDIN
from policylint.cli.output import AZURE, GITHUB, annotated
from policylint.escape import command_line
from policylint.named_tuple import NamedTuple
from policylint.plan.planfile import plan_pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from policylint.cli.view_options import ViewOptions
    from policylint.plan.plan import Plan
    from policylint.render.annotations import Annotation
    from policylint.render.plan.view import PlanView
    from policylint.render.style import Style
    from policylint.schema.store import SchemaStore


SMALLEST = 32_000
"""How many characters a comment about a plan has at least: in this size the head of every plan has room."""


class ShownPlan(NamedTuple):
    """A plan to show, when that is, and the file that it is saved in, if any; `given` are the options that it is of.

    `fingerprint` is that of a saved plan; of another one nobody could find it again, so it is empty.
    """

    plan: Plan
    store: SchemaStore
    options: ViewOptions
    now: datetime
    file: str | None = None
    given: Sequence[tuple[str, str]] = ()
    fingerprint: str = ""

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

    def view(self, *, people: bool | None = None) -> PlanView:
        """Return the plan as others may read it, with the people in it where the options or `people` say so."""
        from policylint.render.plan.view import view_of

        full = self.options.full
        people = self.options.show_people if people is None else people
        return view_of(self.plan, self.store, people=people, full=full, fingerprint=self.fingerprint, now=self.now)


def _text(shown: ShownPlan, style: Style) -> str:
    from policylint.render.plan.head import expired_words, saved_lines
    from policylint.render.plan.text import render_plan

    saved = list(saved_lines(shown.plan, shown.fingerprint, shown.now)) if shown.file is not None else []
    saved += filter(None, [expired_words(shown.plan, shown.now)])
    return render_plan(shown.plan, shown.store, style=style, full=shown.options.full, saved=saved)


def _json(shown: ShownPlan, _style: Style) -> str:
    return "".join(plan_pieces(shown.plan, 2, shown.fingerprint))


def _markdown(shown: ShownPlan, _style: Style) -> str:
    from policylint.render.plan.markdown import render_markdown

    return render_markdown(shown.view(), size=shown.options.size, command=shown.command)


def _html(shown: ShownPlan, _style: Style) -> str:
    from policylint.render.plan.html import render_html

    return render_html(shown.view())


VIEWS: Mapping[str, Callable[[ShownPlan, Style], str]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "html": _html,
}
"""The formats of a plan, saved or not."""


def _annotations(shown: ShownPlan) -> Iterable[Annotation]:
    from policylint.render.plan.annotations import annotations_of

    return annotations_of(shown.view(people=False))


OF_A_RUN = {**VIEWS, **{name: annotated(name, _annotations) for name in (GITHUB, AZURE)}}
"""The formats of a plan that is made now: a run can have annotations, too."""
