"""1 MB of policy read, validated and linted beside the events of libyaml alone, and beside other checkers on PATH.

Run: python -m tests.benchmarks.bench_lint
"""

from __future__ import annotations

import gc
import shutil
import tempfile
from pathlib import Path

import yaml

from policylint.__main__ import COLLECT
from policylint.adapters.resources import read_schema
from policylint.bind.policy import PolicyFile, bind_policy
from policylint.project.editor_schemas import schema_text
from policylint.schema.compile import CompiledSchema
from policylint.schema.store import POLICY, SchemaStore
from policylint.schema.validate import validate
from policylint.source import Source
from policylint.syntax.node import MappingNode
from policylint.syntax.parse import parse
from tests.benchmarks.measure import process, report, seconds


def policy(size: int) -> str:
    """Return a policy of about a size in characters, of mailboxes in which no rule finds anything."""
    lines = ["organization: {DefaultAccessLevel: Block}", "mailboxes:"]
    length = number = 0
    while length < size:
        lines.append(f"  - Identity: user{number}@contoso.com")
        lines.append("    ActiveSyncEnabled: true")
        lines.append(f"    ActiveSyncAllowedDeviceIDs: [ID{number}]")
        lines.append(f"    reason: case {number}")
        length += sum(len(line) + 1 for line in lines[-4:])
        number += 1
    return "\n".join(lines) + "\n"


def main() -> None:
    text = policy(1_000_000)
    source = Source("policy.yaml", text)
    store = SchemaStore(read_schema)
    schema = CompiledSchema(store, POLICY)

    def events() -> None:
        for _ in yaml.parse(text, Loader=yaml.CSafeLoader):
            pass

    def checked() -> None:
        node, _ = parse(source)
        assert isinstance(node, MappingNode)
        assert not validate(schema, source, node)[1]

    def stages() -> None:
        node, problems = parse(source)
        assert isinstance(node, MappingNode)
        assert not problems
        value, problems = validate(schema, source, node)
        assert not problems
        bind_policy([PolicyFile(source, node, value)], store)

    gc.set_threshold(*COLLECT)
    reference = seconds(events)
    print(f"reference: events of libyaml alone           {reference * 1000:9.1f} ms, {len(text):,} characters")
    report("read with positions", seconds(lambda: parse(source)), reference, 2.0)
    report("read with positions and validated", seconds(checked), reference, 3.0)
    report("read, validate and bind", seconds(stages), reference, 3.0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "policy" / "policy.yaml"
        path.parent.mkdir()
        path.write_text(text)
        (Path(folder) / "policylint.yaml").write_text("version: 1\n")
        schema_file = Path(folder) / "schema.json"
        schema_file.write_text(schema_text(store, "policy"))
        program = shutil.which("policylint")
        assert program is not None
        wall, _ = process([program, "lint"], Path(folder), runs=5)
        report("policylint lint, whole process", wall, reference, 3.0)
        for name, command in (
            ("yamllint", ["yamllint", "-d", "relaxed", str(path)]),
            ("check-jsonschema", ["check-jsonschema", "--schemafile", str(schema_file), str(path)]),
        ):
            if shutil.which(command[0]) is not None:
                other, _ = process(command, runs=1)
                print(f"{name} on the same file takes {other / wall:.1f} x as long as policylint lint")


if __name__ == "__main__":
    main()
