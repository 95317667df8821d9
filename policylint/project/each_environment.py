"""The environments of policylint.yaml: which there are, what each is, and whether it differs from a revision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.errors import FileError, PolicylintError
from policylint.model.environment import Environment, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from policylint.project.files import Files
    from policylint.project.project import Project


def environment_names(project: Project) -> tuple[str | None, ...]:
    """Return the names of the environments, sorted; None for the settings outside of all, which comes first.

    These count where no environment is declared, or where they have policy files and live state of their own: else they
    are what environments share.
    """
    names = sorted(name for name in project.environments if name is not None)
    return (None, *names) if not names or _is_whole(project) else tuple(names)


def _is_whole(project: Project) -> bool:
    """Return whether the settings outside of all environments have policy files and name live state."""
    if project.config_file is None or not project.config_file.value.get("snapshot"):
        return False
    try:
        return bool(project.policy_paths)
    except PolicylintError as problem:
        return not isinstance(problem, FileError)  # a pattern that finds nothing is an error of what is meant to be one


def environment_of(project: Project) -> Environment:
    """Return what the environment of a project is, also where something is wrong with it."""
    config = project.config
    paths = project.snapshot_paths
    files, problem = None, None
    try:
        files = len(project.policy_paths)
    except PolicylintError as found:
        problem = Problem.of(found)
    is_there = all(map(_has(project.files), paths)) if paths else None
    return Environment(
        project.environment, config.edition, config.target, paths, is_there, config.policies, files, problem
    )


def _has(files: Files) -> Callable[[str], bool]:
    """Return what says whether there is a file or a folder of a path."""

    def has(path: str) -> bool:
        try:
            return files.has(path) or bool(files.members(path))
        except PolicylintError:
            return False

    return has


def is_changed(
    project: Project, before: Project, differs: Callable[[str], bool], snapshot_differs: Callable[[str], bool]
) -> bool:
    """Return whether an environment is not as a revision has it: a setting, a policy file, or what either names.

    `before` is the environment as the revision has it. `differs` says whether a file is another there,
    `snapshot_differs` the same of live state. Where that cannot be told, it counts as changed.
    """
    try:
        if _settings(project) != _settings(before) or len(project.policy_paths) != len(before.policy_paths):
            return True
        return any(map(differs, _named(project))) or any(map(snapshot_differs, _live_files(project)))
    except PolicylintError:
        return True


def _settings(project: Project) -> dict[str, object]:
    return {key: value for key, (value, _place) in project.config.origins.items()}


def _named(project: Project) -> Sequence[str]:
    """Return the files that say what an environment is, live state apart."""
    files = project.files
    lock, baseline = project.lock_path, project.baseline_path
    rules = [path for folder in project.config.custom_rules for path in files.rules(files.beside(folder))]
    lists = [files.beside(name) for name in project.name_lists.lists.files]
    found = [*project.policy_paths, *rules, *lists]
    return [*found, *(path for path in (lock, baseline) if path is not None)]


def _live_files(project: Project) -> Sequence[str]:
    files = project.files
    return [each for path in project.snapshot_paths for each in files.members(path) or (path,)]
