"""Run the tests of one mutant in a process that is forked for it.

The parent has imported what all tests need and nothing of ours, so a child begins within a tenth of
a second and reads the changed module as if it were on disk.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import os
import signal
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from scripts.mutants.packages import ROOT
from scripts.mutants.record import QUIET, TestMap, use_quick_examples

SURVIVED, KILLED, UNTESTED, TIMEOUT = "survived", "killed", "untested", "timeout"
# The first round holds the quickest case of each test that runs the line, for this many seconds;
# the second one the others.
FIRST_S, SECOND_S = 5.0, 60.0
MAX_FIRST = 40
_KILLED, _SURVIVED, _BROKEN = 10, 11, 12
_PRELOADED = (
    *("flask", "flask_smorest", "marshmallow", "sqlalchemy.orm", "alembic", "pysqlite3", "jinja2"),
    *("msgspec", "cryptography.x509", "PIL.Image", "hypothesis", "psycopg", "argon2", "segno"),
    *("flask_sqlalchemy", "jinja2_fragments", "numpy", "asyncio", "_pytest.assertion.rewrite"),
)


def preload() -> None:
    """Import what most tests import and nobody mutates."""
    for name in _PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


class _Changed(importlib.machinery.SourceFileLoader):
    """Loads a module from a text instead of from its file."""

    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self.source = source

    def get_code(self, fullname: str) -> Any:
        return compile(self.source, self.get_filename(fullname), "exec", dont_inherit=True)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, name: str, source: str) -> None:
        self.name, self.source = name, source

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        del target
        if fullname != self.name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None and spec.origin:
            spec.loader = _Changed(fullname, spec.origin, self.source)
        return spec


class _Choice:
    """A plugin of pytest that runs the chosen tests in order and ends at the first failure."""

    def __init__(self, chosen: Sequence[str]) -> None:
        self.order = {name: index for index, name in enumerate(chosen)}
        self.passed: set[str] = set()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self.order]
        items.sort(key=lambda item: self.order[item.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            os._exit(_KILLED)
        if report.when == "call":
            self.passed.add(report.nodeid)


def _run_child(name: str, source: str, chosen: Sequence[str]) -> None:
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for target in (0, 1, 2):
        os.dup2(null, target)
    sys.meta_path.insert(0, _Finder(name, source))
    use_quick_examples()
    choice = _Choice(chosen)
    files = sorted({test.partition("::")[0] for test in chosen})
    code = int(pytest.main([*QUIET, "-x", *files], plugins=[choice]))
    if code in {0, 5} and not choice.passed:
        os._exit(_BROKEN)
    os._exit(_SURVIVED if code == 0 else _KILLED)


class Job:
    """The tests of one mutant, in a process."""

    def __init__(self, name: str, source: str, chosen: Sequence[str], seconds: float) -> None:
        self.deadline = time.monotonic() + 20 + 8 * seconds
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                _run_child(name, source, chosen)
            finally:
                os._exit(_KILLED)  # an exception of the changed module itself

    def poll(self) -> str | None:
        """Return what became of the mutant, None while its tests run."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            code = os.waitstatus_to_exitcode(status)
            return {_SURVIVED: SURVIVED, _BROKEN: UNTESTED}.get(code, KILLED)
        if time.monotonic() > self.deadline:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            return TIMEOUT
        return None


def choose_rounds(tests: TestMap, found: Collection[int]) -> Iterator[tuple[list[str], float]]:
    """Return the tests of each round, with the seconds that they take."""
    by_time = sorted(found, key=lambda index: tests.seconds[index])
    first: list[int] = []
    functions: set[str] = set()
    total = 0.0
    for index in by_time:
        function = tests.tests[index].partition("[")[0]
        if function in functions or len(first) >= MAX_FIRST:
            continue
        if first and total + tests.seconds[index] > FIRST_S:
            break
        functions.add(function)
        first.append(index)
        total += tests.seconds[index]
    yield [tests.tests[i] for i in first], total
    rest, total = [], 0.0
    for index in by_time:
        if index in first:
            continue
        if total + tests.seconds[index] > SECOND_S:
            break
        rest.append(index)
        total += tests.seconds[index]
    if rest:
        yield [tests.tests[i] for i in rest], total


def judge(name: str, source: str, tests: TestMap, found: Collection[int]) -> str:
    """Return what the tests make of a changed module."""
    if not found:
        return UNTESTED
    told = UNTESTED
    for chosen, seconds in choose_rounds(tests, found):
        job = Job(name, source, chosen, seconds)
        while (told := job.poll() or "") == "":
            time.sleep(0.01)  # a job is a process: only asking it tells when it has ended
        if told != SURVIVED:
            return told
    return told


def read_source(name: str) -> str:
    """Return a module as it is."""
    path = ROOT / Path(*name.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return file.read_text()
