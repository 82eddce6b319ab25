"""Downloads of the register's lists as CSV and XLSX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from flask import Blueprint, g
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import NotFound
from scanner_app.domain.files.made import FORMS, MADE_KINDS, MadeForm, MadeKind
from scanner_app.edge.guard import allow
from scanner_app.edge.made_files.makers import TABLE_KINDS, require_form, write_table
from scanner_app.edge.made_files.tables import make_asset_table
from scanner_app.edge.report_files import send_written
from scanner_app.pages.made_files import send_or_offer
from scanner_app.pages.register.asset_list import read_filter
from scanner_app.queries.register.assets import AssetFilter
from scanner_app.services.jobs.made_files import FileWish
from scanner_app.storage.database import reading

blueprint = Blueprint("exports", __name__, url_prefix="/exports")


@blueprint.get("/<name>.<ending>")
@allow(Action.EXPORT)
def export(name: str, ending: str) -> Response:
    """Send a list as a file; the asset list with the filters of its page."""
    if name not in TABLE_KINDS or ending not in FORMS:
        raise NotFound("That export does not exist. Choose CSV or XLSX on the page of a list.")
    kind, form = MadeKind(name), MadeForm(ending)
    address: dict[str, str] = {}
    if kind is MadeKind.ASSETS:
        with reading() as session:
            address = read_filter(session).filters
    title = f"{MADE_KINDS[kind].label} as {FORMS[form].label}"
    return send_or_offer(FileWish(kind, form, {"address": address}, title))


def send_assets(ids: Sequence[int], ending: str) -> Response:
    """Send these assets as a file."""
    form = MadeForm(ending)
    require_form(MadeKind.ASSETS, form)

    def write(session: Session, file: IO[bytes]) -> str:
        write_table(make_asset_table(session, AssetFilter(ids=tuple(ids))), form, file)
        return f"assets-{g.now:%Y-%m-%d}.{form}"

    response = send_written(write, FORMS[form].media_type, fresh=False)
    response.headers["Cache-Control"] = "no-store"
    return response
