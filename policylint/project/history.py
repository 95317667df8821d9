"""What earlier versions of a project say: what was declared when it was last applied, and what bounds its plans."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from policylint.errors import PolicylintError
from policylint.plan.plan import ConfigurationChange, Provenance, Revision

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.model.config import Config
    from policylint.model.state import State
    from policylint.project.files import History
    from policylint.project.project import Project

BOUNDS = ("target", "manage", "since", "guards")
"""The settings of policylint.yaml that bound what a plan may do."""


class Since(NamedTuple):
    """What the policy declared at the revision last applied; `problem` says why that is not known."""

    revision: Revision | None = None
    state: State | None = None
    problem: str | None = None


def since_of(project: Project, name: str, history: History | None) -> Since:
    """Return what a project declared at a revision; nothing, and why, where there is no such revision."""
    if history is None:
        return Since(problem=f"there is no history to read `since: {name}` from")
    try:
        commit = history.commit(name)
        if commit is None:
            return Since(problem=f"`{name}`, the revision last applied, is not known here")
        policy = project.with_files(history.at(commit), project.environment)
        if not policy.is_valid:
            return Since(problem=f"`{name}`, the revision last applied, has a policy that is not valid")
        return Since(Revision(name, commit), policy.policy.state)
    except PolicylintError as problem:
        return Since(problem=f"`{name}`, the revision last applied, cannot be read: {problem.message}")


def provenance_of(project: Project, history: History | None) -> Provenance:
    """Return the revisions that a plan of the project is made from."""
    since = project.since
    if history is None:
        return Provenance(problem=since.problem)
    try:
        commit = history.commit()
    except PolicylintError as problem:
        return Provenance(since.revision, problem=since.problem or problem.message)
    revision = Revision("HEAD", commit, history.is_modified) if commit is not None else None
    changed = {change.key: change for change in _changes(project, history)}
    return Provenance(since.revision, revision, tuple(changed.values()), since.problem)


def _changes(project: Project, history: History) -> Iterator[ConfigurationChange]:
    """Yield what the files change of the settings that bound a plan: since it was last applied, and on this branch."""
    since, trunk = project.since.revision, history.branch_point
    bases = [*([(since.name, since.commit)] if since is not None else []), *([trunk] if trunk is not None else [])]
    for name, commit in bases:
        try:
            base = project.with_files(history.at(commit), project.environment).config
        except PolicylintError:
            continue
        yield from compare_bounds(base, project.config, name)


def compare_bounds(before: Config, after: Config, against: str) -> Iterator[ConfigurationChange]:
    """Yield each setting that bounds a plan and differs between two configurations."""
    for key in dict.fromkeys((*before.origins, *after.origins)):
        if key.partition(".")[0] in BOUNDS:
            one, other = (json.dumps(each.origins.get(key, (None, ""))[0]) for each in (before, after))
            if one != other:
                yield ConfigurationChange(key, one, other, against)
