"""The reference pages of docs/ as Markdown: settings and configuration from the schemas, commands from plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from policylint.schema.store import CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policylint.schema.store import ObjectType, Schema, SchemaStore

EDITION_WORDS: Mapping[str, str] = {
    "exchange-online": "Online",
    "exchange-2013": "2013",
    "exchange-2016": "2016",
    "exchange-2019": "2019",
    "exchange-se": "SE",
}
"""The editions of Exchange in the order of a reference page, in a word."""

_TEST = "policylint:policy/test"


class Parameter(NamedTuple):
    """An option or argument of a command. `value` is what is to be given with it, empty for a switch."""

    spelling: str
    value: str = ""
    default: str = ""
    help: str = ""


class Command(NamedTuple):
    """A command as its reference shows it. `help` is in paragraphs."""

    name: str
    usage: str
    help: tuple[str, ...]
    options: tuple[Parameter, ...]
    examples: tuple[str, ...] = ()


def settings_page(store: SchemaStore) -> str:
    """Return the reference of every setting of Exchange that a policy may hold, by kind of object."""
    return _page(
        "# Settings",
        _generated("`schemas/policy`"),
        _SETTINGS_INTRO,
        *(part for section, kind in store.sections.items() for part in _object(section, kind)),
        *_tests(store.schema(_TEST)),
    )


def config_page(store: SchemaStore) -> str:
    """Return the reference of policylint.yaml."""
    schema = store.schema(CONFIG)
    groups = {name: prop for name, prop in schema["properties"].items() if "properties" in prop}
    plain = {name: prop for name, prop in schema["properties"].items() if name not in groups and name != "environments"}
    parts = ["# Configuration", _generated("`schemas/config.schema.json`"), _CONFIG_INTRO]
    parts += ["## Keys", _keys(plain, schema.get("required", ()))]
    for name, prop in groups.items():
        parts += [f"## `{name}`", _escape(prop["description"]), _keys(prop["properties"], ())]
    inherited = ", ".join(
        f"`{name}`" for name in schema["properties"]["environments"]["additionalProperties"]["properties"]
    )
    parts += [
        "## `environments`",
        _escape(schema["properties"]["environments"]["description"])
        + f" Each one may hold {inherited}; what it does not name stays as it is above.",
        _ENVIRONMENTS,
    ]
    return _page(*parts)


def commands_page(commands: Sequence[Command], exit_codes: Iterable[tuple[int, str]]) -> str:
    """Return the reference of the commands and of what the exit codes mean; shared options are described once."""
    shared = _shared(commands)
    parts = ["# Commands", _generated("the commands themselves"), _COMMANDS_INTRO]
    parts += [_table(("command", "does"), [(f"[`{c.name}`](#{c.name})", _escape(c.help[0])) for c in commands])]
    parts += ["## Exit codes", _table(("code", "means"), [(f"{code:d}", words) for code, words in exit_codes])]
    parts += ["## Options that most commands have", _options(shared)]
    for command in commands:
        parts += [f"## {command.name}", f"    {command.usage}", *(_escape(text) for text in command.help)]
        own = [option for option in command.options if option not in shared]
        common = [option.spelling for option in command.options if option in shared]
        parts += [_options(own)] if own else []
        parts += [f"Also: {', '.join(f'`{spelling}`' for spelling in common)}."] if common else []
        parts += ["Examples:", "\n".join(f"    {example}" for example in command.examples)]
    return _page(*parts)


_SETTINGS_INTRO = """\
Capitalised keys are Exchange's and spelled as the parameter of the cmdlet; lower-case keys are policylint's. A setting
that is not written is not managed: its live value stays. `null` and `[]` are values.

The schema gives a value its type, so `QueryString: 0123` is a text and needs no quotes. Booleans are `true` or `false`,
time spans `[d.]hh:mm:ss` in full, sizes a number of bytes or one with `KB`, `MB` or `GB`, such as `20MB`.

The defaults are those of a new object in Exchange as the vendor documents them; policylint assumes none of them, except
that a `DefaultAccessLevel` that is neither declared nor in a snapshot counts as `Allow`, with a note."""

_CONFIG_INTRO = """\
`policylint.yaml` is the root of a repository of policy. policylint looks for it in the current folder and above, up to
the git root; `--config` names one. Paths in it are relative to it. Everything but `version` may be left out.

```yaml
# policylint.yaml
version: 1
edition: exchange-online
snapshot: live.json
manage: {deviceAccessRules: exact, mailboxes: listed}
severity: {version-pinned-rule: info}
guards: {max-newly-denied: 25, protect: [ceo@contoso.com]}
```

Rules of your own are in the folders of `custom-rules`: see [custom rules](custom-rules.md)."""

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

`policylint plan --env test` then plans for the test organization. Groups such as `guards` and `severity` are taken key
by key: what an environment leaves out stays as it is above. Lists are replaced whole."""

_COMMANDS_INTRO = """\
Every command reads files and writes to standard output, or to the file of `--output`; none connects to Exchange.
Messages about the run go to standard error. `python -m policylint` is the same as `policylint`."""


def _object(section: str, described: ObjectType) -> Iterator[str]:
    whole, schema = described.schema, described.schema["exchange"]
    yield f"## `{section}`"
    cmdlets = ", ".join(f"`{cmdlet}`" for cmdlet in described.cmdlets.values())
    key = described.key
    known = f" One object is known by its {' and '.join(f'`{name}`' for name in key)}." if key else " There is one."
    yield f"{_escape(whole['description'])}{known} Read and changed with {cmdlets} ([reference]({schema['source']}))."
    rows = [
        (
            f"`{name}`",
            _value(setting.schema),
            _default(setting.schema),
            _editions(setting.editions),
            _notes(setting.schema, required=name in whole.get("required", ())),
        )
        for name, setting in described.settings.items()
    ]
    yield _table(("setting", "value", "default", "Exchange", "what it does"), rows)
    own = {name: prop for name, prop in whole["properties"].items() if "exchange" not in prop}
    yield (
        "policylint's own: "
        + "; ".join(f"`{name}`, {_sentence(prop['description'])}" for name, prop in own.items())
        + "."
    )


def _tests(schema: Schema) -> Iterator[str]:
    yield "## `tests`"
    yield f"{_escape(schema['description'])} `policylint test` runs them."
    rows = []
    for name, prop in schema["properties"].items():
        required = name in schema["required"]
        rows.append((f"`{name}`", _value(prop), _notes(prop, required=required)))
        rows += [
            (f"`{name}.{inner}`", _value(part), _notes(part, required=inner in prop.get("required", ())))
            for inner, part in prop.get("properties", {}).items()
        ]
    yield _table(("key", "value", "what it says"), rows)


def _keys(properties: Mapping[str, Schema], required: Iterable[str]) -> str:
    described = any("description" in prop for prop in properties.values())
    rows = []
    for name, prop in properties.items():
        row = [f"`{name}`", _value(prop), _default(prop)]
        rows.append((*row, _notes(prop, required=name in required)) if described else tuple(row))
    head = ("key", "value", "default", "what it says") if described else ("key", "value", "default")
    return _table(head, rows)


def _value(schema: Schema) -> str:
    """Return what a schema admits, in a few words of Markdown."""
    if "oneOf" in schema:
        branches = [_value(branch) for branch in schema["oneOf"]]
        words = sorted(branches, key=lambda words: words.startswith("`Unlimited"))
        return (" or " if all(word.startswith(("`", "list")) for word in words) else ", or ").join(words)
    if "enum" in schema:
        return ", ".join(f"`{member}`" for member in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    types = schema.get("type", "string")
    names = [types] if isinstance(types, str) else list(types)
    return " or ".join("`null`" if name == "null" else _typed(name, schema) for name in names)


def _typed(name: str, schema: Schema) -> str:
    match name:
        case "boolean":
            return "`true`, `false`"
        case "integer":
            return _number(schema)
        case "array":
            return _list(schema["items"])
        case "object":
            more = schema.get("additionalProperties")
            return f"mapping of name to {_value(more)}" if isinstance(more, dict) else "mapping"
        case _:
            return _text(schema)


def _number(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f"{low:,} to {high:,}"
    return "number" if low is None else f"number from {low:,}"


def _list(items: Schema) -> str:
    inner = _value(items)
    words = {"text": "texts", "mail address": "mail addresses"}
    return f"list of {words.get(inner, inner)}"


def _text(schema: Schema) -> str:
    match schema.get("format"):
        case "timespan":
            low, high = schema.get("formatMinimum"), schema.get("formatMaximum")
            return f"`{low}` to `{high}`" if low and high else "time span"
        case "date":
            return "day, `YYYY-MM-DD`"
        case "smtp-address":
            return "mail address"
    longest = schema.get("maxLength")
    return f"text of up to {longest} characters" if longest else "text"


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
    return ", ".join(word for name, word in EDITION_WORDS.items() if name in editions)


def _notes(schema: Schema, *, required: bool) -> str:
    exchange = schema.get("exchange", {})
    notes = [_escape(schema["description"])] if "description" in schema else []
    if required:
        notes.insert(0, "**Required.**")
    if "license" in exchange:
        notes.append(f"Needs: {exchange['license']}.")
    if "defaultSource" in exchange:
        notes.append(f"Default: {exchange['defaultSource']}.")
    return " ".join(notes)


def _shared(commands: Sequence[Command]) -> tuple[Parameter, ...]:
    """Return the options that more than half of the commands have, in their order."""
    found: dict[Parameter, int] = {}
    for command in commands:
        for option in command.options:
            found[option] = found.get(option, 0) + 1
    return tuple(option for option, number in found.items() if number * 2 > len(commands))


def _options(options: Iterable[Parameter]) -> str:
    rows = []
    for option in options:
        spelling = f"`{option.spelling}`" + (f" {option.value}" if option.value else "")
        rows.append((spelling, option.help + (f" Default: `{option.default}`." if option.default else "")))
    return _table(("option", "means"), [(spelling, _escape(words)) for spelling, words in rows])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell or ' ' for cell in line)} |".replace("|  ", "| ") for line in lines)


def _sentence(text: str) -> str:
    """Return a description as it goes on after a comma."""
    return _escape(text[0].lower() + text[1:].rstrip("."))


def _escape(text: str) -> str:
    """Return a text in which nothing is taken for a table's bar or for HTML."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def _generated(source: str) -> str:
    return f"*Generated from {source} by `python -m tools.docs`; do not edit.*"


def _page(*parts: Any) -> str:
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"
