"""The plan as a value: what has to change, in which order, who is affected, and the refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple
from policylint.text import instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from policylint.access.decision import AccessState
    from policylint.access.impact import Impact
    from policylint.model.device import DeviceClass
    from policylint.model.entity import ObjectKind, Value
    from policylint.plan.attribution import Attribution
    from policylint.plan.audit import AuditTrail
    from policylint.plan.change import PlanStep
    from policylint.plan.evidence import Evidence
    from policylint.plan.refusal import Refusal
    from policylint.plan.ring import Ring
    from policylint.plan.rollback import TakesBack


class Drift(NamedTuple):
    """Something live that is not as the policy says, or that the policy does not declare, and that stays.

    `live` is the value of the setting, or the items of a list that stay; `why` is one of the words of `plan.drift`.
    """

    kind: ObjectKind
    identity: str
    property: str | None
    live: Value
    desired: Value
    why: str


class PlanSource(NamedTuple):
    """The snapshot that a plan is made from, and the organization that it is of. Texts as in the snapshot.

    `objects` is how many objects it holds, by section that it holds a list of, `incomplete` says why, by section or
    property that is not whole; None where that is not known, as in plans of older versions.
    """

    path: str
    taken_at: str
    sha256: str
    tenant: str | None
    organization: str | None
    organization_guid: str | None
    objects: Mapping[str, int] | None = None
    incomplete: Mapping[str, str] | None = None

    def says_whose(self, edition: str) -> bool:
        """Return whether a script can check that it runs in this organization.

        Every organization has settings with a Guid, and Exchange Online shows which tenant a session is connected to. A
        Guid of zeros is what an object shows that has none.
        """
        names = (self.organization_guid, self.tenant if edition == "exchange-online" else None)
        return any(name and name.strip(" {0-}") for name in names)


class Revision(NamedTuple):
    """A git revision: what it was asked for as, and its commit. `modified` says whether files differ from it."""

    name: str
    commit: str
    modified: bool = False


class ConfigurationChange(NamedTuple):
    """A setting of policylint.yaml that bounds what a plan may do, as it is and as a revision has it, in JSON."""

    key: str
    before: str
    after: str
    against: str


class Provenance(NamedTuple):
    """The revisions that a plan is made from, None where they are not known.

    `since` is the one last applied, `revision` that of the files. `changed` is what the files change of the settings
    that bound a plan. `problem` says why `since` is not known although it is named. `environment` is the one of
    policylint.yaml, None for that of no name.
    """

    since: Revision | None = None
    revision: Revision | None = None
    changed: tuple[ConfigurationChange, ...] = ()
    problem: str | None = None
    environment: str | None = None


class AffectedDevice(NamedTuple):
    """A device whose access changes: its mailbox (empty where that is not known), its ID, what it calls itself.

    `before` and `after` are states, None where it is not decided here. `part` says whose change it is, as of steps.
    """

    mailbox: str
    device_id: str
    device_class: DeviceClass
    before: AccessState | None
    after: AccessState | None
    part: str = ""


class Plan(NamedTuple):
    """Everything that a reviewer reads and that a script is made of. Times are UTC, in whole seconds.

    `tool` is the version that made the plan. `affected` are the devices whose access changes, sorted by mailbox and ID;
    None in plans of older versions.
    Of a plan that was made for it, `attribution` says whose changes it has, `ring` which mailboxes it is for, and
    `takes_back` what it undoes. `evidence` is what a checker needs, `audit` what an audit log says.
    """

    tool: str
    created_at: datetime
    not_after: datetime | None
    edition: str
    source: PlanSource
    steps: tuple[PlanStep, ...]
    drift: tuple[Drift, ...]
    impact: Impact
    refusals: tuple[Refusal, ...]
    acknowledged: tuple[tuple[Refusal, str], ...]
    warnings: tuple[str, ...]
    provenance: Provenance = Provenance()
    affected: Sequence[AffectedDevice] | None = None
    attribution: Attribution | None = None
    ring: Ring | None = None
    takes_back: TakesBack | None = None
    evidence: Evidence | None = None
    audit: AuditTrail | None = None

    @property
    def age_hours(self) -> int | None:
        """Return how old the snapshot was, in whole hours; None where the time that it was taken at is none."""
        taken = instant(self.source.taken_at)
        return int((self.created_at - taken).total_seconds() // 3600) if taken is not None else None

    @property
    def in_sync(self) -> bool:
        """Return whether live state is as the policy says: nothing changes, nothing is refused, and nothing drifts.

        A plan that is one of several does not know.
        """
        return not self.steps and not self.refusals and not self.drift and self.ring is None
