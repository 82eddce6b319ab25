"""The files for tools agree with the gate: hosted workflow, pre-commit, dev container."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from scripts.check_files import find_faults
from scripts.pin_images import FILES, pin_images

ROOT = Path(__file__).resolve().parents[2]


class TestHostedWorkflow:
    def test_runs_the_gate_without_rights_and_with_pinned_actions_only(self):
        text = (ROOT / ".github" / "workflows" / "check.yaml").read_text()
        workflow = yaml.safe_load(text)

        steps = workflow["jobs"]["gate"]["steps"]
        assert workflow["permissions"] == {}
        assert workflow["jobs"]["gate"]["permissions"] == {"contents": "read"}
        assert [step["run"] for step in steps if "run" in step] == [".ci/run"]
        assert [step["uses"].partition("@")[0] for step in steps if "uses" in step] == [
            "actions/checkout"
        ]
        assert re.search(r"actions/checkout@[0-9a-f]{40} ", text)


class TestNightlyWorkflow:
    def test_draws_a_hundred_mutants_again_each_night_without_rights(self):
        text = (ROOT / ".github" / "workflows" / "nightly.yaml").read_text()
        workflow = yaml.safe_load(text)

        job = workflow["jobs"]["mutants"]
        assert workflow["permissions"] == {}
        assert job["permissions"] == {"contents": "read"}
        # YAML 1.1 reads the key `on` as true.
        assert workflow[True]["schedule"]
        [command] = [step["run"] for step in job["steps"] if "run" in step]
        assert command == 'make mutants ARGS="--sample 100 --seed $GITHUB_RUN_ID"'
        assert re.fullmatch(
            r"actions/checkout@[0-9a-f]{40}", next(s["uses"] for s in job["steps"] if "uses" in s)
        )

    def test_runs_every_test_on_both_databases(self):
        text = (ROOT / ".github" / "workflows" / "nightly.yaml").read_text()

        [*_, step] = yaml.safe_load(text)["jobs"]["both-databases"]["steps"]

        assert step == {"run": "make test", "env": {"SCANNER_TESTS_ON_BOTH": "1"}}


class TestMutants:
    def test_known_as_equivalent_are_of_lines_that_exist_and_say_why(self):
        rows = tomllib.loads((ROOT / "scripts/mutants/equivalent.toml").read_text())

        for row in rows.get("mutant", []):
            lines = (ROOT / row["file"]).read_text().splitlines()
            joined = " ".join(line.strip() for line in lines)
            assert row["before"] in joined, row
            assert row["before"] != row["after"], row
            assert len(row["why"]) > 10, row


class TestInstall:
    def test_fetches_nothing_without_a_hash(self):
        pinned = (ROOT / "requirements" / "build.txt").read_text()
        assert re.search(r"^hatchling==\S+ \\\n    --hash=sha256:", pinned, re.MULTILINE)
        assert "editables==" in pinned

        for name in ("Dockerfile", "scripts/setup.sh"):
            text = (ROOT / name).read_text()
            lines = text.replace("\\\n", " ").splitlines()
            installs = [line for line in lines if re.search(r"pip\S* .*install ", line)]
            assert any("requirements/build.txt" in line for line in installs), name
            for line in installs:
                assert "--require-hashes" in line or "--no-build-isolation" in line, line


class TestPreCommit:
    def test_calls_only_tools_that_make_installs(self):
        config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())

        assert [repo["repo"] for repo in config["repos"]] == ["local"]
        entries = [hook["entry"] for hook in config["repos"][0]["hooks"]]
        assert all(entry.startswith(".venv/bin/") for entry in entries)
        for tool in ("ruff format", "ruff check", "djlint", "lint-imports", "check_files.py"):
            assert any(tool in entry for entry in entries), tool

    def test_finds_no_fault_in_any_file_of_the_repository(self):
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.split("\0")

        paths = [ROOT / name for name in listed if name and (ROOT / name).is_file()]
        assert [fault for path in paths for fault in find_faults(path)] == []

    def test_finds_a_missing_newline_a_conflict_and_a_large_file(self, tmp_path):
        cases = {
            b"text": "newline",
            b"text\n\n": "empty line",
            b"a\n<<<<<<< HEAD\nb\n": "conflict",
            b"x" * 700_000 + b"\n": "bytes",
        }
        for content, word in cases.items():
            path = tmp_path / "file.txt"
            path.write_bytes(content)

            faults = find_faults(path)

            assert len(faults) == 1
            assert word in faults[0]


class TestDevContainer:
    def test_holds_the_system_packages_that_the_tests_need(self):
        dockerfile = (ROOT / ".devcontainer" / "Dockerfile").read_text()
        setup = (ROOT / "scripts" / "setup.sh").read_text()

        wanted = {"postgresql", "chromium", "nodejs", "ffmpeg", "libzbar0", "libnss3-tools"}
        assert [name for name in wanted if name not in setup] == []
        assert [name for name in wanted if not re.search(rf"\s{name}\s", dockerfile)] == []
        assert json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())


class TestPinImages:
    DIGEST = "sha256:" + "a" * 64

    def test_adds_and_renews_the_digest_of_each_foreign_image(self):
        text = "FROM python:3.13-slim AS build\nFROM debian:12@sha256:" + "b" * 64 + "\n"
        compose = "    image: postgres:17-alpine\n    image: scanner-app:0.2\n"

        pinned = pin_images(text + compose, lambda _: self.DIGEST)

        assert pinned == (
            f"FROM python:3.13-slim@{self.DIGEST} AS build\nFROM debian:12@{self.DIGEST}\n"
            f"    image: postgres:17-alpine@{self.DIGEST}\n    image: scanner-app:0.2\n"
        )

    def test_finds_every_image_of_ours(self):
        found: list[str] = []

        def note(image: str) -> str:
            found.append(image)
            return self.DIGEST

        for name in FILES:
            pin_images((ROOT / name).read_text(), note)

        lines = [
            line
            for name in FILES
            for line in (ROOT / name).read_text().splitlines()
            if re.match(r"FROM |\s+image:", line) and "scanner-app" not in line
        ]
        assert len(found) == len(lines) > 2


class TestRunTests:
    """What passes at the second look, by a file that the first one leaves."""

    @pytest.mark.parametrize(
        ("marks", "passes_at", "code"),
        [
            (["browser", ""], 2, 1),
            (["browser"], 2, 0),
            (["browser", "browser"], 2, 0),
            (["browser"], 3, 1),
            (["browser"] * 3, 2, 1),
        ],
        ids=["not a browser's", "one", "two", "fails alone too", "too many"],
    )
    def test_looks_again_at_few_tests_of_browsers(
        self, tmp_path: Path, marks: list[str], passes_at: int, code: int
    ):
        lines = ["import pathlib, pytest", "HERE = pathlib.Path(__file__).parent"]
        for number, mark in enumerate(marks):
            lines += [
                f"@pytest.mark.{mark}" if mark else "",
                f"def test_{number}():",
                f"    seen = HERE / 'seen-{number}'",
                "    looks = len(seen.read_text()) + 1 if seen.exists() else 1",
                "    seen.write_text('x' * looks)",
                f"    assert looks >= {passes_at}",
            ]
        (tmp_path / "test_it.py").write_text("\n".join(lines))
        (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = browser: drives Chromium\n")

        done = subprocess.run(
            [sys.executable, str(ROOT / "scripts" / "run_tests.py"), "-q", "-p", "no:cacheprovider"],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip

        assert done.returncode == code, done.stdout
        assert ("UNSTEADY" in done.stdout) == (code == 0)
        assert ("Running again, alone: test_it.py::test_" in done.stdout) == (
            code == 0 or passes_at == 3
        )
