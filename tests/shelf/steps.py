"""Pictures of a shelf sent to the page, and what it shows and keeps."""

from __future__ import annotations

import io
import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from scanner_app.models import Scan
from tests.decoding.pictures import draw_shelf, to_bytes

START = datetime.now(UTC) - timedelta(days=10)
NAMES = ["LT-001", "LT-002", "LT-003", "PAT-9"]
SHELF = to_bytes(draw_shelf(NAMES, columns=2))
# What is judged before the database is asked needs no second one.
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])


def take(client, picture: bytes = SHELF, **fields):
    data = {"shot_id": str(uuid.uuid4()), **fields, "picture": (io.BytesIO(picture), "shelf.png")}
    return client.post("/shelf", data=data, content_type="multipart/form-data")


def take_shot(client, picture: bytes = SHELF, **fields) -> str:
    """Take a picture and give the path of its page."""
    answer = take(client, picture, **fields)
    assert answer.status_code == 303, answer.text
    return answer.location.partition("?")[0]


def labels(html: str) -> dict[str, str]:
    """Return what each label in the list is found as, by its name."""
    rows = re.findall(r'<li class="shelf-row".*?</li>', html, re.DOTALL)
    found = {}
    for row in rows:
        name = re.search(r'<bdi class="tag">(.*?)</bdi>', row).group(1)
        badge = re.findall(r'<span class="badge".*?</svg>\s*([^<]+)', row, re.DOTALL)[-1]
        found[name] = badge.strip()
    return found


def count(work, table) -> int:
    with work() as session:
        return session.scalar(select(func.count()).select_from(table))


def scans(work) -> list[Scan]:
    with work() as session:
        rows = session.scalars(select(Scan).order_by(Scan.id)).all()
        session.expunge_all()
        return list(rows)
