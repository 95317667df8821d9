"""Questions about which mailbox an entry is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.lint.identities import address_in
from policylint.lint.predicate import Finding, policy_predicate
from policylint.model.state import MAILBOX
from policylint.phrases import listed, quoted

if TYPE_CHECKING:
    from policylint.lint.facts import Facts
    from policylint.lint.predicate import Findings, Params
    from policylint.model.entity import Entity

PLAN = "mailboxPlan"


@policy_predicate(placeholders={"value": "the name", "what": "what it is instead of the name of a mailbox"})
def mailbox_pattern(_params: Params, facts: Facts) -> Findings:
    """Find each entry of a mailbox whose name cannot be that of one mailbox.

    A name that a live mailbox has is not found. Nothing else is found about such an entry.
    """
    for key, what in facts.patterns.items():
        mailbox = facts.declared.of_kind(MAILBOX)[key]
        words = {"value": quoted(mailbox.identity), "what": what}
        meant = address_in(mailbox.identity) if what == "is no address" else None
        help_ = f"write {quoted(meant)}" if meant is not None else _instead(mailbox, facts)
        yield Finding(mailbox.at("Identity"), words, help=help_)


def _instead(mailbox: Entity, facts: Facts) -> str:
    """Return what to write, which for new mailboxes is a mailbox plan, where that has the settings."""
    of_plans = facts.store.object_type(PLAN).settings
    names = [setting.name for setting in facts.known_settings(mailbox) if setting.name in of_plans and setting.settable]
    advice = "write an entry for each mailbox; there is none for all mailboxes, or for those of a group"
    return f"{advice}; for new mailboxes, `mailboxPlans` can set {listed(map(quoted, names))}" if names else advice
