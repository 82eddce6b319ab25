"""What went wrong, in one place for both edges: status, code, words and headers.

`classify` turns any exception into a `Trouble`. The API writes it as problem+json and the pages
as a page; neither decides anything about it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from flask import g, request
from gunicorn.http.errors import NoMoreData, ParseException
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from scanner_app.domain.errors import (
    Conflict,
    Invalid,
    NoRoom,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ScannerAppError,
    TooLarge,
    TooMany,
    Unavailable,
)
from scanner_app.storage.database import is_trouble

log = logging.getLogger(__name__)

STATUS: dict[type[ScannerAppError], int] = {
    NotFound: 404,
    Invalid: 422,
    Conflict: 409,
    NotAllowed: 403,
    NotSignedIn: 401,
    TooLarge: 413,
    TooMany: 429,
    Unavailable: 503,
    NoRoom: 507,
}
# Raised while a body is read, where the sender broke off or framed it wrongly.
BROKEN_BODY = (ParseException, NoMoreData, ConnectionError, TimeoutError)
RETRY_AFTER_S = 2


@dataclass(frozen=True, slots=True)
class HttpError:
    """An error that HTTP raises before a view runs: its stable code, and what it means."""

    code: str
    message: str


HTTP_ERRORS: dict[int, HttpError] = {
    400: HttpError("bad_request", "The request cannot be read. Check it and send it again."),
    404: HttpError("not_found", "Nothing has this address. Check it for a typing mistake."),
    405: HttpError("method_not_allowed", "This address does not take this kind of request."),
    413: HttpError("too_large", "The request is larger than this server accepts."),
    415: HttpError("unsupported_media_type", "This address does not take this kind of content."),
    422: HttpError("invalid", "A field is wrong. Check what you sent."),
    429: HttpError("too_many", "Too many requests. Wait a moment, then try again."),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One error as an edge answers it.

    `errors` names each wrong field and why; `headers` go into the answer as they are.
    """

    status: int
    code: str
    message: str
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def classify(error: Exception) -> Trouble:
    """Return what an exception means to the sender of the request.

    What nobody foresaw is written to the log, and the answer says only where to look.
    """
    if isinstance(error, ScannerAppError):
        return _classify_own(error)
    if isinstance(error, HTTPException):
        return _classify_http(error)
    if isinstance(error, BROKEN_BODY):
        return Trouble(
            400, "bad_request", "The request was cut off, or it is not valid HTTP. Send it again."
        )
    if isinstance(error, DBAPIError | PoolTimeout):
        return _classify_database(error)
    return _unforeseen(error)


def _classify_own(error: ScannerAppError) -> Trouble:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    headers: dict[str, str] = {}
    if isinstance(error, TooMany | Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    errors = error.errors if isinstance(error, Invalid) else {}
    return Trouble(status, error.code, error.message, errors, headers)


def _classify_http(error: HTTPException) -> Trouble:
    status = error.code or 500
    known = HTTP_ERRORS.get(status, HttpError("http_error", HTTPStatus(status).phrase))
    # The framework's own descriptions name the error; ours also say what to do.
    is_ours = error.description is not None and error.description != type(error).description
    message = str(error.description) if is_ours else known.message
    if isinstance(error, MethodNotAllowed) and not is_ours:
        methods = ", ".join(sorted({*(error.valid_methods or ())} - {"HEAD", "OPTIONS"}))
        message = f"{request.method} does not work here. Use {methods}." if methods else message
    headers = {
        name: value
        for name, value in error.get_headers()
        if name.lower() in {"allow", "retry-after"}
    }
    return Trouble(status, known.code, message, headers=headers)


def _classify_database(error: DBAPIError | PoolTimeout) -> Trouble:
    request_id = g.get("request_id", "")
    if isinstance(error, DataError):
        log.warning("data refused by the database id=%s", request_id)
        return Trouble(422, "invalid", "A value cannot be stored. Check the fields.")
    if isinstance(error, IntegrityError):
        log.warning("lost a race id=%s", request_id, exc_info=error)
        return Trouble(
            409,
            "conflict",
            "Somebody changed the same thing at the same moment. Load it again, then repeat your"
            " change.",
        )
    if isinstance(error, PoolTimeout) or is_trouble(error):
        log.error("database trouble id=%s", request_id, exc_info=error)
        return Trouble(
            503,
            "database_unavailable",
            "The database cannot answer now. Nothing was stored, so it is safe to try again.",
            headers={"Retry-After": str(RETRY_AFTER_S)},
        )
    return _unforeseen(error)


def _unforeseen(error: Exception) -> Trouble:
    log.error("unforeseen id=%s", g.get("request_id", ""), exc_info=error)
    return Trouble(
        500,
        "internal",
        "Something went wrong on our side. Try again. If it happens again, give your admin the"
        " number of this request.",
    )
