"""The policylint.yaml of an imported policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.edit.format import formatted
from policylint.fmt.scalar import text_of
from policylint.model.state import MAILBOX
from policylint.model.system_mailboxes import patterns_of
from policylint.named_tuple import NamedTuple
from policylint.schema.store import CONFIG
from policylint.source import Source
from policylint.syntax.parse import forbidden_character

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policylint.importing.selection import Selection
    from policylint.model.config import Management
    from policylint.model.snapshot import Header
    from policylint.schema.store import SchemaStore

MODE = "owned"
"""What happens to what is live and no longer declared: it goes, if the policy declared it when it was last applied."""

SINCE = "applied"
"""The tag of the revision last applied, as `policylint init` names it."""


class ConfigurationFacts(NamedTuple):
    """What policylint.yaml says: `policies` is the pattern of the policy files, `snapshots` are paths beside it.

    `baseline` is the path of the baseline, None where there is none.
    """

    edition: str
    target: str | None
    policies: str
    snapshots: Sequence[str]
    baseline: str | None = None


def target_of(header: Header) -> str | None:
    """Return what names the organization of a snapshot, None where nothing does."""
    names = (header.organization, header.tenant, header.organization_guid)
    known = (name for name in names if name and forbidden_character(name) is None)
    return None if header.redacted else next(known, None)


def configuration_text(
    facts: ConfigurationFacts, selections: Sequence[Selection], path: str, store: SchemaStore
) -> str:
    """Return the text of policylint.yaml in canonical form; every section that was read is managed."""
    rough = "".join(f"{line}\n" for line in _lines(facts, selections))
    text, problems = formatted(Source(path, rough), store, CONFIG)
    assert text is not None, problems
    return text


def _lines(facts: ConfigurationFacts, selections: Sequence[Selection]) -> Iterator[str]:
    yield from ("version: 1", f"edition: {facts.edition}", "")
    yield "# The organization: its tenant ID, organization GUID or domain. The snapshot of another one is refused."
    yield f"target: {text_of(facts.target, flow=False)}" if facts.target is not None else "# target:"
    yield f"policies: [{text_of(facts.policies, flow=True)}]"
    if facts.snapshots:
        words = ", ".join(text_of(path, flow=True) for path in facts.snapshots)
        yield from ("", "# The live state to compare with.")
        yield (
            f"snapshot: [{words}]"
            if len(facts.snapshots) > 1
            else f"snapshot: {text_of(facts.snapshots[0], flow=False)}"
        )
    if facts.baseline is not None:
        yield from ("", "# What lint found on the first day. `policylint lint --update-baseline` removes what is gone.")
        yield f"baseline: {text_of(facts.baseline, flow=False)}"
    if selections:
        yield from (
            "",
            "# What happens to what is live and these files do not declare: `owned` removes what they declared at the",
        )
        yield "# revision `since`, `exact` removes all of it, `additive` keeps it. What stays is listed as drift."
        yield "manage:"
        yield from (f"  {each.described.section}: {_mode(each)}" for each in selections)
    yield from ("", "# A tag of the revision last applied: set it when a plan is empty.", f"since: {SINCE}")


def _mode(selection: Selection) -> str:
    """Return the mode of a section; of mailboxes, those that Exchange made for itself are excepted."""
    patterns = patterns_of(selection.system) if selection.described.name == MAILBOX else ()
    return management_text(None, patterns)


def management_text(known: Management | None, patterns: Iterable[str]) -> str:
    """Return what `manage` says of a section, as it is known or not yet, with more patterns of what is excepted."""
    mode = known.mode if known is not None else MODE
    exceptions = dict.fromkeys((*(known.exceptions if known is not None else ()), *patterns))
    additive = known is not None and known.additive_lists
    words = ", ".join(text_of(pattern, flow=True) for pattern in exceptions)
    parts = [f"mode: {mode}", *(["lists: additive"] if additive else []), *([f"except: [{words}]"] if words else [])]
    return f"{{{', '.join(parts)}}}" if len(parts) > 1 else mode
