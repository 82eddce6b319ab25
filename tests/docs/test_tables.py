"""Check that the tables that docs print are those of the code."""

from __future__ import annotations

import pytest

from scripts.write_tables import DOCS, TABLES, render


@pytest.mark.parametrize("page", TABLES)
def test_tables_of_docs_are_those_of_the_code(page):
    assert (DOCS / page).read_text() == render(page)
