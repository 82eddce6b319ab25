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
from scanner_app.domain.imports.known_files import known_names, known_words

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

    Of several columns that may mean the same, the one with the target's own name has it. Where none
    has, or several have, all of them get the target, and `find_doubles` names them: a person has to
    choose. In a kind that keeps custom columns, an unknown header becomes a custom column of its
    own name, and so does a column that stood back.
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
    first = {key for target in facts.targets for key in target.own_names}
    for other in facts.other_meanings:
        if other.header in known and other.beside & set(keys):
            del known[other.header]
    if is_from_snipe(kind, headers):
        special = _snipe_names(facts, keys)
        known |= special
        first |= set(special)
    of_program = known_names(kind, headers)
    known |= of_program
    first |= set(of_program)
    matched = [known.get(key, IGNORED) for key in keys]
    for target in set(matched) - {IGNORED, CUSTOM}:
        rivals = [at for at, name in enumerate(matched) if name == target]
        exact = [at for at in rivals if keys[at] in first]
        if len(rivals) > 1 and len(exact) == 1:
            for at in rivals:
                matched[at] = target if at in exact else IGNORED
    return tuple(
        CUSTOM
        if not target and key and facts.keeps_custom and key not in facts.left_out
        else target
        for key, target in zip(keys, matched, strict=True)
    )


def find_doubles(columns: Sequence[str]) -> dict[int, str]:
    """Return the columns, by position, that mean the same as another one."""
    return {
        at: target
        for at, target in enumerate(columns)
        if target not in {IGNORED, CUSTOM} and columns.count(target) > 1
    }


def name_custom(headers: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    """Return the names under which custom columns are kept: a second `RAM` is `RAM (2)`."""
    names: list[str] = []
    for header, target in zip(headers, columns, strict=False):
        name, number = header if target == CUSTOM else "", 2
        while name and name in names:
            name, number = f"{header} ({number})", number + 1
        names.append(name)
    return tuple(names)


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
    known = _known_names(FACTS[kind]).keys() | FACTS[kind].left_out | known_words()
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
