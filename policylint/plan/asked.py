"""What people asked of a plan, beside the limits: what they declare, and what they forbid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from policylint.model.state import State
    from policylint.plan.step_findings import FindSteps


class Asked(NamedTuple):
    """What the policy declares, and what it declared when it was last applied; None where no policy is asked.

    `named` are IDs that may leave the lists of their mailboxes, each with the key of the mailbox, both folded.
    `find_steps` asks the organization's own rules about the steps of the plan.
    """

    declared: State | None = None
    previous: State | None = None
    named: frozenset[tuple[str, str]] = frozenset()
    find_steps: FindSteps = lambda _steps: ()


NOTHING_ASKED = Asked()
