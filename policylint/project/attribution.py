"""What there would be under the policies of other revisions, so that a plan can say whose changes it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.request import facts_of
from policylint.errors import PolicylintError, UsageError
from policylint.plan.attribution import Side, Sides
from policylint.plan.plan import Revision
from policylint.project.history import ASKED

if TYPE_CHECKING:
    from policylint.access.request import Facts
    from policylint.project.files import History
    from policylint.project.project import Project


def sides_of(project: Project, base: str, history: History | None) -> Sides | str:
    """Return what there would be under the policy of the base, and under the one last applied, over live state.

    Each side has the modes and facts of its own configuration, and all have the same policy before: the one last
    applied. Where what the base has cannot be used, a note that says why. Raises PolicylintError where there is no such
    revision.
    """
    if history is None:
        raise UsageError(f"there is no history to read `--base {base}` from", help="run this in a git repository")
    commit = history.commit(base)
    if commit is None:
        history.at(base)
        raise UsageError(f"no revision `{base}`")
    project.doing(f"reading the policy of {base}")
    since = project.since
    try:
        other = project.with_files(history.at(base), project.environment)
        other.require_valid()
        state = other.desired_after(since.state).state
        facts = _facts_of(other, project)
    except PolicylintError as problem:
        at = f"{problem.span}: " if problem.span is not None else ""
        return (
            f"the plan does not say whose change each step is: `--base {base}` cannot be planned: {at}{problem.message}"
        )
    then = (
        Side(since.project.desired_after(since.state).state, _facts_of(since.project, project))
        if since.project is not None
        else None
    )
    return Sides(Revision(base, commit), Side(state, facts), then, _behind(base, commit, history))


def _facts_of(other: Project, project: Project) -> Facts:
    """Return what another version of a project says that no settings of Exchange show.

    An edition that the caller said is that of every version.
    """
    facts = facts_of(other.config)
    asked = project.config.origins["edition"][1] == ASKED
    return facts._replace(edition=project.config.edition) if asked else facts


def _behind(base: str, commit: str, history: History) -> str:
    """Return a note where the base has commits that the files do not have, or may have; empty where it has not."""
    common = history.common(commit)
    if common is None:
        return (
            f"`{base}` and this branch have no commit in common in this clone, so what only `{base}` changes may be"
            " told as of this branch: in CI check out with `fetch-depth: 0`, elsewhere `git fetch --unshallow`"
        )
    if common == commit:
        return ""
    return (
        f"`{base}` has commits that this branch does not have, and what they change is not from it: update the branch,"
        f" or compare with `--base {common}`"
    )
