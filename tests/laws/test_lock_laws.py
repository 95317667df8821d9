"""The lock: what is locked once stays as it is, and says at once what each environment will have of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import assume, given
from hypothesis import strategies as st

from policylint.errors import RefusedError
from policylint.model.lock import LOCK_NAME
from policylint.model.policy_files import PolicyFiles
from policylint.project.locking import lock_of
from policylint.project.project import Project
from tests.sealed import seal
from tests.texts import CONFIG, TODAY, TextFiles, shared

if TYPE_CHECKING:
    from collections.abc import Sequence

VALUES = ("Tizen 2.4", "TIZEN 2.4", "Tizen 3.0", "Tizen 4", "Tizen", "tizen 3.0", "Bada 1")
MATCHERS = (
    *("family: Tizen", 'family: Tizen, version: "<4"', 'glob: "Tizen*"', 'glob: "*"', 'glob: "*", not: {family: Bada}'),
    *("one-of: [Tizen 3.0, TIZEN 2.4]", "one-of: [tizen 3.0, Tizen 5]", 'one-of: [Bada 2, Tizen 6], not: {glob: "*6"}'),
)
ENTRIES = st.tuples(st.sampled_from(MATCHERS), st.sampled_from(("Block", "Block", "Block", "Quarantine")))
WORLDS = st.tuples(st.lists(ENTRIES, max_size=2), st.lists(st.sampled_from(VALUES), max_size=3))
World = tuple["list[tuple[str, str]]", "list[str]"]


class Files(TextFiles):
    """Files of which each pattern names one."""

    def policies(self, patterns: Sequence[str]) -> PolicyFiles:
        return PolicyFiles(tuple(patterns))


def projects(one: World, two: World, lock: str) -> list[Project]:
    """Return the project of two environments, each with entries of its own and with the systems of its devices."""
    texts: dict[str, str | bytes] = {
        CONFIG: "version: 1\npolicies: [one.yaml]\nsnapshot: one.json\n"
        "environments: {two: {policies: [two.yaml], snapshot: two.json}}\n"
    }
    for name, (entries, systems) in {"one": one, "two": two}.items():
        rules = [
            f"  - {{Characteristic: DeviceOS, matches: {{{matcher}}}, AccessLevel: {level}}}"
            for matcher, level in entries
        ]
        section = "\n".join(("deviceAccessRules:", *rules)) if rules else "deviceAccessRules: []"
        texts[f"{name}.yaml"] = f"organization: {{DefaultAccessLevel: Allow}}\n{section}\n"
        devices = [
            {"mailbox": "a@contoso.com", "DeviceId": f"ID{number}", "DeviceOS": system}
            for number, system in enumerate(systems)
        ]
        texts[f"{name}.json"] = seal(devices=devices)
    files = Files({**texts, **({LOCK_NAME: lock} if lock else {})})
    return [Project(files, shared(), now=lambda: TODAY, environment=each) for each in (None, "two")]


@given(WORLDS, WORLDS, WORLDS, st.booleans())
def test_what_is_locked_stays_as_it_is(before: World, one: World, two: World, prune: bool) -> None:
    locked = lock_of(projects(before, before, ""), prune=False).text if _agree(before) else ""
    try:
        change = lock_of(projects(one, two, locked), prune=prune)
    except RefusedError:
        assume(False)
    for again in (False, prune):
        assert change.text == lock_of(projects(one, two, change.text), prune=again).text
    for project in projects(one, two, change.text):
        assert project.is_valid
        assert not [name for found in project.policy.expansions for name in found.new]
        assert all(found.has_lock for found in project.policy.expansions)


def _agree(world: World) -> bool:
    return len({level for _, level in world[0]}) < 2
