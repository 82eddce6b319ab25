"""Memory does not grow with the rows of a file: a whole import in a separate process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ROWS = 3000
MAX_MEGABYTES = 60


@pytest.mark.slow
def test_memory_of_an_import_stays_below_its_limit():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.imports", str(ROWS), "sqlite"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]

    result = json.loads(done.stdout.splitlines()[-1])

    assert (
        result["new"]["created"] == result["again"]["left"] == result["renamed"]["changed"] == ROWS
    )
    assert result["peak_mb"] - result["start_mb"] < MAX_MEGABYTES
