"""A project: its configuration, policy and snapshot, and what the stages make of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from policylint.bind.config import bind_config
from policylint.bind.policy import bind_policy
from policylint.diagnostic import Diagnostic, Severity
from policylint.errors import FileError, PatternError, PolicyError, PolicylintError, UsageError
from policylint.project.load import (
    ConfigFile,
    LoadedFile,
    check_names,
    load_config,
    load_file,
    overlooked_file,
    unread_file,
)
from policylint.schema.store import POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from policylint.access.decide import AccessModel
    from policylint.access.request import Facts
    from policylint.access.simulate import Simulation
    from policylint.desired.overlay import Overlay
    from policylint.lint.facts import Facts as LintFacts
    from policylint.lint.rule import Rule
    from policylint.lint.run import LintResult
    from policylint.model.config import Config
    from policylint.model.device import DeviceClass
    from policylint.model.device_table import DeviceTable
    from policylint.model.policy_files import PolicyFiles
    from policylint.model.policy_set import PolicySet
    from policylint.model.snapshot import Snapshot
    from policylint.model.state import State
    from policylint.plan.plan import Plan
    from policylint.project.files import Files, History
    from policylint.project.history import Since
    from policylint.project.resources import Resources
    from policylint.source import Span


class Project:
    """Everything that is asked of a project, each thing computed once and when first asked for.

    `now` returns the moment of the run. `environment` is one of the configuration, `snapshot` the path of one to use
    instead of the configured one, `allow_incomplete` the sections that it may lack. `live` returns a snapshot that has
    been read already. `history` are the earlier versions of the files, `since` the revision last applied instead of the
    configured one. Unless `snapshot_required`, a configured snapshot that is not there is left out. `taken_at` is when
    a snapshot was taken that does not say so itself.
    """

    def __init__(
        self,
        files: Files,
        resources: Resources,
        *,
        now: Callable[[], datetime],
        environment: str | None = None,
        snapshot: str | None = None,
        allow_incomplete: Collection[str] = (),
        live: Callable[[], Snapshot | None] | None = None,
        history: History | None = None,
        since: str | None = None,
        snapshot_required: bool = True,
        taken_at: str | None = None,
    ) -> None:
        self.files = files
        self.resources = resources
        self.store = resources.store
        self.environment = environment
        self._now = now
        self._snapshot = snapshot
        self._allow_incomplete = frozenset(allow_incomplete)
        self._live = live
        self._history = history
        self._since = since
        self._snapshot_required = snapshot_required
        self._taken_at = taken_at

    def with_files(self, files: Files, environment: str | None = None) -> Project:
        """Return the project of other files over the snapshot of this one."""
        return Project(files, self.resources, now=lambda: self.now, environment=environment, live=lambda: self.snapshot)

    @cached_property
    def now(self) -> datetime:
        """Return the moment of this run."""
        return self._now()

    @cached_property
    def config_file(self) -> ConfigFile | None:
        """Return policylint.yaml, None where there is none. Raises PolicylintError at the first thing wrong with it."""
        path = self.files.config
        return load_config(self.files.read(path), self.store) if path is not None else None

    @cached_property
    def config(self) -> Config:
        """Return the settings of the project. Raises PolicylintError at the first thing wrong with them."""
        file = self.config_file
        if file is not None:
            return bind_config(file.value, file.source.path, self.environment, self.store, file.locate)
        if self.environment is not None:
            raise UsageError("--env needs a policylint.yaml", help="environments are declared there")
        return bind_config({}, None, None, self.store)

    @cached_property
    def _policies(self) -> PolicyFiles:
        """Return the policy files. Raises UsageError where a pattern of the configuration finds none."""
        try:
            found = self.files.policies(self.config.policies)
        except PatternError as problem:
            problem.span = self._pattern_span(problem.pattern)
            raise
        for pattern in found.empty:
            if span := self._pattern_span(pattern):
                hint = "fix the pattern, or remove it: what it should find is not read"
                raise UsageError(f"`{pattern}` matches no file", help=hint, span=span)
        return found

    def _pattern_span(self, pattern: str) -> Span | None:
        """Return where the configuration has a pattern, None where it is the default."""
        number = self.config.policies.index(pattern)
        return self._config_span("policies", number)

    def _config_span(self, *keys: str | int) -> Span | None:
        """Return where the configuration has a setting, in the environment before all others."""
        file = self.config_file
        if file is None:
            return None
        own = file.span(("environments", self.environment, *keys)) if self.environment is not None else None
        return own or file.span(keys)

    @cached_property
    def policy_paths(self) -> tuple[str, ...]:
        """Return the paths of the policy files, sorted. Raises FileError where there are none."""
        paths = self._policies.paths
        if not paths and not self._policies.near:
            patterns = ", ".join(self.config.policies)
            where = self.files.config or "policylint.yaml (none found from here to the git root)"
            raise FileError(
                f"no policy found: nothing matches {patterns} beside {where}",
                help="run this where policylint.yaml is, or name policy files",
            )
        return paths

    @cached_property
    def loaded(self) -> tuple[LoadedFile, ...]:
        """Return the policy files; one that cannot be read does not hide what is wrong with another.

        Files that only their ending keeps out of the policy are among them, with nothing but what is wrong.
        """
        read = (self._load(path) for path in self.policy_paths)
        return (*read, *filter(None, map(self._overlooked, self._policies.near)))

    def _load(self, path: str) -> LoadedFile:
        try:
            return load_file(self.files.read(path), self.resources.policy_schema)
        except PolicylintError as problem:
            return unread_file(path, problem)

    def _overlooked(self, path: str) -> LoadedFile | None:
        try:
            return overlooked_file(self.files.read(path), self.store.schema(POLICY)["properties"])
        except PolicylintError as problem:
            return unread_file(path, problem)

    def unread(self, found: Iterable[Diagnostic]) -> bool:
        """Return whether one of some findings is about a file that could not be opened."""
        paths = {file.source.path for file in self.loaded if file.is_unread}
        return any(diagnostic.span.path in paths for diagnostic in found)

    @cached_property
    def policy(self) -> PolicySet:
        """Return what the policy files declare together."""
        return bind_policy((file for each in self.loaded if (file := each.policy_file) is not None), self.store)

    @property
    def _broken(self) -> tuple[Diagnostic, ...]:
        found = (diagnostic for file in self.loaded for diagnostic in file.diagnostics)
        return tuple(diagnostic for diagnostic in found if diagnostic.severity is Severity.ERROR)

    @property
    def is_valid(self) -> bool:
        """Return whether every file can be read as what it says, and nothing is declared twice."""
        return not self.policy.duplicates and not self._broken

    @cached_property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Return why nothing may be computed from the policy, sorted; empty where it is valid."""
        return () if self.is_valid else self.lint().errors

    def _require_valid(self) -> None:
        if not self.is_valid:
            first = (self._broken or self.errors)[0]
            raise PolicyError(f"the policy is not valid: {first.message}", help=first.help, span=first.span)

    @cached_property
    def snapshot(self) -> Snapshot | None:
        """Return the snapshot that was asked for or is configured, None where there is none."""
        if self._live is not None:
            return self._live()
        path = self._snapshot
        if path is None and self.config.snapshot is not None and self.missing_snapshot is None:
            path = self.files.beside(self.config.snapshot)
        return self.read_snapshot(path) if path is not None else None

    @cached_property
    def missing_snapshot(self) -> str | None:
        """Return the path of the configured snapshot where it is not there and need not be, else None."""
        if self._snapshot_required or self._snapshot is not None or self._live is not None:
            return None
        path = self.files.beside(self.config.snapshot) if self.config.snapshot is not None else None
        return path if path is not None and not self.files.has(path) else None

    def read_snapshot(self, path: str) -> Snapshot:
        """Return a snapshot.

        Raises FileError where it cannot be read, SnapshotError where it is not a whole one, or of an organization that
        is not the `target` of the configuration.
        """
        from policylint.bind.snapshot import bind_snapshot
        from policylint.readers.sealed import read_sealed

        with self.files.pieces(path) as pieces:
            raw = read_sealed(pieces, path, self.store)
        return bind_snapshot(
            raw,
            self.store,
            allow_incomplete=self._allow_incomplete,
            target=self.config.target,
            taken_at=self._taken_at,
        )

    @property
    def required_snapshot(self) -> Snapshot:
        """Return the snapshot. Raises UsageError where there is none."""
        if self.snapshot is None:
            raise UsageError(
                "no snapshot of live state is named",
                help="set `snapshot:` in policylint.yaml or give --snapshot; `policylint export-script` makes one",
            )
        return self.snapshot

    @property
    def devices(self) -> DeviceTable | None:
        """Return the devices of the snapshot, None where there is none or not all of them were read."""
        return self.snapshot.complete_devices if self.snapshot is not None else None

    @cached_property
    def desired(self) -> Overlay:
        """Return what there would be once the policy is in force."""
        return self.desired_after(self.since.state)

    def desired_after(self, previous: State | None, *, take_back: bool = False) -> Overlay:
        """Return what there would be once the policy is in force, where another one was before.

        With `take_back`, what only the other one declares goes away whatever the modes of the sections say.
        """
        from policylint.desired.overlay import overlay
        from policylint.desired.ownership import owned

        live = self.snapshot.state if self.snapshot is not None else None
        manage = owned(self.config.manage) if take_back else self.config.manage
        return overlay(self.policy.state, live, manage, self.store, previous)

    @cached_property
    def since(self) -> Since:
        """Return what the policy declared at the revision last applied; nothing where none is named."""
        from policylint.project.history import Since, since_of

        name = self._since or self.config.since
        return since_of(self, name, self._history) if name is not None and self._live is None else Since()

    @cached_property
    def facts(self) -> Facts:
        """Return what the configuration says about the world outside of policies."""
        from policylint.access.request import facts_of

        return facts_of(self.config)

    @cached_property
    def live_model(self) -> AccessModel | None:
        """Return who gets in now, None without a snapshot."""
        return self.model_of(self.snapshot.state) if self.snapshot is not None else None

    @cached_property
    def desired_model(self) -> AccessModel:
        """Return who would get in."""
        return self.model_of(self.desired.state)

    def model_of(self, state: State) -> AccessModel:
        """Return who gets in under a state, by the facts of this project."""
        from policylint.access.decide import AccessModel

        return AccessModel(state, self.facts)

    @cached_property
    def _rule_paths(self) -> tuple[str, ...]:
        return tuple(path for number in range(len(self.config.custom_rules)) for path in self._rules_in(number))

    def _rules_in(self, number: int) -> Sequence[str]:
        """Return the rules of one of the folders of `custom-rules`."""
        try:
            return self.files.rules(self.files.beside(self.config.custom_rules[number]))
        except FileError as problem:
            problem.span = problem.span or self._config_span("custom-rules", number)
            raise

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Return every lint rule, those that come with policylint and the project's own, sorted by id.

        Raises UsageError where policylint.yaml names a pack or a rule that there is not.
        """
        own = tuple(map(self.files.read, self._rule_paths))
        rules = self.resources.rules_with(own) if own else self.resources.rules
        if self.config_file is not None:
            check_names(self.config_file, rules)
        return rules

    def rule_page(self, rule: Rule) -> str:
        """Return the text of a rule's rule.md, the empty text where it has none."""
        if rule.path not in self._rule_paths:
            return self.resources.rule_page(rule)
        return self.files.read(rule.page_path).text if self.files.has(rule.page_path) else ""

    @property
    def catalog(self) -> tuple[DeviceClass, ...]:
        """Return rows of values that devices are known to report."""
        return self.resources.catalog

    @cached_property
    def lint_facts(self) -> LintFacts:
        """Return what lint rules may ask about."""
        from policylint.lint.facts import Facts as LintFacts

        return LintFacts(
            policy=self.policy,
            desired=self.desired,
            snapshot=self.snapshot,
            config=self.config,
            store=self.store,
            access=lambda: self.desired_model,
            catalog=lambda: self.resources.device_catalog,
            other_clients=lambda: self.resources.other_clients,
            now=self.now,
            edition_at=self._config_span("edition"),
        )

    def lint(self, rules: Sequence[Rule] | None = None) -> LintResult:
        """Return what is wrong with the policy; by all of the rules there are, or only some."""
        from policylint.lint.run import lint

        found = [diagnostic for file in self.loaded for diagnostic in file.diagnostics]
        comments = [comment for file in self.loaded for comment in file.suppressions]
        every = self.rules if rules is None else rules
        return lint(found, comments, every, self.lint_facts, files=len(self.loaded))

    def simulate(self) -> Simulation:
        """Return who gets in, live and desired: each class of devices, and each device of the snapshot.

        Raises PolicyError where the policy is not valid.
        """
        from policylint.access.simulate import simulate

        self._require_valid()
        return simulate(self.live_model, self.desired_model, self.snapshot.devices if self.snapshot is not None else ())

    def _require_whole(self) -> None:
        """Raise FileError where a policy file is not on disk on purpose: what it declares would be planned away."""
        try:
            absent = self._history.not_checked_out() if self._history is not None else ()
        except FileError:  # git cannot be asked, which the plan says
            return
        if absent:
            hint = "check it out: git sparse-checkout disable, or git update-index --no-skip-worktree"
            raise FileError("a policy file that is in git and not checked out", path=absent[0], help=hint)

    def plan(self, acknowledge: Sequence[str] = (), reason: str = "") -> Plan:
        """Return the plan that brings live state to the policy.

        `acknowledge` are the texts of refusals that are acknowledged, for the `reason` given.
        Raises PolicyError where the policy is not valid, UsageError without a snapshot or where a text matches nothing.
        """
        from policylint.plan.make import make_plan
        from policylint.project.history import provenance_of

        self._require_valid()
        self._require_whole()
        return make_plan(
            self.policy,
            self.required_snapshot,
            self.config,
            self.store,
            now=self.now,
            acknowledge=acknowledge,
            reason=reason,
            desired=self.desired,
            provenance=provenance_of(self, self._history),
            findings=self.lint().errors,
        )
