"""Recall, doubles and false reads for 1 to 60 labels in a picture.

python -m benchmarks.decoding.shelf [--each 3]
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import numpy as np

from benchmarks.decoding.engines import ON_GREY
from benchmarks.decoding.labels import draw_shelf, to_png
from scanner_app.decoding.picture.decode import decode_picture

cv2.setNumThreads(1)
COUNTS = (1, 2, 4, 8, 15, 30, 45, 60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--each", type=int, default=3, help="pictures for each number of labels")
    options = parser.parse_args()
    random = np.random.default_rng(11)
    print("labels  engine      recall  doubles  false  CPU ms")
    for count in COUNTS:
        tally: dict[str, list[float]] = {}
        for _ in range(options.each):
            grey, names = draw_shelf(count, random)
            data = to_png(grey)
            for engine in (*ON_GREY, "cascade"):
                began = time.process_time()
                if engine == "cascade":
                    found = [s.text for s in decode_picture(data, budget_ms=10_000).symbols]
                else:
                    found = [read.text for read in ON_GREY[engine](grey)]
                spent = (time.process_time() - began) * 1000
                counts = Counter(found)
                row = tally.setdefault(engine, [0, 0, 0, 0])
                row[0] += sum(name in counts for name in names)
                row[1] += sum(number - 1 for number in counts.values())
                row[2] += sum(text not in names for text in counts)
                row[3] += spent
        for engine, (read, doubles, false, spent) in tally.items():
            print(
                f"{count:6}  {engine:10}  {read / count / options.each:6.1%}"
                f"  {doubles:7.0f}  {false:5.0f}  {spent / options.each:6.0f}"
            )


if __name__ == "__main__":
    main()
