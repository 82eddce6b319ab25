"""Make a release: the version in pyproject.toml, a section of CHANGELOG.md, a commit and a tag."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHANGELOG = ROOT / "CHANGELOG.md"
PYPROJECT = ROOT / "pyproject.toml"
UNRELEASED = "## Unreleased\n"


class ReleaseError(ValueError):
    """The release cannot be made; the message says what to do."""


def cut_changelog(text: str, *, version: str, day: str) -> str:
    """Return the changelog with its Unreleased lines under the new version.

    :raises ReleaseError: there is nothing to release.
    """
    head, found, rest = text.partition(UNRELEASED)
    lines, _, _ = rest.partition("\n## ")
    if not found or not lines.strip():
        raise ReleaseError("Unreleased in CHANGELOG.md is empty. Add a line for each change.")
    return f"{head}{UNRELEASED}\n## {version} - {day}\n{rest}"


def set_version(text: str, *, version: str) -> str:
    """Return pyproject.toml with the new version.

    :raises ReleaseError: it is not three numbers, or not newer than the present one.
    """
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise ReleaseError("Name the version in three numbers: make release VERSION=0.3.0")
    now = find_version(text)
    if _numbers(version) <= _numbers(now):
        raise ReleaseError(f"{version} is not newer than {now}.")
    return text.replace(f'\nversion = "{now}"\n', f'\nversion = "{version}"\n', 1)


def find_version(pyproject: str) -> str:
    """Return the version that pyproject.toml names."""
    found = re.search(r'^version = "([^"]+)"$', pyproject, re.MULTILINE)
    if found is None:
        raise ReleaseError("pyproject.toml names no version.")
    return found[1]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def main() -> None:
    version = sys.argv[1].strip() if len(sys.argv) > 1 else ""
    try:
        if _git("status", "--porcelain").strip():
            raise ReleaseError("Some changes are not committed. Commit them first.")
        pyproject = set_version(PYPROJECT.read_text(), version=version)
        day = datetime.now(UTC).date().isoformat()
        changelog = cut_changelog(CHANGELOG.read_text(), version=version, day=day)
    except ReleaseError as error:
        sys.exit(str(error))
    PYPROJECT.write_text(pyproject)
    CHANGELOG.write_text(changelog)
    _git("commit", "--all", "--message", f"Release {version}")
    _git("tag", "--annotate", f"v{version}", "--message", f"Version {version}")
    print(f"Released {version}. Push it: git push && git push origin v{version}")


if __name__ == "__main__":
    main()
