"""Ghosts: what is read where nothing stands, or only a piece of a code. By symbology and engine.

    python -m benchmarks.decoding.ghosts [--each 40] [--folder FOLDER]

Drawn anew: fields of random bars, pages of text, gratings and weaves, and codes of which a strip is
cut away so that no engine can know the rest. FOLDER adds real pictures, by its manifest.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import numpy as np
import zxingcpp
from PIL import Image, ImageDraw

from benchmarks.decoding.engines import cascade, pyzbar_alone, zxing_alone
from benchmarks.decoding.labels import Grey, to_png
from benchmarks.decoding.truth import false_reads, load_cases

cv2.setNumThreads(1)
SIZE = (640, 420)
CUT = {
    "ITF": ("3071234500", "21673613", "123456"),
    "Codabar": ("A1234567B", "C39995A", "B546745735B"),
    "DataBar": ("0104412345678909", "0120012345678909"),
    "Code39": ("LT-00042", "ABC123"),
    "EAN13": ("4006381333931", "9780804816632"),
    "UPCA": ("036000291452",),
    "UPCE": ("04252614",),
    "EAN8": ("96385074",),
    "Code128": ("LT-00042", "1020185021"),
    "Code93": ("LT00042",),
}


def draw_bars(random: np.random.Generator) -> Grey:
    """Return upright bars of widths that a code might have, as a fence or a fan heater has them."""
    width, height = SIZE
    unit = float(random.uniform(1.5, 5))
    picture = np.full((height, width), 235, np.uint8)
    x, ink = float(random.uniform(0, 60)), True
    while x < width - random.uniform(0, 60):
        step = unit * float(random.choice([1, 1, 1, 2, 2, 3, 4]))
        if ink:
            picture[60:-60, int(x) : int(x + step)] = 30
        x, ink = x + step, not ink
    return picture


def draw_text(random: np.random.Generator) -> Grey:
    """Return a page of words."""
    page = Image.new("L", SIZE, 245)
    pen = ImageDraw.Draw(page)
    size = int(random.integers(12, 40))
    letters = np.array(list("abcdefghijklmnoprstuvwxyzIl1|HEMN  -"))
    for y in range(5, SIZE[1], int(size * 1.2)):
        pen.text((5, y), "".join(random.choice(letters, 70)), fill=20, font_size=size)
    return np.asarray(page)


def draw_weave(random: np.random.Generator) -> Grey:
    """Return a grating or a weave, as cloth, vents and keyboards have them."""
    width, height = SIZE
    ys, xs = np.mgrid[0:height, 0:width]
    period = random.uniform(4, 24, 2)
    waves = np.sin(xs * 2 * np.pi / period[0])
    if random.random() < 0.6:
        waves = waves * np.sin(ys * 2 * np.pi / period[1])
    noise = random.normal(0, 12, (height, width))
    return np.clip(128 + 110 * np.sign(waves) * random.uniform(0.4, 1) + noise, 0, 255).astype(
        np.uint8
    )


def cut_codes(random: np.random.Generator) -> Iterator[tuple[str, str, Grey]]:
    """Return codes that lost a strip: at an end, or in the middle, where a finger lies."""
    for kind, texts in CUT.items():
        text = str(random.choice(texts))
        code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
        symbol = np.array(code.to_image(scale=int(random.integers(2, 5)), add_quiet_zones=True))
        ink = np.flatnonzero((symbol < 128).any(axis=0))
        left, right = int(ink[0]), int(ink[-1])
        lost = int((right - left) * random.uniform(0.25, 0.6))
        at = int(random.choice([left, right - lost, random.integers(left, right - lost)]))
        how = random.integers(0, 4)
        if how == 0:  # the edge of the picture
            symbol = symbol[:, left + lost : right + 1]
        elif how == 1:  # another label on it, with bars of its own
            bars = random.random((1, lost)) < 0.5
            symbol[:, at : at + lost] = np.repeat(bars, symbol.shape[0], axis=0) * 255
        else:  # a finger, or glare
            symbol[:, at : at + lost] = 40 if how == 2 else 255
        height, width = min(symbol.shape[0], SIZE[1] - 20), min(symbol.shape[1], SIZE[0] - 20)
        picture = np.full((SIZE[1], SIZE[0]), 200, np.uint8)
        margin = 0 if how == 0 else 10
        picture[10 : 10 + height, margin : margin + width] = symbol[:height, :width]
        turn = cv2.getRotationMatrix2D((200, 150), float(random.uniform(-25, 25)), 1)
        picture = cv2.warpAffine(picture, turn, SIZE, borderValue=200)
        blurred = cv2.GaussianBlur(picture, (0, 0), float(random.uniform(0.3, 1.2)))
        noisy = blurred + random.normal(0, 4, blurred.shape)
        yield kind, text, np.clip(noisy, 0, 255).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--each", type=int, default=40, help="pictures of each kind")
    parser.add_argument("--folder", type=Path, help="real pictures with a manifest")
    options = parser.parse_args()
    engines = {"pyzbar": pyzbar_alone, "zxing-cpp": zxing_alone, "cascade": cascade}
    tallies: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in engines}
    shown: Counter[str] = Counter()
    random = np.random.default_rng(23)
    for _ in range(options.each):
        drawn = [(f.__name__, "", f(random)) for f in (draw_bars, draw_text, draw_weave)]
        for kind, text, grey in [*drawn, *(("cut", t, g) for _, t, g in cut_codes(random))]:
            shown[kind] += 1
            for name, engine in engines.items():
                for read in engine(to_png(grey)):
                    if read.text != text:
                        tallies[name][kind, read.symbology] += 1
                        print(f"{name}: {read.symbology} {read.text!r} of {text!r}")
    for case in load_cases(options.folder) if options.folder else ():
        shown["real"] += 1
        data = case.path.read_bytes()
        for name, engine in engines.items():
            for read in false_reads(case, engine(data)):
                tallies[name]["real", read.symbology] += 1
    print(dict(shown))
    rows = sorted({key for tally in tallies.values() for key in tally})
    print("where       symbology          " + "".join(name.rjust(11) for name in engines))
    for kind, symbology in rows:
        cells = "".join(str(tally[kind, symbology]).rjust(11) for tally in tallies.values())
        print(f"{kind:11} {symbology:18} {cells}")


if __name__ == "__main__":
    main()
