"""How many examples a law runs: more or fewer than another, and many in the thorough profile."""

from __future__ import annotations

from hypothesis import settings


def examples(weight: int) -> int:
    """Return how many examples a law runs in the profile that is loaded; one of weight 100 as many as it says."""
    return max(10, settings().max_examples * weight // 100)
