"""What the removal of something from the policy does in Exchange, in words that are true in the configured mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policylint.model.config import Config


def removal_from_list(_config: Config) -> str:
    """Return what happens to an ID that is taken out of a declared list of a mailbox."""
    return (
        "an ID that is taken out of a list in the policy is taken out of it in Exchange too,"
        " as long as the list stays declared"
    )
