"""A spool on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.delivery.spool import Spool


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    made = Spool(tmp_path / "spool.sqlite3")
    yield made
    made.close()
