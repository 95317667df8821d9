"""Who and when: what an output for others is about, and what it was made from, in the words of every format."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from policylint.named_tuple import NamedTuple
from policylint.phrases import count, long_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from policylint.plan.plan import Revision

_DIGITS = 12
"""How many digits of a commit are shown, as git shows them in large repositories."""
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Facts(NamedTuple):
    """What a report is about and what it was made from; a text is empty where that is not known or does not apply.

    `snapshot` is the name of a file without folders, `age` how old it was at `made_at`, `lacks`
    what it does not hold. `files` is the number of policy
    files, None where it is not known; `revision` is that of the files, in words. `more` are further names with texts.
    """

    tool: str
    edition: str
    made_at: str = ""
    organization: str = ""
    tenant: str = ""
    environment: str = ""
    snapshot: str = ""
    taken_at: str = ""
    age: str = ""
    lacks: str = ""
    files: int | None = None
    revision: str = ""
    more: tuple[tuple[str, str], ...] = ()

    def rows(self) -> Iterator[tuple[str, str]]:
        """Yield the name of each fact with its text, in the order in which people ask for them."""
        whose = organization_words(self.organization, self.tenant)
        yield "Organization", whose if self.snapshot else "not known without a snapshot"
        if self.environment:
            yield "Environment", self.environment
        yield "Edition", self.edition
        yield "Live state", self._live_state() if self.snapshot else "no snapshot"
        yield "Policy", self._policy()
        yield from self.more
        yield "Made", self._made()

    def brief(self) -> Iterator[str]:
        """Yield whose it is, of when live state is, and from what and when it was made, as short as people need it."""
        if self.snapshot:
            yield self.organization or organization_words("", self.tenant)
        if self.environment:
            yield f"environment {self.environment}"
        if not self.snapshot:
            yield "no snapshot"
        else:
            age = f" ({self.age})" if self.age else ""
            yield f"live state of {self.taken_at}{age}" if self.taken_at else "nobody knows when live state was read"
        yield self._policy() if self.files == 0 else self.revision or "git revision not known"
        yield f"made {self._made()}"

    def without(self, hide: Callable[[str], str]) -> Facts:
        """Return the facts with every text as `hide` returns it."""
        texts: dict[str, Any] = {name: hide(value) for name, value in self._asdict().items() if isinstance(value, str)}
        return self._replace(**texts, more=tuple((name, hide(text)) for name, text in self.more))

    def _made(self) -> str:
        at = f"{self.made_at} " if self.made_at else ""
        return f"{at}by policylint {self.tool}"

    def _live_state(self) -> str:
        taken = f"taken {self.taken_at}" if self.taken_at else "nobody knows when it was taken"
        return ", ".join(filter(None, (self.snapshot, taken, self.age))) + self.lacks

    def _policy(self) -> str:
        if self.files == 0:
            return "no policy"
        files = count(self.files, "file") if self.files else ""
        return ", ".join(filter(None, (files, self.revision or "git revision not known")))


def organization_words(name: str, tenant: str) -> str:
    """Return an organization by its name and its tenant, as far as they are known."""
    if not name:
        return f"tenant {tenant}" if tenant else "an organization that the snapshot does not name"
    return f"{name} (tenant {tenant})" if tenant else name


def age_words(age: timedelta | None, *, is_ahead: bool = False) -> str:
    """Return how old a snapshot is; nothing where that is not known. `is_ahead` says that its time cannot be."""
    if is_ahead:
        return "dated in the future: one of the clocks is wrong, so nobody knows how old it is"
    if age is None:
        return ""
    return f"{long_words(age)} old" if age >= timedelta(0) else "dated in the future"


def revision_words(revision: Revision) -> str:
    """Return a revision by the name it was asked for as and its commit, and whether files differ from it."""
    commit = revision.commit[:_DIGITS]
    name = f"{revision.name} {commit}" if revision.name != revision.commit else commit
    return f"{name}, modified" if revision.modified else name


def policy_revision_words(revision: Revision | None) -> str:
    """Return the commit of the policy files and whether they are as it has them; nothing where it is not known."""
    if revision is None:
        return ""
    return f"commit {revision.commit[:_DIGITS]}, {'modified' if revision.modified else 'clean'}"


def time_words(moment: datetime) -> str:
    """Return a moment as it is shown beside others: `2026-11-20T06:00:00Z`."""
    return moment.strftime(_TIME)


def local(path: str) -> str:
    """Return a path as anybody may read it: of one outside the repository the last part alone."""
    outside = path.startswith(("/", "\\", "..")) or path[1:2] == ":"
    return path.replace("\\", "/").rsplit("/", 1)[-1] if outside else path
