"""What comes with policylint: schemas, lint rules, the catalog of devices. Each is read when first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from policylint.schema.store import POLICY, SchemaStore
from policylint.schema.validate import CompiledSchema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policylint.lint.rule import Rule
    from policylint.model.device import DeviceClass
    from policylint.project.files import Data
    from policylint.project.rule_file import RuleFile

CATALOG = "data/device-catalog.json"


class Resources:
    """The data of policylint, shared by every project of a run."""

    def __init__(self, data: Data) -> None:
        self._data = data

    @cached_property
    def store(self) -> SchemaStore:
        """Return the schemas."""
        return SchemaStore(self._data.read_schema)

    @cached_property
    def policy_schema(self) -> CompiledSchema:
        """Return the schema of policy files, ready to read them."""
        return CompiledSchema(self.store, POLICY)

    @cached_property
    def rule_files(self) -> tuple[RuleFile, ...]:
        """Return the files of the lint rules that come with policylint."""
        from policylint.project.rule_file import RuleFile

        return tuple(RuleFile(path, self._data.read_rule) for path in self._data.rule_paths())

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Return the lint rules that come with policylint, sorted by id."""
        return self.rules_with(())

    def rules_with(self, more: Iterable[RuleFile]) -> tuple[Rule, ...]:
        """Return the lint rules that come with policylint and more, sorted by id. Raises RuleError."""
        from policylint.lint.load import load_rules

        return load_rules(((file.group, file.read(file.path)) for file in (*self.rule_files, *more)), self.store)

    @cached_property
    def catalog(self) -> tuple[DeviceClass, ...]:
        """Return rows of values that devices are known to report."""
        from policylint.devices.catalog import read_catalog

        return read_catalog(self._data.read_schema(CATALOG))
