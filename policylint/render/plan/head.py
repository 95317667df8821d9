"""What a plan is of: the organization, the snapshot and its age, the policy's revision, and its place among others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from policylint.access.impact import newly_denied
from policylint.phrases import count, long_words
from policylint.render.facts import (
    Facts,
    age_words,
    organization_words,
    policy_revision_words,
    revision_words,
    time_words,
)
from policylint.render.phrases import ring_words
from policylint.text import instant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from policylint.access.impact import Impact
    from policylint.plan.plan import Plan


def facts_of(plan: Plan, fingerprint: str, now: datetime) -> Facts:
    """Return whose plan it is, and when and from what it was made; texts as they are."""
    taken = instant(plan.source.taken_at)
    until = [("Script", f"runs until {time_words(plan.not_after)}")] if plan.not_after is not None else []
    name = [("Fingerprint", fingerprint)] if fingerprint else []
    return Facts(
        plan.tool,
        plan.edition,
        _made(plan, now),
        organization=plan.source.organization or plan.source.organization_guid or "",
        tenant=plan.source.tenant or "",
        environment=plan.provenance.environment or "",
        snapshot=plan.source.path,
        taken_at=plan.source.taken_at if taken is not None else "",
        age=age_words(plan.created_at - taken if taken is not None else None),
        revision=policy_revision_words(plan.provenance.revision),
        more=(*_revisions(plan), *_place(plan), *until, *name),
    )


def head_lines(plan: Plan) -> Iterator[str]:
    """Yield whose plan it is, what it was made from, and which of several it is, a line each; texts as they are."""
    facts = facts_of(plan, "", plan.created_at)
    environment = f", environment {facts.environment}" if facts.environment else ""
    yield f"plan for {organization_words(facts.organization, facts.tenant)}, {plan.edition}{environment}"
    when = f" of {facts.taken_at}, {facts.age}" if facts.taken_at else "; nobody knows when it was taken"
    yield f"{facts.snapshot}{when}"
    own = plan.provenance.revision
    revisions = [*([f"policy at {revision_words(own)}"] if own is not None else []), *map(_line, _revisions(plan))]
    if revisions:
        yield "; ".join(revisions)
    yield from map(_line, _place(plan))


def _line(fact: tuple[str, str]) -> str:
    """Return a fact as a line of text."""
    name, text = fact
    words = {"Last applied": "last applied at", "Expected": "expect after it:", "Ring": ""}.get(name, name.lower())
    return f"{words} {text}".lstrip()


def _revisions(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield further revisions than that of the policy."""
    if plan.provenance.since is not None:
        yield "Last applied", revision_words(plan.provenance.since)
    if plan.attribution is not None:
        yield "Compared with", revision_words(plan.attribution.base)


def _place(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield which ring a plan is for, what a snapshot is to show once it was applied, and what it takes back."""
    if (ring := plan.ring) is not None:
        from policylint.plan.reached import states_in_words  # only a change in stages needs it

        held = f"; then {count(len(ring.held), 'temporary exemption')}" if ring.held else ""
        yield "Ring", ring_words(ring)
        yield "Expected", f"{states_in_words(ring.expect.all)}{held}"
    if (back := plan.takes_back) is not None:
        unknown = f"; of {count(len(back.unknown), 'step')} it does not say" if back.unknown else ""
        yield "Takes back", f"what {back.journal} says was done of plan {back.fingerprint}{unknown}"


def saved_lines(plan: Plan, fingerprint: str, now: datetime) -> Iterator[str]:
    """Yield when a plan was made and until when it can be applied, and its fingerprint where it is saved."""
    until = f"; a script of it runs until {time_words(plan.not_after)}" if plan.not_after is not None else ""
    yield f"made at {_made(plan, now)} by policylint {plan.tool}{until}"
    if fingerprint:
        yield f"fingerprint {fingerprint}"


def _made(plan: Plan, now: datetime) -> str:
    age = now - plan.created_at
    ago = f", {long_words(age)} ago" if age >= timedelta(minutes=1) else ""
    return f"{time_words(plan.created_at)}{ago}"


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
