"""Live state of a project as the files of a repository: policy, tests, baseline and configuration."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from policylint.diagnostic import Severity
from policylint.errors import SnapshotError
from policylint.fmt.scalar import text_of
from policylint.importing.configuration import ConfigurationFacts, configuration_text, target_of
from policylint.importing.expectations import tests_text
from policylint.importing.policy import LivePolicy
from policylint.named_tuple import NamedTuple
from policylint.project.live_files import LiveFiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.importing.selection import Selection
    from policylint.project.project import Project

LIVE = "live"
"""The folder that the files of a policy are shown in which is nowhere but in memory."""


class Places(NamedTuple):
    """Where the files of a new policy go, all as people are shown them, but for what policylint.yaml says.

    `folder` is that of the policy files. `config` is the path of a policylint.yaml that is to be made, None where there
    is one; `policies` and `snapshots` are what it says, `baseline` is the path of its baseline and what it says of it.
    """

    folder: str
    config: str | None
    policies: str
    snapshots: Sequence[str]
    baseline: tuple[str, str]

    def policy(self, name: str) -> str:
        """Return the path of a policy file of a name."""
        return f"{self.folder}/{name}" if self.folder else name


class Imported(NamedTuple):
    """The files of an imported policy, by the paths that they go to, and what of live state is in them."""

    files: Mapping[str, str]
    selections: Sequence[Selection]
    findings: int


def import_live(
    project: Project, places: Places, edition: str, sources: Sequence[str], *, defaults: bool = False
) -> Imported:
    """Return the files that say what is live in a project's snapshot.

    `sources` are the paths that it was read from. With `defaults`, settings that are as they come are written too.
    """
    snapshot = project.required_snapshot
    live = _live_policy(project, edition, sources, defaults=defaults)
    facts = ConfigurationFacts(edition, target_of(snapshot.header), places.policies, places.snapshots)
    config = _configuration(project, places, facts, live.selections)
    names = {places.policy(name): name for name in live.drafts}
    drafts = {path: live.drafts[name].text for path, name in names.items()}
    findings = _over(project, drafts, config).lint(with_baseline=False).diagnostics
    policy = {places.policy(name): text for name, text in live.texts(findings, names).items()}
    made = _over(project, policy, config)
    tests = _tests(made, places)
    files = {**policy, **({places.policy("tests.yaml"): tests} if tests is not None else {})}
    if config is None:
        return Imported(files, live.selections, 0)
    from policylint.lint.baseline import baseline_text, entries_of

    known = _known(findings, made)
    if entries_of(known):
        path, said = places.baseline
        files[path] = baseline_text(known)
        config = _configuration(project, places, facts._replace(baseline=said), live.selections)
    return Imported({**files, **dict([config] if config is not None else [])}, live.selections, len(known))


def live_project(project: Project, sources: Sequence[str]) -> Project:
    """Return a project without a policy as one whose policy is what its snapshot says, in memory alone.

    It is the policy that `import_live` would write, without comments on findings.
    """
    edition = project.config.edition
    live = _live_policy(project, edition, sources)
    policy = {f"{LIVE}/{name}": live.text(draft.selection) for name, draft in live.drafts.items()}
    return _over(project, policy, (f"{LIVE}/policylint.yaml", f"version: 1\nedition: {text_of(edition, flow=False)}\n"))


def _live_policy(project: Project, edition: str, sources: Sequence[str], *, defaults: bool = False) -> LivePolicy:
    """Return the policy of a project's snapshot. Raises SnapshotError where that holds nothing a policy is about."""
    snapshot = project.required_snapshot
    live = LivePolicy(snapshot, project.store, edition, sources, defaults=defaults)
    if not live.drafts:
        hint = "name outputs of `Get-ActiveSyncOrganizationSettings`, `Get-ActiveSyncDeviceAccessRule` and the like too"
        raise SnapshotError(f"{snapshot.path}: it holds no settings, rules, policies or mailboxes", help=hint)
    return live


def _over(project: Project, policy: Mapping[str, str], config: tuple[str, str] | None) -> Project:
    """Return a project over the same snapshot whose policy is some texts, and policylint.yaml another where given."""
    return project.with_files(LiveFiles(project.files, policy, config), project.environment)


def _configuration(
    project: Project, places: Places, facts: ConfigurationFacts, selections: Sequence[Selection]
) -> tuple[str, str] | None:
    if places.config is None:
        return None
    return places.config, configuration_text(facts, selections, places.config, project.store)


def _tests(made: Project, places: Places) -> str | None:
    """Return the tests of what the classes of devices get, those with most devices first."""
    if not made.is_valid:
        return None
    classes = [(each.device_class, each.devices) for each in made.simulate().classes]
    classes.sort(key=lambda each: (-each[1], tuple(value or "" for value in each[0])))
    return tests_text(classes, made.desired_model, places.policy("tests.yaml"), made.store)


def _known(findings: Iterable[Diagnostic], made: Project) -> tuple[Diagnostic, ...]:
    """Return the findings that a new repository begins with, but notes, also those where there is no snapshot.

    Whoever has the repository need not have the snapshot.
    """
    found = [each for each in findings if each.severity is not Severity.INFO]
    alike = Counter((each.rule, each.about) for each in found)
    for each in made.without_snapshot().lint(with_baseline=False).diagnostics:
        if each.severity is Severity.INFO:
            continue
        alike[each.rule, each.about] -= 1
        if alike[each.rule, each.about] < 0:
            found.append(each)
    return tuple(found)
