"""`policylint show`: what a snapshot says of one object, or a saved plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from policylint.adapters import resources
from policylint.adapters.clock import now
from policylint.analysis.inventory import settings_of, show_mailbox, show_policies, show_rules
from policylint.cli.completing import SHOWN
from policylint.cli.options import ProjectOptions, declare, indexed_options, open_project, output_options
from policylint.cli.output import (
    Output,
    live_state_record,
    note_missing_devices,
    note_missing_mailboxes,
    with_live_state,
)
from policylint.cli.plan_views import SMALLEST, VIEWS, ShownPlan
from policylint.cli.saved_plan import saved_plan
from policylint.cli.view_options import SHARED, ViewOptions, view_options
from policylint.errors import FileError, UsageError
from policylint.escape import to_json
from policylint.model.state import MAILBOX, ORGANIZATION, POLICY, RULE
from policylint.named_tuple import NamedTuple
from policylint.phrases import did_you_mean, listed, quoted
from policylint.plan.planfile import fingerprint_of, read_plan
from policylint.project.lookup import live_mailbox
from policylint.schema.store import SchemaStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from policylint.model.entity import ObjectKind
    from policylint.model.snapshot import Snapshot
    from policylint.project.project import Project
    from policylint.render.style import Style


class _Asked(NamedTuple):
    """What is asked of a project: of which object, and whether all of it."""

    project: Project
    name: str | None
    full: bool

    @property
    def snapshot(self) -> Snapshot:
        """Return the snapshot. Raises UsageError where there is none."""
        return self.project.required_snapshot

    def require(self, kind: ObjectKind) -> None:
        """Raise FileError where the snapshot does not hold a section."""
        if self.snapshot.state.section(kind) is None:
            described = self.project.store.object_type(kind)
            hint = f"export it with `{described.cmdlets['get']}`"
            raise FileError(f"`{described.section}` was not read", path=self.snapshot.path, help=hint)


class _View(NamedTuple):
    """What is shown, as text and as plain data."""

    text: Callable[[Style], str]
    record: Callable[[], dict[str, Any]]


def _mailbox(asked: _Asked) -> _View:
    from policylint.render.show.json import mailbox_record
    from policylint.render.show.text import render_mailbox

    if asked.name is None:
        raise UsageError("name a mailbox", help="such as `policylint show mailbox john.doe@contoso.com`")
    project, snapshot = asked.project, asked.snapshot
    if not len(snapshot.devices):
        asked.require(MAILBOX)
    shown = show_mailbox(
        live_mailbox(snapshot, asked.name),
        project.model_of(snapshot.state),
        snapshot.devices,
        project.store.object_type(MAILBOX),
        project.config.edition,
    )
    return _View(lambda style: render_mailbox(shown, style=style), lambda: mailbox_record(shown))


def _rules(asked: _Asked) -> _View:
    from policylint.render.show.json import rules_record
    from policylint.render.show.text import render_rules

    asked.require(RULE)
    shown = show_rules(asked.project.model_of(asked.snapshot.state), asked.project.devices)
    return _View(lambda style: render_rules(shown, style=style), lambda: rules_record(shown))


def _policies(asked: _Asked) -> _View:
    from policylint.render.show.json import policies_record
    from policylint.render.show.text import render_policies

    asked.require(POLICY)
    described = asked.project.store.object_type(POLICY)
    shown = show_policies(asked.snapshot.state, described, asked.project.config.edition)
    if asked.name is not None:
        policy = asked.snapshot.state.find_policy(asked.name)
        named = [each for each in shown if policy is not None and each.policy.key == policy.key]
        if not named:
            known = [each.policy.identity for each in shown]
            hint = did_you_mean(asked.name, known) or f"known: {listed(map(quoted, known), 10)}" if known else None
            raise FileError(f"no policy `{asked.name}`", path=asked.snapshot.path, help=hint)
        shown = tuple(named)
    return _View(lambda style: render_policies(shown, style=style, full=asked.full), lambda: policies_record(shown))


def _organization(asked: _Asked) -> _View:
    from policylint.render.show.json import organization_record
    from policylint.render.show.text import render_organization

    asked.require(ORGANIZATION)
    described = asked.project.store.object_type(ORGANIZATION)
    organization = next(iter(asked.snapshot.state.of_kind(ORGANIZATION).values()))
    settings = settings_of(organization, described, asked.project.config.edition)
    return _View(
        lambda style: render_organization(organization, settings, style=style, full=asked.full),
        lambda: organization_record(organization, settings),
    )


WHAT: Mapping[str, Callable[[_Asked], _View]] = {
    "mailbox": _mailbox,
    "rules": _rules,
    "policies": _policies,
    "organization": _organization,
}
NAMED = frozenset({"mailbox", "policies"})
"""What a name can be given of."""


PLAN = "plan"


@declare("show", "policylint show mailbox john.doe@contoso.com", "policylint show plan plan.json --format markdown")
@click.argument("what", type=click.Choice((*WHAT, PLAN)))
@click.argument("name", required=False, type=SHOWN)
@click.option("--full", is_flag=True, help="Also show settings at their default; for a plan, every step and class.")
@click.option("--check", is_flag=True, help="Check that the snapshot is as a saved plan leaves it; exit code 1 if not.")
@view_options(smallest=SMALLEST)
@output_options(VIEWS)
@indexed_options
def command(
    what: str,
    name: str | None,
    full: bool,
    check: bool,
    show_people: bool,
    max_size: int | None,
    options: ProjectOptions,
    output: Output,
) -> None:
    """Show one object of the snapshot, or a saved plan. It needs no policy.

    mailbox NAME: its settings, the policy that governs it, the devices that its lists name, and its own devices with
    what live settings give them. NAME is any address or name by which Exchange knows it. rules: the device access rules
    in the order in which they decide, and about how many devices each decides. policies [NAME]: the mailbox policies,
    and how many mailboxes have each. organization: its settings. plan FILE: what `policylint plan --out` saved, also as
    Markdown and HTML; - is standard input. With --check: whether a newer snapshot shows what the plan leaves.
    """
    chosen = ViewOptions(full, show_people, max_size)
    if what == PLAN:
        chosen.check(output)
        _show_plan(name, chosen, output, open_project(options, alone=True) if check else None)
        return
    if check:
        raise UsageError("--check is about a saved plan", help="such as `policylint show plan plan.json --check`")
    if {*SHARED} & {*output.formats} or show_people or max_size is not None:
        raise UsageError(f"`policylint show {what}` has no Markdown and no HTML", help="it has text and JSON")
    if name is not None and what not in NAMED:
        raise UsageError(f"unexpected argument `{name}`", help=f"`policylint show {what}` takes no name")
    project = open_project(options, alone=True)
    asked = _Asked(project, name, full)
    if len(asked.snapshot.devices):
        project.doing("deciding about devices")
    view = WHAT[what](asked)
    note_missing_devices(project)
    if what == "mailbox":
        note_missing_mailboxes(project)
    record = to_json(view.record() | live_state_record(project)) if "json" in output.formats else ""
    output.show(lambda each: record if each.format == "json" else with_live_state(view.text(each.style), project))


def _show_plan(name: str | None, chosen: ViewOptions, output: Output, checked: Project | None) -> None:
    """Show a saved plan, or whether the snapshot of a project is as it leaves it. Raises PlanError if it is none."""
    if name is None:
        raise UsageError("name the file of a plan", help="such as `policylint show plan plan.json`")
    store = SchemaStore(resources.read_schema)
    source = saved_plan(Path(name))
    plan = read_plan(source.text, source.path, store, now())
    if checked is not None:
        from policylint.cli.plan_checks import check_plan

        check_plan(plan, checked, output, full=chosen.full)
        return
    shown = ShownPlan(plan, store, chosen, now(), source.path, fingerprint=fingerprint_of(plan))
    output.show(lambda each: VIEWS[each.format](shown, each.style))
