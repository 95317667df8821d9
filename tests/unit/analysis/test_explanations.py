"""What `explain` knows: the data is whole and true to the code, and a text leads to what it means."""

from __future__ import annotations

import ast
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
import jsonschema
import pytest

import policylint
from policylint.access.decision import STATES
from policylint.access.steps import STEPS
from policylint.adapters.resources import read_schema
from policylint.analysis.explanations import KINDS, STEP_NUMBERS, squeezed
from policylint.analysis.mismatch import AUTOBLOCK, KNOWN
from policylint.cli.main import COMMANDS, main
from policylint.schema.store import CONFIG
from tests.texts import shared
from tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.analysis.explanations import Explanation

EXPLANATIONS = shared().explanations
ENTRIES = EXPLANATIONS.entries


def ids(query: str) -> list[str]:
    return [entry.id for entry in EXPLANATIONS.find(query)]


def names_of(kind: str) -> set[str]:
    return {squeezed(name) for entry in ENTRIES if entry.kind == kind for name in (entry.id, *entry.names)}


def test_the_data_is_what_its_schema_says() -> None:
    schema = json.loads(read_schema("explanations.schema.json"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(read_schema("data/explanations.json")))
    assert list(KINDS) == schema["properties"]["entries"]["items"]["properties"]["kind"]["enum"]
    assert len(ENTRIES) == len({entry.id for entry in ENTRIES})


def test_steps_are_those_of_the_order() -> None:
    assert {step for entry in ENTRIES for step in entry.steps} <= set(STEP_NUMBERS)
    assert [step.name for step in STEPS] == [entry.id for entry in ENTRIES if entry.kind == "step"]


def test_states_and_reasons_of_the_program_are_known() -> None:
    assert {squeezed(name) for name in STATES} <= names_of("state")
    assert {squeezed(name) for name in KNOWN | AUTOBLOCK if name} <= names_of("reason")


def emitted_guards() -> Iterator[str]:
    """Yield every guard name that the code can emit: literals, limits of policylint.yaml, kinds of objects."""
    yield from shared().store.schema(CONFIG)["properties"]["guards"]["properties"]
    for kind in shared().store.object_types:
        yield f"unknown-{kind}"
    package = Path(policylint.__file__).parent
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal":
                values = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "guard")]
                yield from (str(value.value) for value in values if isinstance(value, ast.Constant))


@pytest.mark.parametrize("guard", sorted(set(emitted_guards())))
def test_every_guard_that_the_code_can_emit_is_explained(guard: str) -> None:
    assert "guard" in [entry.kind for entry in EXPLANATIONS.find(guard)]


def emitted_codes() -> Iterator[str]:
    """Yield every code of a problem with live state that the code can emit: the first text with which one is made."""
    makers = {"Loss", "Lost", "Problem"}
    package = Path(policylint.__file__).parent
    for path in (*sorted((package / "readers").glob("*.py")), package / "project" / "live.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if isinstance(node, ast.Call) and (name in makers or name in {"add", "_note", "_refusal", "_add"}):
                texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
                yield from (str(text) for text in texts[:1] if "-" in str(text) and " " not in str(text))


def test_every_code_of_a_problem_is_explained() -> None:
    emitted = set(emitted_codes())
    assert len(emitted) > 15
    assert emitted <= {entry.id for entry in ENTRIES if entry.kind == "problem"}


@pytest.mark.parametrize("line", sorted({line for entry in ENTRIES for line in entry.next}))
def test_what_to_run_next_can_be_run(line: str) -> None:
    program, name, *arguments = shlex.split(line)
    if name not in COMMANDS:
        name, arguments = f"{name} {arguments[0]}", arguments[1:]
    assert "policylint" == program
    assert name in COMMANDS
    command = main.get_command(click.Context(main), name)
    assert command is not None
    known = {spelling for param in command.params if isinstance(param, click.Option) for spelling in param.opts}
    assert {word for word in arguments if word.startswith("-")} <= known
    if name == "explain":
        topic = arguments[0]
        assert EXPLANATIONS.find(topic) or topic in {name for rule in shared().rules for name in rule.names}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("126", ["status-126"]),
        ("status 126", ["status-126"]),
        ("Status: 126", ["status-126"]),
        ("EAS status code 126", ["status-126"]),
        ("0x7E", ["status-126"]),
        ("UserDisabledForSync", ["status-126"]),
        ("user disabled for sync", ["status-126"]),
        ("TbSync: error, ActiveSync status 142 in Sync", ["status-142"]),
        ("HTTP 403", ["http-403"]),
        ("http403", ["http-403"]),
        ("HTTP/1.1 403 Forbidden", ["http-403"]),
        ("error 449", ["http-449"]),
        ("0x80550003", ["0x80550003"]),
        ("quarantined", ["Quarantined"]),
        ("QUARANTINE", ["Quarantined"]),
        ("device discovery", ["DeviceDiscovery"]),
        ("mailbox-migration", ["MailboxMigration"]),
        ("None", ["state-None"]),
        ("Unknown", ["state-Unknown", "reason-Unknown", "policy-status-Unknown"]),
        ("reason Unknown", ["reason-Unknown"]),
        ("DeviceAccessStateReason: Policy", ["Policy"]),
        ("Blocked (DeviceRule)", ["Blocked", "DeviceRule"]),
        ("useragentschanges", ["UserAgentsChanges"]),
        ("max newly denied", ["max-newly-denied"]),
        ("`unknown-mailbox`", ["unknown-mailbox"]),
        ("personal block", ["personal-block"]),
        ("not decided here", ["not-decided-here"]),
        ("disputed", ["disputed"]),
        ("Permission to sync not established", ["permission-to-sync-not-established"]),
        ("\u201cpermission to sync NOT established\u201d.", ["permission-to-sync-not-established"]),
        ("permission to sync", ["permission-to-sync-not-established"]),
        ("my phone says: Cannot Get Mail - The connection to the server failed!", ["cannot-get-mail"]),
        ("cannot verify account", ["cannot-verify-account"]),
        ("Your mobile device is temporarily blocked from synchronizing\u2026", ["temporarily-blocked"]),
        ("Unable to open connection", ["unable-to-open-connection"]),
        ("your organization\u2019s policy requires a PIN", ["policy-requires"]),
        ("Account configuration has failed", ["account-configuration-failed"]),
        ("You can't get there from here", ["cannot-get-there-from-here"]),
        ("frobnicate", []),
        ("sync", []),
        ("", []),
        ("4711", []),
    ],
)  # fmt: skip
def test_a_text_leads_to_what_it_means(query: str, expected: list[str]) -> None:
    assert expected == ids(query)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_every_name_leads_to_its_entry(entry: Explanation) -> None:
    for name in (entry.id, *entry.names):
        assert entry in EXPLANATIONS.find(name), name


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("mailbox-switch", ("status 126", "HTTP 403")),
        ("personal-block", ("status 129", "status 130", "HTTP 403")),
        ("personal-allow", ()),
        ("windows-mail", ()),
    ],
)
def test_codes_of_a_step(step: str, expected: tuple[str, ...]) -> None:
    assert expected == EXPLANATIONS.symptoms_of_step(step)


def test_codes_of_the_mailbox_policy_are_those_of_the_policy() -> None:
    codes = EXPLANATIONS.symptoms_of_step("mailbox-policy")
    assert codes[:6] == (*(f"status {code}" for code in (139, 141, 142, 143, 144)), "HTTP 449")
    assert not {"status 126", "status 165", "status 177"} & set(codes)


def test_the_catalog_says_its_date() -> None:
    (catalog,) = EXPLANATIONS.find("catalog")
    assert shared().catalog_date in catalog.means


CAUSES = ("stale", "transient", "outside", "disputed", "sticky", "policy")


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_of_a_mismatch_is_explained(cause: str) -> None:
    assert EXPLANATIONS.find(cause)


def test_a_source_in_our_own_pages_is_there() -> None:
    for entry in ENTRIES:
        for page, _, anchor in (source.partition("#") for source in entry.sources if source.startswith("docs/")):
            text = (ROOT / page).read_text(encoding="utf-8")
            headings = [line.lstrip("# ").lower().replace(" ", "-") for line in text.splitlines() if line[:1] == "#"]
            assert anchor in headings, (entry.id, anchor)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("Can't Verify Account", "cannot-verify-account"),
        ("permission to sync isn't established", "permission-to-sync-not-established"),
        ("Permission to sync is not established", "permission-to-sync-not-established"),
        ("Your device doesn't have permission to sync", "permission-to-sync-not-established"),
        ("Couldn't open connection to server", "unable-to-open-connection"),
        ("requires security update", "policy-requires"),
        ("Username or password is incorrect", "authentication-failed"),
        ("Your phone has been quarantined", "temporarily-blocked"),
        ("Your mobile phone is being quarantined", "temporarily-blocked"),
        ("EasMaxDevices", "too-many-partnerships"),
    ],
)
def test_a_message_is_known_in_other_words(words: str, meant: str) -> None:
    assert meant in [entry.id for entry in EXPLANATIONS.find(words)]


@pytest.mark.parametrize("words", ["my dog ate it", "is the", "the server of my mailbox plan"])
def test_other_words_are_not_taken_for_a_message(words: str) -> None:
    assert () == EXPLANATIONS.find(words)
