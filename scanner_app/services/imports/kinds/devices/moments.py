"""Cells that hold a day with a time, as monitoring programs write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, timezone

from scanner_app.services.imports.cells import BadCell, shorten
from scanner_app.services.imports.dates import DateOrder, parse_date

_MOMENT = re.compile(
    r"(?P<day>.+?)(?:,? +(?:at +)?|T)(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:[.,]\d+)?)?"
    r" ?(?P<half>[AaPp]\.?[Mm]\.?)?(?: ?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}))?",
    re.ASCII,
)
_NOON = 12


def parse_moment(text: str, order: DateOrder | None) -> datetime | None:
    """Return when something was, in UTC; None where the cell says that it is not known.

    A time without a zone is one in UTC, as these programs export it. A day alone is its noon.

    :raises BadCell: it is not a day with a time.
    """
    # Browsers write narrow and other blanks before AM.
    text = " ".join(text.split())
    found = _MOMENT.fullmatch(text)
    day = parse_date(found["day"] if found else text, order)
    if day is None:
        return None
    if found is None:
        return datetime.combine(day, time(_NOON), UTC)
    hour = int(found["h"])
    if half := found["half"]:
        if not 1 <= hour <= _NOON:
            raise BadCell(f"{shorten(text)!r} is not a time of the day")
        hour = hour % _NOON + (_NOON if half[0] in "pP" else 0)
    try:
        clock = time(hour, int(found["m"]), int(found["s"] or 0))
    except ValueError:
        raise BadCell(f"{shorten(text)!r} is not a time of the day") from None
    return datetime.combine(day, clock, _read_zone(found["zone"] or "")).astimezone(UTC)


def _read_zone(text: str) -> timezone:
    if text[:1] not in {"+", "-"}:
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
