"""What an editor shows above device access rules: how many devices each decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.errors import PolicylintError
from policylint.model.device import CHARACTERISTICS
from policylint.model.state import RULE
from policylint.named_tuple import NamedTuple
from policylint.phrases import count
from policylint.text import fold

if TYPE_CHECKING:
    from policylint.access.simulate import CohortAccess, Simulation
    from policylint.editor.project import EditorProject
    from policylint.model.entity import Entity
    from policylint.source import Span

MOST = 200
"""How many devices are listed at most."""


class Lens(NamedTuple):
    """How many devices an entry decides, and how many it matches; an entry with `matches` stands for several rules."""

    span: Span
    decides: int
    matches: int

    @property
    def title(self) -> str:
        """Return the numbers in words."""
        words = f"decides {count(self.decides, 'device')}"
        return words if self.matches == self.decides else f"{words}, matches {self.matches}"


class Decided(NamedTuple):
    """A device that an entry decides: whose it is, its ID, what it is, and what it gets."""

    mailbox: str
    device_id: str
    model: str
    live: str
    desired: str


def lenses(project: EditorProject) -> tuple[Lens, ...]:
    """Return a lens for each declared device access rule; none without a snapshot, or where nothing can be decided."""
    simulation = _simulation(project)
    if simulation is None:
        return ()
    matched: dict[tuple[int, str], int] = {}
    decided: dict[int, int] = {}
    for cohort in simulation.cohorts:
        for number, value in enumerate(cohort.device.device_class):
            if value is not None:
                key = (number, fold(value))
                matched[key] = matched.get(key, 0) + cohort.devices
        rule = cohort.desired.decided_by
        if rule is not None and rule.kind == RULE and (node := _entry(rule)):
            decided[node] = decided.get(node, 0) + cohort.devices
    found: dict[int, Lens] = {}
    for rule in project.desired.state.of_kind(RULE).values():
        node = _entry(rule)
        if not node:
            continue
        name = rule.text("Characteristic")
        key = (CHARACTERISTICS.index(name), fold(rule.text("QueryString"))) if name in CHARACTERISTICS else (-1, "")
        before = found.get(node) or Lens(rule.origin.head(), decided.get(node, 0), 0)
        found[node] = before._replace(matches=before.matches + matched.get(key, 0))
    return tuple(sorted(found.values(), key=lambda lens: lens.span.sort_key))


def decided_by(project: EditorProject, path: str, offset: int) -> tuple[Decided, ...]:
    """Return the devices that the entry at an offset of a file decides, sorted; at most some of them."""
    simulation = _simulation(project)
    if simulation is None:
        return ()

    def which(cohort: CohortAccess) -> bool:
        rule = cohort.desired.decided_by
        if rule is None or rule.kind != RULE or rule.origin.node is None or rule.origin.source is None:
            return False
        return rule.origin.source.path == path and rule.origin.node.start == offset

    return tuple(
        Decided(
            each.device.owner or each.device.mailbox or "",
            each.device.device_id,
            each.device.device_class[1] or "",
            (each.live.state if each.live is not None else None) or "",
            each.desired.state or "",
        )
        for each in simulation.members(which, MOST)
    )


def _simulation(project: EditorProject) -> Simulation | None:
    try:
        return project.simulation if project.snapshot is not None and project.is_valid else None
    except PolicylintError:
        return None


def _entry(rule: Entity) -> int:
    """Return what tells the entry that declares a rule from others, 0 where none does."""
    return id(rule.origin.node) if rule.origin.node is not None else 0
