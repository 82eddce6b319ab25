"""The server that the tests of the agent send to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hardware.audit_server import AuditServer


@pytest.fixture
def server() -> Iterator[AuditServer]:
    made = AuditServer()
    yield made
    made.close()
