"""Another policy becomes the default, or the default is given up without another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import at
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import count, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def default_policy_changes(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding where the declared policy takes the default from another, or gives it up to none.

    `change: moved` and `change: given-up` say which of the two. None without a snapshot of the policies.
    """
    assert subject is not None
    live = context.snapshot.state.default_policy if context.snapshot is not None else None
    wanted = subject.get("IsDefault")
    if live is None or not isinstance(wanted, bool):
        return
    promoted = context.policy.state.default_policy
    given_up = not wanted and live.key == subject.key and promoted is None
    moved = wanted and promoted is subject and live.key != subject.key
    if given_up if params["change"] == "given-up" else moved:
        followers = count(_followers(context), "mailbox")
        yield Finding(at(subject, "IsDefault"), {"live": quoted(live.identity), "mailboxes": followers})


def _followers(context: Context) -> int:
    """Return how many mailboxes will follow the default policy."""
    known = context.cache.get("followers")
    if known is None:
        mailboxes = (context.desired.mailboxes or {}).values()
        known = context.cache["followers"] = sum(
            "ActiveSyncMailboxPolicy" in mailbox.settings and mailbox.get("ActiveSyncMailboxPolicy") is None
            for mailbox in mailboxes
        )
    return int(known)


PREDICATE = Predicate(
    name="default-policy-changes",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["change"],
        "properties": {"change": {"enum": ["moved", "given-up"]}},
    },
    placeholders=("live", "mailboxes"),
    apply=default_policy_changes,
)
