"""Which release a device runs: by what it says of its operating system, or by its model.

A device says a version, and often no edition. Where several releases fit, the one whose support
ends first counts, and the match is not sure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from scanner_app.domain.health.releases import Release

MAX_PREFIX = 100
_VERSION = re.compile(r"\d{1,9}(?:\.\d{1,9}){0,7}", re.ASCII)
_WORD = re.compile(r"[^\W_]+")


class RuleOf(StrEnum):
    """What a rule looks at."""

    SYSTEM = "system"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class RuleOfRow:
    of: RuleOf
    label: str
    sentence: str


RULES_OF: dict[RuleOf, RuleOfRow] = {
    row.of: row
    for row in (
        RuleOfRow(RuleOf.SYSTEM, "Operating system", "What a device says it runs begins with this"),
        RuleOfRow(RuleOf.MODEL, "Model", "The name of the model begins with this"),
    )
}


@dataclass(frozen=True, slots=True)
class ProductRule:
    """A rule: what begins with a prefix is a product, and, of a model, one of its releases.

    :param prefix: as `fold_name` returns it.
    :param cycle: the release; empty where the version tells it.
    """

    of: RuleOf
    prefix: str
    product: str
    cycle: str = ""


@dataclass(frozen=True, slots=True)
class EditionRow:
    """What makers call an edition, and how the release of it ends."""

    word: str
    tails: tuple[str, ...]


# Windows has releases of one version that are supported for other times: `11-24h2-w` for Home and
# Pro, `-e` for Enterprise and Education. The longer words come first.
EDITIONS: tuple[EditionRow, ...] = (
    EditionRow("iot enterprise ltsc", ("iot-lts", "iot")),
    EditionRow("ltsc", ("e-lts", "lts")),
    EditionRow("ltsb", ("e-lts", "lts")),
    EditionRow("iot", ("iot", "e")),
    EditionRow("enterprise", ("e",)),
    EditionRow("education", ("e",)),
    EditionRow("professional", ("w",)),
    EditionRow("pro", ("w",)),
    EditionRow("home", ("w",)),
    EditionRow("core", ("w",)),
)


@dataclass(frozen=True, slots=True)
class ReleaseMatch:
    """The release that a device runs.

    :param release: None if none of the product's fits: the file is older than the device.
    :param is_sure: nothing else fits that ends on another day.
    """

    product: str
    release: Release | None
    is_sure: bool = True


def fold_name(text: str) -> str:
    """Return a name as it is compared: small letters, single spaces, nothing but words."""
    return " ".join(_WORD.findall(text.casefold()))


class Catalogue:
    """The rules and the releases, for looking up many devices."""

    def __init__(self, rules: Iterable[ProductRule], releases: Iterable[Release]) -> None:
        self._by_product: dict[str, list[Release]] = {}
        self._by_title: dict[str, Release] = {}
        for release in releases:
            self._by_product.setdefault(release.product, []).append(release)
            for name in release.names:
                self._by_title.setdefault(fold_name(name), release)
        # The longest prefix that fits decides.
        ordered = sorted(rules, key=lambda rule: -len(rule.prefix))
        self._rules: Mapping[RuleOf, list[ProductRule]] = {
            of: [rule for rule in ordered if rule.of is of] for of in RuleOf
        }
        self._known: dict[tuple[str, str, str], ReleaseMatch | None] = {}

    def match_system(self, system: str, version: str, edition: str) -> ReleaseMatch | None:
        """Return what a device runs; None if no rule knows its system.

        :param system: such as `Windows`; may be empty where the version names it.
        """
        key = (system, version, edition)
        if key not in self._known:
            self._known[key] = self._match(system, version, edition)
        return self._known[key]

    def match_model(self, model: str) -> ReleaseMatch | None:
        """Return the release that a model is: by a rule, else by a name that is quite the same."""
        name = fold_name(model)
        if not name:
            return None
        rule = self._find_rule(RuleOf.MODEL, name)
        if rule is not None:
            found = [r for r in self._by_product.get(rule.product, []) if r.cycle == rule.cycle]
            return ReleaseMatch(rule.product, found[0] if found else None)
        release = self._by_title.get(name)
        return None if release is None else ReleaseMatch(release.product, release)

    def _find_rule(self, of: RuleOf, name: str) -> ProductRule | None:
        fits = (r for r in self._rules[of] if name == r.prefix or name.startswith(f"{r.prefix} "))
        return next(fits, None)

    def _match(self, system: str, version: str, edition: str) -> ReleaseMatch | None:
        rule = self._find_rule(RuleOf.SYSTEM, fold_name(system or version))
        if rule is None:
            return None
        fitting = _list_fitting(
            self._by_product.get(rule.product, []), read_version(version or system)
        )
        # The edition is said apart, or in the name, as in "Windows 11 Enterprise".
        fitting = _narrow(fitting, fold_name(f"{edition} {system} {version}"))
        if not fitting:
            return ReleaseMatch(rule.product, None)
        first = min(fitting, key=_order)
        is_sure = len({(one.ends_on, one.is_ended) for one in fitting}) == 1
        return ReleaseMatch(rule.product, first, is_sure)


def read_version(text: str) -> tuple[int, ...]:
    """Return the numbers of the longest version in a text: of `Windows 11 10.0.22631` the last."""
    found = _VERSION.findall(text)
    longest = max(found, key=lambda one: one.count("."), default="")
    return tuple(int(part) for part in longest.split(".") if part)


def _list_fitting(releases: Sequence[Release], version: tuple[int, ...]) -> list[Release]:
    """Return the releases that a version is of: those that agree with it in most parts."""
    if not version:
        return []
    scored = [
        (max(_count(one.cycle, version), _count(one.latest, version)), one) for one in releases
    ]
    best = max((score for score, _ in scored), default=0)
    return [one for score, one in scored if score == best] if best else []


def _count(name: str, version: tuple[int, ...]) -> int:
    """Return how many parts a name has that a version begins with; 0 if it is another."""
    if not _VERSION.fullmatch(name):
        return 0
    parts = tuple(int(part) for part in name.split("."))
    return len(parts) if version[: len(parts)] == parts else 0


def _narrow(releases: list[Release], edition: str) -> list[Release]:
    """Return the releases of an edition; all if nothing names one, or none is for it."""
    for row in EDITIONS:
        if f" {row.word} " in f" {edition} ":
            for tail in row.tails:
                kept = [one for one in releases if one.cycle.endswith(f"-{tail}")]
                # `-lts` is the end of `-iot-lts` too: the shortest name is the plain one.
                if kept:
                    shortest = min(one.cycle.count("-") for one in kept)
                    return [one for one in kept if one.cycle.count("-") == shortest]
    return releases


def _order(release: Release) -> tuple[bool, date, str]:
    """Return what sorts releases by the end of their support, what has ended first."""
    return not release.is_ended, release.ends_on or date.max, release.cycle
