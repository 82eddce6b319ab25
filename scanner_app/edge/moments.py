"""Moments in pages: as data for the script, in words of the organisation's time zone without it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from markupsafe import Markup, escape

from scanner_app.edge.organisation import current_organisation

# A moment in a sentence, with the word before it (`domain.text.moment`).
IN_SENTENCE = re.compile(r"(?:\b(at|since) )?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z")
CLOCKS = {"time": "%H:%M", "seconds": "%H:%M:%S"}
PATTERNS = {"datetime": "%d %b %Y, %H:%M", "date": "%d %b %Y"} | CLOCKS


def write_moment(moment: datetime, mode: str = "datetime") -> str:
    """Return a moment in the organisation's time zone; a clock time names the zone."""
    local = moment.astimezone(current_organisation().zone)
    text = local.strftime(PATTERNS[mode])
    if mode not in CLOCKS:
        text = text.removeprefix("0")
    return text if mode == "date" else f"{text} {_name_zone(local)}"


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
