"""Which tests run which lines, and how long each takes: recorded once, read for every mutant."""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from scripts.mutants.packages import PACKAGES, ROOT

FOLDER = ROOT / ".mutants"
# Browsers, servers and PostgreSQL are left out: each would cost more than all of the others.
LEFT_OUT = ("-m", "not browser and not torture and not slow", "-k", "not postgres")
MAX_STATEMENT_LINES = 25
# The test that holds the constants of each module; that of another module says nothing.
CONSTANTS = "test_stand_as_they_were_reviewed"
QUIET = (
    "-q",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:randomly",
    "--no-header",
    "--tb=no",
    "-W",
    "ignore",
)


class Recorder:
    """A plugin of pytest that names each test to coverage while it runs."""

    def __init__(self, cov: Any) -> None:
        self.cov = cov
        self.seconds: dict[str, float] = defaultdict(float)
        self.failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.cov.switch_context(item.nodeid)
        result = yield
        self.cov.switch_context("")
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration
        if not report.passed:
            self.failed.add(report.nodeid)


def record(paths: Sequence[str], *, again: bool = False) -> None:
    """Run the tests of these paths once under coverage and write down what each runs."""
    FOLDER.mkdir(exist_ok=True)
    for path in paths:
        if not again and file_of(path).is_file():
            continue
        started = time.monotonic()
        pid = os.fork()
        if pid == 0:
            try:
                _record(path)
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        if not file_of(path).is_file():
            raise SystemExit(f"{path} could not be recorded; see {FOLDER / 'record.log'}.")
        print(f"recorded {path} in {time.monotonic() - started:.0f} s", flush=True)


def file_of(path: str) -> Path:
    """Return where the record of a path is kept."""
    return FOLDER / f"{path.replace('/', '.')}.json"


def _record(path: str) -> None:
    import coverage

    with (FOLDER / "record.log").open("a") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    sources = sorted({source for package in PACKAGES.values() for source in package.sources})
    cov = coverage.Coverage(
        data_file=None, config_file=False, include=[str(ROOT / source / "*") for source in sources]
    )
    recorder = Recorder(cov)
    use_quick_examples()
    cov.start()
    pytest.main([*QUIET, *LEFT_OUT, path], plugins=[recorder])
    cov.stop()
    names = sorted(recorder.seconds.keys() - recorder.failed)
    number = {name: index for index, name in enumerate(names)}
    data = cov.get_data()
    lines: dict[str, dict[int, list[int]]] = {}
    for file in data.measured_files():
        by_line = data.contexts_by_lineno(file)
        lines[str(Path(file).relative_to(ROOT))] = {
            line: sorted(number[c] for c in contexts if c in number)
            for line, contexts in by_line.items()
        }
    seconds = [round(recorder.seconds[name], 4) for name in names]
    text = json.dumps({"tests": names, "seconds": seconds, "lines": lines})
    file_of(path).write_text(text)


def use_quick_examples() -> None:
    """Make property tests draw the same examples each time and not search for the smallest."""
    import hypothesis

    hypothesis.settings.register_profile(
        "mutants",
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        derandomize=True,
        database=None,
        deadline=None,
    )
    hypothesis.settings.load_profile("mutants")


class TestMap:
    """What was recorded of some paths."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.tests: list[str] = []
        self.seconds: list[float] = []
        self.lines: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for path in dict.fromkeys(paths):
            found = json.loads(file_of(path).read_text())
            shift = len(self.tests)
            self.tests += found["tests"]
            self.seconds += found["seconds"]
            for file, lines in found["lines"].items():
                for line, tests in lines.items():
                    self.lines[file][line] += [shift + test for test in tests]

    def find(self, path: Path, line: int | None) -> list[int]:
        """Return the tests that run a line, or all that run anything of its module.

        A table of a module runs when it is imported, in no test: the test of its constants is asked
        first. What no test runs a function of is tried by all tests of its package.
        """
        lines = self.lines.get(str(path.relative_to(ROOT)), {})
        kept = self._find_constants(path)
        if line is not None:
            # Of a statement of many lines, the first may be the only one that is recorded.
            for number in range(line, max(0, line - MAX_STATEMENT_LINES), -1):
                if tests := lines.get(str(number)):
                    return kept + [test for test in tests if CONSTANTS not in self.tests[test]]
            return kept
        every = {test for tests in lines.values() for test in tests} or range(len(self.tests))
        return kept + sorted(i for i in every if CONSTANTS not in self.tests[i])

    def _find_constants(self, path: Path) -> list[int]:
        """Return the test of a module's constants: members of a class and defaults are some too."""
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        return [i for i, test in enumerate(self.tests) if test.endswith(f"{CONSTANTS}[{module}]")]
