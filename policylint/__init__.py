"""Policy as code for Exchange mobile device access.

What other programs may rely on is in `__all__`; everything else may change with any release:

    project = policylint.load("path/to/repository")
    project.lint()      # what is wrong with the policy
    project.simulate()  # who gets in, live and desired
    project.plan()      # what changes, in which order, and who is affected
"""

from policylint.version import __version__

TYPE_CHECKING = False  # importing typing would take longer than all of this
if TYPE_CHECKING:
    from collections.abc import Collection
    from os import PathLike

    from policylint.access.counts import Cohorts
    from policylint.access.decision import Decision
    from policylint.access.simulate import Simulation
    from policylint.diagnostic import Diagnostic, Severity
    from policylint.errors import PolicylintError
    from policylint.lint.run import LintResult
    from policylint.model.device import Device
    from policylint.plan.plan import Plan
    from policylint.project.project import Project

__all__ = [
    "Cohorts",
    "Decision",
    "Device",
    "Diagnostic",
    "LintResult",
    "Plan",
    "PolicylintError",
    "Project",
    "Severity",
    "Simulation",
    "__version__",
    "load",
]

_HOMES = {
    "Cohorts": "policylint.access.counts",
    "Decision": "policylint.access.decision",
    "Device": "policylint.model.device",
    "Diagnostic": "policylint.diagnostic",
    "LintResult": "policylint.lint.run",
    "Plan": "policylint.plan.plan",
    "PolicylintError": "policylint.errors",
    "Project": "policylint.project.project",
    "Severity": "policylint.diagnostic",
    "Simulation": "policylint.access.simulate",
}
"""The modules of the public types, which are imported when first asked for."""


def load(
    folder: "str | PathLike[str]" = ".",
    *,
    environment: str | None = None,
    snapshot: "str | PathLike[str] | None" = None,
    allow_incomplete: "Collection[str]" = (),
    jobs: int = 1,
) -> "Project":
    """Return the project of a folder, or of the nearest one above it with a policylint.yaml.

    `environment` is one of those in policylint.yaml. `snapshot` is the file to use instead of the configured one, and
    `allow_incomplete` the sections of it that may be incomplete. `jobs` is how many processes may read a large sealed
    snapshot; what is read is the same whatever the number. Nothing is read before it is asked for; methods and
    properties of the project raise PolicylintError if they cannot read something.
    """
    from pathlib import Path

    from policylint.adapters import clock, resources
    from policylint.adapters.disk import DiskFiles
    from policylint.adapters.files import display_path
    from policylint.project.project import Project
    from policylint.project.resources import Resources

    files = DiskFiles(Path(folder), jobs=jobs)
    return Project(
        files,
        Resources(resources),
        now=clock.now,
        environment=environment,
        snapshot=(display_path(Path(snapshot)),) if snapshot is not None else (),
        allow_incomplete=allow_incomplete,
        history=files,
    )


def __getattr__(name: str) -> object:
    """Return a public type."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'policylint' has no attribute {name!r}")
    found: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found
