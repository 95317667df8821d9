"""What is in a release, as CycloneDX: policylint, the packages that it runs with, their licenses and their files.

Source: https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib.metadata import metadata, requires
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from policylint.version import REPOSITORY, __version__
from tools.release.build import digest
from tools.release.lock import RUN, pins
from tools.release.project import ReleaseError, project

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from cyclonedx.model.license import License

    from tools.release.lock import Pin

NAME: Final = "policylint.cdx.json"
_WHERE: Final = "policylint:needed-where"


def sbom_text(wheel: Path, released: date) -> str:
    """Return the text of the SBOM of a wheel, the same for the same wheel, lock file and day.

    Raises:
        ReleaseError: A package of the lock file is not installed at its version, or the text does not fit its schema.
    """
    day = datetime(released.year, released.month, released.day, tzinfo=UTC)
    own = Component(
        type=ComponentType.APPLICATION,
        name="policylint",
        version=__version__,
        description=project()["description"],
        licenses=[_license(project()["license"])],
        purl=PackageURL("pypi", None, "policylint", __version__),
        bom_ref="policylint",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest(wheel))],
        external_references=[ExternalReference(type=ExternalReferenceType.VCS, url=XsUri(REPOSITORY))],
    )
    bom = Bom(serial_number=uuid5(NAMESPACE_URL, f"{REPOSITORY} {digest(wheel)} {digest(RUN.path)}"))
    bom.metadata.timestamp = day
    bom.metadata.component = own
    components = {pin.name: _component(pin) for pin in pins(RUN)}
    bom.components.update(components.values())
    bom.register_dependency(own, [components[name] for name in _needs(project()["dependencies"]) if name in components])
    for name, component in components.items():
        needed = _needs(requires(name) or ())
        bom.register_dependency(component, [components[each] for each in needed if each in components])
    text = JsonV1Dot6(bom).output_as_string(indent=2) + "\n"
    if wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ReleaseError(f"the SBOM does not fit its schema: {wrong}")
    return text


def _component(pin: Pin) -> Component:
    about = metadata(pin.name)
    if about["Version"] != pin.version:
        raise ReleaseError(f"{pin.name} is installed at {about['Version']}, not at {pin.version}")
    purl = PackageURL("pypi", None, pin.name, pin.version)
    files = [HashType(alg=HashAlgorithm.SHA_256, content=each) for each in pin.hashes]
    return Component(
        type=ComponentType.LIBRARY,
        name=pin.name,
        version=pin.version,
        description=about["Summary"],
        licenses=[_license(_license_of(pin.name))],
        purl=purl,
        bom_ref=purl.to_string(),
        external_references=[
            ExternalReference(
                type=ExternalReferenceType.DISTRIBUTION,
                url=XsUri(purl.to_string()),
                comment="the SHA-256 of every file of this version",
                hashes=files,
            )
        ],
        properties=[Property(name=_WHERE, value=pin.marker)] if pin.marker else (),
    )


def _license_of(name: str) -> str:
    about = metadata(name)
    said = about["License-Expression"] or about["License"]
    if not said:
        raise ReleaseError(f"{name} does not say its license")
    return str(said)


def _license(text: str) -> License:
    return LicenseFactory().make_from_string(re.sub(r"\s+License$", "", text), license_text=None)


def _needs(requirements: list[str] | tuple[str, ...]) -> list[str]:
    wanted = (Requirement(text) for text in requirements)
    return sorted(canonicalize_name(each.name) for each in wanted if not each.marker or "extra" not in str(each.marker))
