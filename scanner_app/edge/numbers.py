"""`<id:audit_id>` in a route: a number that a row can have; anything else is a 404 by the route."""

from __future__ import annotations

from werkzeug.routing import IntegerConverter, Map

from scanner_app.domain.numbers import MAX_ID


class RowIdConverter(IntegerConverter):
    """A whole number from 1 to `MAX_ID`."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=MAX_ID)
