"""docs/settings.md and docs/configuration.md: what may be written, from the schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.model.config import EDITIONS
from policylint.schema.describe import describe
from policylint.schema.store import CONFIG
from tools.docs.markdown import escape, generated_from, page, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policylint.schema.store import ObjectType, Schema, SchemaStore

_TEST = "policylint:policy/test"


def settings_page(store: SchemaStore) -> str:
    """Return the reference of every setting of Exchange that a policy may hold, by kind of object."""
    return page(
        "# Settings",
        generated_from("`schemas/policy`"),
        _SETTINGS_INTRO,
        *(part for section, kind in store.sections.items() for part in _object(section, kind)),
        *_tests(store.schema(_TEST)),
    )


def config_page(store: SchemaStore) -> str:
    """Return the reference of policylint.yaml."""
    schema = store.schema(CONFIG)
    groups = {name: prop for name, prop in schema["properties"].items() if "properties" in prop}
    plain = {name: prop for name, prop in schema["properties"].items() if name not in groups and name != "environments"}
    parts = ["# Configuration", generated_from("`schemas/config.schema.json`"), _CONFIG_INTRO]
    parts += ["## Keys", _keys(plain, schema.get("required", ()))]
    for name, prop in groups.items():
        parts += [f"## `{name}`", escape(prop["description"]), _keys(prop["properties"], ())]
    inherited = ", ".join(
        f"`{name}`" for name in schema["properties"]["environments"]["additionalProperties"]["properties"]
    )
    parts += ["## Names of mailboxes", _NAMES]
    parts += [
        "## `environments`",
        escape(schema["properties"]["environments"]["description"])
        + f" An environment can have {inherited}; a setting that it omits keeps its value from above.",
        _ENVIRONMENTS,
    ]
    return page(*parts)


_SETTINGS_INTRO = """\
Capitalized keys are those of Exchange, spelled like the parameter of the cmdlet. Lowercase keys are those of
policylint. A setting that is not declared is not managed: its live value stays. `null` and `[]` are values.

The schema decides the type of a value, so `QueryString: 0123` is a text and needs no quotes. Booleans are `true` or
`false`. Time spans are `[d.]hh:mm:ss` in full. Sizes are a number of bytes, or a number with `KB`, `MB` or `GB`,
such as `20MB`.

The defaults are those of a new object in Exchange, as Microsoft documents them. policylint does not assume them,
with one exception: a `DefaultAccessLevel` that is neither declared nor in a snapshot counts as `Allow`, with a note."""

_NAMES = """\
`protect` and `except` accept every name by which Exchange knows a mailbox, ignoring case: any address, user principal
name, alias, name, logon name (also as `domain\\user`), distinguished name, legacy distinguished name and GUID, if
the snapshot has them. They do not accept the display name. `*`, `?` and `[ab]` make a pattern, which policylint
compares with every such name. A name that several mailboxes have means all of them. If a name without a pattern does
not name exactly one mailbox, `lint` reports it
([configured-mailbox-not-found](rules.md#configured-mailbox-not-found)), and `plan` warns."""

_CONFIG_INTRO = """\
`policylint.yaml` is in the root folder of a policy repository. policylint searches for it in the current folder and
its parents, up to the git root; `--config` names another file. Paths in it are relative to it. Only `version` is
required.

```yaml
# policylint.yaml
version: 1
edition: exchange-online
target: contoso.onmicrosoft.com
snapshot: live.json
since: applied
manage: {deviceAccessRules: exact, mailboxes: {mode: owned, lists: additive}}
severity: {version-pinned-rule: info}
guards: {max-newly-denied: 25, protect: [ceo@contoso.com]}
```

These pages explain some of the keys:

- `packs`: [packs](packs.md)
- `manage` and `since`: [removing things](ownership.md)
- `custom-rules`, the folders with rules of your own: [custom rules](custom-rules.md)

A pack, a rule, an environment or a key that does not exist is an error at its place in the file."""

_ENVIRONMENTS = """\
```yaml
# policylint.yaml
version: 1
edition: exchange-online
environments:
  test:
    edition: exchange-2019
    policies: [base/**/*.yaml, test/**/*.yaml]
    snapshot: test.json
    guards: {max-newly-denied: 100}
```

`policylint plan --env test` then plans for the test organization. `policylint environments` lists all of them, also as
the matrix of a job, and `policylint plan --all-environments` plans each: see
[many organizations](ci.md#many-organizations). The settings outside of `environments` count as one more, `default`, if
they have policy files and a snapshot of their own. Groups such as `guards` and `severity` are merged key by key: a key
that an environment omits keeps its value from above. Lists are replaced."""


def _object(section: str, described: ObjectType) -> Iterator[str]:
    whole, schema = described.schema, described.schema["exchange"]
    yield f"## `{section}`"
    cmdlets = ", ".join(f"`{cmdlet}`" for cmdlet in described.cmdlets.values())
    key = described.key
    known = (
        f" An object is identified by its {' and '.join(f'`{name}`' for name in key)}."
        if key
        else " There is only one."
    )
    yield f"{escape(whole['description'])}{known} Cmdlets: {cmdlets} ([reference]({schema['source']}))."
    rows = [
        (
            f"`{name}`",
            _value(setting.schema),
            _default(setting.schema),
            _editions(setting.editions),
            _notes(setting.schema, required=name in described.needed),
        )
        for name, setting in described.settings.items()
    ]
    yield table(("setting", "value", "default", "Exchange", "meaning"), rows)
    own = {name: prop for name, prop in whole["properties"].items() if "exchange" not in prop}
    yield "Keys of policylint:\n\n" + "\n".join(
        f"- `{name}`: {escape(prop['description'])}" for name, prop in own.items()
    )


def _tests(schema: Schema) -> Iterator[str]:
    yield "## `tests`"
    yield f"{escape(schema['description'])} `policylint test` runs them."
    rows = []
    for name, prop in schema["properties"].items():
        required = name in schema["required"]
        rows.append((f"`{name}`", _value(prop), _notes(prop, required=required)))
        rows += [
            (f"`{name}.{inner}`", _value(part), _notes(part, required=inner in prop.get("required", ())))
            for inner, part in prop.get("properties", {}).items()
        ]
    yield table(("key", "value", "meaning"), rows)


def _keys(properties: Mapping[str, Schema], required: Iterable[str]) -> str:
    described = any("description" in prop for prop in properties.values())
    rows = []
    for name, prop in properties.items():
        row = [f"`{name}`", _value(prop), _default(prop)]
        rows.append((*row, _notes(prop, required=name in required)) if described else tuple(row))
    head = ("key", "value", "default", "meaning") if described else ("key", "value", "default")
    return table(head, rows)


def _value(schema: Schema) -> str:
    return describe(schema, quote=lambda value: f"`{value}`")


def _default(schema: Schema) -> str:
    if "default" not in schema:
        return ""
    value = schema["default"]
    if isinstance(value, bool) or value is None:
        return {True: "`true`", False: "`false`", None: "`null`"}[value]
    if isinstance(value, list):
        return "`[" + ", ".join(str(item) for item in value) + "]`"
    return "" if isinstance(value, dict) else f"`{value}`"


def _editions(editions: frozenset[str] | None) -> str:
    if editions is None:
        return "all"
    return ", ".join(title.removeprefix("Exchange ") for name, title in EDITIONS.items() if name in editions)


def _notes(schema: Schema, *, required: bool) -> str:
    exchange = schema.get("exchange", {})
    notes = [escape(schema["description"])] if "description" in schema else []
    if required:
        notes.insert(0, "**Required.**")
    if "license" in exchange:
        notes.append(f"Needs: {exchange['license']}.")
    if "defaultSource" in exchange:
        notes.append(f"Default: {exchange['defaultSource']}.")
    return " ".join(notes)
