"""The documents that an editor has open, the projects that they belong to, and what is known of each."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from policylint.adapters import clock
from policylint.adapters.files import CONFIG_NAME, find_config, git_root, is_there
from policylint.editor.analysis import Analysis, analyze, analyze_alone, config_findings, has_section
from policylint.editor.positions import readable
from policylint.editor.project import Cache, EditorProject, OneFile
from policylint.editor.uris import path_of, uri_of
from policylint.errors import PolicylintError
from policylint.lsp.files import OpenDiskFiles
from policylint.named_tuple import NamedTuple
from policylint.schema.store import CONFIG, POLICY
from policylint.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.project.resources import Resources


class Document(NamedTuple):
    """An open document: its text as the editor has it, and where it is on disk, None where it is not of a file."""

    uri: str
    text: str
    version: int | None
    path: str | None

    @property
    def readable(self) -> str:
        """Return the text as a file can hold it; every position in it is the same."""
        return readable(self.text)

    @property
    def source(self) -> Source:
        """Return the text with a name."""
        return Source(self.path or self.uri or "untitled", self.readable)


class Checked(NamedTuple):
    """What was found in the documents and files of a project, or in one document of none.

    `found` are the findings by URI, also of files without one. `uris` are the URIs by the path that people are shown,
    `versions` the versions of the documents that were looked at.
    """

    analysis: Analysis | None
    found: Mapping[str, tuple[Diagnostic, ...]]
    uris: Mapping[str, str]
    versions: Mapping[str, int | None]


class Workspace:
    """Open documents and what is known of their projects.

    A project is known by the real path of its policylint.yaml, a document without one by its URI.
    """

    def __init__(self, resources: Resources) -> None:
        self.resources = resources
        self.documents: dict[str, Document] = {}
        self.checked: dict[str, Checked] = {}
        self.folders: Callable[[], Iterable[str]] = tuple
        """Return the URIs of the folders that the editor has open."""
        self._caches: dict[tuple[str, str | None], Cache] = {}

    def put(self, uri: str, text: str, version: int | None) -> None:
        """Take a document as it is now."""
        known = self.documents.get(uri)
        path = known.path if known is not None else _real(uri)
        self.documents[uri] = Document(uri, text, version, path)

    def forget(self, uri: str) -> None:
        """Take a document away. What is known of a project without open documents goes too."""
        self.documents.pop(uri, None)
        self.checked.pop(uri, None)
        self._caches.pop((uri, None), None)

    def key_of(self, uri: str) -> str:
        """Return what the project of a document is known by, the URI where it is in none."""
        document = self.documents.get(uri)
        path = document.path if document is not None else _real(uri)
        if path is None:
            return uri
        try:
            config = find_config(Path(path).parent) or self._config_in_folders(Path(path))
        except (PolicylintError, OSError, ValueError):
            return uri
        if config is None and os.path.basename(path) == CONFIG_NAME:  # noqa: PTH119
            config = Path(path)
        return str(config) if config is not None else uri

    def _config_in_folders(self, path: Path) -> Path | None:
        """Return the nearest policylint.yaml above a file that is in no git repository, in a folder that is open."""
        roots = {Path(root) for root in map(_real, self.folders()) if root is not None}
        inside = [folder for folder in path.parents if any(folder == root or root in folder.parents for root in roots)]
        if git_root(path.parent) is not None:
            return None
        return next((folder / CONFIG_NAME for folder in inside if is_there(folder / CONFIG_NAME)), None)

    def members(self, key: str) -> list[Document]:
        """Return the open documents of a project, or the one of none."""
        return [document for uri, document in self.documents.items() if self.key_of(uri) == key]

    def texts(self) -> dict[str, Document]:
        """Return the open documents by their real path."""
        return {document.path: document for document in self.documents.values() if document.path is not None}

    def drop(self, key: str) -> Sequence[str]:
        """Forget a project, and return the URIs that something was found in or looked for."""
        known = self.checked.pop(key, None)
        for each in list(self._caches):
            if each[0] == key:
                del self._caches[each]
        return tuple(known.found) if known is not None else ()

    def saved(self) -> None:
        """Take notice that something was written: what git says may be another."""
        for cache in list(self._caches.values()):
            cache.since.clear()

    def cache(self, key: str, environment: str | None = None) -> Cache:
        """Return what is known of a project in an environment from the last time."""
        return self._caches.setdefault((key, environment), Cache())

    def check(self, key: str, members: Sequence[Document], texts: Mapping[str, Document]) -> Checked:
        """Return what is wrong with a project, or with the document of none, as its documents are now."""
        if members and members[0].uri == key:
            return self._check_alone(members[0])
        try:
            return self._check_project(key, members, texts)
        except PolicylintError:  # policylint.yaml is not there any more, or may not be read
            return self._check_each(members)

    def _check_each(self, members: Sequence[Document]) -> Checked:
        """Return what is wrong with documents, each by itself."""
        found: dict[str, tuple[Diagnostic, ...]] = {}
        for document in members:
            if self.schema_of(document) == CONFIG:
                found[document.uri] = config_findings(document.source, self.resources)
            else:
                found |= self._check_alone(document).found
        uris = {document.source.path: document.uri for document in members}
        return Checked(None, found, uris, {document.uri: document.version for document in members})

    def _check_alone(self, document: Document) -> Checked:
        name = document.source.path
        found = analyze_alone(
            name, document.readable, self.resources, self.cache(document.uri), now=clock.now, edition=None
        )
        findings = found.found.get(name, ()) if found is not None else ()
        return Checked(found, {document.uri: findings}, {name: document.uri}, {document.uri: document.version})

    def _check_project(self, key: str, members: Sequence[Document], texts: Mapping[str, Document]) -> Checked:
        files = OpenDiskFiles(Path(key), {path: document.readable for path, document in texts.items()})
        shown = {files.real(name): name for name in ([files.config] if files.config else [])}
        opened = [files.named(Path(each.path)) for each in members if each.path and self.is_policy(each)]
        analysis = analyze(self.open(key, files), [each for each in opened if files.real(each) not in shown])
        found = dict(analysis.found)
        for other in self._environments(key, files, analysis, opened):
            found = {**other.found, **found}
        by_real = {path: document.uri for path, document in texts.items()}
        uris = {name: by_real.get(files.real(name)) or uri_of(str(files.place(name))) for name in found}
        for document in members:
            if document.uri not in uris.values():
                alone = self._check_alone(document).found[document.uri] if self.is_policy(document) else ()
                found[document.uri], uris[document.uri] = alone, document.uri
        versions = {document.uri: document.version for document in members}
        return Checked(analysis, {uris[name]: each for name, each in found.items()}, uris, versions)

    def open(self, key: str, files: OpenDiskFiles, environment: str | None = None) -> EditorProject:
        """Return a project in an environment."""
        return EditorProject(
            files,
            self.resources,
            self.cache(key, environment),
            now=clock.now,
            environment=environment,
            stamp=files.stamp,
            history=files,
        )

    def _environments(
        self, key: str, files: OpenDiskFiles, analysis: Analysis, opened: Sequence[str]
    ) -> Iterator[Analysis]:
        """Yield the environments that have an open file which the others before do not have."""
        left = {files.real(name) for name in opened} - {files.real(name) for name in analysis.found}
        try:
            names = analysis.project.environments
        except PolicylintError:
            return
        for name in filter(None, names):
            if not left:
                return
            project = self.open(key, files, name)
            try:
                has = left & {files.real(each) for each in project.policy_paths}
            except PolicylintError:
                continue
            if has:
                left -= has
                yield analyze(project)

    def is_policy(self, document: Document) -> bool:
        """Return whether a document looks like a policy file: it has a section of one."""
        return self.schema_of(document) == POLICY and has_section(document.text, self.resources.store)

    def schema_of(self, document: Document) -> str:
        """Return the schema that a document is to follow."""
        name = (document.path or document.uri).replace("\\", "/").rpartition("/")[2]
        return CONFIG if name == CONFIG_NAME else POLICY

    def concerns(self, document: Document) -> bool:
        """Return whether a document is one that policylint has something to say about."""
        if self.schema_of(document) == CONFIG or self.is_policy(document):
            return True
        known = self.checked.get(key := self.key_of(document.uri))
        if not document.text.strip():
            return key != document.uri
        analysis = known.analysis if known is not None else None
        if known is None or analysis is None:
            return False
        return document.uri in {known.uris[name] for name in analysis.found if name in known.uris}

    def project_of(self, document: Document) -> EditorProject:
        """Return the project that answers questions about a document: the last one that was looked at."""
        known = self.checked.get(self.key_of(document.uri))
        if known is not None and known.analysis is not None:
            return known.analysis.project
        return EditorProject(OneFile(document.uri, ""), self.resources, Cache(), now=clock.now)


def _real(uri: str) -> str | None:
    """Return the real path of the file that a URI names, None where it names none of this machine."""
    path = path_of(uri)
    if path is None or not Path(path).is_absolute():
        return None
    return os.path.realpath(path)
