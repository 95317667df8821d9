"""docs/custom-rules.md: how to write a lint rule, every key of a rule.yaml and every predicate."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING

from policylint.lint.load import QUESTION, RULE_SCHEMA
from policylint.lint.predicate import POLICY
from policylint.lint.predicates import PREDICATES
from policylint.lint.predicates.steps import STEP, STEP_IS
from policylint.lint.scaffold import rule_files
from policylint.phrases import listed, quoted
from policylint.schema.describe import describe
from tools.docs.markdown import escape, generated_from, page, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.lint.predicate import Predicate
    from policylint.schema.store import SchemaStore

_EXAMPLE = "house/default-level-open"


def custom_rules_page(store: SchemaStore) -> str:
    """Return the page about rules of a repository's own."""
    files = {name.removeprefix(f"{_EXAMPLE}/"): text for name, text in rule_files(_EXAMPLE).items()}
    predicates = PREDICATES.values()
    kinds = ", ".join(f"`{kind}`" for kind in store.object_types)
    return page(
        "# Custom rules",
        generated_from("`schemas/rule.schema.json` and the predicates"),
        _INTRODUCTION,
        _block("yaml", "rule.yaml", files["rule.yaml"]),
        _block("yaml", "bad/example.yaml", files["bad/example.yaml"]),
        _TEST,
        _STEPS,
        *_predicate(STEP_IS),
        "## Keys of rule.yaml",
        table(("key", "value", "what it says"), _keys(store)),
        f"A rule needs {listed(map(quoted, QUESTION))}, unless it is built in. The kinds of object are {kinds};"
        f" `{POLICY}` is the whole policy, and `{STEP}` a step of a plan.",
        "## Predicates",
        _PREDICATES,
        table(("predicate", "about", "what it finds"), [_row(predicate) for predicate in predicates]),
        *(part for predicate in predicates for part in _predicate(predicate)),
    )


def _block(language: str, name: str, text: str) -> str:
    return f"```{language}\n# {name}\n{text}```"


def _keys(store: SchemaStore) -> Iterator[tuple[str, str, str]]:
    schema = store.schema(RULE_SCHEMA)
    for name, prop in schema["properties"].items():
        required = "**Required.** " if name in schema["required"] else ""
        yield f"`{name}`", describe(prop, quote=lambda value: f"`{value}`"), required + escape(prop["description"])


def _row(predicate: Predicate) -> tuple[str, str, str]:
    first, _, _ = predicate.documentation.partition("\n")
    return f"[`{predicate.name}`](#{predicate.name})", _about(predicate), escape(first.removeprefix("Find "))


def _about(predicate: Predicate) -> str:
    return "any object" if predicate.subject is None else f"`{predicate.subject}`"


def _predicate(predicate: Predicate) -> Iterator[str]:
    yield f"### {predicate.name}"
    text, _, _ = cleandoc(predicate.documentation).partition("\n\nSource: ")
    yield escape(text)
    about = "any kind of object" if predicate.subject is None else f"`{predicate.subject}`"
    yield f"Subject: {about}."
    if predicate.params:
        yield table(("parameter", "value", "what it is"), _params(predicate))
    words = [f"`{{{name}}}`: {escape(description)}" for name, description in predicate.placeholders.items()]
    yield "Placeholders: " + "; ".join(words) + "." if words else "Placeholders: none."


def _params(predicate: Predicate) -> Iterator[tuple[str, str, str]]:
    others = dict(zip(predicate.either, reversed(predicate.either), strict=True))
    for name, parameter in predicate.params.items():
        note = f" Either this or `{others[name]}`." if name in others else "" if parameter.required else " Optional."
        words = parameter.description[0].upper() + parameter.description[1:]
        yield f"`{name}`", parameter.type, escape(f"{words}.{note}")


_INTRODUCTION = """\
A repository can have lint rules of its own, beside [those that come with policylint](rules.md). A rule is data: it
names a *predicate*, which is a question that policylint can ask, gives it parameters, and says what a finding means.
No code runs.

```yaml
# policylint.yaml
version: 1
custom-rules: [lint/]
```

`policylint rules new GROUP/ID` makes a rule in the first of these folders; `--folder` names another one. The rule
works before you change anything in it:

```text
lint/house/default-level-open/rule.yaml            the rule; its folder is its id, the folder above is its group
lint/house/default-level-open/rule.md              the page that `policylint explain default-level-open` shows
lint/house/default-level-open/good/example.yaml    a policy in which the rule finds nothing
lint/house/default-level-open/bad/example.yaml     a policy in which it finds each marked line
```

`policylint rules` lists the rule with its severity. It is configured and ignored like any other rule. An id is used
once: when you rename a rule, list the earlier id in `aliases`."""

_TEST = """\
## Testing the examples

`policylint rules test` runs the examples of every rule in the folders of `custom-rules`; `policylint rules test FOLDER`
those below a folder, at any depth. A rule has to find each line of a bad example that is marked, and nothing else; it
needs one good and one bad example at least. It names what is wrong with its file and line, and the exit code is 1.
`--format json` says the same to a program.

```console
$ policylint rules test
failed  default-level-open, 2 examples
  lint/house/default-level-open/bad/example.yaml:2: marked, and the rule does not find it

1 of 1 rule failed
```

An example is a policy, in one file. Everything else it needs is in it or beside it:

| where | what it says |
| --- | --- |
| `# expect: ID` | The rule finds something in this line. |
| `# policylint.yaml: {edition: exchange-2019}` | What policylint.yaml says, on one line. |
| `NAME.live.json` beside `NAME.yaml` | Live state: a sealed snapshot, or its sections in short, as below. |
| `NAME.lock` | The policylint.lock, in which lines can be marked too. |

Edition and packs are those of the rule, unless the example says them.

```json
{
  "organization": {"DefaultAccessLevel": "Quarantine"},
  "mailboxes": [{"Identity": "ann", "PrimarySmtpAddress": "ann@contoso.com"}],
  "devices": [{"mailbox": "ann@contoso.com", "DeviceId": "AppleDQ7", "DeviceType": "iPhone"}]
}
```

The rows of a section are those of a snapshot; a section that is left out is empty. In an example it is always
9:00 UTC on November 23, 2026, and live state in short was taken an hour before, so that results stay the same. No other
rule is run, except those that say whether the example is a valid policy.

A rule that is not well formed is refused, at the place that is wrong: an unknown key, a setting or a value that does
not exist, a placeholder that the predicate does not give. So are files that lead out of the repository.

## What a rule can do

A rule of a repository has every predicate and every key below that the rules of policylint have, such as `packs`,
`editions`, `severity-when-certain`, `aliases` and `mandatory`; only `builtin` is for policylint alone. `lint --fix`
fixes what the predicate can fix. A pack of your own is a name that is listed under `packs` of the rule and of
policylint.yaml.

A rule asks one question, about one object or about the policy as a whole. It cannot compute, combine predicates,
read other files or call a program: what no predicate asks cannot be checked. Beside such a rule write an
[assertion](glossary.md#assertion), which is about the access that comes out."""

_STEPS = """\
## Rules about steps

With rules about the [steps of a plan](plan.md#steps) the organization says what no plan may do. Their subject is
`step`. `lint` checks whether such a rule is well formed and finds nothing by it; `plan` and `apply-script` ask it. A
rule of severity `error` refuses the plan if it finds a step. The refusal has the id of the rule, and is acknowledged
like [those of guards](plan.md#guards): the text covers these steps and no others. A rule of another severity adds a
note to the plan.

```yaml
# lint/house/no-rule-on-the-system/rule.yaml
title: A device access rule on the operating system is created
severity: error
subject: step
predicate: step-is
params:
  action: [create]
  kind: deviceAccessRule
  after: {Characteristic: [DeviceOS]}
message: "`{identity}` would be created"
help: "write one on the DeviceModel, as each update of the system needs another rule"
```

```yaml
# lint/house/allow-rule-in-use/rule.yaml
title: A rule that many devices need is deleted
severity: error
subject: step
predicate: step-is
params:
  action: [delete]
  kind: deviceAccessRule
  before: {AccessLevel: [Allow]}
  keeps-out-more-than: 10
message: "`{identity}` would be deleted, which keeps {closes} devices out"
help: "tell the help desk first, then acknowledge it"
```

```yaml
# lint/house/change-without-ticket/rule.yaml
title: A change names no ticket
severity: error
subject: step
predicate: step-is
params:
  action: [create, update]
  unless: {reason: ["CHG-[0-9]*"]}
message: "{action} of `{identity}` names no ticket"
help: "begin its `reason` with the number of the ticket, such as CHG-4711"
```

Each of them has a `rule.md` and examples beside it. `rules test` makes the plan of an example with its live state, and
counts: the rule has to find as many steps as the example has marks. Those can be in any line, as a step has none.

`severity` in policylint.yaml changes how much a rule matters or switches it
off, unless it is `mandatory`. Every condition that a rule names must hold."""

_PREDICATES = f"""\
The subject of a rule is the kind of object that its predicate is about; `{POLICY}` is the whole policy. A parameter
that is a setting names one of that kind of object. Values are written as in a policy file. A message or help may
contain the placeholders of the predicate and the names of the parameters, in braces. Live state comes from the
snapshot: devices, live objects, and every setting that the policy does not declare."""
