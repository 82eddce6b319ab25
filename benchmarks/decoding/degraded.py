"""Read rate against severity for labels drawn anew and harmed as cameras do.

python -m benchmarks.decoding.degraded [--each 4] [--picture docs/benchmarks/decoding-degraded.png]
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import numpy as np
from PIL import Image, ImageDraw

from benchmarks.decoding.engines import ON_GREY
from benchmarks.decoding.labels import HARMS, KINDS, draw_label, on_desk, to_png
from scanner_app.decoding.picture.decode import decode_picture

cv2.setNumThreads(1)
STEPS = np.linspace(0.0, 1.0, 9)
COLOURS = {
    "pyzbar": (200, 120, 20),
    "OpenCV": (120, 120, 120),
    "zxing-cpp": (30, 90, 190),
    "cascade": (10, 140, 70),
}
WIDTH, HEIGHT, GAP = 300, 200, 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--each", type=int, default=4, help="labels of each kind for each step")
    parser.add_argument("--picture", type=Path, help="draw the curves here")
    options = parser.parse_args()
    rates = {harm: _measure(harm, options.each) for harm in HARMS}
    print("mean read rate over all steps".ljust(32), *(name.rjust(10) for name in COLOURS))
    for harm, curves in rates.items():
        print(harm.ljust(32), *(f"{np.mean(curves[name]):.1%}".rjust(10) for name in COLOURS))
    if options.picture:
        options.picture.parent.mkdir(parents=True, exist_ok=True)
        _draw(rates).save(options.picture, optimize=True)


def _measure(harm: str, each: int) -> dict[str, list[float]]:
    random = np.random.default_rng(5)
    curves: dict[str, list[float]] = {name: [] for name in COLOURS}
    for severity in STEPS:
        hits = dict.fromkeys(COLOURS, 0)
        for number in range(each * len(KINDS)):
            name = f"LT-{int(random.integers(0, 10**5)):05d}"
            label = draw_label(name, KINDS[number % 3], scale=3)
            grey = HARMS[harm](on_desk(label, (640, 480), random), float(severity), random)
            for engine in COLOURS:
                if engine == "cascade":
                    found = [s.text for s in decode_picture(to_png(grey)).symbols]
                else:
                    found = [read.text for read in ON_GREY[engine](grey)]
                hits[engine] += name in found
        for engine, count in hits.items():
            curves[engine].append(count / (each * len(KINDS)))
    return curves


def _draw(rates: dict[str, dict[str, list[float]]]) -> Image.Image:
    columns = 3
    rows = -(-len(rates) // columns)
    size = (columns * (WIDTH + GAP) + GAP, rows * (HEIGHT + GAP + 20) + GAP)
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    for index, (engine, colour) in enumerate(COLOURS.items()):
        draw.line((60 + 170 * index, 24, 90 + 170 * index, 24), colour, 3)
        draw.text((98 + 170 * index, 16), engine, fill="black", font_size=15)
    for index, (harm, curves) in enumerate(rates.items()):
        left = GAP + index % columns * (WIDTH + GAP)
        top = GAP + 20 + index // columns * (HEIGHT + GAP + 20)
        draw.text((left, top - 22), harm, fill="black", font_size=15)
        draw.rectangle((left, top, left + WIDTH, top + HEIGHT), outline=(170, 170, 170))
        for share in (0, 50, 100):
            y = top + HEIGHT - HEIGHT * share / 100
            draw.line((left, y, left + WIDTH, y), (225, 225, 225))
            draw.text((left - 34, y - 7), f"{share}%", fill=(90, 90, 90), font_size=11)
        draw.text((left, top + HEIGHT + 4), "mild", fill=(90, 90, 90), font_size=11)
        draw.text((left + WIDTH - 36, top + HEIGHT + 4), "severe", fill=(90, 90, 90), font_size=11)
        for engine, colour in COLOURS.items():
            points = [
                (left + WIDTH * step, top + HEIGHT * (1 - rate))
                for step, rate in zip(STEPS, curves[engine], strict=True)
            ]
            draw.line(points, colour, 3, joint="curve")
    return picture


if __name__ == "__main__":
    main()
