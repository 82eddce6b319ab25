"""Moments in pages: as data for the script, in words of the organisation's time zone without it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from babel.dates import format_skeleton
from markupsafe import Markup, escape

from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.words.reader import ENGLISH, reader_language

# A moment in a sentence, with the word before it (`domain.text.moment`).
IN_SENTENCE = re.compile(r"(?:\b(at|since) )?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z")
CLOCKS = {"time": "%H:%M", "seconds": "%H:%M:%S"}


def write_moment(moment: datetime, mode: str = "datetime") -> str:
    """Return a moment in the organisation's time zone; a clock time names the zone."""
    local = moment.astimezone(current_organisation().zone)
    text = local.strftime(CLOCKS[mode]) if mode in CLOCKS else write_day(local.date())
    if mode == "datetime":
        text += f", {local:%H:%M}"
    return text if mode == "date" else f"{text} {_name_zone(local)}"


def write_day(day: date) -> str:
    """Return a day as the reader's language writes it: 9 Nov 2026."""
    language = reader_language()
    if language != ENGLISH:
        return format_skeleton("yMMMd", day, locale=language)
    return day.strftime("%d %b %Y").removeprefix("0")


def write_weekday(day: date) -> str:
    """Return the first two letters of a day of the week: Mo."""
    language = reader_language()
    name = day.strftime("%a") if language == ENGLISH else format_skeleton("E", day, locale=language)
    return name[:2]


def _name_zone(local: datetime) -> str:
    name = local.tzname() or ""
    # A zone without letters has its offset instead: -03.
    return name if name.isalpha() else f"UTC{name}"


def mark_moments(sentence: str) -> Markup:
    """Return a sentence with each moment in it as a time that the page's script can rewrite."""
    parts, end = [], 0
    for found in IN_SENTENCE.finditer(sentence):
        try:
            moment = datetime.fromisoformat(found[2]).replace(tzinfo=UTC)
        except ValueError:  # what somebody named a thing looks like a moment
            continue
        word = f"{found[1]} " if found[1] else ""
        parts.append(escape(sentence[end : found.start()]))
        parts.append(
            Markup('<time datetime="{}" data-local="{}">{}{}</time>').format(
                moment.isoformat(), f"sentence-{found[1] or 'at'}", word, write_moment(moment)
            )
        )
        end = found.end()
    return Markup("").join([*parts, escape(sentence[end:])])
