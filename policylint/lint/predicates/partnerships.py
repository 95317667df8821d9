"""Questions about the device partnerships of mailboxes, which the snapshot shows whether they are declared or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.lint.parameters import one_of
from policylint.lint.predicate import Finding, Varying, policy_predicate
from policylint.phrases import quoted

if TYPE_CHECKING:
    from policylint.lint.facts import Facts
    from policylint.lint.predicate import Findings, Params

FULL, NEAR = "full", "near"


@policy_predicate(
    params={"when": one_of("whether the mailbox has as many as the documented default, or nearly", FULL, NEAR)},
    placeholders={"mailbox": "the mailbox", "partnerships": Varying("how many it has, and what that means")},
    needs_snapshot=True,
)
def many_partnerships(params: Params, facts: Facts) -> Findings:
    """Find each mailbox of the snapshot with as many device partnerships as the documented default, or nearly.

    A mailbox that no file declares is found at the first declared object. It finds nothing without a whole snapshot.
    """
    declared = {facts.desired_of(mailbox).key: mailbox for mailbox in (facts.declared.mailboxes or {}).values()}
    for key, found in facts.crowded_mailboxes.items():
        if found.is_full is not (params["when"] == FULL):
            continue
        place = declared.get(key) or next(facts.declared.entities(), None)
        if place is not None:
            yield Finding(place.at(), {"mailbox": quoted(found.owner), "partnerships": found.words})
