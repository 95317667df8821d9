"""What a plan is of: the organization, the snapshot and its age, the policy's revision, and its place among others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from policylint.access.impact import newly_denied
from policylint.phrases import count, long_words
from policylint.render.phrases import ring_words
from policylint.text import instant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from policylint.access.impact import Impact
    from policylint.plan.plan import Plan, Revision
    from policylint.plan.ring import Ring

_DIGITS = 12
"""How many digits of a commit are shown, as git shows them in large repositories."""
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def head_lines(plan: Plan) -> Iterator[str]:
    """Yield whose plan it is, what it was made from, and which of several it is, a line each; texts as they are."""
    yield f"plan for {_organization(plan)}, {plan.edition}"
    yield _snapshot(plan)
    revisions = [
        f"policy at {_revision(plan.provenance.revision)}" if plan.provenance.revision is not None else "",
        f"last applied at {_revision(plan.provenance.since)}" if plan.provenance.since is not None else "",
        f"compared with {_revision(plan.attribution.base)}" if plan.attribution is not None else "",
    ]
    if any(revisions):
        yield "; ".join(filter(None, revisions))
    if plan.ring is not None:
        yield from _ring(plan.ring)
    if (back := plan.takes_back) is not None:
        unknown = f"; of {count(len(back.unknown), 'step')} it does not say" if back.unknown else ""
        yield f"takes back what {back.journal} says was done of plan {back.fingerprint}{unknown}"


def _ring(ring: Ring) -> Iterator[str]:
    """Yield which ring a plan is for, and what a snapshot is to show once it was applied."""
    from policylint.plan.reached import states_in_words  # only a change in stages needs it

    held = f"; then {count(len(ring.held), 'temporary exemption')}" if ring.held else ""
    yield ring_words(ring)
    yield f"expect after it: {states_in_words(ring.expect.all)}{held}"


def saved_lines(plan: Plan, fingerprint: str, now: datetime) -> Iterator[str]:
    """Yield when a plan was made and until when it can be applied, and its fingerprint where it is saved."""
    age = now - plan.created_at
    ago = f", {long_words(age)} ago" if age >= timedelta(minutes=1) else ""
    until = f"; a script of it runs until {plan.not_after.strftime(_TIME)}" if plan.not_after is not None else ""
    yield f"made at {plan.created_at.strftime(_TIME)}{ago} by policylint {plan.tool}{until}"
    if fingerprint:
        yield f"fingerprint {fingerprint}"


def expired_words(plan: Plan, now: datetime) -> str:
    """Return that no script of a plan runs any more; empty where one still does."""
    if plan.not_after is None or now <= plan.not_after:
        return ""
    return f"expired {long_words(now - plan.not_after)} ago: export live state and make the plan again"


def access_words(impact: Impact) -> str:
    """Return in one line how many devices lose access, and how many gain it."""
    lost = newly_denied(impact)
    won = sum(each.devices for each in impact.by_pair if each.before != "Allowed" and each.after == "Allowed")
    others = sum(each.devices for each in impact.by_pair) - lost - won
    words = [
        f"{count(lost, 'device')} {'loses' if lost == 1 else 'lose'} access" if lost else "no device loses access",
        f"{won:,} {'gains' if won == 1 else 'gain'} it" if won else "none gains it",
        f"{others:,} {'changes' if others == 1 else 'change'} between other states" if others else "",
    ]
    return ", ".join(filter(None, words)) + f"; {count(impact.devices, 'device')} in all"


def _organization(plan: Plan) -> str:
    source = plan.source
    name = source.organization or source.organization_guid
    tenant = f"tenant {source.tenant}" if source.tenant else ""
    if name is None:
        return tenant or "an organization that the snapshot does not name"
    return f"{name} ({tenant})" if tenant else name


def _snapshot(plan: Plan) -> str:
    taken = instant(plan.source.taken_at)
    if taken is None:
        return f"{plan.source.path}; nobody knows when it was taken"
    age = plan.created_at - taken
    old = f"{long_words(age)} old" if age >= timedelta(0) else "dated in the future"
    return f"{plan.source.path} of {plan.source.taken_at}, {old}"


def _revision(revision: Revision) -> str:
    """Return a revision by the name it was asked for as and its commit."""
    commit = revision.commit[:_DIGITS]
    name = f"{revision.name} {commit}" if revision.name != revision.commit else commit
    return f"{name}, modified" if revision.modified else name
