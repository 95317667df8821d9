"""What is written of live state: what is special, in which order, with which comments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from policylint.edit.comments import comment
from policylint.edit.format import formatted
from policylint.importing.policy import LivePolicy
from policylint.model.system_mailboxes import system_pattern
from policylint.project.imported import Places, import_live
from policylint.project.project import Project
from policylint.schema.store import POLICY
from policylint.source import Source
from policylint.syntax.parse import parse
from policylint.syntax.suppression import suppressions
from policylint.text import natural
from tests.hostile.world import LIVE as HOSTILE
from tests.importing.example import mailbox, on_a_server, online, policy, rule
from tests.texts import LIVE, TODAY, TextFiles, shared
from tests.worlds import STORE, entity, read, read_sealed

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACES = Places("policy", "policylint.yaml", "policy/**/*.yaml", (LIVE,), ("baseline.yaml", "baseline.yaml"))

ONLINE = {
    "organization.yaml": """\
# Imported from folder (Exchange Online). Settings at Exchange's default are not written and so not managed.
organization:
  # TODO outlook-mobile-not-allowed: no rule names Outlook for iOS and Outlook for Android, so the default level \
leaves it quarantined
  DefaultAccessLevel: Quarantine
  AdminMailRecipients: [oncall@contoso.com, ops@contoso.com]
  UserMailInsert: "Your phone isn't approved yet: see <https://fabrikam.com/phones> & wait."
""",
    "device-access-rules.yaml": """\
deviceAccessRules:
  # blocked
  # TODO access-rule-matches-nothing: no device in the snapshot or the catalog of 2026-11-23 reports `NO` as DeviceModel
  - {Characteristic: DeviceModel, QueryString: "NO", AccessLevel: Block}
  # TODO version-pinned-rule: `MSFT-WIN-4/10.0.19045` is one version: other versions do not match
  - {Characteristic: UserAgent, QueryString: MSFT-WIN-4/10.0.19045, AccessLevel: Block}
  # quarantined
  # TODO version-pinned-rule: `Android 11` is one version: a device that updates no longer matches and gets what the \
other rules and the default say
  - {Characteristic: DeviceOS, QueryString: Android 11, AccessLevel: Quarantine}
  # allowed
  # TODO access-rule-matches-nothing: no device in the snapshot or the catalog of 2026-11-23 reports `0123` as \
DeviceModel
  - {Characteristic: DeviceModel, QueryString: "0123", AccessLevel: Allow}
  - {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}
""",
    "mailbox-policies.yaml": """\
mobileDeviceMailboxPolicies:
  # TODO policy-without-password: `PasswordEnabled` of policy `Default` is false: 1 device of 1 mailbox needs \
no passcode for the mail
  - Name: Default
    IsDefault: true
  - Name: Frontline
    AllowBluetooth: HandsfreeOnly
    MaxAttachmentSize: 10485760
    MaxInactivityTimeLock: 00:05:00
    MinPasswordLength: 6
    PasswordEnabled: true
    PasswordExpiration: 90.00:00:00
""",
    "mailboxes.yaml": """\
# 1 mailbox of 4 has nothing special and is left out.
mailboxes:
  - Identity: avery.example@contoso.com
    ActiveSyncAllowedDeviceIDs:
      - F04PLSH3Q51BD0PQ7MQ2N4CKV0  # iPhone15C2, iOS 17.3 21D50
  - Identity: blake.sample@contoso.com
    ActiveSyncMailboxPolicy: Frontline
    ActiveSyncAllowedDeviceIDs:
      - androidc804417726  # SM-G973F, Android 11, last sync 2026-11-20
      - b90e3d5c11f7420a8e6d2c4fa5137b08  # TODO stale-device-id: no such device in the snapshot
      - SEC1B40FA72C9E318  # TODO stale-device-id: no such device in the snapshot
    ActiveSyncBlockedDeviceIDs:
      # TODO device-id-of-other-mailbox: `6E20841BFD11A273` is a device of `d.o'neil@contoso.com`, not of \
`blake.sample@contoso.com`
      - 6E20841BFD11A273
  - Identity: casey.other@contoso.com
    # TODO outlook-mobile-left-on: `ActiveSyncEnabled: false` does not stop Outlook mobile for \
`casey.other@contoso.com`: its `OutlookMobileEnabled` is true
    ActiveSyncEnabled: false
    ActiveSyncMailboxPolicy: Default  # pinned: does not follow when another policy becomes the default
""",
}
ON_A_SERVER = {
    "organization.yaml": """\
# Imported from folder (Exchange 2019). Settings at Exchange's default are not written and so not managed.
organization:
  # TODO default-level-allow: default access level is `Allow`: every device that no rule names gets in
  DefaultAccessLevel: Allow
""",
    "device-access-rules.yaml": """\
deviceAccessRules:
  # blocked
  # TODO version-pinned-rule: `iOS 6.1 10B142` is one version: other versions do not match, and a device blocked by \
it may stay blocked after its update
  - {Characteristic: DeviceOS, QueryString: iOS 6.1 10B142, AccessLevel: Block}
  # TODO version-pinned-rule: `iOS 6.1.2 10B146` is one version: other versions do not match, and a device blocked \
by it may stay blocked after its update
  - {Characteristic: DeviceOS, QueryString: iOS 6.1.2 10B146, AccessLevel: Block}
""",
    "mailbox-policies.yaml": """\
mobileDeviceMailboxPolicies:
  - Name: Default
    IsDefault: true
    AllowSimplePassword: false
    MaxInactivityTimeLock: 00:15:00
    MinPasswordLength: 4
    PasswordEnabled: true
""",
    "mailboxes.yaml": """\
# 1 mailbox of 2 has nothing special and is left out.
mailboxes:
  - Identity: kim.ray@adatum.com
    ActiveSyncEnabled: false
""",
}


PLANS = """\
# 1 mailbox plan of 2 has nothing special and is left out.
mailboxPlans:
  - Identity: Kiosk
    ActiveSyncEnabled: false
"""


def imported(content: bytes, edition: str = "exchange-online", **options: Any) -> Mapping[str, str]:
    """Return the files that say what a snapshot holds."""
    snapshot = read_sealed(content)
    empty = Project(TextFiles({}), shared(), now=lambda: TODAY, live=lambda: snapshot)
    return import_live(empty, PLACES, edition, ["folder"], **options).files


def policy_of(content: bytes, edition: str = "exchange-online", **options: Any) -> dict[str, str]:
    """Return the policy files without comments on what lint finds."""
    live = LivePolicy(read_sealed(content), STORE, edition, ["folder"], **options)
    return live.texts((), {})


@pytest.mark.parametrize(
    ("content", "edition", "expected"),
    [(online(), "exchange-online", ONLINE), (on_a_server(), "exchange-2019", ON_A_SERVER)],
    ids=["online", "on a server"],
)
def test_an_organization_comes_out_as_a_person_would_have_written_it(
    content: bytes, edition: str, expected: dict[str, str]
) -> None:
    files = imported(content, edition)
    assert expected == {name: files[f"policy/{name}"] for name in expected}


def test_all_settings_are_written_where_that_is_asked_for() -> None:
    files = policy_of(online(), defaults=True)
    assert "    PasswordEnabled: false\n" in files["mailbox-policies.yaml"]
    assert "    MinPasswordLength: null\n" in files["mailbox-policies.yaml"]
    assert "    UNCAccessEnabled: false\n" in files["mailbox-policies.yaml"]
    assert "ApprovedApplicationList" not in files["mailbox-policies.yaml"]
    assert "not written" not in files["organization.yaml"]
    assert files["mailboxes.yaml"] == policy_of(online())["mailboxes.yaml"]


def test_no_rules_are_an_empty_list_and_what_was_not_read_has_no_file() -> None:
    cut = online(deviceAccessRules=[], complete={"mailboxes": "cut"})
    live = LivePolicy(read_sealed(cut, allow_incomplete=["mailboxes"]), STORE, "exchange-online", ["a"])
    assert ["organization.yaml", "device-access-rules.yaml", "mailbox-policies.yaml"] == list(live.drafts)
    assert "deviceAccessRules: []\n" == live.texts((), {})["device-access-rules.yaml"]


def test_mailbox_plans_and_thresholds_only_where_something_differs() -> None:
    plans = [{"DisplayName": name, "ActiveSyncEnabled": on} for name, on in (("Basic", "True"), ("Kiosk", "False"))]
    assert PLANS == policy_of(online(mailboxPlans=plans))["mailbox-plans.yaml"]
    assert "mailbox-plans.yaml" not in policy_of(online(mailboxPlans=plans[:1]))
    limits = [
        {"Identity": "SyncCommands", "BehaviorTypeIncidenceLimit": "5", "AdminEmailInsert": text} for text in ("a",)
    ]
    files = policy_of(on_a_server(deviceAutoblockThresholds=limits), "exchange-2019")
    expected = "deviceAutoblockThresholds:\n  - Identity: SyncCommands\n    AdminEmailInsert: a\n"
    assert expected == files["device-autoblock-thresholds.yaml"]


@pytest.mark.parametrize(
    ("section", "row", "said"),
    [
        ("deviceAccessRules", rule("DeviceModel", "a\u202eb", "Block"), "bidirectional control character U+202E"),
        ("deviceAccessRules", rule("DeviceModel", "x", "Sometimes"), "AccessLevel is `Sometimes`, which its schema"),
        ("deviceAccessRules", rule("DeviceModel", "x" * 300, "Block"), "QueryString is `xxx"),
        ("deviceAccessRules", {"Characteristic": "DeviceModel", "QueryString": "x"}, "AccessLevel was not read"),
        (
            "mobileDeviceMailboxPolicies",
            policy("X", MaxInactivityTimeLock="30 minutes"),
            "MaxInactivityTimeLock is `30",
        ),
        ("mailboxes", mailbox("x@contoso.com", allowed=["a\u0000b"]), "holds a control character U+0000"),
        ("mailboxes", mailbox("x@contoso.com", ActiveSyncEnabled="Perhaps"), "ActiveSyncEnabled is `Perhaps`"),
    ],
)
def test_what_no_policy_can_say_is_named_and_breaks_nothing(section: str, row: dict[str, Any], said: str) -> None:
    live = LivePolicy(read_sealed(online(**{section: [row]})), STORE, "exchange-online", ["a"])
    (unsaid,) = [each for selection in live.selections for each in selection.unsaid]
    assert said in unsaid.why
    for name, text in live.texts((), {}).items():
        assert (text, ()) == formatted(Source(name, text), STORE, POLICY)
        assert (f"# Not written: {unsaid.setting or unsaid.identity[:1]}" in text) == (section in text)


def test_of_two_defaults_one_is_written() -> None:
    """There is never more than one, but a file may be put together of two exports."""
    content = online(mobileDeviceMailboxPolicies=[policy("Default"), policy("B", IsDefault="True")], mailboxes=[])
    files = imported(content)
    assert 1 == files["policy/mailbox-policies.yaml"].count("IsDefault: true")
    assert "# Not written: IsDefault of Default: B is the default, too\n" in files["policy/mailbox-policies.yaml"]
    there = Project(TextFiles(files), shared(), now=lambda: TODAY, live=lambda: read_sealed(content))
    assert there.plan().in_sync


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_text_from_outside_stays_in_its_comment(text: str) -> None:
    source = Source("a.yaml", f"a: 1  # {comment(f'{text} # policylint: ignore[x] y')}\n")
    node, problems = parse(source)
    assert () == problems
    assert () == suppressions(source, node)
    assert 1 == source.text.count("\n")


@pytest.mark.parametrize(
    "directive",
    [
        "policylint: ignore[a] b",
        "yaml-language-server: $schema=x",
        "vim: set x",
        "vim700:x",
        "ex: x",
        "-*- eval: x -*-",
    ],
)
def test_no_comment_is_a_directive(directive: str) -> None:
    for text in (directive, f"a {directive}", directive.upper()):
        assert directive.lower() not in comment(text).lower()


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_live_state_is_written_and_plans_to_nothing_else(number: int) -> None:
    name, text = list(HOSTILE.items())[number]
    content = online(
        organization={"Identity": "a", "DefaultAccessLevel": "Block", "UserMailInsert": text},
        deviceAccessRules=[rule("DeviceModel", text, "Allow")],
        mobileDeviceMailboxPolicies=[policy("Default"), policy(text)],
        mailboxes=[mailbox("a@contoso.com", text, allowed=[text], blocked=["b"])],
    )
    files = policy_of(content)
    for path, written in files.items():
        assert [] == read(written, path).lines, name
    there = Project(TextFiles(files), shared(), now=lambda: TODAY, live=lambda: read_sealed(content))
    assert not [step for step in there.plan().steps if step.action != "delete"]


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("HealthMailbox0d5d3f6a2f8e4f0f8ab1cd8f0f9c1234@adatum.com", True),
        ("HealthMailbox-EX01-Mailbox-Database-01", True),
        ("SystemMailbox{1f05a927-3be2-4fb9-aa03-b59fe3b56f4c}@adatum.com", True),
        ("adatum.com/Users/SystemMailbox{e0dc1c29-89c3-4034-b678-e6c29d823ed9}", True),
        ("DiscoverySearchMailbox{D919BA05-46A6-415f-80AD-7E09334BB852}@contoso.com", True),
        ("Migration.8f3e7716-2011-43e4-96b1-aba62d229136", True),
        ("FederatedEmail.4c1f4d8b-8179-4148-93bf-00a95fa1e042@adatum.com", True),
        ("healthmailbox@contoso.com", False),
        ("migration.team@contoso.com", False),
        ("systemmailbox.owner@contoso.com", False),
    ],
)
def test_mailboxes_of_exchange_itself_are_known_by_their_names(name: str, system: bool) -> None:
    assert system == (system_pattern(entity("mailbox", Identity=name)) is not None)


def test_mailboxes_of_exchange_itself_are_left_out_and_excepted() -> None:
    own = mailbox("SystemMailbox{1f05a927-3be2-4fb9-aa03-b59fe3b56f4c}@contoso.com", ActiveSyncEnabled="False")
    content = online(mailboxes=[own, mailbox("a@contoso.com")])
    files = imported(content)
    assert files["policy/mailboxes.yaml"].endswith("# 1 system mailbox is left out.\nmailboxes: []\n")
    assert '  mailboxes: {mode: owned, except: ["SystemMailbox*{*"]}\n' in files["policylint.yaml"]
    there = Project(TextFiles(files), shared(), now=lambda: TODAY, live=lambda: read_sealed(content))
    assert there.plan().in_sync


def test_texts_are_in_the_order_of_people() -> None:
    texts = ["iOS 6.1.2 10B146", "b2", "B10", "iOS 6.1 10B142", "a", "b02", "iOS 10"]
    assert ["a", "b2", "b02", "B10", "iOS 6.1 10B142", "iOS 6.1.2 10B146", "iOS 10"] == sorted(texts, key=natural)
