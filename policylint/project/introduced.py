"""Since when a policy declares its exemptions: the commits in which each was added last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from policylint.analysis.exemption_list import OFF, keys_of
from policylint.bind.policy import bind_policy
from policylint.diagnostic import Severity
from policylint.errors import PolicylintError
from policylint.model.state import RULE
from policylint.project.load import load_file
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from policylint.analysis.exemption_list import Key
    from policylint.model.commit import Commit
    from policylint.project.project import Project
    from policylint.source import Source

MOST_COMMITS = 500
MOST_TEXT = 16_000_000
MOST_KEYS = 2_000_000
"""How many commits are looked at, how many characters of them are read, and how many exemptions are compared."""


class Past(Protocol):
    """The history of the files of a project."""

    def commits(self, most: int) -> Sequence[Commit]:
        """Return the last commits that change files of the project, each before those that it comes after."""

    def blobs(self, commit: str, patterns: Sequence[str], paths: Sequence[str]) -> Mapping[str, Callable[[], Source]]:
        """Return what reads each policy file of a commit, by what its content is known by; `paths` are those of now."""


def introduced(project: Project, past: Past, wanted: Collection[Key]) -> Mapping[Key, Commit | None]:
    """Return the commit in which each exemption was added last, None where no commit has it.

    What is not in the answer is older than the commits that are looked at.
    """
    return added_last(frozenset(wanted), past.commits(MOST_COMMITS), _Reader(project, past, frozenset(wanted)).keys)


def added_last(
    wanted: frozenset[Key], commits: Sequence[Commit], keys_at: Callable[[str], frozenset[Key] | None]
) -> Mapping[Key, Commit | None]:
    """Return for each key the commit that has it and of whose parents none does, going back from the first commit.

    `keys_at` returns the wanted keys that a commit has, None where it is not to be read.
    """
    there = keys_at(commits[0].name) if commits else None
    if there is None:
        return {}
    found: dict[Key, Commit | None] = dict.fromkeys(wanted - there)
    waiting = {commits[0].name: set(there)}
    for commit in commits:
        left = waiting.pop(commit.name, set())
        for parent in commit.parents if left else ():
            before = keys_at(parent)
            if before is None:
                return found
            waiting.setdefault(parent, set()).update(left & before)
            left -= before
        found.update(dict.fromkeys(left, commit))
    return found


class _Reader:
    """What the commits of a project declare of some exemptions; each content of a file is read once."""

    def __init__(self, project: Project, past: Past, wanted: frozenset[Key]) -> None:
        self._project, self._past, self._wanted = project, past, wanted
        self._of_blob: dict[str, frozenset[Key]] = {}
        self._of_blobs: dict[frozenset[str], frozenset[Key]] = {}
        self._text, self._keys = 0, 0

    def keys(self, commit: str) -> frozenset[Key] | None:
        """Return which of them a commit declares, None where that would take too long, or a file cannot be read."""
        try:
            return self._keys_at(commit)
        except PolicylintError:
            return None

    def _keys_at(self, commit: str) -> frozenset[Key] | None:
        blobs = self._past.blobs(commit, self._project.config.policies, self._project.policy_paths)
        names = frozenset(blobs)
        if names not in self._of_blobs:
            for name in names - self._of_blob.keys():
                source = blobs[name]()
                self._text += len(source.text)
                if self._text > MOST_TEXT:
                    return None
                self._of_blob[name] = self._read(source)
            self._of_blobs[names] = frozenset().union(*(self._of_blob[name] for name in names))
            self._keys += len(self._of_blobs[names])
        return self._of_blobs[names] if self._keys <= MOST_KEYS else None

    def _read(self, source: Source) -> frozenset[Key]:
        """Return what a file declares of them; where it is not valid, those whose words are in it."""
        loaded = load_file(source, self._project.resources.policy_schema)
        if loaded.policy_file is None or any(each.severity is Severity.ERROR for each in loaded.diagnostics):
            words = set(_WORD.findall(fold(source.text)))
            return frozenset(key for key in self._wanted if _words(key) <= words)
        policy = bind_policy([loaded.policy_file], self._project.store)
        entries = (*policy.state.entities(), *(pattern.entry for pattern in policy.patterns))
        return self._wanted & {key for entry in entries for key in keys_of(entry)}


def _words(key: Key) -> set[str]:
    """Return the words without which no file declares an exemption: of a rule its name, else the ID or the setting."""
    kind, name, setting, value = key
    if kind == RULE:
        return set(_WORD.findall(name.rpartition(" (")[0]))
    return set(_WORD.findall(fold(setting if value == OFF else value)))


_WORD = regex(r"[^\s\[\]{},:'\"#]+")
