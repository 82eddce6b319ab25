"""What a worker holds while it waits: nothing that only some jobs, pages or migrations need."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.databases import SECRET

# Starts a worker, runs what is due, and imports what its own regular jobs need.
START = """
import os, sys
from scanner_app.cli.worker.command import worker_command
from scanner_app.domain.jobs import JOB_KINDS
from scanner_app.worker.handlers import find_handler

def tell(status):
    for kind, facts in JOB_KINDS.items():
        if facts.every:
            find_handler(kind)
    print(*sys.modules)

os._exit = tell
worker_command(["--once"], standalone_mode=False)
"""
HEAVY = {
    "PIL", "alembic", "argon2", "cryptography", "cv2", "flask_smorest", "gunicorn", "icalendar", "mako",
    "marshmallow", "numpy", "openpyxl", "pygments", "reportlab", "webauthn", "xlsxwriter", "zxingcpp",
}  # fmt: skip
OF_SOME_JOBS = {
    "scanner_app.api",
    "scanner_app.pages",
    "scanner_app.decoder",
    "scanner_app.services.scanning.record",
    "scanner_app.worker.imports",
    "scanner_app.worker.made_files",
    "scanner_app.worker.notices.mail",
    "scanner_app.worker.notices.posts",
    "scanner_app.worker.prints",
}


@pytest.mark.slow
def test_a_waiting_worker_has_imported_nothing_heavy(tmp_path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SCANNER_")}
    environ = clean | {"SCANNER_INSTANCE_DIR": str(tmp_path), "SCANNER_SECRET_KEY": SECRET}
    scanner_app = [sys.executable, "-m", "scanner_app"]
    subprocess.run([*scanner_app, "db", "upgrade"], env=environ, check=True, timeout=120)

    told = subprocess.run(
        [sys.executable, "-c", START], env=environ, check=True, timeout=120, capture_output=True, text=True
    )  # fmt: skip

    modules = set(told.stdout.split())
    assert "scanner_app.worker.retention" in modules
    assert modules & (HEAVY | OF_SOME_JOBS) == set()
