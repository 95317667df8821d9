"""What a policy is checked against: each thing that predicates ask for, worked out once a run."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from copy import copy
from datetime import date, datetime
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING

from policylint.access.enforcement import newly_held, rests_on_enforcement
from policylint.access.partnerships import near_the_limit
from policylint.access.steps import ALLOWED, BLOCKED
from policylint.desired.overlay import REFERENCE, names_of
from policylint.devices.device_ids import bare_id
from policylint.devices.near_names import NearNames
from policylint.devices.observed import Observed
from policylint.devices.written_ids import ids_in
from policylint.lint.domains import domains_of
from policylint.lint.identities import not_one_mailbox
from policylint.model.config import EXACT
from policylint.model.device import CHARACTERISTICS
from policylint.model.entity import EMPTY, ListEdit, written_items
from policylint.model.lock import Lock
from policylint.model.matcher import NameLists
from policylint.model.state import MAILBOX, RULE
from policylint.model.system_mailboxes import system_pattern
from policylint.named_tuple import NamedTuple
from policylint.phrases import nearest
from policylint.source import Span
from policylint.text import fold, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from policylint.access.decide import AccessModel
    from policylint.access.decision import Decision
    from policylint.access.partnerships import Partnerships
    from policylint.access.simulate import Simulation
    from policylint.desired.overlay import Overlay
    from policylint.devices.catalog import Catalog
    from policylint.devices.other_clients import OtherClients
    from policylint.lint.domains import Domains
    from policylint.lint.fixes import Fixes
    from policylint.lint.predicates.meant import Hint
    from policylint.model.config import Config
    from policylint.model.device import Device
    from policylint.model.device_table import SeenKind
    from policylint.model.entity import Entity, Value
    from policylint.model.lock import LockKey
    from policylint.model.names import Names
    from policylint.model.policy_set import PolicySet
    from policylint.model.snapshot import Snapshot
    from policylint.model.state import State
    from policylint.schema.store import SchemaStore, Setting


_OF_THE_SNAPSHOT = frozenset(
    {
        "catalog",
        "client_types",
        "crowded_mailboxes",
        "device_ids",
        "devices",
        "devices_asked",
        "devices_by_mailbox",
        "domains",
        "observed",
        "other_clients",
        "owners",
        "seen_by_value",
    }
)
"""What is remembered of facts and does not depend on the policy."""

_FEW_MAILBOXES = 8
"""Of how many mailboxes the devices are looked for one by one; for more, all are made."""

MOST_MEANT = 20
"""How many devices of other mailboxes are looked at for one listed ID."""


class Shortfall(NamedTuple):
    """How many devices do not enforce all of a policy and are not blocked by it yet, and the mailbox of one."""

    devices: int
    example: str


class LockFacts(NamedTuple):
    """What policylint.lock says; `known` returns what the entries of every environment are known by in it."""

    lock: Lock = Lock()
    known: Callable[[], Collection[LockKey]] = frozenset


class Facts:
    """Everything a predicate may ask beside its subject and its parameters.

    `desired` is the policy laid over the snapshot; `not_found` is what is declared, not there, and nothing that a
    policy creates. `access` returns who gets in under it, `catalog` what is known of devices, `other_clients` the
    clients that no rule reaches. These are asked for when first needed. `lock` is what policylint.lock says,
    `lists` are the files of names that entries name.
    `only` are the kinds and keys of the objects that are asked about, None for all.
    `now` is the moment of the run, `today` the day that is taken for today where it is another one.
    `meant` is what may be meant by a characteristic and a string, `matching_nothing` whether no device can have that,
    as far as it was asked for.
    `edition_at` is where policylint.yaml has the edition, None where it does not; `config_at` returns where it has a
    setting.
    """

    def __init__(
        self,
        *,
        policy: PolicySet,
        desired: Overlay,
        snapshot: Snapshot | None,
        config: Config,
        store: SchemaStore,
        access: Callable[[], AccessModel],
        catalog: Callable[[], Catalog],
        other_clients: Callable[[], OtherClients],
        now: datetime,
        today: date | None = None,
        lock: LockFacts = LockFacts(),  # noqa: B008
        lists: NameLists = NameLists(),  # noqa: B008
        edition_at: Span | None = None,
        config_at: Callable[..., Span | None] = lambda *_keys: None,
    ) -> None:
        self.policy = policy
        self.declared = policy.state
        self.desired = desired.state
        self.overlay = desired
        self.not_found = desired.not_found
        self.snapshot = snapshot
        self.live = snapshot.state if snapshot is not None else None
        self.config = config
        self.store = store
        self.now = now
        self.lock = lock
        self.lists = lists
        self.today = today or now.date()
        self.edition_at = edition_at
        self.config_at = config_at
        self.only: Collection[tuple[str, str]] | None = None
        self._access = access
        self._catalog = catalog
        self._other_clients = other_clients
        self.meant: dict[tuple[str, str], tuple[Hint, ...]] = {}
        self.matching_nothing: dict[tuple[str, str], bool] = {}
        self._near: dict[str, NearNames] = {}
        self._nearest: dict[str, str | None] = {}
        self._folded: dict[int, frozenset[str]] = {}
        self._live_names: dict[str, Names] = {}
        self._with_client: dict[tuple[tuple[str, ...], str | None], Collection[str | None]] = {}

    def over(self, policy: PolicySet, desired: State) -> Facts:
        """Return the facts of another policy over the same snapshot; `desired` is the state that comes of it."""
        other = copy(self)
        for name, known in vars(Facts).items():
            if isinstance(known, cached_property) and name not in _OF_THE_SNAPSHOT:
                other.__dict__.pop(name, None)
        other.policy, other.declared, other.desired = policy, policy.state, desired
        other.overlay, other.not_found = self.overlay._replace(state=desired, not_found=()), ()
        other._access = lambda: self.access.over(desired)
        other._nearest = {}
        return other

    @cached_property
    def access(self) -> AccessModel:
        """Return the desired state made ready to decide about devices."""
        return self._access()

    @cached_property
    def fixes(self) -> Fixes:
        """Return what makes the edits that resolve findings."""
        from policylint.lint.fixes import Fixes

        return Fixes(self.policy, self.store)

    @cached_property
    def domains(self) -> Domains:
        """Return the mail domains of the organization, as far as they are known."""
        return domains_of(self.config, self.snapshot)

    @property
    def sees_all(self) -> bool:
        """Return whether there is live state, and all of it was read."""
        return self.snapshot is not None and not self.snapshot.incomplete

    @cached_property
    def observed(self) -> Observed:
        """Return the values that devices report."""
        devices = self.snapshot.complete_devices if self.snapshot is not None else None
        return Observed(devices, self.catalog.rows, self.catalog.compiled)

    @cached_property
    def catalog(self) -> Catalog:
        """Return what is known of devices: values that they report, and names of them."""
        return self._catalog()

    @cached_property
    def other_clients(self) -> OtherClients:
        """Return the clients that do not use Exchange ActiveSync, by the names that people write."""
        return self._other_clients()

    @cached_property
    def default_level(self) -> str | None:
        """Return the default access level there will be, None where it is not known."""
        organization = self.desired.organization
        return (organization.text("DefaultAccessLevel") or None) if organization is not None else None

    @cached_property
    def levels(self) -> frozenset[str] | None:
        """Return the access levels that the default and the rules will have, None where they are not known."""
        if self.default_level is None or not self.knows_rules:
            return None
        levels = {rule.text("AccessLevel") for rule in (self.desired.rules or {}).values()}
        return frozenset(levels | {self.default_level}) if all(levels) else None

    @property
    def knows_rules(self) -> bool:
        """Return whether it is known which rules there will be: a snapshot that lacks them may hide some that stay."""
        if self.desired.rules is None:
            return False
        section = self.store.object_type(RULE).section
        return self.live is None or self.live.rules is not None or self.config.managed(section).mode == EXACT

    def knows(self, declared: Entity | None, desired: Entity, name: str) -> bool:
        """Return whether it is known what a setting will be; what comes of a list in part rests on the live list."""
        if declared is not None and isinstance(declared.get(name), ListEdit):
            return desired.base is not None and name in desired.base.settings
        return name in desired.settings

    @cached_property
    def _desired_by_node(self) -> Mapping[int, Entity]:
        """Return what will be of declared objects, by the identity of their nodes."""
        return {id(each.origin.node): each for each in self.desired.entities() if each.is_declared and not each.pattern}

    def desired_of(self, declared: Entity) -> Entity:
        """Return what will be of a declared object: its settings, and the live ones where it declares none."""
        if declared.pattern:
            return self.desired.of_kind(declared.kind).get(declared.key, declared)
        return self._desired_by_node.get(id(declared.origin.node), declared)

    def is_new(self, declared: Entity) -> bool:
        """Return whether a snapshot shows that a declared object has to be created."""
        live = self.live.section(declared.kind) if self.live is not None else None
        can_be_created = "create" in self.store.object_type(declared.kind).actions
        return live is not None and can_be_created and declared.key not in live

    def will_be(self, declared: Entity, name: str) -> tuple[bool, Value]:
        """Return whether it is known what a setting of a declared object will be, and what; a new one has defaults."""
        settings = self.desired_of(declared).settings
        if name in settings:
            return True, settings[name]
        return (True, _default(self.setting_of(declared, name))) if self.is_new(declared) else (False, None)

    @cached_property
    def patterns(self) -> Mapping[str, str]:
        """Return the entries of mailboxes whose names cannot be that of one mailbox, by key, with what they are."""
        found = {}
        for key, mailbox in self.declared.of_kind(MAILBOX).items():
            what = not_one_mailbox(mailbox.identity) if not mailbox.pattern else None
            if what is not None and not self.live_names(MAILBOX).all(fold(mailbox.identity)):
                found[key] = what
        return found

    def subjects(self, kind: str, *, expanded: bool = False) -> Iterable[Entity]:
        """Return the declared objects of a kind, or those of them that alone are asked about.

        An entry that cannot be one mailbox is none. Objects that only entries with `matches` stand for are among them
        where they are `expanded`.
        """
        declared = self.declared.of_kind(kind)
        if self.only is not None:
            declared = {key: declared[key] for of, key in self.only if of == kind and key in declared}
        apart = self.patterns if kind == MAILBOX else EMPTY
        if not apart and (expanded or not self.policy.patterns):
            return declared.values()
        return [each for key, each in declared.items() if key not in apart and (expanded or not each.pattern)]

    @cached_property
    def _subjects_with(self) -> dict[tuple[str, str], list[Entity]]:
        """Return the subjects that have a setting, by their kind and its name, expanded ones among them."""
        found: dict[tuple[str, str], list[Entity]] = defaultdict(list)
        for kind in self.declared.objects:
            for entity in self.subjects(kind, expanded=True):
                for name in entity.settings:
                    found[kind, name].append(entity)
        return dict(found)

    def subjects_with(self, kind: str, names: Collection[str], *, expanded: bool = False) -> Iterable[Entity]:
        """Return those of the subjects that have one of some settings."""
        having = [each for name in names if (each := self._subjects_with.get((kind, name)))]
        if not having:
            return ()
        if len(having) > 1:
            return [
                each for each in self.subjects(kind, expanded=expanded) if not each.settings.keys().isdisjoint(names)
            ]
        return having[0] if expanded or not self.policy.patterns else [each for each in having[0] if not each.pattern]

    @cached_property
    def _texts(self) -> dict[tuple[str, str], Collection[str]]:
        return {}

    def no_text(self, kind: str, names: Iterable[str], is_wanted: Callable[[str], object]) -> bool:
        """Return whether no text of some settings of declared objects is one that is wanted, nor an item of a list.

        Each text is asked about once, however many objects have it, so that a rule need not look at each of them.
        """
        return not any(is_wanted(text) for name in names for text in self._texts_of(kind, name))

    def _texts_of(self, kind: str, name: str) -> Collection[str]:
        if (kind, name) not in self._texts:
            found: set[str] = set()
            for entity in self.declared.of_kind(kind).values():
                value = entity.settings.get(name)
                if isinstance(value, str):
                    found.add(value)
                elif isinstance(value, tuple):
                    found.update(written_items(value))
            self._texts[kind, name] = found
        return self._texts[kind, name]

    @property
    def entries(self) -> Iterator[Entity]:
        """Yield every entry of the policy: an object that has one of its own, and one with `matches` as it stands."""
        if not self.policy.patterns:
            yield from self.declared.entities()
            return
        yield from (each for each in self.declared.entities() if not each.pattern)
        yield from (pattern.entry for pattern in self.policy.patterns)

    @cached_property
    def _declared_names(self) -> Mapping[str, Collection[str]]:
        """Return the names of the settings that entries declare, by kind."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for entity in self.entries:
            found[entity.kind].update(dict.fromkeys(entity.settings))
        return found

    def entries_with(self, is_wanted: Callable[[Setting], bool]) -> Iterator[tuple[Entity, Setting]]:
        """Yield each entry that declares a setting of some sort, with what the schema says of it, in the order written.

        Each setting of a kind is asked about once, however many entries declare it.
        """
        known = {kind: self.store.object_type(kind).settings for kind in self._declared_names}
        wanted = {
            kind: {name for name in names if name in known[kind] and is_wanted(known[kind][name])}
            for kind, names in self._declared_names.items()
        }
        for entity in self.entries if any(wanted.values()) else ():
            if names := wanted[entity.kind]:
                yield from ((entity, known[entity.kind][name]) for name in entity.settings if name in names)

    @cached_property
    def is_ascii(self) -> bool:
        """Return whether every text of the policy is known to be of ASCII: its files are, and nothing else makes it."""
        texts = [source.text for source in self.policy.sources]
        return bool(texts) and not self.policy.patterns and all(each.isascii() and "\\" not in each for each in texts)

    @cached_property
    def declared_lists(self) -> Sequence[tuple[Entity, str, tuple[str, ...]]]:
        """Return the lists of entries, with the name of each setting, in the order written."""
        return [
            (entity, name, value)
            for entity in self.entries
            for name, value in entity.settings.items()
            if isinstance(value, tuple)
        ]

    def section_span(self, kind: str) -> Span | None:
        """Return where the first policy file has the section of a kind; the first line of the first one where none has.

        None where there is no policy file.
        """
        key = re.compile(rf"""["']?\b{self.store.object_type(kind).section}["']?[ \t]*:""")
        for source in self.policy.sources:
            if (found := key.search(source.text)) is not None:
                return Span(source, *found.span())
        return self.first_line

    @property
    def first_line(self) -> Span | None:
        """Return the first line of the first policy file, None where there is none."""
        first = next(iter(self.policy.sources), None)
        return Span(first, 0, len(first.line(1))) if first is not None else None

    @cached_property
    def _declared_in(self) -> Mapping[str, list[tuple[int, int, str, str]]]:
        """Return what each file declares, by its path: begin, end, kind and name, in the order written."""
        found: dict[str, list[tuple[int, int, str, str]]] = defaultdict(list)
        entities = ((each.origin.span(), *self.known_as(each.kind, each.identity)) for each in self.entries)
        tests = ((each.origin.span(), "test", each.name) for each in self.policy.tests)
        assertions = ((each.origin.span(), "assertion", each.name) for each in self.policy.assertions)
        for span, kind, name in (*entities, *tests, *assertions):
            found[span.path].append((span.start, span.end, kind, name))
        return {path: sorted(declared) for path, declared in found.items()}

    def known_as(self, kind: str, name: str) -> tuple[str, str]:
        """Return the kind and the name of an object; the only one of its kind needs no name."""
        return kind, "" if self.store.object_type(kind).single else name

    def object_at(self, span: Span) -> tuple[str, str]:
        """Return the kind and the name of what is declared at a place, both empty where that is nothing."""
        declared = self._declared_in.get(span.path, [])
        at = bisect_right(declared, span.start, key=itemgetter(0)) - 1
        return declared[at][2:] if at >= 0 and span.start < declared[at][1] else ("", "")

    def declared_in(self, paths: Iterable[str]) -> frozenset[tuple[str, str]]:
        """Return the kind and the folded name of each object that some of the files declare."""
        return frozenset((kind, fold(name)) for path in paths for *_, kind, name in self._declared_in.get(path, ()))

    def setting_of(self, entity: Entity, name: str) -> Setting:
        """Return what the schema says of a setting."""
        return self.store.object_type(entity.kind).settings[name]

    def departs(self, entity: Entity, name: str) -> bool:
        """Return whether a declared setting differs from its default."""
        if name not in entity.settings:
            return False
        setting = self.setting_of(entity, name)
        return not setting.same(entity.settings[name], _default(setting))

    def known_settings(self, entity: Entity) -> Iterator[Setting]:
        """Yield what the schema says of each declared setting, in the order written."""
        known = self.store.object_type(entity.kind).settings
        return (known[name] for name in entity.settings if name in known)

    @cached_property
    def devices(self) -> Sequence[Device]:
        """Return the devices of the snapshot in their order, made once."""
        return tuple(self.snapshot.devices) if self.snapshot is not None else ()

    @property
    def knows_devices(self) -> bool:
        """Return whether there is a snapshot whose devices and mailboxes were all read."""
        return self.snapshot is not None and not {"devices", "mailboxes"} & self.snapshot.incomplete.keys()

    @cached_property
    def devices_asked(self) -> dict[str, Sequence[Device]]:
        """Return the devices of the mailboxes that were asked for, while these are few."""
        return {}

    @cached_property
    def devices_by_mailbox(self) -> Mapping[str, Sequence[Device]] | None:
        """Return the devices of the snapshot by the key of their mailbox; None where they were not all read."""
        if not self.knows_devices:
            return None
        found = defaultdict(list)
        for device in self.devices:
            if device.mailbox is not None:
                found[device.mailbox].append(device)
        return found

    def mailboxes_with(self, client_types: tuple[str, ...], below: str | None) -> Collection[str | None]:
        """Return the keys of the mailboxes with a device of some types of client, or one below a version."""
        asked = client_types, below
        if asked not in self._with_client:
            devices = self.snapshot.devices if self.snapshot is not None else None
            having = devices.owning(lambda kind: is_of_client(kind, client_types, below)) if devices is not None else {}
            self._with_client[asked] = {key for _, key in having}
        return self._with_client[asked]

    @cached_property
    def crowded_mailboxes(self) -> Mapping[str, Partnerships]:
        """Return the partnerships of each mailbox at the documented limit or near it, by key; those with most first.

        Empty where the devices were not all read.
        """
        devices = self.snapshot.complete_devices if self.snapshot is not None else None
        return near_the_limit(devices) if devices is not None else {}

    @cached_property
    def owners(self) -> Mapping[str, Sequence[str]]:
        """Return the addresses of the mailboxes that have a device, sorted, by its folded ID."""
        if self.snapshot is None:
            return {}
        devices = self.snapshot.devices
        alone = [(name,) if name else () for name, _key in devices.owners()]
        found: dict[str, tuple[str, ...]] = {}
        for columns in devices.columns():
            for device_id, own in zip(map(fold, columns.ids), map(alone.__getitem__, columns.owners), strict=True):
                if (known := found.setdefault(device_id, own)) != own:
                    found[device_id] = tuple(sorted({*known, *own}))
        return found

    def devices_meant(self, device_id: str, mailbox: str) -> Sequence[Device]:
        """Return the devices that a listed ID may mean which no device has: those of a mailbox, else some of others.

        They have the bare ID, or it is the GUID of their partnership.
        """
        own, others = self._devices_by_bare_id
        bare = fold(device_id)
        found = others.get(bare)
        return own.get((bare, mailbox), found) if found else ()

    @cached_property
    def _devices_by_bare_id(self) -> tuple[Mapping[tuple[str, str], list[Device]], Mapping[str, list[Device]]]:
        """Return the devices that listed IDs may mean, by bare ID and mailbox, and the first ones by the bare ID."""
        own: dict[tuple[str, str], list[Device]] = defaultdict(list)
        others: dict[str, list[Device]] = {bare: [] for bare in self._ids_of_no_device}
        for device in self.devices if others else ():
            for bare in {_bare(device.device_id), _bare(device.guid)} & others.keys():
                if device.mailbox is not None:
                    own[bare, device.mailbox].append(device)
                if len(others[bare]) < MOST_MEANT:
                    others[bare].append(device)
        return dict(own), others

    @cached_property
    def _ids_of_no_device(self) -> frozenset[str]:
        return frozenset(
            bare
            for mailbox in self.subjects(MAILBOX, expanded=True)
            for name in (ALLOWED, BLOCKED)
            for item in mailbox.items(name)
            if fold(item) not in self.device_ids
            for bare in map(fold, ids_in(item))
        )

    @cached_property
    def shortfalls(self) -> Mapping[str, Shortfall]:
        """Return the devices that do not enforce all of their policy and are not blocked by it yet, by its key."""
        if self.snapshot is None or not self.knows_devices:
            return {}
        having = self.snapshot.devices.owning(_falls_short)

        def policy_of(key: str) -> Entity | None:
            mailbox = self.access.mailbox(key)
            if mailbox is not None and mailbox.get("ActiveSyncEnabled") is False:
                return None
            return self.desired.policy_of(mailbox) if self._knows_policy_of(mailbox) else None

        return _by_policy(sorted(having.items(), key=lambda item: (item[0][0], item[0][1] or "")), policy_of)

    def _knows_policy_of(self, mailbox: Entity | None) -> bool:
        """Return whether it is known if a mailbox has a policy of its own; where there is one policy, it has none."""
        read = mailbox is not None and REFERENCE in mailbox.settings
        return read or len(self.desired.policies or ()) < 2

    @cached_property
    def devices_under(self) -> Mapping[str, tuple[int, int]]:
        """Return of how many mailboxes how many devices are under a policy and get mail, by its key.

        Devices that are managed elsewhere are none, nor are those of the mailboxes that Exchange made for itself.
        """
        found: dict[str, tuple[int, int]] = {}
        if not self.knows_devices:
            return found
        for key, own in self.outcomes.mailboxes_given(_gets_mail_unmanaged).items():
            mailbox = self.access.mailbox(key)
            policy = self.desired.policy_of(mailbox) if key is not None and self._knows_policy_of(mailbox) else None
            if policy is not None and (mailbox is None or system_pattern(mailbox) is None):
                mailboxes, before = found.get(policy.key, (0, 0))
                found[policy.key] = mailboxes + 1, before + own
        return found

    @cached_property
    def outcomes(self) -> Simulation:
        """Return what the devices of the snapshot get, live and under the policy."""
        from policylint.access.simulate import simulate

        live = self.access.over(self.live) if self.live is not None else None
        return simulate(live, self.access, self.snapshot.devices if self.snapshot is not None else ())

    @cached_property
    def used_policies(self) -> Collection[str] | None:
        """Return the keys of the policies that mailboxes will have; None unless it is known of every mailbox."""
        mailboxes = self.desired.mailboxes
        if self.live is None or self.live.mailboxes is None or mailboxes is None or self.desired.policies is None:
            return None
        if any(REFERENCE not in mailbox.settings for mailbox in mailboxes.values()):
            return None
        names = {mailbox.text(REFERENCE) for mailbox in mailboxes.values()}
        return {each.key for name in names for each in self.desired.policies_shown_as(name)} if names else set()

    @cached_property
    def newly_enforced(self) -> Mapping[str, Shortfall]:
        """Return the devices that newly have to enforce a policy, and of which that was not read, by its key."""
        policies = (self.desired.policies or {}).values()
        if self.live is None or all(each.get("AllowNonProvisionableDevices") is not False for each in policies):
            return {}
        if not self.knows_devices:
            return {}
        is_held = newly_held(self.live, self.desired)
        having = self.outcomes.owners(lambda cohort: rests_on_enforcement(cohort.desired))
        return _by_policy(
            having.items(), lambda key: self.desired.policy_of(self.access.mailbox(key)) if is_held(key) else None
        )

    def is_among(self, text: str, texts: Sequence[str]) -> bool:
        """Return whether a text is one of those that a rule passes, without regard to case; there may be many."""
        if id(texts) not in self._folded:
            self._folded[id(texts)] = frozenset(map(fold, texts))
        return fold(text) in self._folded[id(texts)]

    @cached_property
    def client_types(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """Return the folded types of client of the devices of the snapshot, by characteristic and folded value."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for kind in self.snapshot.devices.kinds() if self.snapshot is not None else ():
            for name, value in zip(CHARACTERISTICS, kind.representative.device_class, strict=False):
                if value is not None:
                    found[name, fold(value)].add(fold(kind.representative.client_type))
        return {key: frozenset(types) for key, types in found.items()}

    def exists_live(self, entity: Entity, setting: str, text: str) -> bool:
        """Return whether Exchange is known to have a text exactly so, however odd it looks.

        Devices of the snapshot or the catalog report a query string; live objects have names, devices have IDs.
        """
        if entity.kind == RULE:
            values = self.observed.of(entity.text("Characteristic"))
            return values is not None and values.find(text) is not None
        if self.live is None:
            return False
        if self.setting_of(entity, setting).kind == "policy-ref":
            return self.live.find_policy(text) is not None
        if setting in {ALLOWED, BLOCKED}:
            return fold(text) in self.device_ids
        return bool(self.live_names(entity.kind).all(fold(text)))

    @cached_property
    def seen_by_value(self) -> Mapping[tuple[str, str], Sequence[SeenKind]]:
        """Return the kinds of devices of the snapshot by characteristic and folded value; none if not all were read."""
        devices = self.snapshot.complete_devices if self.snapshot is not None else None
        found: dict[tuple[str, str], list[SeenKind]] = defaultdict(list)
        for kind in devices.seen_kinds() if devices is not None else ():
            for name, value in zip(CHARACTERISTICS, kind.representative.device_class, strict=False):
                if value is not None:
                    found[name, fold(value)].append(kind)
        return dict(found)

    @cached_property
    def device_ids(self) -> Collection[str]:
        """Return the folded IDs of the devices of the snapshot."""
        return set(map(fold, self.snapshot.devices.ids())) if self.snapshot is not None else ()

    def near_live_name(self, entity: Entity) -> str | None:
        """Return the name of a live object that is one letter away from that of a declared one, None where none is.

        An address of the same name in another domain is near too.
        """
        return self.near_live(entity.kind, entity.identity)

    def near_live(self, kind: str, name: str) -> str | None:
        """Return the name of a live object of a kind that is nearly another name, None where none is."""
        if kind not in self._near:
            live = self.live.of_kind(kind).values() if self.live is not None else ()
            self._near[kind] = NearNames(each.identity for each in live)
        return self._near[kind].of(name)

    def nearest_policy(self, name: str) -> str | None:
        """Return the policy that was probably meant by a name, None where none is near; many mailboxes have one."""
        if name not in self._nearest:
            known = (policy.identity for policy in (self.desired.policies or {}).values())
            self._nearest[name] = nearest(name, known)
        return self._nearest[name]

    def seen_by(self, rule: Entity) -> Sequence[SeenKind]:
        """Return the kinds of devices of the snapshot that an access rule matches; none if not all were read."""
        return self.seen_by_value.get((rule.text("Characteristic"), fold(rule.text("QueryString"))), ())

    def devices_of(self, mailbox: str) -> Sequence[Device]:
        """Return the devices of the snapshot that a mailbox of a key has; none if not all were read."""
        if self.snapshot is None or not self.knows_devices:
            return ()
        if mailbox not in self.devices_asked:
            if "devices_by_mailbox" in self.__dict__ or len(self.devices_asked) == _FEW_MAILBOXES:
                return (self.devices_by_mailbox or {}).get(mailbox, ())
            self.devices_asked[mailbox] = tuple(self.snapshot.devices.select(lambda _device_id, _guid: True, mailbox))
        return self.devices_asked[mailbox]

    def live_names(self, kind: str) -> Names:
        """Return the live objects of a kind by every folded name that Exchange knows one of them under."""
        if kind not in self._live_names:
            self._live_names[kind] = names_of(self.live.of_kind(kind) if self.live is not None else {})
        return self._live_names[kind]


def _by_policy(
    having: Iterable[tuple[tuple[str, str | None], int]], policy_of: Callable[[str], Entity | None]
) -> Mapping[str, Shortfall]:
    """Return how many devices owners have, by the key of the policy of their mailboxes; the first one is the example.

    Owners of whom no mailbox is known are left out, and those of whom no policy is.
    """
    found: dict[str, Shortfall] = {}
    for (owner, key), devices in having:
        policy = policy_of(key) if key is not None else None
        if policy is not None:
            before = found.get(policy.key, Shortfall(0, owner))
            found[policy.key] = before._replace(devices=before.devices + devices)
    return found


def is_of_client(device: Device, client_types: Collection[str], below: str | None) -> bool:
    """Return whether a device is of some types of client, or uses Exchange ActiveSync below a version."""
    if below is None or client_types:
        return device.client_type in client_types
    limit = version_of(below)
    return limit is not None and is_below(device, limit)


def is_below(device: Device, limit: tuple[int, ...]) -> bool:
    """Return whether a device is known to use a version of Exchange ActiveSync below another one."""
    version = version_of(device.client_version) if device.client_type == "EAS" else None
    return version is not None and version < limit


def _bare(text: str) -> str:
    plain = text.replace("-", "")
    return fold(plain) if plain.isalnum() else bare_id(text)


def day_of(entity: Entity, note: str) -> date | None:
    """Return the day that a note of a declared object says, None where it says none."""
    if note not in entity.notes:
        return None
    try:
        return date.fromisoformat(entity.notes[note])
    except ValueError:
        return None


def _default(setting: Setting) -> Value:
    """Return the value of a setting that nobody has changed: the empty list or null where the schema gives none."""
    if setting.kind == "strings":
        return ()
    default: Value = setting.schema.get("default")
    return default


def _gets_mail_unmanaged(device: Device, will: Decision) -> bool:
    """Return whether a device gets mail, as far as its settings decide, and no other service manages it."""
    gets_mail = will.state == "Allowed" or (will.state is None and will.step != "windows-mail")
    return gets_mail and not device.managed and device.provisionable != "external"


def _falls_short(device: Device) -> bool:
    """Return whether a device does not enforce all of its mailbox policy and is not blocked by it yet."""
    if device.client_type != "EAS" or device.provisionable not in {"partial", "none"}:
        return False
    return device.live_state != "Blocked" or device.live_reason != "Policy"
