"""Read rate, false reads and time over real pictures: each engine alone, and the cascade.

    python -m benchmarks.decoding.run FOLDER [--part 0/2] [--json FILE]

FOLDER holds `manifest.csv` with path, category and a JSON list of the texts expected. All engines
read each picture one after another, in an order that rotates, so that a busy machine troubles them
alike. Times include opening the picture.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter, defaultdict
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import numpy as np

from benchmarks.decoding.engines import ENGINES
from benchmarks.decoding.truth import Case, false_reads, is_read, load_cases

cv2.setNumThreads(1)


class Tally:
    """What one engine did."""

    def __init__(self) -> None:
        self.read: Counter[str] = Counter()
        # Codes read by the number of codes in the picture: leniently, and strictly.
        self.lenient: Counter[int] = Counter()
        self.strict: Counter[int] = Counter()
        self.false: Counter[str] = Counter()
        self.false_names: list[str] = []
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}
        self.hits: set[str] = set()
        self.letter = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--part", default="0/1", help="every n-th picture from the k-th: k/n")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--misses", action="store_true", help="name what the cascade missed")
    parser.add_argument("--engines", default=",".join(ENGINES), help="which, by name")
    options = parser.parse_args()
    start, step = map(int, options.part.split("/"))
    cases = load_cases(options.folder)[start::step]
    tallies = {name: Tally() for name in options.engines.split(",")}
    for index, case in enumerate(cases):
        _run_case(index, case, tallies)
    figures = _report(cases, tallies)
    if options.misses:
        for case in cases:
            if case.expected and str(case.path) not in tallies["cascade"].hits:
                print("missed", case.path.name, case.category)
        for name in tallies["cascade"].false_names:
            print("false", name)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


def _run_case(index: int, case: Case, tallies: dict[str, Tally]) -> None:
    data = case.path.read_bytes()
    names = list(tallies)
    for name in names[index % len(names) :] + names[: index % len(names)]:
        tally = tallies[name]
        wall, cpu = time.perf_counter(), time.process_time()
        reads = ENGINES[name](data)
        tally.wall[str(case.path)] = (time.perf_counter() - wall) * 1000
        tally.cpu[str(case.path)] = (time.process_time() - cpu) * 1000
        wrong = false_reads(case, reads)
        tally.false[case.category] += len(wrong)
        tally.false_names += [f"{case.path.name} {r.symbology} {r.text!r}" for r in wrong]
        found = sum(is_read(text, reads) for text in case.expected)
        to_the_letter = sum(is_read(text, reads, strict=True) for text in case.expected)
        tally.lenient[len(case.expected)] += found
        tally.strict[len(case.expected)] += to_the_letter
        tally.letter += to_the_letter > 0
        if found:
            tally.read[case.category] += 1
            tally.hits.add(str(case.path))


def _report(cases: list[Case], tallies: dict[str, Tally]) -> dict[str, dict[str, float]]:
    totals = Counter(case.category for case in cases if case.expected)
    width = max(map(len, totals)) + 2
    print("Pictures read, of", sum(totals.values()))
    print("".ljust(width), *(name.rjust(max(12, len(name))) for name in tallies))
    for category, total in totals.most_common():
        cells = [
            f"{t.read[category] / total:.0%}".rjust(max(12, len(n))) for n, t in tallies.items()
        ]
        print(f"{category} {total}".ljust(width + 4)[: width + 4], *cells)
    _report_by_number(cases, tallies)
    easy = sorted(tallies["zxing-cpp"].hits)
    figures: dict[str, dict[str, float]] = defaultdict(dict)
    for name, tally in tallies.items():
        wall, cpu = np.array(list(tally.wall.values())), np.array(list(tally.cpu.values()))
        figures[name] = {
            "read_leniently": sum(tally.read.values()) / sum(totals.values()),
            "read_strictly": tally.letter / sum(totals.values()),
            "false_on_negatives": tally.false["NEG"],
            "false_elsewhere": sum(tally.false.values()) - tally.false["NEG"],
            "median_ms": float(np.median(wall)),
            "p95_ms": float(np.percentile(wall, 95)),
            "cpu_median_ms": float(np.median(cpu)),
            "cpu_p95_ms": float(np.percentile(cpu, 95)),
            "easy_cpu_median_ms": float(np.median([tally.cpu[path] for path in easy])),
            "easy_median_ms": float(np.median([tally.wall[path] for path in easy])),
        }
    base = figures["zxing-cpp"]
    for name, values in figures.items():
        values["easy_ratio"] = values["easy_median_ms"] / base["easy_median_ms"]
        values["easy_cpu_ratio"] = values["easy_cpu_median_ms"] / base["easy_cpu_median_ms"]
        print(f"\n{name}")
        for figure, value in values.items():
            print(
                f"  {figure:22}", f"{value:.1%}" if figure.startswith("read_") else f"{value:.2f}"
            )
    return figures


def _report_by_number(cases: list[Case], tallies: dict[str, Tally]) -> None:
    """Print the recall by the number of codes in a picture, by the lenient and the strict truth."""
    of = Counter(len(case.expected) for case in cases if case.expected)
    print("\nCodes read, lenient / strict, by the number of codes in the picture")
    for number, pictures in sorted(of.items()):
        codes = number * pictures
        cells = [
            f"{t.lenient[number] / codes:.1%} / {t.strict[number] / codes:.1%}".rjust(16)
            for t in tallies.values()
        ]
        print(f"{number:3} codes, {pictures:4} pictures", *cells)


if __name__ == "__main__":
    main()
