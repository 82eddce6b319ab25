"""Every error of the API has one shape: RFC 9457 problem+json with a stable `code`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Response, g, request

from scanner_app.edge.errors import classify


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: Mapping[str, Sequence[str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem+json answer."""
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


def to_problem(error: Exception) -> Response:
    """Turn any exception into its problem."""
    trouble = classify(error)
    detail, headers = trouble.message, dict(trouble.headers)
    if trouble.status == HTTPStatus.UNAUTHORIZED:
        detail = _explain_signing_in()
        headers["WWW-Authenticate"] = 'Bearer realm="scanner-app"'
    if trouble.status == HTTPStatus.NOT_FOUND and request.url_rule is None:
        detail = f"{detail} /api/v1/openapi.json lists all addresses."
    return problem(trouble.status, trouble.code, detail, errors=trouble.errors, headers=headers)


def _explain_signing_in() -> str:
    if "Authorization" in request.headers:
        return "This token is unknown, revoked or expired. Ask an admin for a new one."
    return "Sign in, or send a token: Authorization: Bearer TOKEN."
