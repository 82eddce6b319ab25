"""Every error of the API has one shape: RFC 9457 problem+json with a stable `code`."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any

from flask import Response, g, request
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.exceptions import NotFound as NothingHere

from scanner_app.domain.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ScannerAppError,
    TooLarge,
    TooMany,
    Unavailable,
)
from scanner_app.edge.web import BROKEN_BODY
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
}
# Codes of errors that HTTP itself raises before a view runs.
HTTP_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many",
}


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: dict[str, list[str]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Give a problem+json answer."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        body["errors"] = errors or {}
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        body["request_id"] = g.get("request_id", "")
    response = Response(
        json.dumps(body, ensure_ascii=False), status, content_type="application/problem+json"
    )
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def _say_how_to_sign_in() -> str:
    if "Authorization" in request.headers:
        return "This token is unknown, revoked or expired. Ask an admin for a new one."
    return "Sign in, or send a token: Authorization: Bearer TOKEN."


def _say_what_to_do(error: HTTPException) -> str:
    """Give our own words for what the framework only names."""
    if isinstance(error, MethodNotAllowed):
        known = ", ".join(sorted({*(error.valid_methods or ())} - {"HEAD", "OPTIONS"}))
        return f"{request.method} cannot be done here. Use {known}." if known else ""
    if isinstance(error, NothingHere) and error.description == NothingHere.description:
        return "Nothing has this address. /api/v1/openapi.json lists all there are."
    return ""


def to_problem(error: Exception) -> Response:
    """Turn any exception into its problem. What nobody foresaw is logged, and says only its id."""
    if isinstance(error, ScannerAppError):
        status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
        headers: dict[str, str] = {}
        if isinstance(error, TooMany | Unavailable):
            headers["Retry-After"] = str(error.retry_after)
        if isinstance(error, NotSignedIn):
            headers["WWW-Authenticate"] = 'Bearer realm="scanner-app"'
        errors = error.errors if isinstance(error, Invalid) else None
        detail = _say_how_to_sign_in() if isinstance(error, NotSignedIn) else error.message
        return problem(status, error.code, detail, errors=errors, headers=headers)
    if isinstance(error, HTTPException):
        status = error.code or 500
        detail = _say_what_to_do(error) or str(error.description or HTTPStatus(status).phrase)
        answer = problem(status, HTTP_CODES.get(status, "http_error"), detail)
        for name, value in error.get_headers():
            if name.lower() in {"allow", "retry-after"}:
                answer.headers[name] = value
        return answer
    if isinstance(error, BROKEN_BODY):
        return problem(400, "bad_request", "The body was cut off, or is not framed as HTTP asks.")
    if isinstance(error, DataError):
        log.warning("data refused by the database id=%s", g.get("request_id", ""))
        return problem(422, "invalid", "A value cannot be stored. Check the fields.", errors={})
    if isinstance(error, IntegrityError):
        log.warning("lost a race id=%s", g.get("request_id", ""), exc_info=error)
        return problem(409, "conflict", "Somebody changed the same thing. Load it again.")
    if isinstance(error, PoolTimeout) or (isinstance(error, DBAPIError) and is_trouble(error)):
        log.error("database trouble id=%s", g.get("request_id", ""), exc_info=error)
        return problem(
            503,
            "database_unavailable",
            "The database cannot answer now. Nothing was stored; sending it again is safe.",
            headers={"Retry-After": "2"},
        )
    log.error("unforeseen id=%s", g.get("request_id", ""), exc_info=error)
    return problem(500, "internal", "Something went wrong here. Quote the request id to an admin.")
