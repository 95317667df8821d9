"""A project: its configuration, policy and snapshot, and what the stages make of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from policylint.bind.config import bind_config, with_edition
from policylint.bind.policy import bind_policy
from policylint.diagnostic import Diagnostic, Severity
from policylint.documentation import Page
from policylint.errors import FileError, PatternError, PolicyError, PolicylintError, SnapshotError, UsageError
from policylint.model.lock import LOCK_NAME, Lock, lock_key
from policylint.model.matcher import ListFiles, NameLists
from policylint.model.state import MAILBOX, RULE
from policylint.project.load import (
    ConfigFile,
    LoadedFile,
    LockFile,
    load_file,
    load_lock,
    overlooked_file,
    unread_file,
    unreadable,
)
from policylint.schema.store import POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import date, datetime

    from policylint.access.counts import Cohorts
    from policylint.access.decide import AccessModel
    from policylint.access.request import Facts
    from policylint.access.simulate import Simulation
    from policylint.desired.expand import SpelledOut
    from policylint.desired.overlay import Overlay
    from policylint.devices.observed import Observed
    from policylint.lint.baseline import Baseline, Entry
    from policylint.lint.facts import Facts as LintFacts
    from policylint.lint.rule import Rule
    from policylint.lint.run import LintResult
    from policylint.model.config import Config
    from policylint.model.device import DeviceClass
    from policylint.model.device_table import DeviceTable
    from policylint.model.lock import LockKey
    from policylint.model.matcher import Pattern
    from policylint.model.policy_files import PolicyFiles
    from policylint.model.policy_set import PolicySet
    from policylint.model.snapshot import Snapshot
    from policylint.model.state import State
    from policylint.plan.plan import Plan, Revision
    from policylint.plan.stages import RingPlans
    from policylint.project.files import Files, History
    from policylint.project.history import Since
    from policylint.project.indexed import Indexes
    from policylint.project.resources import Resources
    from policylint.project.rings import RingsAsked
    from policylint.source import Span


class Project:
    """Everything that is asked of a project, each thing computed once and when first asked for.

    `now` returns the moment of the run. `environment` is one of the configuration, `snapshot` the paths of files and
    folders to use instead of the configured ones, `allow_incomplete` the sections that they may lack, and properties as
    `section.property`. `live` returns a snapshot that has been read already. `history` are the earlier versions of the
    files, `since` the revision last applied instead of the configured one. Unless `snapshot_required`, a configured
    snapshot that is not there is left out. `taken_at` is when a snapshot was taken that does not say so itself.
    `baseline` is the path of one to use instead of the configured one. `edition` is the one of a project that names
    none. With `alone`, a snapshot that was asked for needs no policy where there is no configuration. `as_of` is the
    day to take for today, `packs` are the packs of rules to apply instead of the configured ones. `indexes` are those
    of large sealed snapshots, for a run that asks about few devices. `doing` is told what takes
    time, in words. Raises UsageError where `allow_incomplete` names what no snapshot has.
    """

    def __init__(
        self,
        files: Files,
        resources: Resources,
        *,
        now: Callable[[], datetime],
        environment: str | None = None,
        snapshot: Sequence[str] = (),
        allow_incomplete: Collection[str] = (),
        live: Callable[[], Snapshot | None] | None = None,
        history: History | None = None,
        since: str | None = None,
        snapshot_required: bool = True,
        taken_at: str | None = None,
        baseline: str | None = None,
        edition: str | None = None,
        alone: bool = False,
        as_of: date | None = None,
        packs: tuple[str, ...] = (),
        indexes: Indexes | None = None,
        doing: Callable[[str], None] = lambda _words: None,
    ) -> None:
        self.files = files
        self.resources = resources
        self.store = resources.store
        self.environment = environment
        self._now = now
        self._snapshot = snapshot
        self._allow_incomplete = frozenset(allow_incomplete)
        if allow_incomplete:
            from policylint.readers.kinds import check_allowed

            check_allowed(allow_incomplete, self.store)
        self._live = live
        self._history = history
        self._since = since
        self._snapshot_required = snapshot_required
        self._taken_at = taken_at
        self._baseline = baseline
        self._edition = edition
        self._alone = alone
        self.as_of = as_of
        self._packs = packs
        self._indexes = indexes
        self.doing = doing
        self._shares_with: Project | None = None
        """The project that this one is another environment of; what all environments declare together is asked once."""

    def with_files(self, files: Files, environment: str | None = None, edition: str | None = None) -> Project:
        """Return the project of other files over the snapshot of this one."""
        return Project(
            files,
            self.resources,
            now=lambda: self.now,
            environment=environment,
            live=lambda: self.snapshot,
            baseline=self._baseline,
            edition=edition,
            as_of=self.as_of,
            packs=self._packs,
            doing=self.doing,
        )

    def without_snapshot(self) -> Project:
        """Return the project of the same files without live state."""
        return Project(
            self.files,
            self.resources,
            now=lambda: self.now,
            environment=self.environment,
            live=lambda: None,
            baseline=self._baseline,
            edition=self._edition,
            as_of=self.as_of,
            packs=self._packs,
            doing=self.doing,
        )

    def in_environment(self, name: str | None, files: Files, history: History | None) -> Project:
        """Return the project of another environment, by the same options; `files` are the same, not read yet."""
        other = Project(
            files,
            self.resources,
            now=lambda: self.now,
            environment=name,
            allow_incomplete=self._allow_incomplete,
            history=history,
            since=self._since,
            snapshot_required=self._snapshot_required,
            taken_at=self._taken_at,
            edition=self._edition,
            doing=self.doing,
        )
        other._shares_with = self
        return other

    @cached_property
    def now(self) -> datetime:
        """Return the moment of this run."""
        return self._now()

    @property
    def today(self) -> date:
        """Return the day that lint takes for today."""
        return self.as_of or self.now.date()

    @cached_property
    def config_file(self) -> ConfigFile | None:
        """Return policylint.yaml, None where there is none. Raises PolicylintError at the first thing wrong with it."""
        path = self.files.config
        return self.resources.config_of(self.files.read(path)) if path is not None else None

    @cached_property
    def config(self) -> Config:
        """Return the settings of the project. Raises PolicylintError at the first thing wrong with them.

        The edition of live state alone is that of the snapshot, unless another one is asked for.
        """
        if not self.is_alone or self._edition is not None:
            return self._written_config
        snapshot = self.required_snapshot
        if not snapshot.header.edition:
            from policylint.project.live import edition_not_said

            raise edition_not_said(snapshot.path)
        return with_edition(self._written_config, snapshot.header.edition, snapshot.path)

    @property
    def _known_edition(self) -> str:
        """Return the edition that somebody says, empty where live state alone is to say it."""
        return self._written_config.edition if not self.is_alone or self._edition is not None else ""

    @cached_property
    def _written_config(self) -> Config:
        """Return the settings that the files and the caller give."""
        config = self._config_of_files
        if self._packs:
            config = config._replace(packs=self._packs)
        if self._edition is None or self._edition == config.edition:
            return config
        if span := self._config_span("edition"):
            hint = "change it there, or leave out --edition"
            raise UsageError(
                f"the edition is `{config.edition}`, not `{self._edition}`", help=hint, span=span, page=Page.KEYS
            )
        return with_edition(config, self._edition, "--edition")

    @property
    def _config_of_files(self) -> Config:
        file = self.config_file
        if file is not None:
            return bind_config(file.value, file.source.path, self.environment, self.store, file.locate)
        if self.environment is not None:
            raise UsageError(
                "--env needs a policylint.yaml", help="environments are declared there", page=Page.ENVIRONMENTS
            )
        return bind_config({}, None, None, self.store)

    @cached_property
    def is_alone(self) -> bool:
        """Return whether there is live state alone: a snapshot that was asked for, no configuration and no policy."""
        if not self._alone or not self._snapshot or self.files.config is not None:
            return False
        return not self._policies.paths and not self._policies.near

    @cached_property
    def _policies(self) -> PolicyFiles:
        """Return the policy files. Raises UsageError where a pattern of the configuration finds none."""
        try:
            found = self.files.policies(self._written_config.policies)
        except PatternError as problem:
            problem.span = self._pattern_span(problem.pattern)
            raise
        for pattern in found.empty:
            if span := self._pattern_span(pattern):
                hint = "fix the pattern, or remove it: what it should find is not read"
                raise UsageError(f"`{pattern}` matches no file", help=hint, span=span)
        return found._replace(paths=tuple(path for path in found.paths if path != self.baseline_path))

    def _pattern_span(self, pattern: str) -> Span | None:
        """Return where the configuration has a pattern, None where it is the default."""
        number = self._written_config.policies.index(pattern)
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
        """Return the paths of the policy files, sorted. Raises FileError where there are none, unless `is_alone`."""
        paths = self._policies.paths
        if not paths and not self._policies.near and not self.is_alone:
            patterns = ", ".join(self.config.policies)
            live = ", or give live state alone with --snapshot" if self._alone and not self._snapshot else ""
            hint = f"run this where policylint.yaml is, or name policy files{live}; init or import make a new policy"
            if self.environment is None and (names := sorted(name for name in self.environments if name is not None)):
                hint = f"name an environment with --env: {', '.join(names)}"
            reason = f"no policylint.yaml here or in a folder above, and nothing here matches {patterns}"
            if self.files.config is not None:
                reason = f"nothing matches {patterns} beside {self.files.config}"
            raise FileError(f"no policy found: {reason}", help=hint, page=Page.START)
        return paths

    @cached_property
    def loaded(self) -> tuple[LoadedFile, ...]:
        """Return the policy files; one that cannot be read does not hide what is wrong with another.

        Files that only their ending keeps out of the policy are among them, with nothing but what is wrong.
        """
        self.doing("reading the policy")
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
    def declared(self) -> PolicySet:
        """Return what the policy files declare together, before entries with `matches` are expanded."""
        loaded = self.loaded
        self.doing("putting the policy together")
        return bind_policy((file for each in loaded if (file := each.policy_file) is not None), self.store)

    @cached_property
    def policy(self) -> PolicySet:
        """Return what the policy files declare together, with what entries with `matches` stand for."""
        declared = self.declared
        if not declared.patterns:
            return declared
        from policylint.desired.expand import expand_rules
        from policylint.desired.expand_mailboxes import expand_mailboxes
        from policylint.desired.ownership import management_of

        live = self.snapshot.state.mailboxes if self.snapshot is not None else None
        self.doing("expanding entries with `matches`")
        if any(pattern.entry.kind == RULE for pattern in declared.patterns):
            declared = expand_rules(declared, self.seen_values, self.lock_file.lock, self.spelled_out)
        manage = management_of(self.config.manage, self.store.object_type(MAILBOX))
        return expand_mailboxes(declared, live, manage, self.name_lists.lists)

    @cached_property
    def name_lists(self) -> ListFiles:
        """Return the files of names that entries with `matches` name."""
        if not any(each.file for pattern in self.declared.patterns for each in pattern.matcher.conditions):
            return ListFiles(NameLists())
        from policylint.project.name_lists import read_lists

        return read_lists(self.files, self.declared.patterns)

    @cached_property
    def seen_values(self) -> Observed:
        """Return the values that devices report, also where not all devices were read."""
        from policylint.devices.observed import Observed

        devices = self.snapshot.devices if self.snapshot is not None else None
        return Observed(devices, self.catalog, self.resources.catalog_date)

    @property
    def lock_path(self) -> str:
        """Return the path of policylint.lock, which need not be there."""
        return self.files.beside(LOCK_NAME)

    @cached_property
    def lock_file(self) -> LockFile:
        """Return what policylint.lock says, nothing where there is none."""
        path = self.lock_path
        if not self.files.has(path):
            return LockFile(Lock())
        try:
            return load_lock(self.files.read(path), self.store)
        except PolicylintError as problem:
            return LockFile(Lock(), (unreadable(path, problem),))

    @property
    def environments(self) -> tuple[str | None, ...]:
        """Return the names of the environments of the configuration; None is that of no name."""
        file = self.config_file
        return (None, *(file.value.get("environments", {}) if file is not None else ()))

    @cached_property
    def _patterns_of_all(self) -> tuple[Pattern, ...]:
        """Return the entries for many device access rules of every environment, as all share the lock."""
        if self._shares_with is not None:
            return self._shares_with._patterns_of_all
        found: list[Pattern] = []
        for name in self.environments:
            try:
                declared = self.declared if name == self.environment else self.with_files(self.files, name).declared
            except PolicylintError:  # the run over that environment says so
                continue
            found += [each for each in declared.patterns if each.entry.kind == RULE]
        return tuple(found)

    @property
    def _known_in_lock(self) -> frozenset[LockKey]:
        """Return what the lock knows the entries of every environment by."""
        return frozenset(lock_key(*each) for each in self._patterns_of_all)

    @cached_property
    def spelled_out(self) -> SpelledOut:
        """Return the values that entries of any environment list, by characteristic; the lock will have them."""
        if self._shares_with is not None:
            return self._shares_with.spelled_out
        from policylint.desired.expand import spelled_out_by

        return spelled_out_by(self._patterns_of_all)

    @property
    def _found_in_files(self) -> tuple[Diagnostic, ...]:
        """Return what is wrong with the policy files and with the lock, each by itself."""
        files = (diagnostic for file in self.loaded for diagnostic in file.diagnostics)
        lock = self.lock_file.diagnostics if self.files.config is not None else ()
        return (*files, *lock, *self.name_lists.diagnostics)

    @property
    def form_errors(self) -> tuple[Diagnostic, ...]:
        """Return the errors in the form of the files: what has one may not be part of what rules see."""
        found = self._found_in_files
        return tuple(diagnostic for diagnostic in found if diagnostic.severity is Severity.ERROR)

    @property
    def is_valid(self) -> bool:
        """Return whether every file can be read as what it says, and nothing is declared twice."""
        return not (self.policy.duplicates or self.policy.conflicts or self.form_errors)

    @cached_property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Return why nothing may be computed from the policy, sorted; empty where it is valid."""
        return () if self.is_valid else self.lint(with_baseline=False).errors

    def require_valid(self) -> None:
        """Raise PolicyError where the policy is not valid, with the first thing that is wrong."""
        if not self.is_valid:
            first = (self.form_errors or self.errors)[0]
            raise PolicyError(f"the policy is not valid: {first.message}", help=first.help, span=first.span)

    @cached_property
    def snapshot(self) -> Snapshot | None:
        """Return the snapshot that was asked for or is configured, None where there is none."""
        if self._live is not None:
            return self._live()
        paths = self.snapshot_paths if self._snapshot or self.missing_snapshot is None else ()
        return self.read_snapshot(*paths) if paths else None

    def expect_snapshot(self) -> None:
        """Begin to check a snapshot that has an index, which takes longest, while other files are read."""
        if self._indexes is None or self._live is not None:
            return
        try:
            paths = self.snapshot_paths
        except PolicylintError:  # whoever asks for the configuration is told
            return
        if len(paths) == 1:
            self._indexes.begin(paths[0])

    @property
    def snapshot_paths(self) -> tuple[str, ...]:
        """Return the paths of the snapshot that was asked for or is configured, which need not be there."""
        return tuple(self._snapshot) or tuple(map(self.files.beside, self._written_config.snapshot))

    @cached_property
    def missing_snapshot(self) -> str | None:
        """Return the path of the configured snapshot where it is not there and need not be, else None."""
        if self._snapshot_required or self._snapshot or self._live is not None:
            return None
        paths = map(self.files.beside, self._written_config.snapshot)
        return next((path for path in paths if not self.files.has(path)), None)

    @property
    def is_without_live_state(self) -> bool:
        """Return whether a snapshot is configured and none is read."""
        return self.snapshot is None and bool(self._written_config.snapshot)

    def read_snapshot(self, *paths: str) -> Snapshot:
        """Return the snapshot that files and folders make.

        Raises FileError where one cannot be read, SnapshotError where they are not a whole one, or of an organization
        that is not the `target` of the configuration.
        """
        from policylint.bind.snapshot import bind_snapshot
        from policylint.project.live import read_live

        self.doing("reading live state")
        raw = read_live(
            self.files,
            paths,
            self.store,
            edition=self._known_edition,
            taken_at=self._taken_at,
            allowed=self._allow_incomplete,
            indexes=self._indexes,
        )
        self.doing("putting live state together")
        return bind_snapshot(
            raw,
            self.store,
            allow_incomplete=self._allow_incomplete,
            target=self._written_config.target,
            taken_at=self._taken_at,
        )

    @property
    def required_snapshot(self) -> Snapshot:
        """Return the snapshot. Raises UsageError where there is none."""
        if self.snapshot is None:
            raise UsageError(
                "no snapshot of live state is named",
                help="set `snapshot:` in policylint.yaml or give --snapshot; `policylint export-script` makes one",
                page=Page.SNAPSHOT,
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
        declared = self.policy.state
        self.doing("laying the policy over live state")
        manage = owned(self.config.manage) if take_back else self.config.manage
        return overlay(declared, live, manage, self.store, previous)

    @cached_property
    def revision(self) -> Revision | None:
        """Return the commit of the policy files, None where git does not know; of live state alone there is none."""
        from policylint.project.history import revision_of

        if self._history is None or self.is_alone:
            return None
        _ = self.loaded  # what was not read cannot be compared
        try:
            return revision_of(self._history)
        except PolicylintError:
            return None

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

        return facts_of(self.config, self.snapshot.state if self.snapshot is not None else None)

    @cached_property
    def live_model(self) -> AccessModel | None:
        """Return who gets in now, None without a snapshot."""
        return self.model_of_live(self.snapshot) if self.snapshot is not None else None

    def model_of_live(self, snapshot: Snapshot) -> AccessModel:
        """Return who gets in by a snapshot alone, whichever it is."""
        from policylint.access.decide import AccessModel
        from policylint.access.request import facts_of

        return AccessModel(snapshot.state, facts_of(self.config, snapshot.state))

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
            self.resources.check_names(self.config_file, rules)
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
        from policylint.lint.facts import LockFacts

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
            today=self.today,
            lock=LockFacts(self.lock_file.lock, lambda: self._known_in_lock),
            lists=self.name_lists.lists,
            edition_at=self._config_span("edition"),
            config_at=self._config_span,
        )

    @cached_property
    def baseline_path(self) -> str | None:
        """Return the path of the baseline, None where none is named; it need not be there."""
        if self._baseline is not None or self._written_config.baseline is None:
            return self._baseline
        return self.files.beside(self._written_config.baseline)

    @property
    def has_named_baseline(self) -> bool:
        """Return whether the caller names the baseline."""
        return self._baseline is not None

    def name_baseline(self, path: str) -> None:
        """Use another baseline; only for a project of which nothing has been asked yet."""
        self._baseline = path

    @cached_property
    def baseline(self) -> Baseline | None:
        """Return the findings that are known, None where no baseline is named. Raises PolicylintError."""
        from policylint.lint.baseline import read_baseline

        path = self.baseline_path
        if path is None:
            return None
        if not self.files.has(path):
            hint = "`policylint lint --update-baseline` writes one that holds what is found now"
            span = self._config_span("baseline") if self._baseline is None else None
            raise FileError("no such baseline", path=path, help=hint, span=span)
        return read_baseline(self.files.read(path), self.store)

    def lint(
        self,
        rules: Sequence[Rule] | None = None,
        *,
        with_baseline: bool = True,
        selected: Collection[str] = frozenset(),
        only_errors: bool = False,
    ) -> LintResult:
        """Return what is wrong with the policy; by all of the rules there are, or only some.

        With the baseline, where one is named, what it holds is not among the findings. `selected` are the ids of rules
        that apply whatever the configuration says. With `only_errors`, all that fails a run is found, and little else.
        """
        from policylint.lint.run import lint

        found = [*self._found_in_files]
        comments = [comment for file in self.loaded for comment in file.suppressions]
        every = self.rules if rules is None else rules
        baseline = self.baseline if with_baseline else None
        facts = self.lint_facts
        self.doing("checking the policy")
        result = lint(
            found,
            comments,
            every,
            facts,
            files=len(self.loaded),
            baseline=baseline,
            selected=selected,
            only_errors=only_errors,
        )
        return result._replace(gone=self._gone_for_all(result)) if result.gone and not only_errors else result

    def _gone_for_all(self, result: LintResult) -> tuple[Entry, ...]:
        """Return the entries of the baseline that are gone with the snapshot and without, as not everybody has it."""
        from policylint.lint.baseline import gone_from_both

        if self.snapshot is None:
            return () if self.is_without_live_state else result.gone
        needing = {rule.id for rule in result.rules if rule.predicate and rule.predicate.needs_snapshot}
        if all(each.rule in needing for each in result.gone):
            return result.gone
        others = self.without_snapshot().lint(result.rules, with_baseline=False).diagnostics
        return gone_from_both(result.gone, result.known, others)

    def simulate(self) -> Simulation:
        """Return who gets in, live and desired: each class of devices, and each device of the snapshot.

        Raises PolicyError where the policy is not valid.
        """
        from policylint.access.simulate import simulate

        self.require_valid()
        live, desired = self.live_model, self.desired_model
        self.doing("deciding about devices")
        return simulate(live, desired, self.snapshot.devices if self.snapshot is not None else ())

    def cohorts(self) -> Cohorts:
        """Return the devices of the snapshot counted by what decides about them, live and desired.

        Raises PolicyError where the policy is not valid, UsageError without a snapshot.
        """
        from policylint.access.counts import Cohorts

        self.require_valid()
        return Cohorts.of(self.live_model, self.desired_model, self.required_snapshot.devices)

    def _require_whole(self) -> None:
        """Raise FileError where a policy file is not on disk on purpose: what it declares would be planned away."""
        try:
            absent = self._history.not_checked_out() if self._history is not None else ()
        except FileError:  # git cannot be asked, which the plan says
            return
        if absent:
            hint = "check it out: git sparse-checkout disable, or git update-index --no-skip-worktree"
            raise FileError("a policy file that is in git and not checked out", path=absent[0], help=hint)

    def require_sections(self) -> None:
        """Raise SnapshotError where files say nothing of a section that nobody asked to do without."""
        snapshot = self.required_snapshot
        left = [section for section in snapshot.incomplete if section not in self._allow_incomplete]
        if left:
            options = " ".join(f"--allow-incomplete {section}" for section in left)
            hint = f"name the output of its Get- cmdlet too, or plan without it: `{options}`"
            raise SnapshotError(f"{snapshot.path}: {left[0]}: {snapshot.incomplete[left[0]]}", help=hint)

    def require_plannable(self) -> None:
        """Raise PolicylintError where nothing may be planned: the policy is not valid, or something is not whole."""
        self.require_valid()
        self._require_whole()
        self.require_sections()

    def plan(
        self,
        acknowledge: Sequence[str] = (),
        reason: str = "",
        *,
        base: str | None = None,
        audit_log: str | None = None,
        after: Plan | None = None,
    ) -> Plan:
        """Return the plan that brings live state to the policy.

        `acknowledge` are the texts of refusals that are acknowledged, for the `reason` given. `base` is the revision
        by which the plan says whose changes it has, `audit_log` the path of a log that says who changed what drifted.
        `after` is the plan of a roll-out in stages that was done last: what it holds for a while goes.
        Raises PolicyError where the policy is not valid, UsageError without a snapshot, where a text matches nothing or
        where there is no such revision.
        """
        from policylint.plan.attribution import Sides
        from policylint.plan.make import make_plan
        from policylint.project.attribution import sides_of
        from policylint.project.history import provenance_of
        from policylint.project.step_rules import asked_of

        self.require_plannable()
        snapshot, desired, findings = self.required_snapshot, self.desired, self.lint(only_errors=True).errors
        asked = asked_of(self)
        if after is not None:
            from policylint.project.rings import held_ids, without_held

            desired = without_held(self, snapshot, desired, after)
            asked = asked._replace(named=held_ids(after))
        provenance = provenance_of(self, self._history, base)
        sides = sides_of(self, base, self._history) if base is not None else None
        self.doing("planning")
        plan = make_plan(
            self.policy,
            snapshot,
            self.config,
            self.store,
            now=self.now,
            acknowledge=acknowledge,
            reason=reason,
            desired=desired,
            provenance=provenance,
            findings=findings,
            asked=asked,
            sides=sides if isinstance(sides, Sides) else None,
        )
        if isinstance(sides, str):
            plan = plan._replace(warnings=(*plan.warnings, sides))
        if audit_log is None:
            return plan
        from policylint.project.audit import audited

        return audited(self, plan, audit_log)

    def plan_rings(self, asked: RingsAsked, acknowledge: Sequence[str] = (), reason: str = "") -> RingPlans:
        """Return the plans that bring live state to the policy in stages, ring of mailboxes by ring.

        Raises what `plan` raises, UsageError where a ring has no mailbox, SnapshotError where that is not known.
        """
        from policylint.project.history import provenance_of
        from policylint.project.rings import plan_rings

        self.require_plannable()
        return plan_rings(self, asked, provenance_of(self, self._history), acknowledge, reason)
