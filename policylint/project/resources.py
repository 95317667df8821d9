"""What comes with policylint: schemas, lint rules, the catalog of devices. Each is read when first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from policylint.schema.compile import CompiledSchema
from policylint.schema.store import CONFIG, POLICY, SchemaStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policylint.analysis.explanations import Explanations
    from policylint.devices.catalog import Catalog
    from policylint.devices.other_clients import OtherClients
    from policylint.lint.rule import Packs, Rule
    from policylint.model.device import DeviceClass
    from policylint.project.files import Data
    from policylint.project.load import ConfigFile
    from policylint.source import Source

CATALOG = "data/device-catalog.json"
OTHER_CLIENTS = "data/other-clients.json"
EXPLANATIONS = "data/explanations.json"


class Resources:
    """The data of policylint, shared by every project of a run."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self._configs: dict[str, ConfigFile] = {}
        self._checked: tuple[ConfigFile, tuple[Rule, ...]] | None = None

    @cached_property
    def store(self) -> SchemaStore:
        """Return the schemas."""
        return SchemaStore(self._data.read_schema)

    @cached_property
    def policy_schema(self) -> CompiledSchema:
        """Return the schema of policy files, ready to read them."""
        return CompiledSchema(self.store, POLICY)

    @cached_property
    def config_schema(self) -> CompiledSchema:
        """Return the schema of policylint.yaml, ready to read one."""
        return CompiledSchema(self.store, CONFIG)

    def config_of(self, source: Source) -> ConfigFile:
        """Return what a policylint.yaml says; a text that many projects share, as environments do, is read once.

        Raises PolicylintError at the first thing wrong with it.
        """
        from policylint.project.load import load_config

        known = self._configs.get(source.path)
        if known is None or known.source != source:
            known = self._configs[source.path] = load_config(source, self.config_schema)
        return known

    def check_names(self, file: ConfigFile, rules: tuple[Rule, ...]) -> None:
        """Raise UsageError where a policylint.yaml names a pack or a rule that there is not.

        For projects that share one and the same rules it is looked through once.
        """
        from policylint.project.load import check_names

        if self._checked is None or self._checked[0] is not file or self._checked[1] is not rules:
            check_names(file, rules)
            self._checked = file, rules

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Return the lint rules that come with policylint, sorted by id."""
        return self.rules_with(())

    def rules_with(self, own: Iterable[Source]) -> tuple[Rule, ...]:
        """Return the lint rules that come with policylint and a project's own, sorted by id. Raises RuleError."""
        from policylint.lint.load import load_rules

        rows = self._data.rule_index()
        if rows:
            from policylint.lint.compiled import rules_of

            return load_rules((), self.store, own, rules_of(rows, self._data.rules_path()))
        return load_rules(map(self._data.read_rule, self._data.rule_paths()), self.store, own)

    def rule_page(self, rule: Rule) -> str:
        """Return the text of the rule.md of a rule that comes with policylint."""
        return self._data.read_rule(rule.page_path).text

    @cached_property
    def packs(self) -> Packs:
        """Return what packs and groups of rules are for."""
        from policylint.lint.load import read_packs

        return read_packs(self._data.read_packs())

    @cached_property
    def device_catalog(self) -> Catalog:
        """Return what is known of devices."""
        from policylint.devices.catalog import read_catalog

        return read_catalog(self._data.read_schema(CATALOG))

    @property
    def catalog(self) -> tuple[DeviceClass, ...]:
        """Return rows of values that devices are known to report."""
        return self.device_catalog.rows

    @cached_property
    def catalog_date(self) -> str:
        """Return the day as of which the catalog is, as YYYY-MM-DD."""
        return self.device_catalog.compiled

    @cached_property
    def other_clients(self) -> OtherClients:
        """Return the clients that do not use Exchange ActiveSync."""
        from policylint.devices.other_clients import read_other_clients

        return read_other_clients(self._data.read_schema(OTHER_CLIENTS))

    @cached_property
    def explanations(self) -> Explanations:
        """Return what is known of codes, states, refusals and messages."""
        from policylint.analysis.explanations import read_explanations

        return read_explanations(self._data.read_schema(EXPLANATIONS), self.catalog_date)
