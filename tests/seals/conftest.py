"""Three sealed records, made once for all tests of alterations, of the pack and of the page."""

from __future__ import annotations

import pytest

from scanner_app.config import Settings
from tests.seals.closed_audits import Closed, make_office


@pytest.fixture(scope="package")
def sealed_office(sqlite_template, tmp_path_factory) -> tuple[Settings, Closed]:
    return make_office(tmp_path_factory.mktemp("closed"), sqlite_template)


@pytest.fixture
def closed(sealed_office) -> Closed:
    """One set of records: each test changes a copy."""
    return sealed_office[1]
