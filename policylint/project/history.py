"""What earlier versions of a project say: what was declared when it was last applied, and what bounds its plans."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from policylint.errors import PolicylintError
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from policylint.model.config import Config
    from policylint.model.state import State
    from policylint.plan.plan import ConfigurationChange, Provenance, Revision
    from policylint.project.files import History
    from policylint.project.project import Project

CUSTOM_RULES = "custom-rules"

BOUNDS = (
    "target",
    "edition",
    "snapshot",
    "domains",
    "packs",
    "severity",
    "not-ignorable",
    CUSTOM_RULES,
    "manage",
    "since",
    "guards",
    "outside",
    "precedence",
)
"""The settings of policylint.yaml that bound what a plan may do, or say who gets in whatever the policy says."""

ASKED = "--edition"
"""Where an edition comes from that no file says."""

_DEPTH = len(("group", "id", "rule.yaml"))
_DIGITS = 12


class Since(NamedTuple):
    """What the policy declared at the revision last applied; `problem` says why that is not known.

    `project` is the project as it was then.
    """

    revision: Revision | None = None
    state: State | None = None
    problem: str | None = None
    project: Project | None = None


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
        from policylint.plan.plan import Revision

        return Since(Revision(name, commit), policy.policy.state, project=policy)
    except PolicylintError as problem:
        return Since(problem=f"`{name}`, the revision last applied, cannot be read: {problem.message}")


def revision_of(history: History) -> Revision | None:
    """Return the commit that the files are of, and whether they differ from it; None where there is none.

    Raises PolicylintError where git cannot tell.
    """
    from policylint.plan.plan import Revision

    commit = history.commit()
    return Revision("HEAD", commit, history.is_modified) if commit is not None else None


def provenance_of(project: Project, history: History | None, base: str | None = None) -> Provenance:
    """Return the revisions that a plan of the project is made from, and the environment that it is for.

    `base` is the revision that the branch is compared with, instead of a main branch by one of its usual names.
    """
    from policylint.plan.plan import Provenance

    since = project.since
    known = Provenance(since.revision, problem=since.problem, environment=project.environment)
    if history is None:
        return known
    try:
        revision = revision_of(history)
    except PolicylintError as problem:
        return known._replace(problem=since.problem or problem.message)
    changed = {change.key: change for change in _changes(project, history, base)}
    return known._replace(revision=revision, changed=tuple(changed.values()))


def _left_at(history: History, base: str | None) -> tuple[str, str] | None:
    """Return the base or the main branch, and the commit at which this branch left it; None where that is not known."""
    if base is None:
        return history.branch_point
    commit = history.common(base) or history.commit(base)
    return (base, commit) if commit is not None else None


def _changes(project: Project, history: History, base_name: str | None) -> Iterator[ConfigurationChange]:
    """Yield what the files change of the settings that bound a plan: since it was last applied, and on this branch."""
    since, trunk = project.since.revision, _left_at(history, base_name)
    bases = [*([(since.name, since.commit)] if since is not None else []), *([trunk] if trunk is not None else [])]
    for name, commit in bases:
        try:
            yield from changed_settings(project.with_files(history.at(commit), project.environment), project, name)
        except PolicylintError:
            continue


def changed_settings(
    before: Project, after: Project, against: str, names: Collection[str] = BOUNDS
) -> Iterator[ConfigurationChange]:
    """Yield each of some settings that differs between two versions of a project, and each custom rule that does.

    Raises PolicylintError where one of the configurations cannot be read.
    """
    yield from compare_bounds(before.config, after.config, against, names)
    yield from _changed_rules(_own_rules(before), _own_rules(after), against)


def _own_rules(project: Project) -> dict[str, dict[str, str]]:
    """Return what each custom rule is known by, by folder and by the path in it. Raises PolicylintError."""
    files, found = project.files, dict[str, dict[str, str]]()
    for folder in project.config.custom_rules:
        paths = files.rules(files.beside(folder))
        found[folder] = {"/".join(path.split("/")[-_DEPTH:]): _content(files.read(path).text) for path in paths}
    return found


def _content(text: str) -> str:
    """Return what a text is known by, in JSON."""
    digest = hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()
    return json.dumps(f"sha256:{digest[:_DIGITS]}")


def _changed_rules(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]], against: str
) -> Iterator[ConfigurationChange]:
    """Yield each custom rule that differs, in folders that both have; that of a folder is one of policylint.yaml."""
    from policylint.plan.plan import ConfigurationChange

    for folder in sorted(before.keys() & after.keys()):
        one, other = before[folder], after[folder]
        for path in sorted(one.keys() | other.keys()):
            if one.get(path) != other.get(path):
                key = f"{CUSTOM_RULES}.{folder.rstrip('/')}/{path}"
                yield ConfigurationChange(key, one.get(path, "null"), other.get(path, "null"), against)


def _shown(config: Config, key: str) -> str:
    """Return a setting in JSON, `null` where there is none; a mapping that is empty has no settings."""
    value, _ = config.origins.get(key, (None, ""))
    return json.dumps(None if value == {} else value)


def compare_bounds(
    before: Config, after: Config, against: str, names: Collection[str] = BOUNDS
) -> Iterator[ConfigurationChange]:
    """Yield each of some settings that differs between two configurations, by default of those that bound a plan.

    What the caller said is none.
    """
    from policylint.plan.plan import ConfigurationChange

    for key in dict.fromkeys((*before.origins, *after.origins)):
        if key.partition(".")[0] in names:
            one, other = (_shown(each, key) for each in (before, after))
            if one != other and after.origins.get(key, (None, ""))[1] != ASKED:
                yield ConfigurationChange(key, one, other, against)
