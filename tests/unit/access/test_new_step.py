"""A step added to the order of decision is followed by everything that decides, with no further line of code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policylint.access import decide
from policylint.access.cohorts import cohorts_of
from policylint.access.decide import AccessModel
from policylint.access.decision import Decision
from policylint.access.grouping import group
from policylint.access.request import AccessRequest, Facts
from policylint.access.simulate import simulate
from policylint.access.steps import BEFORE_RULES, DecisionStep, Passed
from policylint.analysis.assertions import check_assertions
from policylint.analysis.compare import compare
from policylint.analysis.minimal_changes import Effects, minimal_changes
from policylint.analysis.why import explain
from policylint.model.device_table import DeviceTable
from policylint.model.names import Names
from policylint.plan.diff import diff
from policylint.plan.replay import replay
from tests.worlds import STORE, bind, device, state

if TYPE_CHECKING:
    from policylint.access.rule_index import RuleIndex

BOX = "john.doe@contoso.com"
POLICY = "organization: {DefaultAccessLevel: Allow}\nmailboxes:\n  - Identity: %s\n    UniversalOutlookEnabled: %s\n"
MAIL = device(BOX, DeviceId="W1", DeviceType="WindowsMail", ClientType="UniversalOutlook")
PHONE = device(BOX, DeviceId="P1", DeviceType="iPhone", ClientType="EAS", ClientVersion="16.1")
ELSEWHERE = device("else@contoso.com", DeviceId="W2", DeviceType="WindowsMail", ClientType="UniversalOutlook")
DEVICES = DeviceTable([MAIL, PHONE, ELSEWHERE])


def _windows_mail(request: AccessRequest, _rules: RuleIndex, _facts: Facts) -> Decision | Passed:
    """Honor one more switch of the mailbox."""
    if request.client.kind == "UniversalOutlook" and request.mailbox.switch("UniversalOutlookEnabled") is False:
        return Decision("Blocked", None, "windows-mail-switch", decider="mailbox", setting="UniversalOutlookEnabled")
    return Passed("Windows Mail is not switched off")


@pytest.fixture(autouse=True)
def _one_more_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "BEFORE_RULES", (STEP, *BEFORE_RULES))


STEP = DecisionStep("windows-mail-switch", "is Windows Mail switched off for the mailbox?", _windows_mail)


def _model(switch: bool) -> AccessModel:
    return AccessModel(state(POLICY % (BOX, str(switch).lower())), Facts())


def test_it_decides_and_explains() -> None:
    decision = _model(False).decide(MAIL)
    assert ("Blocked", "windows-mail-switch") == (decision.state, decision.step)
    assert decision.decided_by is not None
    assert BOX == decision.decided_by.identity
    (explained,) = explain(None, _model(False), [MAIL])
    assert ["windows-mail-switch"] == [step.step for step in explained.desired]


def test_it_is_simulated() -> None:
    simulation = simulate(_model(True), _model(False), DEVICES)
    assert [MAIL] == [access.device for access in simulation.devices if access.changed]
    assert 1 == simulation.changed
    changed = [row for row in group(simulation, "client") if row.changed]
    assert [("UniversalOutlook", 1)] == [(row.value, row.desired["Blocked"]) for row in changed]


def test_devices_it_tells_apart_are_cohorts_of_their_own() -> None:
    index = cohorts_of(DEVICES, (_model(False),))
    assert [1, 1, 1] == [cohort.size for cohort in index.cohorts]


def test_it_is_compared() -> None:
    found = compare(_model(True), _model(False), devices=DEVICES)
    (region,) = found.regions
    assert (1, MAIL) == (region.devices, region.witness)
    assert ("Blocked", "windows-mail-switch") == (region.after.state, region.after.step)
    assert compare(_model(True), _model(False)).regions
    assert not compare(_model(False), _model(False)).regions


def test_the_replay_of_a_plan_counts_whom_it_keeps_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "BEFORE_RULES", (STEP,))
    for before, after, counts in ((True, False, (0, 1)), (False, True, (1, 0))):
        live, desired = _model(before).state, _model(after).state
        replayed = replay(diff(live, desired, STORE), live, desired, DEVICES, Facts(), STORE)
        assert [counts] == [(step.opens, step.closes) for step in replayed.steps]
        assert replayed.flapping is None


def test_assertions_see_it() -> None:
    always = f"{{state: Allowed, mailbox: {BOX}, ClientType: UniversalOutlook}}"
    text = POLICY % (BOX, "false") + f"assertions:\n  - {{name: mail stays, always: {always}}}\n"
    policy, model = bind(text), _model(False)
    boxes = dict((model.state.mailboxes or {}).items())
    (found,) = check_assertions(policy.assertions, model, DEVICES, Names(boxes), lambda _name: model)
    assert ("failed", MAIL) == (found.outcome, found.witness)


def test_minimal_changes_undo_it() -> None:
    allowed = (DecisionStep("allow", "is it allowed?", lambda *_: Decision("Allowed", None, "allow")),)
    model = AccessModel(_model(False).state, Facts(), steps=(STEP, *allowed))
    (change,) = minimal_changes(Effects(model, DEVICES), MAIL)
    assert (f"set UniversalOutlookEnabled of {BOX} to true",) == change.changes
