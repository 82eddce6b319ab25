"""Run the tests; run a browser's again alone where few failed beside all the others.

A machine that runs three browsers on two processors may stall for longer than a test waits. What
fails alone as well fails the run. What passes alone is named at the end: it waits for time and not
for a state, or hides a fault that only a busy machine shows, and somebody has to look.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import pytest

MAX_AGAIN = 2
"""So few may be run again: a machine does not stall everywhere."""


class Failures:
    """What failed in a run, and whether each drives a browser."""

    def __init__(self) -> None:
        self.by_browser: dict[str, bool] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that failed."""
        if report.failed:
            self.by_browser[report.nodeid] = "browser" in report.keywords

    def find_again(self) -> list[str]:
        """Return the tests to run again; empty where the run has failed for good."""
        if len(self.by_browser) > MAX_AGAIN or not all(self.by_browser.values()):
            return []
        return list(self.by_browser)


def main(arguments: Sequence[str]) -> int:
    """Run pytest with these arguments and return its exit code, or that of the second look."""
    failures = Failures()
    code = int(pytest.main(list(arguments), plugins=[failures]))
    again = failures.find_again()
    if code != pytest.ExitCode.TESTS_FAILED or not again:
        return code
    print(f"\nRunning again, alone: {', '.join(again)}", flush=True)
    alone = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:randomly", *again], check=False
    )
    if alone.returncode == 0:
        print("\nUNSTEADY, look at these: they failed beside others and passed alone.")
        print("\n".join(f"  {name}" for name in again), flush=True)
    return alone.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
