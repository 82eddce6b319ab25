"""An export to import again."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from scanner_app.queries.register import exports
from scanner_app.queries.register.assets import AssetFilter
from scanner_app.storage.database import reading


@pytest.fixture
def client_export(app, tmp_path):
    """Return a function that writes the export of a kind, and returns its path."""

    def export(kind: str) -> Path:
        with app.app_context(), reading() as session:
            if kind == "people":
                headers, made = list(exports.PEOPLE_HEADERS), list(exports.stream_people(session))
            else:
                headers, custom = exports.asset_headers(session)
                made = list(exports.stream_assets(session, wanted=AssetFilter(), custom=custom))
        path = tmp_path / f"{kind}-export.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([headers, *made])
        return path

    return export
