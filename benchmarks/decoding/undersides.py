"""All codes of a 12 megapixel photo of a device's underside: the cascade beside zxing-cpp.

    python -m benchmarks.decoding.undersides [--pictures 20] [--empty 12] [--seed 1] [--misses]

Rendered for each run, four to eight codes in each picture. *Crop* is what any engine reads from a
cut of the code at full size, as it lies in the picture or turned level: what could be read if
somebody had shown where. The engines take turns on each picture, so that a busy machine troubles
them alike; processor time counts. Pictures without a code follow: nothing may be read there.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import numpy as np

from benchmarks.decoding.engines import ON_GREY, zxing_alone
from benchmarks.decoding.scene import Scene, draw_nothing, draw_underside
from benchmarks.decoding.truth import Read, forms_of_read, forms_of_truth, is_read
from scanner_app.decoding.picture.decode import decode_picture
from scanner_app.decoding.picture.regions import Region, cut_out

cv2.setNumThreads(1)
# What "at least" means for the cascade.
BARS = {"of crops": 0.95, "to zxing-cpp": 1.3, "time": 1.0}
Reader = Callable[[bytes], list[Read]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=20)
    parser.add_argument("--empty", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budget", type=int, default=10_000, help="milliseconds for the cascade")
    parser.add_argument("--misses", action="store_true", help="name what the cascade missed")
    options = parser.parse_args()

    def cascade(data: bytes) -> list[Read]:
        found = decode_picture(data, budget_ms=options.budget).symbols
        return [Read(s.text, s.bytes, s.symbology, s.add_on) for s in found]

    readers: dict[str, Reader] = {"zxing-cpp": zxing_alone, "cascade": cascade}
    tally = Tally(list(readers))
    for number in range(options.pictures):
        random = np.random.default_rng([options.seed, number])
        scene = draw_underside(random, 4 + number % 5)
        tally.add(scene, readers, number)
    tally.report(misses=options.misses)
    _report_empty(readers, options.empty, options.seed)


class Tally:
    """What each reader found, by symbology and by the number of codes in the picture."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.found: dict[str, Counter[str]] = {
            n: Counter() for n in (*names, "strict", "crop", "level", "both")
        }
        self.of: Counter[str] = Counter()
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.false: list[str] = []
        self.missed: list[str] = []

    def add(self, scene: Scene, readers: dict[str, Reader], number: int) -> None:
        data = scene.to_jpeg()
        order = self.names if number % 2 else self.names[::-1]
        reads = {}
        for name in order:
            began = time.process_time()
            reads[name] = readers[name](data)
            self.seconds[name].append(time.process_time() - began)
        truth = set().union(
            *(forms_of_truth(t) for t in (*scene.cut, *(c[0] for c in scene.codes)))
        )
        for name in self.names:
            wrong = [r for r in reads[name] if not forms_of_read(r) & truth]
            self.false += [f"{name}: {r.symbology} {r.text!r}, picture {number}" for r in wrong]
        for text, kind, corners in scene.codes:
            self._add_code(scene, reads, number, (text, kind, corners))

    def _add_code(self, scene: Scene, reads: dict[str, list[Read]], number: int, code) -> None:
        text, kind, corners = code
        keys = ("all", kind, f"{len(scene.codes)} codes")
        self.of.update(keys)
        by = crop_readers(scene, text, corners)
        hits = {name: is_read(text, reads[name]) for name in self.names}
        hits |= {"crop": bool(by["crop"]), "level": bool(by["crop"] | by["level"])}
        hits["strict"] = is_read(text, reads["cascade"], strict=True)
        hits["both"] = hits["cascade"] and hits["level"]
        for name, hit in hits.items():
            if hit:
                self.found[name].update(keys)
        if hits["level"] and not hits["cascade"]:
            engines = ", ".join(sorted(by["crop"] | by["level"]))
            self.missed.append(
                f"picture {number}: {kind} {text!r}, {corners.mean(0).astype(int)}, by {engines}"
            )

    def report(self, *, misses: bool) -> None:
        print("codes found     of  zxing-cpp  cascade  strict  crop  crop, level  cascade of these")
        kinds = sorted(k for k in self.of if k != "all" and not k.endswith(" codes"))
        for key in ("all", *sorted(k for k in self.of if k.endswith(" codes")), *kinds):
            f = {name: counter[key] for name, counter in self.found.items()}
            print(
                f"{key:12} {self.of[key]:5}  {f['zxing-cpp']:9}  {f['cascade']:7}  {f['strict']:6}"
                f"  {f['crop']:4}  {f['level']:11}  {f['both'] / max(f['level'], 1):16.1%}"
            )
        took = {name: sum(seconds) / len(seconds) for name, seconds in self.seconds.items()}
        all_ = {name: counter["all"] for name, counter in self.found.items()}
        figures = {
            "of crops": all_["both"] / all_["level"],
            "to zxing-cpp": all_["cascade"] / all_["zxing-cpp"],
            "time": took["cascade"] / took["zxing-cpp"],
        }
        for name, value in figures.items():
            is_met = value <= BARS[name] if name == "time" else value >= BARS[name]
            print(f"{name}: {value:.3f}, bar {BARS[name]}: {'met' if is_met else 'MISSED'}")
        print("false reads:", "; ".join(self.false) or "none")
        for line in self.missed if misses else ():
            print("missed", line)


def crop_readers(scene: Scene, text: str, corners: np.ndarray) -> dict[str, set[str]]:
    """Return which engines read a code from a cut at full size, as it lies and turned level."""
    margin = 0.12 * float(np.ptp(corners, axis=0).max()) + 10
    left, top = np.maximum(corners.min(axis=0) - margin, 0).astype(int)
    right, bottom = (corners.max(axis=0) + margin).astype(int)
    along = corners[1] - corners[0]
    size = (float(np.linalg.norm(along)), float(np.linalg.norm(corners[3] - corners[0])))
    x, y = corners.mean(axis=0)
    region = Region((float(x), float(y)), size, float(np.degrees(np.arctan2(along[1], along[0]))))
    cuts = {
        "crop": np.ascontiguousarray(scene.grey[top:bottom, left:right]),
        "level": cut_out(scene.grey, region, margin=(margin, margin))[0],
    }
    return {
        name: {engine for engine, read in ON_GREY.items() if is_read(text, read(cut))}
        for name, cut in cuts.items()
    }


def _report_empty(readers: dict[str, Reader], count: int, seed: int) -> None:
    false: dict[str, list[str]] = {name: [] for name in readers}
    took: Counter[str] = Counter()
    for number in range(count):
        data = draw_nothing(np.random.default_rng([seed, number, 7]), number).to_jpeg()
        for name, read in readers.items():
            began = time.process_time()
            false[name] += [f"{r.symbology} {r.text!r}" for r in read(data)]
            took[name] += time.process_time() - began
    for name, found in false.items():
        seconds = took[name] / max(count, 1)
        print(
            f"{count} empty pictures, {name}: {'; '.join(found) or 'nothing'}; {seconds:.2f} s each"
        )


if __name__ == "__main__":
    main()
