"""Since when a policy declares an exemption, over branches and merges."""

from __future__ import annotations

import pytest

from policylint.model.commit import Commit
from policylint.project.introduced import added_last

KEYS = {name: ("mailbox", "eva@contoso.com", "ActiveSyncAllowedDeviceIDs", name) for name in "abcd"}


def _commits(*graph: str) -> list[Commit]:
    """Return commits of `name:parents`, the last one first."""
    pairs = [each.split(":") for each in graph]
    return [Commit(name, tuple(parents), f"by {name}", "2026-01-01") for name, parents in pairs]


BRANCHES = _commits("5:34", "4:2", "3:2", "2:1", "1:")


@pytest.mark.parametrize(
    ("has", "expected"),
    [
        ({"1": "a", "2": "a", "3": "a", "4": "a", "5": "a"}, {"a": "1"}),
        ({"1": "", "2": "", "3": "", "4": "a", "5": "a"}, {"a": "4"}),
        ({"1": "a", "2": "", "3": "a", "4": "", "5": "a"}, {"a": "3"}),
        ({"1": "a", "2": "a", "3": "", "4": "", "5": "a"}, {"a": "5"}),
        ({"1": "ab", "2": "ab", "3": "abc", "4": "a", "5": "abc"}, {"a": "1", "b": "1", "c": "3", "d": None}),
        ({"1": None, "2": "a", "3": "ab", "4": "a", "5": "abc"}, {"b": "3", "c": "5", "d": None}),
        ({"5": None}, {}),
    ],
)
def test_each_is_of_the_commit_none_of_whose_parents_has_it(
    has: dict[str, str | None], expected: dict[str, str | None]
) -> None:
    def keys_at(commit: str) -> frozenset[tuple[str, str, str, str]] | None:
        names = has[commit]
        return frozenset(KEYS[name] for name in names) if names is not None else None

    wanted = "abcd" if "d" in expected or not expected else "a"
    found = added_last(frozenset(KEYS[name] for name in wanted), BRANCHES, keys_at)
    assert expected == {key[3]: commit.name if commit is not None else None for key, commit in found.items()}
