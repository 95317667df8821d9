"""Law 1 for imported policies: what is written of live state plans to nothing, and is in canonical form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from policylint.diagnostic import Severity
from policylint.edit.format import formatted
from policylint.errors import SnapshotError
from policylint.importing.policy import LivePolicy
from policylint.model.device_table import DeviceTable
from policylint.model.snapshot import Header, Snapshot
from policylint.model.state import POLICY as KIND
from policylint.project.imported import Places, import_live
from policylint.project.project import Project
from policylint.schema.store import CONFIG, POLICY
from policylint.source import Source
from tests.examples import examples
from tests.importing.example import DEVICES, MAILBOXES, online, policy
from tests.strategies import EVERY_DEVICE, live_states, trees, written
from tests.texts import LIVE, TODAY, TextFiles, project, shared
from tests.worlds import STORE, read, read_sealed, sealed, state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.model.state import State

EDITION = "exchange-online"
FEW = settings(max_examples=examples(10))
PLACES = Places("policy", "policylint.yaml", "policy/**/*.yaml", (LIVE,), ("baseline.yaml", "baseline.yaml"))
HEADER = Header(EDITION, None, "contoso.onmicrosoft.com", None, "2026-11-23T08:00:00Z", "0", redacted=False)


def imported(snapshot: Snapshot) -> Mapping[str, str]:
    """Return the files of a repository made of a snapshot."""
    empty = Project(TextFiles({}), shared(), now=lambda: TODAY, live=lambda: snapshot)
    return import_live(empty, PLACES, EDITION, [LIVE]).files


def made(files: Mapping[str, str], snapshot: Snapshot | None) -> Project:
    """Return the project of the files over a snapshot."""
    return Project(TextFiles(files), shared(), now=lambda: TODAY, live=lambda: snapshot)


def check(snapshot: Snapshot) -> None:
    files = imported(snapshot)
    for path, text in files.items():
        schema = {"policylint.yaml": CONFIG, "baseline.yaml": "policylint:baseline"}.get(path, POLICY)
        if not path.startswith("baseline"):
            assert (text, ()) == formatted(Source(path, text), STORE, schema)
    there = made(files, snapshot)
    plan = there.plan()
    assert ((), (), ()) == (plan.steps, plan.drift, plan.refusals)
    for known in (snapshot, None):
        result = made(files, known).lint()
        assert ([], ()) == ([each for each in result.diagnostics if each.severity is not Severity.INFO], result.gone)


UNKNOWN = DeviceTable([each._replace(provisionable="unknown") for each in EVERY_DEVICE])
APPS = st.lists(st.sampled_from(["b", "a", "A", "c 10", "c 9"]), max_size=4).map(tuple)


@st.composite
def states_with_lists(draw: st.DrawFn) -> State:
    """Return live state whose mailbox policies have lists in whatever order."""
    live = draw(live_states())
    names = ("UnapprovedInROMApplicationList", "ApprovedApplicationList")
    policies = {
        key: each._replace(settings={**each.settings, **{name: draw(APPS) for name in names}})
        for key, each in live.of_kind(KIND).items()
    }
    return live.with_kind(KIND, policies)


@FEW
@given(states_with_lists(), st.sampled_from([DeviceTable(EVERY_DEVICE), UNKNOWN]))
def test_the_policy_of_a_random_world_plans_to_nothing(live: State, devices: DeviceTable) -> None:
    check(Snapshot(LIVE, "", HEADER, live, devices, {}))


def test_an_imported_repository_is_clean_with_its_snapshot_and_without() -> None:
    """Here no device of the snapshot has `Android 11`; without it that is just one version."""
    check(read_sealed(online(devices=DEVICES[:1])))


def test_the_order_of_a_list_raises_no_enforcement() -> None:
    strict = policy("Default", AllowNonProvisionableDevices="False", UnapprovedInROMApplicationList=["b", "a"])
    check(read_sealed(online(mobileDeviceMailboxPolicies=[strict], mailboxes=MAILBOXES[:1])))


@given(trees(POLICY, wrong=False))
def test_whatever_a_policy_can_say_comes_back(tree: tuple[Any, Any]) -> None:
    text = written(tree[0])
    assume(not read(text).lines)
    try:
        snapshot = project({LIVE: sealed(text)}).required_snapshot
    except SnapshotError:
        assume(False)
    live = LivePolicy(snapshot, STORE, EDITION, [LIVE], defaults=True)
    declared = state(*live.texts((), {}).values())
    for selection in live.selections:
        assert () == selection.unsaid
        for entity in selection.objects:
            there = declared.of_kind(entity.kind)[entity.key]
            assert dict(entity.settings) == dict(there.settings)
