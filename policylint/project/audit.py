"""A plan with who changed live what it changes back, from a file of an audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.errors import FileError
from policylint.plan.audit import with_audit
from policylint.readers.audit import read_audit
from policylint.readers.rows import Unreadable

if TYPE_CHECKING:
    from policylint.plan.plan import Plan
    from policylint.project.project import Project

_SNAPSHOT = "the snapshot cannot be read: "
_HELP = "name what Search-UnifiedAuditLog or Search-AdminAuditLog shows, as JSON or CSV"


def audited(project: Project, plan: Plan, path: str) -> Plan:
    """Return a plan of a project with what an audit log says. Raises FileError where that cannot be read."""
    project.doing("reading the audit log")
    try:
        with project.files.pieces(path) as pieces:
            log = read_audit(pieces, project.store)
    except Unreadable as problem:
        loss = problem.loss
        place = ":".join(str(part) for part in (path, loss.line, loss.column) if part is not None)
        raise FileError(f"the audit log cannot be read: {loss.message}", path=place, help=_HELP) from problem
    except FileError as problem:
        reason = problem.reason.removeprefix(_SNAPSHOT)
        raise FileError(f"the audit log cannot be read: {reason}", path=path, help=_HELP) from problem
    return with_audit(plan, log, path, project.required_snapshot.state, project.store)
