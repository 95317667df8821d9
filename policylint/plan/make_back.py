"""A journal and a snapshot to the plan that takes back what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.desired.overlay import Overlay
from policylint.documentation import Page
from policylint.errors import PlanError, SnapshotError
from policylint.phrases import listed, show
from policylint.plan.asked import NOTHING_ASKED, Asked
from policylint.plan.make import check_edition, plan_between
from policylint.plan.rollback import TakesBack
from policylint.plan.undo import undo
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from policylint.model.config import Config
    from policylint.model.snapshot import Snapshot
    from policylint.plan.change import PlanStep
    from policylint.plan.journal import Journal
    from policylint.plan.plan import Plan
    from policylint.schema.store import SchemaStore


def make_plan_back(
    journal: Journal,
    snapshot: Snapshot,
    config: Config,
    store: SchemaStore,
    *,
    now: datetime,
    acknowledge: Sequence[str] = (),
    reason: str = "",
    asked: Asked = NOTHING_ASKED,
    said: Callable[[PlanStep], tuple[str, str]] = lambda _step: ("", ""),
) -> Plan:
    """Return the plan that takes back what a journal says was done, whatever the policy says.

    `acknowledge` are the texts of refusals that somebody lifts, for the `reason` given. `asked` has the
    organization's own rules about steps. `said` tells the reason and the owner of a step that is taken back.
    Raises PlanError where what was done cannot be taken back, SnapshotError where the snapshot is of another
    organization or does not hold what the journal is about, UsageError where a text lifts nothing.
    """
    check_edition(snapshot, config)
    _check_whose(journal, snapshot)
    _check_read(journal, snapshot, store)
    found = undo(journal, snapshot, store)
    told = [said(step) for step in found.undone]
    reasons = [f"{why}: {reason}" if reason else why for why, (reason, _owner) in zip(found.reasons, told, strict=True)]

    def named(steps: Sequence[PlanStep]) -> tuple[PlanStep, ...]:
        return tuple(
            step._replace(reason=why, owner=owner)
            for step, why, (_reason, owner) in zip(steps, reasons, told, strict=True)
        )

    made = plan_between(
        snapshot._replace(state=found.left),
        Overlay(found.before),
        config,
        store,
        now=now,
        object_changes=found.changes,
        acknowledge=acknowledge,
        reason=reason,
        asked=asked._replace(find_steps=lambda steps: asked.find_steps(named(steps))),
    )
    unknown = tuple(deed.step.id for deed in journal.deeds if not deed.known)
    return made._replace(
        steps=named(made.steps),
        warnings=(*found.warnings, *made.warnings),
        takes_back=TakesBack(journal.path, journal.sha256, journal.fingerprint, unknown),
    )


def _check_whose(journal: Journal, snapshot: Snapshot) -> None:
    """Refuse the live state of another organization than the one that the journal is of, or where nobody can tell."""
    whose, header = journal.whose, snapshot.header
    if whose.edition != header.edition:
        raise SnapshotError(
            f"{snapshot.path}: live state is of {show(header.edition)}, the journal is of {whose.edition}",
            help="name the snapshot of the organization that the script ran in",
            page=Page.TAKING_BACK,
        )
    pairs = ((whose.organization_guid, header.organization_guid), (whose.tenant, header.tenant))
    known = [(_plain(one), _plain(other)) for one, other in pairs if one and other]
    names = (whose.organization, whose.organization_guid, whose.tenant)
    called = listed(show(name) for name in names if name) or "an organization that it does not name"
    if any(one != other for one, other in known):
        hint = "name the snapshot of the organization that the script ran in"
        raise SnapshotError(
            f"{snapshot.path}: of another organization than the journal, which is of {called}",
            help=hint,
            page=Page.TAKING_BACK,
        )
    if not known:
        raise PlanError(
            f"{journal.path}: the journal is of {called}, and {snapshot.path} does not say whether it is, too",
            help="export again in a session that shows the Guid of the organization settings",
            page=Page.TAKING_BACK,
        )


def _plain(identifier: str) -> str:
    return fold(identifier).strip("{}")


def _check_read(journal: Journal, snapshot: Snapshot, store: SchemaStore) -> None:
    """Refuse to take back what is in a section that the snapshot does not hold: nobody could say who is affected."""
    for kind in dict.fromkeys(deed.step.kind for deed in journal.deeds):
        section = store.object_type(kind).section
        if snapshot.state.section(kind) is None:
            raise SnapshotError(
                f"{snapshot.path}: the journal is about `{section}`, which the snapshot does not hold",
                help="export again with the rights to read it",
                page=Page.TAKING_BACK,
            )
