"""Entries with `matches` of mailboxes: each mailbox gets what the first entry that names it says, and no other does."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from tests.sealed import seal
from tests.texts import CONFIG, LIVE, project

NAMES = ("ann", "ben", "cyd", "dan")
DOMAINS = ("contoso.com", "fabrikam.com")
ADDRESSES = [f"{name}@{domain}" for name in NAMES for domain in DOMAINS]
GLOBS = st.sampled_from(["*", "?an@*", "*@contoso.com", "a*", "*d*", "ben@fabrikam.com", "none*"])
LISTS = st.lists(st.sampled_from(ADDRESSES), min_size=1, max_size=3, unique=True)
CONDITIONS = st.one_of(GLOBS.map(lambda glob: (glob, None)), LISTS.map(lambda names: ("", tuple(names))))
SETTINGS = ("OWAforDevicesEnabled", "MacOutlookEnabled")


def is_as(condition: tuple[str, tuple[str, ...] | None], addresses: set[str]) -> bool:
    glob, names = condition
    return any(fnmatchcase(each, glob) for each in addresses) if names is None else not addresses.isdisjoint(names)


def written(condition: tuple[str, tuple[str, ...] | None]) -> str:
    glob, names = condition
    return f'glob: "{glob}"' if names is None else f"one-of: [{', '.join(names)}]"


@given(
    both=st.lists(st.sampled_from(NAMES), unique=True),
    entries=st.lists(st.tuples(CONDITIONS, CONDITIONS, st.sampled_from(SETTINGS)), min_size=1, max_size=3),
    own=st.none() | st.sampled_from(ADDRESSES),
)
def test_each_mailbox_gets_what_names_it(
    both: list[str],
    entries: list[tuple[tuple[str, tuple[str, ...] | None], tuple[str, tuple[str, ...] | None], str]],
    own: str | None,
) -> None:
    """A mailbox of a name in `both` has an address in each domain; of any other there are two mailboxes."""
    mailboxes = [{f"{name}@{domain}" for domain in DOMAINS} for name in NAMES if name in both]
    mailboxes += [{f"{name}@{domain}"} for name in NAMES if name not in both for domain in DOMAINS]
    rows = [
        {"Identity": min(each), "PrimarySmtpAddress": min(each), "EmailAddresses": [f"smtp:{name}" for name in each]}
        for each in mailboxes
    ]
    lines = [
        f"- {{matches: {{{written(named)}, not: {{{written(left_out)}}}}}, {setting}: false}}\n"
        for named, left_out, setting in entries
    ]
    lines += [f"- {{Identity: {own}, OWAforDevicesEnabled: true}}\n"] if own else []
    done = project({CONFIG: "version: 1", "policy.yaml": f"mailboxes:\n{''.join(lines)}", LIVE: seal(mailboxes=rows)})
    assert done.is_valid
    expected = {}
    for addresses in mailboxes:
        told = {
            setting: False
            for named, left_out, setting in entries
            if is_as(named, addresses) and not is_as(left_out, addresses)
        }
        told |= {"OWAforDevicesEnabled": True} if own in addresses else {}
        if told:
            expected[min(addresses)] = told
    found = {
        min(next(each for each in mailboxes if mailbox.identity in each)): {
            name: value for name, value in mailbox.settings.items() if name != "Identity"
        }
        for mailbox in (done.policy.state.mailboxes or {}).values()
    }
    assert expected == found
