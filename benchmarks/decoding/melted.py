"""Readable EAN and UPC, blurred until they are not: does the reader of melted bars err?

    python -m benchmarks.decoding.melted FOLDER [--part 0/2] [--rounds 2] [--seed 1]

Each picture of one retail code is made smaller, turned by up to 20 degrees, blurred by a disc of 1
to 4.5 pixels in light, and gets noise and JPEG. Prints what is read, and the margins of right and
of wrong bands.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import numpy as np

from benchmarks.decoding.truth import Case, Read, forms_of_read, forms_of_truth, load_cases
from scanner_app.decoding.picture.open import Grey, open_picture
from scanner_app.decoding.retail.reader import Clock, believe, prepare, read_bands

CATEGORIES = {"EAN13", "UPCA", "EAN+addon"}
STEPS = (0, 4, 10, 15, 20)
PATIENT = 60_000

cv2.setNumThreads(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--part", default="0/1", help="every n-th picture from the k-th: k/n")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start, step = map(int, options.part.split("/"))
    cases = [
        case
        for case in load_cases(options.folder)
        if case.category in CATEGORIES and len(case.expected) == 1
    ][start::step]
    prepare()
    results: Counter[str] = Counter()
    bands: Counter[tuple[int, bool]] = Counter()
    spent = []
    for turn in range(options.rounds):
        for index, case in enumerate(cases):
            random = np.random.default_rng([options.seed + turn, index])
            began = time.process_time()
            result = _read(
                case, melt(open_picture(case.path.read_bytes()).work(2000)[0], random), bands
            )
            spent.append(time.process_time() - began)
            results[result] += 1
            if result == "wrong":
                print("wrong:", case.path.name, "round", turn)
    print(dict(results), f"median {np.median(spent) * 1000:.0f} ms of processor time")
    for low in STEPS:
        print(f"margin from {low:2}: right {bands[low, True]:4}, wrong {bands[low, False]:4}")


def _read(case: Case, grey: Grey, bands: Counter[tuple[int, bool]]) -> str:
    truth = forms_of_truth(case.expected[0])

    def is_right(text: str) -> bool:
        return bool(truth & forms_of_read(Read(text, text.encode(), "ean_13")))

    seen = []
    for readings in read_bands(grey, Clock(PATIENT)):
        seen += readings
        for reading in readings:
            low = max(step for step in STEPS if step <= max(reading.margin, 0))
            bands[low, is_right(reading.text)] += 1
        if found := believe(seen):
            return "right" if is_right(found.text) else "wrong"
    return "unread"


def melt(grey: Grey, random: np.random.Generator) -> Grey:
    """Return a picture as a lens out of focus draws it, with noise and JPEG."""
    scale = min(1.0, random.integers(200, 480) / max(grey.shape))
    light = (grey.astype(np.float32) / 255) ** 2
    light = cv2.resize(light, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    light = cv2.filter2D(light, -1, _disc(random.uniform(1, 4.5)), borderType=cv2.BORDER_REPLICATE)
    height, width = light.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), random.uniform(-20, 20), 1)
    how = {"flags": cv2.INTER_CUBIC, "borderMode": cv2.BORDER_REPLICATE}
    light = cv2.warpAffine(light, matrix, (width, height), **how)
    grain = random.normal(0, random.uniform(0.5, 4), light.shape)
    seen = np.clip(np.sqrt(np.clip(light, 0, 1)) * 255 + grain, 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, 88])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def _disc(radius: float) -> np.ndarray:
    reach = int(radius) + 2
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return kernel / kernel.sum()


if __name__ == "__main__":
    main()
