"""The driver's own SQL is called in `sql/` alone, and where the engine is set up."""

from __future__ import annotations

from pathlib import Path

PRODUCT = Path(__file__).resolve().parents[2] / "scanner_app"
ALLOWED = ("sql", "storage")


def test_only_sql_and_the_engines_set_up_call_the_driver():
    callers = [
        path.relative_to(PRODUCT)
        for path in PRODUCT.rglob("*.py")
        if "exec_driver_sql" in path.read_text()
    ]

    assert [str(path) for path in callers if path.parts[0] not in ALLOWED] == []
