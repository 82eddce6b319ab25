"""The mutants: what mutmut changes in a module, one change at a time, drawn by a seed.

Mutmut itself cannot run here: it mutates functions alone, while half of our rules are tables, and
it starts from a copy of the tree in which it runs every test that touched a function. So its
operators are used and its runner is not (docs/benchmarks.md has what was measured).
"""

from __future__ import annotations

import difflib
import random
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import Mutation, create_mutations

from scripts.mutants.packages import ROOT, Package

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
# What only programs that are wrong ever show, or what a log says: its wording is not a rule.
_SPOKEN = ("logger.", "log.", "raise AssertionError", "assert ")


@dataclass(frozen=True)
class Mutant:
    """One change of one module.

    :param line: where the change begins in the module as it is.
    :param is_in_function: the line runs when a function is called, not when it is imported.
    """

    path: Path
    module: cst.Module
    mutation: Mutation
    line: int
    is_in_function: bool

    @property
    def name(self) -> str:
        return ".".join(self.path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

    @cached_property
    def source(self) -> str:
        """Return the whole module with the change in it."""
        new = self.module.deep_replace(self.mutation.original_node, self.mutation.mutated_node)
        assert isinstance(new, cst.Module)
        return new.code

    @cached_property
    def diff(self) -> list[str]:
        """Return the lines that differ, with `-` and `+` before them."""
        old, new = self.module.code.splitlines(), self.source.splitlines()
        return [
            line
            for line in difflib.unified_diff(old, new, n=0, lineterm="")
            if line[0] in "+-" and not line.startswith(("---", "+++"))
        ]

    def is_known_equivalent(self, known: set[tuple[str, str, str]]) -> bool:
        """Return whether somebody wrote down why no test can notice this change."""
        removed = " ".join(line[1:].strip() for line in self.diff if line[0] == "-")
        added = " ".join(line[1:].strip() for line in self.diff if line[0] == "+")
        return (str(self.path.relative_to(ROOT)), removed, added) in known


def load_equivalent() -> set[tuple[str, str, str]]:
    """Return the changes that are known to change nothing: file, line before, line after."""
    rows = tomllib.loads(EQUIVALENT.read_text()).get("mutant", [])
    return {(row["file"], row["before"], row["after"]) for row in rows}


def draw_mutants(package: Package, *, sample: int | None, seed: str) -> list[Mutant]:
    """Return mutants of a package: all of them, or so many drawn by the seed."""
    places: list[tuple[Path, int]] = []
    found: dict[Path, tuple[cst.Module, list[Mutation]]] = {}
    for path in package.modules():
        module, mutations, *_ = create_mutations(str(path), path.read_text())
        found[path] = (module, mutations)
        places += [(path, index) for index in range(len(mutations))]
    if sample is not None and sample < len(places):
        places = random.Random(f"{package.name} {seed}").sample(places, sample)  # noqa: S311 - a draw
    lines = {path: _find_lines(module) for path, (module, _) in found.items()}
    mutants = []
    for path, index in places:
        module, mutations = found[path]
        one = mutations[index]
        line = lines[path].get(id(one.original_node), 1)
        inside = one.contained_by_top_level_function is not None
        mutants.append(Mutant(path, module, one, line, inside))
    return mutants


def _find_lines(module: cst.Module) -> dict[int, int]:
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    positions = wrapper.resolve(PositionProvider)
    return {id(node): position.start.line for node, position in positions.items()}
