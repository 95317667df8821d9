"""What an edit means for the environments of policylint.yaml other than the one that is edited."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from policylint.errors import PolicylintError
from policylint.project.edited import EditedProject
from policylint.project.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from policylint.model.snapshot import Snapshot
    from policylint.project.files import Files
    from policylint.project.load import LoadedFile


class OtherEnvironment(Project):
    """Another environment of a project. What both read is read once, a snapshot too where both have the same.

    A snapshot that is not there, or cannot be read, is left out.
    """

    def __init__(self, first: Project, files: Files, environment: str | None) -> None:
        super().__init__(
            files,
            first.resources,
            now=lambda: first.now,
            environment=environment,
            snapshot_required=False,
            baseline=first._baseline,
            as_of=first.as_of,
            doing=first.doing,
        )
        self._first = first
        self._of_first = {each.source.path: each for each in first.loaded}

    def _load(self, path: str) -> LoadedFile:
        return self._of_first[path] if path in self._of_first else super()._load(path)

    @cached_property
    def snapshot(self) -> Snapshot | None:
        """Return the snapshot of this environment, None where there is none that can be read."""
        mine, other = self.config, self._first.config
        if (mine.snapshot, mine.edition, mine.target) == (other.snapshot, other.edition, other.target):
            return self._first.snapshot
        try:
            return self.read_snapshot(*map(self.files.beside, mine.snapshot)) if self._has_snapshot else None
        except PolicylintError:  # the run over this environment says so
            return None

    @property
    def _has_snapshot(self) -> bool:
        return bool(self.config.snapshot) and self.missing_snapshot is None


def other_environments(project: Project, files: Files | None = None) -> tuple[OtherEnvironment, ...]:
    """Return the other environments of a project that have a policy, valid or not, in order.

    `files` are those of the project without any that were named, where some were.
    """
    found = []
    for name in project.environments:
        if name == project.environment:
            continue
        other = OtherEnvironment(project, files or project.files, name)
        try:
            other.lock_file, other.policy  # noqa: B018
        except PolicylintError:  # the run over that environment says so
            continue
        found.append(other)
    return tuple(found)


def after_edit(
    other: OtherEnvironment, texts: Mapping[str, str], is_policy: Callable[[str, Sequence[str]], bool] | None = None
) -> EditedProject | None:
    """Return another environment after edits of files, None where it reads none of them.

    `is_policy` returns whether a new file would be one of the policy that some patterns name.
    """
    paths = set(other.policy_paths)
    mine = {
        path: text
        for path, text in texts.items()
        if path in paths or (is_policy is not None and is_policy(path, other.config.policies))
    }
    return EditedProject(other, mine) if mine else None


def edited_elsewhere(
    project: Project, texts: Mapping[str, str], is_policy: Callable[[str, Sequence[str]], bool]
) -> tuple[EditedProject, ...]:
    """Return the other environments with a valid policy after edits of files, each that reads one of them."""
    others = (each for each in other_environments(project) if each.is_valid)
    return tuple(after for each in others if (after := after_edit(each, texts, is_policy)) is not None)


def called(project: Project) -> str:
    """Return what an environment is called."""
    return f"the environment `{project.environment}`" if project.environment is not None else "the default environment"
