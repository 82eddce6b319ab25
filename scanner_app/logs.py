"""Logging: one line for each event, control characters escaped, JSON if configured."""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

from scanner_app.domain.text import visible

LINE_LIMIT = 8000
# The id of the request that is answered, or that caused the job which runs; empty without one.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class LineFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        message = visible(record.getMessage())[:LINE_LIMIT]
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = f"{when} {record.levelname.lower()} {record.name} {message}"
        asked = f"id={request_id.get()}"
        if request_id.get() and asked not in message:
            line = f"{line} {asked}"
        # A traceback keeps its line breaks, because it comes from our code and not from a request.
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": visible(record.getMessage())[:LINE_LIMIT],
        }
        if request_id.get():
            entry["request_id"] = request_id.get()
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)[-LINE_LIMIT:]
        return json.dumps(entry, ensure_ascii=True)


def configure_logging(level: str, *, as_json: bool) -> None:
    """Send the log to standard error in the configured form."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if as_json else LineFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("alembic").setLevel(logging.WARNING)
