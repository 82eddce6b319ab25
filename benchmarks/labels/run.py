"""Print every label and read it back: each design, stock, resolution and content.

python -m benchmarks.labels.run [--part 1/8]
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

from benchmarks.labels.read_back import Invalid, ZplRenderer, find_faults, list_cases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", default="1/1", help="2/8: the second of eight parts")
    chosen = parser.parse_args()
    part, parts = map(int, chosen.part.split("/"))
    renderer = ZplRenderer() if ZplRenderer.is_installed() else None
    began, counts = time.perf_counter(), Counter[str]()
    for index, case in enumerate(list_cases()):
        if index % parts != part - 1:
            continue
        try:
            faults = find_faults(case, renderer=renderer)
        except Invalid:
            counts["refused, because it does not fit"] += 1
            continue
        counts["missed" if faults else "read back"] += 1
        if faults:
            print(f"{case}: {', '.join(faults)}")
    if renderer is not None:
        renderer.close()
    print(", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    print(f"{time.perf_counter() - began:.0f} s")
    raise SystemExit(1 if counts["missed"] else 0)


if __name__ == "__main__":
    main()
