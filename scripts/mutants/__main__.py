"""`make mutants`: change the rules one fault at a time and count the faults that tests notice.

ARGS="--sample 100 --seed 7" draws a hundred of each package; `--package NAME` takes some of them.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

from scripts.mutants.draw import Mutant, draw_mutants, load_equivalent
from scripts.mutants.packages import PACKAGES, ROOT, Package
from scripts.mutants.record import TestMap, record
from scripts.mutants.run import KILLED, SURVIVED, TIMEOUT, UNTESTED, judge, preload, read_source


def main() -> int:
    """Return 0 if each package reaches the share that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, help="how many of each package; all by default")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--package", action="append", choices=list(PACKAGES))
    parser.add_argument("--record", action="store_true", help="record again which tests run what")
    parser.add_argument("--at-least", type=float, default=90.0, help="per cent that must be killed")
    options = parser.parse_args()
    os.chdir(ROOT)
    chosen = [PACKAGES[name] for name in options.package or PACKAGES]
    paths = list(dict.fromkeys(path for package in chosen for path in package.tests))
    record(paths, again=options.record)
    preload()
    reached = True
    for package in chosen:
        tests = TestMap(package.tests)
        _check_unchanged(package, tests)
        share = _try_package(package, tests, options.sample, options.seed)
        reached = reached and share >= options.at_least
    return 0 if reached else 1


def _check_unchanged(package: Package, tests: TestMap) -> None:
    """Stop unless the tests pass where nothing was changed: else every mutant would look killed."""
    path = package.modules()[-1]
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    told = judge(name, read_source(name), tests, tests.find(path, None))
    if told != SURVIVED:
        raise SystemExit(
            f"{package.name}: tests of {name} fail although nothing was changed: {told}"
        )


def _try_package(package: Package, tests: TestMap, sample: int | None, seed: str) -> float:
    known = load_equivalent()
    started = time.monotonic()
    killed, alive, equivalent = 0, 0, 0
    for mutant in draw_mutants(package, sample=sample, seed=seed):
        if mutant.is_known_equivalent(known):
            equivalent += 1
            continue
        line = mutant.line if mutant.is_in_function else None
        told = judge(mutant.name, mutant.source, tests, tests.find(mutant.path, line))
        if told in {KILLED, TIMEOUT}:
            killed += 1
            continue
        alive += 1
        _show(mutant, told)
    tried = killed + alive
    share = 100.0 * killed / tried if tried else 100.0
    each = (time.monotonic() - started) / max(1, tried)
    print(
        f"{package.name}: {killed} of {tried} killed, {share:.1f} %; {alive} survived, "
        f"{equivalent} equivalent; {each:.1f} s each",
        flush=True,
    )
    return share


def _show(mutant: Mutant, told: str) -> None:
    print(f"{told if told == UNTESTED else SURVIVED} {mutant.path.relative_to(ROOT)}:{mutant.line}")
    for line in mutant.diff:
        print(f"    {line.strip()[:160]}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
