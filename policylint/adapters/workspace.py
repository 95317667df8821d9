"""A repository - configuration, policy, snapshot, rules - read from disk and taken through the first stages."""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from policylint.adapters import clock, resources
from policylint.adapters.files import CONFIG_NAME, display_path, find_config, read_source
from policylint.bind.config import bind_config
from policylint.bind.policy import PolicyFile, bind_policy
from policylint.devices.catalog import read_catalog
from policylint.diagnostic import Diagnostic, Severity, error
from policylint.errors import FileError, PolicylintError, UsageError
from policylint.schema.compile import CompiledSchema
from policylint.schema.store import CONFIG, POLICY, SchemaStore
from policylint.schema.validate import validate
from policylint.source import Span
from policylint.syntax.node import MappingNode, Node, key_span
from policylint.syntax.parse import parse
from policylint.syntax.suppression import Suppression, suppressions

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from policylint.desired.overlay import Overlay
    from policylint.lint.rule import Rule
    from policylint.model.config import Config
    from policylint.model.device import DeviceClass
    from policylint.model.policy_set import PolicySet
    from policylint.model.snapshot import Snapshot
    from policylint.source import Source

CATALOG = "data/device-catalog.json"
_PIECE = 1 << 20
"""How many bytes of a snapshot are read at once."""


class Loaded(NamedTuple):
    """The policy files: what they declare, what the first stages have against them, and their ignore comments."""

    policy: PolicySet
    diagnostics: tuple[Diagnostic, ...]
    comments: tuple[Suppression, ...]

    @property
    def broken(self) -> bool:
        """Return whether any of the files cannot be read as what it says."""
        return any(diagnostic.severity is Severity.ERROR for diagnostic in self.diagnostics)


class Workspace:
    """Everything that the commands ask of a repository, each read once and when first asked for.

    `name` returns a path as it is to be shown; `live` returns the snapshot in the place of the one that is named.
    `watch` passes on the pieces of a snapshot, given the size of the file and its name.
    """

    def __init__(
        self,
        *,
        start: Path | None = None,
        config_path: Path | None = None,
        environment: str | None = None,
        snapshot_path: Path | None = None,
        allow_incomplete: Collection[str] = (),
        paths: Sequence[Path] = (),
        name: Callable[[Path], str] = display_path,
        live: Callable[[], Snapshot | None] | None = None,
        watch: Callable[[Iterable[bytes], int, str], Iterable[bytes]] | None = None,
    ) -> None:
        self._watch = watch
        self.name = name
        self._live = live
        self.store = SchemaStore(resources.read_schema)
        self.environment = environment
        self._snapshot_path = snapshot_path
        self._allow_incomplete = allow_incomplete
        self._paths = paths
        if config_path is None:
            config_path = find_config((start or Path.cwd()).resolve())
        elif not config_path.is_file():
            raise FileError(f"{display_path(config_path)}: no such file", help=f"name a {CONFIG_NAME}")
        self.config_path = config_path
        self.folder = config_path.resolve().parent if config_path is not None else Path.cwd()

    @cached_property
    def now(self) -> datetime:
        """Return the moment of this run."""
        return clock.now()

    @cached_property
    def config(self) -> Config:
        """Return the configuration. Raises PolicylintError at the first thing wrong with it."""
        path = self.config_path
        if path is None:
            if self.environment is not None:
                raise UsageError(f"--env needs a {CONFIG_NAME}", help="environments are declared there")
            return bind_config({}, None, None, self.store)
        source = read_source(path, self.name(path))
        node, problems = parse(source)
        if node is None and not problems:
            raise FileError(f"{source.path}: empty", help="write `version: 1`")
        value: dict[str, object] = {}
        if node is not None and not problems:
            value, problems = validate(CompiledSchema(self.store, CONFIG), source, node)
        if problems:
            raise UsageError(problems[0].message, help=problems[0].help, span=problems[0].span)

        def locate(keys: tuple[str, ...]) -> str | None:
            found: Node | None = node
            span: Span | None = None
            for key in keys:
                if not isinstance(found, MappingNode) or key not in found.values:
                    return None
                span, found = key_span(source, found, key), found.values[key]
            return str(span).rpartition(":")[0]

        return bind_config(value, source.path, self.environment, self.store, locate)

    @cached_property
    def policy_paths(self) -> tuple[Path, ...]:
        """Return the policy files, sorted. Raises FileError where there are none."""
        found = {path.resolve(): path for path in self.explicit}
        if self.config_path is not None or not found:
            for pattern in self.config.policies:
                try:
                    matches = sorted(self.folder.glob(pattern))
                except (ValueError, NotImplementedError) as problem:
                    raise UsageError(f"policies: `{pattern}` is not a glob below {CONFIG_NAME}: {problem}") from problem
                for path in matches:
                    if path.is_file() and path.resolve() != (self.config_path or Path()).resolve():
                        found.setdefault(path.resolve(), path)
        if not found:
            where = (
                display_path(self.config_path)
                if self.config_path
                else f"{CONFIG_NAME} (none found from here to the git root)"
            )
            patterns = ", ".join(self.config.policies)
            raise FileError(
                f"no policy found: nothing matches {patterns} beside {where}",
                help=f"run this where {CONFIG_NAME} is, or name policy files",
            )
        return tuple(sorted(found.values(), key=self.name))

    @cached_property
    def explicit(self) -> tuple[Path, ...]:
        """Return the policy files that the command line names. Raises FileError where one is not there."""
        found: list[Path] = []
        for path in self._paths:
            if path.is_dir():
                inside = [*path.rglob("*.yaml"), *path.rglob("*.yml")]
                found.extend(sorted(file for file in inside if file.name != CONFIG_NAME))
            elif path.name != CONFIG_NAME:
                if not path.exists():
                    raise FileError(
                        f"{display_path(path)}: no such file", help="name a policy file or a folder of them"
                    )
                found.append(path)
        return tuple(found)

    @cached_property
    def loaded(self) -> Loaded:
        """Return the policy with what the first stages have against it; one bad file does not hide another."""
        schema = CompiledSchema(self.store, POLICY)
        files: list[PolicyFile] = []
        diagnostics: list[Diagnostic] = []
        comments: list[Suppression] = []
        for path in self.policy_paths:
            try:
                source = read_source(path, self.name(path))
            except PolicylintError as problem:
                diagnostics.append(unreadable(path, problem))
                continue
            node, problems = parse(source)
            diagnostics.extend(problems)
            comments.extend(suppressions(source, node))
            if node is None:
                if not problems:
                    diagnostics.append(_start(source, "the file is empty", "write a section, such as `organization:`"))
                continue
            if not isinstance(node, MappingNode):
                message = "a policy file is a mapping of sections"
                diagnostics.append(_start(source, message, "begin with a section, such as `organization:`"))
                continue
            value, problems = validate(schema, source, node)
            diagnostics.extend(problems)
            files.append(PolicyFile(source, node, value))
        return Loaded(bind_policy(files, self.store), tuple(diagnostics), tuple(comments))

    @cached_property
    def snapshot(self) -> Snapshot | None:
        """Return the snapshot that the command line or the configuration names, None where neither does."""
        if self._live is not None:
            return self._live()
        path = self._snapshot_path
        if path is None and self.config.snapshot is not None:
            path = self.folder / self.config.snapshot
        return self.read_snapshot(path) if path is not None else None

    def read_snapshot(self, path: Path) -> Snapshot:
        """Return a snapshot. Raises FileError where it cannot be read, SnapshotError where it is not a whole one."""
        from policylint.bind.snapshot import bind_snapshot

        try:
            with path.open("rb") as file:
                pieces: Iterable[bytes] = iter(partial(file.read, _PIECE), b"")
                if self._watch is not None:
                    pieces = self._watch(pieces, path.stat().st_size, display_path(path))
                return bind_snapshot(pieces, display_path(path), self.store, allow_incomplete=self._allow_incomplete)
        except OSError as problem:
            raise FileError(
                f"{display_path(path)}: the snapshot cannot be read: {problem.strerror}",
                help="run the script of `policylint export-script`, or name another with --snapshot",
            ) from problem

    @property
    def required_snapshot(self) -> Snapshot:
        """Return the snapshot. Raises UsageError where none is named."""
        if self.snapshot is None:
            raise UsageError(
                "no snapshot of live state is named",
                help="set `snapshot:` in policylint.yaml or give --snapshot; `policylint export-script` makes one",
            )
        return self.snapshot

    @cached_property
    def desired(self) -> Overlay:
        """Return the policy laid over the snapshot, where there is one."""
        from policylint.desired.overlay import overlay

        live = self.snapshot.state if self.snapshot is not None else None
        return overlay(self.loaded.policy.state, live, self.config.manage, self.store)

    def _rule_folders(self) -> list[Path]:
        return [resources.rules_folder(), *(self.folder / name for name in self.config.custom_rules)]

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Return every rule there is: those that come with policylint and the repository's own."""
        from policylint.lint.load import load_rules

        sources = []
        for folder in self._rule_folders():
            if not folder.is_dir():
                raise FileError(
                    f"{display_path(folder)}: no such folder", help="mend `custom-rules` in policylint.yaml"
                )
            where = display_path(folder)
            for path in sorted(folder.glob("*/*/rule.yaml")):
                group, name = path.parts[-3], path.parts[-2]
                sources.append((group, read_source(path, f"{where}/{group}/{name}/{path.name}")))
        return load_rules(sources, self.store)

    def rule_page(self, rule: Rule) -> str:
        """Return the text of a rule's rule.md."""
        for folder in self._rule_folders():
            path = folder / rule.group / rule.id / "rule.md"
            if path.is_file():
                return read_source(path).text
        return ""

    def catalog(self) -> tuple[DeviceClass, ...]:
        """Return rows of values that devices are known to report."""
        return read_catalog(resources.read_schema(CATALOG))


def unreadable(path: Path, problem: PolicylintError) -> Diagnostic:
    """Return what is wrong with a file that cannot be read."""
    from policylint.source import Source

    span = problem.span or Span(Source(display_path(path), ""), 0, 0)
    return error("file", span, problem.message.removeprefix(f"{display_path(path)}: "), problem.help)


def _start(source: Source, message: str, help: str) -> Diagnostic:  # noqa: A002
    return error("syntax", Span(source, 0, 0), message, help)
