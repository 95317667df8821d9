"""Questions about which mailbox an entry is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.lint.identities import address_in
from policylint.lint.predicate import Finding, Varying, policy_predicate
from policylint.model.names import is_pattern, mailboxes_in_words
from policylint.model.state import MAILBOX
from policylint.phrases import listed, quoted
from policylint.text import fold

if TYPE_CHECKING:
    from policylint.lint.facts import Facts
    from policylint.lint.predicate import Findings, Params
    from policylint.model.entity import Entity

PLAN = "mailboxPlan"


@policy_predicate(
    placeholders={"value": "the name", "what": "what it is instead of the name of a mailbox"}, files_tell=True
)
def mailbox_pattern(_params: Params, facts: Facts) -> Findings:
    """Find each entry of a mailbox whose name cannot be that of one mailbox.

    A name that a live mailbox has is not found. Nothing else is found about such an entry.
    """
    for key, what in facts.patterns.items():
        mailbox = facts.declared.of_kind(MAILBOX)[key]
        words = {"value": quoted(mailbox.identity), "what": what}
        meant = address_in(mailbox.identity) if what == "is no address" else None
        help_ = f"write {quoted(meant)}" if meant is not None else _instead(mailbox, facts)
        fix = facts.fixes.rewrite(mailbox, "Identity", meant) if meant is not None else None
        yield Finding(mailbox.at("Identity"), words, help=help_, fix=fix)


@policy_predicate(
    placeholders={
        "setting": "the setting of policylint.yaml",
        "value": "the name",
        "what": Varying("why it is not that of one mailbox"),
    },
    needs_snapshot=True,
)
def configured_mailbox(_params: Params, facts: Facts) -> Findings:
    """Find each name in policylint.yaml that is not that of one mailbox of a snapshot with all mailboxes.

    A pattern is not found, nor anything where the snapshot is redacted.
    """
    if facts.snapshot is None or facts.snapshot.header.redacted or facts.snapshot.state.mailboxes is None:
        return
    for keys, name in facts.config.named_mailboxes:
        found = facts.live_names(MAILBOX).all(fold(name))
        span = facts.config_at(*keys)
        if len(found) == 1 or is_pattern(name) or span is None:
            continue
        what = f"is the name of {mailboxes_in_words(found)}" if found else "is no mailbox of the snapshot"
        near = facts.near_live(MAILBOX, name) if not found else None
        help_ = f"did you mean {quoted(near)}?" if near is not None else None
        setting = ".".join(str(key) for key in keys[:-1])
        yield Finding(span, {"setting": quoted(setting), "value": quoted(name), "what": what}, help=help_)


def _instead(mailbox: Entity, facts: Facts) -> str:
    """Return what to write, which for new mailboxes is a mailbox plan, where that has the settings."""
    of_plans = facts.store.object_type(PLAN).settings
    names = [setting.name for setting in facts.known_settings(mailbox) if setting.name in of_plans and setting.settable]
    advice = (
        "write `matches` instead of `Identity`: `glob` for a pattern, `file` for a list of addresses, as of a group"
    )
    return f"{advice}; for new mailboxes, `mailboxPlans` can set {listed(map(quoted, names))}" if names else advice
