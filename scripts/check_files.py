"""Check files before a commit: they end with a newline, hold no conflict marks, and are small."""

from __future__ import annotations

import re
import sys
from pathlib import Path

MAX_BYTES = 600_000
# What others wrote, and captured data that must stay as it is.
FOREIGN = re.compile(r"static/vendor/|\.min\.js$|/data/|\.(png|jpe?g|wasm|woff2?|ttf|pdf)$")
# What is large for a reason: vendored code, captured data and catalogues.
LARGE = re.compile(r"static/vendor/|/data/|translations/|axe-[\d.]+\.min\.js$")
CONFLICT = re.compile(rb"^(<{7} |={7}$|>{7} )", re.MULTILINE)


def find_faults(path: Path) -> list[str]:
    """Return what is wrong with a file, each as a sentence."""
    name, content = path.as_posix(), path.read_bytes()
    faults = []
    if len(content) > MAX_BYTES and not LARGE.search(name):
        faults.append(f"{name} has {len(content)} bytes; at most {MAX_BYTES} are committed.")
    if FOREIGN.search(name):
        return faults
    if content and not content.endswith(b"\n"):
        faults.append(f"{name} does not end with a newline.")
    if content.endswith(b"\n\n"):
        faults.append(f"{name} ends with an empty line.")
    if CONFLICT.search(content):
        faults.append(f"{name} holds the marks of a merge conflict.")
    return faults


def main() -> None:
    paths = [Path(name) for name in sys.argv[1:]]
    faults = [fault for path in paths if path.is_file() for fault in find_faults(path)]
    print(*faults, sep="\n", end="\n" if faults else "")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
