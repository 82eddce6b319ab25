"""What the headers of an import file mean, by the names in each kind's row of facts.

Headers are matched by position: names occur twice in real files ("Address").
"""

from __future__ import annotations

from collections.abc import Sequence

from scanner_app.domain.imports import FACTS, ImportKind
from scanner_app.domain.imports.kind import (
    CUSTOM,
    IGNORED,
    Holds,
    KindFacts,
    header_key,
    header_keys,
)

# This many of Snipe-IT's own headers beside the key header make a file one of its files. One alone
# may be chance: "Company" is a common word.
SNIPE_MARKS = 2


def is_from_snipe(kind: ImportKind, headers: Sequence[str]) -> bool:
    """Return whether the header row is one of Snipe-IT's."""
    snipe = FACTS[kind].snipe
    if snipe is None:
        return False
    keys = header_keys(headers)
    return header_key(snipe.key) in keys and len(keys & snipe.marks) >= SNIPE_MARKS


def match_headers(kind: ImportKind, headers: Sequence[str]) -> tuple[str, ...]:
    """Return the target of each column: a target's name, `custom`, or "" for left out.

    The first column of a name wins; a second one of the same name is left out. In a kind that
    keeps custom columns, an unknown header becomes a custom column with its own name.
    """
    facts = FACTS[kind]
    keys = [header_key(header) for header in headers]
    known = _known_names(facts)
    own = [header_key(header) for header in facts.export_headers]
    if facts.keeps_custom and keys[: len(own)] == own:
        # In our own export every column after these is a custom one, whatever its name: a custom
        # column called "City" must come back as what it was.
        custom = [CUSTOM if key else IGNORED for key in keys[len(own) :]]
        return (*(known[key] for key in own), *custom)
    if is_from_snipe(kind, headers):
        known |= _snipe_names(facts, keys)
    matched: list[str] = []
    for key in keys:
        target = known.get(key, IGNORED)
        if target and target in matched:
            target = IGNORED
        elif not target and facts.keeps_custom and key and key not in facts.left_out:
            target = CUSTOM if key not in keys[: len(matched)] else IGNORED
        matched.append(target)
    return tuple(matched)


def _known_names(facts: KindFacts) -> dict[str, str]:
    return {name: target.name for target in facts.targets for name in target.names}


def _snipe_names(facts: KindFacts, keys: Sequence[str]) -> dict[str, str]:
    """Return the headers that mean something else in this file because it is Snipe-IT's."""
    if facts.snipe is None:
        return {}
    return {
        header_key(item.header): item.target
        for item in facts.snipe.headers
        if (not item.beside or header_key(item.beside) in keys)
        and (not item.without or header_key(item.without) not in keys)
    }


def count_known(kind: ImportKind, headers: Sequence[str]) -> int:
    """Count the headers that the kind knows, to tell a header row from any other text."""
    known = _known_names(FACTS[kind]).keys() | FACTS[kind].left_out
    return sum(header_key(header) in known for header in headers)


def find_missing(kind: ImportKind, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the labels of what a file of this kind must hold and these columns do not."""
    labels = {target.name: target.label for target in FACTS[kind].targets}
    return tuple(
        " or ".join(labels[name] for name in group)
        for group in FACTS[kind].required
        if not any(name in columns for name in group)
    )


def label_of(kind: ImportKind, target: str) -> str:
    """Return the label of a target; a custom column is its own label."""
    labels = {item.name: item.label for item in FACTS[kind].targets}
    return labels.get(target, target)


def known_targets(kind: ImportKind) -> frozenset[str]:
    """Return everything that a column of this kind can mean."""
    names = {target.name for target in FACTS[kind].targets} | {IGNORED}
    return frozenset(names | {CUSTOM} if FACTS[kind].keeps_custom else names)


def targets_with(kind: ImportKind, holds: Holds) -> frozenset[str]:
    """Return the targets whose cells hold dates, amounts or statuses."""
    return frozenset(target.name for target in FACTS[kind].targets if target.holds is holds)
