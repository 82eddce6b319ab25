"""Labels of things that codes name, with the settings and fonts of this service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from flask import Response, current_app, has_request_context, request
from sqlalchemy.orm import Session

from scanner_app.domain.labels.content import LabelContent, write_link
from scanner_app.domain.labels.order import MEDIA_TYPES, PrintForm, PrintOrder
from scanner_app.domain.labels.own_designs import LabelDesign, list_designs
from scanner_app.edge.report_files import FONTS
from scanner_app.edge.state import current_settings
from scanner_app.edge.tag_rules import tag_rules
from scanner_app.queries.labels.designs import has_logo, load_own_designs
from scanner_app.queries.labels.things import LabelledThing, find_things
from scanner_app.queries.settings import load_logo
from scanner_app.services.labels.prints import describe_things
from scanner_app.storage.database import reading


def label_fonts() -> Path:
    """Return the folder of the fonts that labels are set in."""
    return Path(current_app.static_folder or "") / FONTS


def label_base_url(host_url: str | None = None) -> str:
    """Return the address that links on labels begin with.

    :param host_url: what a request came to whose work goes on without it.
    """
    set_ = current_settings().base_url.rstrip("/")
    asked = request.host_url if host_url is None and has_request_context() else host_url
    return set_ or (asked or "").rstrip("/")


def find_contents(
    codes: Sequence[str], *, owner: str, now: datetime
) -> tuple[list[LabelContent], tuple[str, ...]]:
    """Return what may be on the label of each thing, and the codes that name nothing."""
    with reading() as session:
        return load_contents(session, codes, owner=owner, now=now)


def load_contents(
    session: Session,
    codes: Sequence[str],
    *,
    owner: str,
    now: datetime,
    host_url: str | None = None,
) -> tuple[list[LabelContent], tuple[str, ...]]:
    """Return what `find_contents` does, read with an open session.

    :param host_url: what a request came to whose work goes on without it.
    """
    found = find_things(session, codes, rules=tag_rules(host_url), at=now)
    return describe_contents(found.things, owner=owner, host_url=host_url), found.unknown


def describe_contents(
    things: Sequence[LabelledThing], *, owner: str, host_url: str | None = None
) -> list[LabelContent]:
    """Return what may be on the labels of things."""
    return describe_things(
        things,
        base_url=label_base_url(host_url),
        gs1_prefix=current_settings().gs1_company_prefix,
        owner=owner,
    )


SAMPLES: dict[str, tuple[str, dict[str, str]]] = {
    "asset": (
        "LT-0042",
        {
            "name": "Sample laptop",
            "model": "Maker and model",
            "serial_number": "S/N PF3K9X2A",
            "category": "Laptops",
            "home_location": "Stockroom",
        },
    ),
    "location": ("BER-105", {"name": "Stockroom", "full_name": "Berlin / Ground floor"}),
    "person": ("1001", {"name": "Ana Alves", "department": "Finance"}),
    "kit": ("KIT-0001", {"name": "Camera kit", "home_location": "Stockroom"}),
    "bin": ("BIN-A7", {"name": "Mouse", "full_name": "Stockroom / Shelf A"}),
    "blank": ("L-7K2M9QX", {}),
}


def sample_content(kind: str = "asset", *, owner: str = "") -> LabelContent:
    """Return something to show a label of before anything was chosen."""
    code, texts = SAMPLES[kind]
    link = write_link(label_base_url() or "https://scan.example.org", kind, code)
    return LabelContent(
        kind, code, link, "4007123450042", "PF3K9X2A", texts={**texts, "owner": owner}
    )


def known_designs(session: Session) -> dict[str, LabelDesign]:
    """Return every design that can be printed with, by its key."""
    own, choices = load_own_designs(session)
    logo = load_logo(session) if has_logo(own) else None
    return list_designs(own, choices, logo=logo or b"")


def label_response(data: bytes, order: PrintOrder, form: PrintForm) -> Response:
    """Return a printed file under a name that says what it is printed on."""
    response = Response(data, mimetype=MEDIA_TYPES[form])
    name = f"labels-{order.stock.key}.{form.value}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
