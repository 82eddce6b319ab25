"""Downloads of the register's lists as CSV and XLSX."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from flask import Blueprint, g, send_file
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import NotFound
from scanner_app.edge.guard import allow
from scanner_app.pages.register.asset_list import read_filter
from scanner_app.queries.register import exports
from scanner_app.queries.register.assets import AssetFilter
from scanner_app.queries.stock import exports as stock_exports
from scanner_app.services.files.table_writers import ExportTable, write_csv, write_xlsx
from scanner_app.storage.database import reading

blueprint = Blueprint("exports", __name__, url_prefix="/exports")

FORMATS = {
    "csv": (write_csv, "text/csv; charset=utf-8"),
    "xlsx": (write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def _assets(session: Session) -> ExportTable:
    return _table_of_assets(session, read_filter(session).filter)


def _table_of_assets(session: Session, wanted: AssetFilter) -> ExportTable:
    headers, custom = exports.asset_headers(session)
    rows = exports.stream_assets(session, wanted=wanted, custom=custom)
    return ExportTable("Assets", headers, cast("Any", rows))


def _locations(session: Session) -> ExportTable:
    rows = exports.stream_locations(session)
    return ExportTable("Locations", exports.LOCATION_HEADERS, cast("Any", rows))


def _people(session: Session) -> ExportTable:
    return ExportTable(
        "People", exports.PEOPLE_HEADERS, cast("Any", exports.stream_people(session))
    )


def _stock(session: Session) -> ExportTable:
    custom = stock_exports.list_custom_headers(session)
    rows = stock_exports.stream_stock(session, custom=custom)
    return ExportTable("Stock", [*stock_exports.HEADERS, *custom], cast("Any", rows))


TABLES: Mapping[str, Callable[[Session], ExportTable]] = {
    "assets": _assets,
    "locations": _locations,
    "people": _people,
    "stock": _stock,
}


@blueprint.get("/<name>.<ending>")
@allow(Action.EXPORT)
def export(name: str, ending: str) -> Response:
    """Send a list as a file; the asset list with the filters of its page."""
    if name not in TABLES or ending not in FORMATS:
        raise NotFound("That export does not exist. Choose CSV or XLSX on the page of a list.")
    return send_table(name, ending, TABLES[name])


def send_assets(ids: Sequence[int], ending: str) -> Response:
    """Send these assets as a file."""

    def make(session: Session) -> ExportTable:
        return _table_of_assets(session, AssetFilter(ids=tuple(ids)))

    return send_table("assets", ending, make)


def send_table(name: str, ending: str, make: Callable[[Session], ExportTable]) -> Response:
    """Send a table as a file."""
    write, mimetype = FORMATS[ending]
    # Write to a file first: memory does not grow with the list, a slow download holds no
    # transaction open, and an error in the middle is an error page instead of half a list.
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        with reading(snapshot=True, fresh=False) as session:
            write(make(session), file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    response = send_file(
        file,
        mimetype=mimetype,
        as_attachment=True,
        download_name=f"{name}-{g.now:%Y-%m-%d}.{ending}",
    )
    # `send_file` lets caches keep a file and ask again. This one is the whole register.
    response.headers["Cache-Control"] = "no-store"
    return response
