"""examples/morse-reader, installed as a distribution and used through the command line."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "morse-reader"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds the example as an installer leaves it: module and dist-info.

    The files are laid out by hand because a build backend may be missing and the network is off.
    """
    target = tmp_path_factory.mktemp("site")
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (target / "morse_reader.py").write_bytes((EXAMPLE / "morse_reader.py").read_bytes())
    info = target / f"morse_reader-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    groups = project["entry-points"].items()
    (info / "entry_points.txt").write_text(
        "".join(
            f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
            for group, entries in groups
        )
    )
    return target


def run(installed: Path | None, *words: str) -> subprocess.CompletedProcess[str]:
    paths = [str(ROOT)] + ([str(installed)] if installed else [])
    return subprocess.run(
        [sys.executable, "-m", "hardware.cli", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )


PROBE = ("probe", "--kind", "replay", "--port", str(EXAMPLE / "capture.log"), "--protocol", "morse")


class TestPlugin:
    def test_appears_in_the_list_of_protocols(self, installed: Path) -> None:
        done = run(installed, "list", "--kinds")

        assert done.returncode == 0, done.stderr
        assert any(
            line.split() == ["morse", "a", "key", "and", "a", "lamp", "[experimental]"]
            for line in done.stdout.splitlines()
        )

    def test_reads_the_captured_bytes(self, installed: Path) -> None:
        done = run(installed, *PROBE)

        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[:2] == ["uid 0102", "uid 0304"]
        assert "2 reads" in done.stdout
        assert "6 bytes of noise" in done.stdout

    def test_is_unknown_until_it_is_installed(self) -> None:
        done = run(None, *PROBE)

        assert done.returncode == 2
        assert "protocol 'morse' is not known" in done.stderr
