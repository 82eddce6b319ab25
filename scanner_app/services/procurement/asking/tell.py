"""The notices of requests, as their rows say them."""

from __future__ import annotations

from scanner_app.domain.notices.kinds import NewNotice
from scanner_app.domain.procurement.dues import request_decided, request_waiting
from scanner_app.models import Request


def tell_waiting(request: Request) -> NewNotice:
    """Return the notice to those who decide about a request."""
    return request_waiting(request.id, request.round, title=request.title, who=request.created_by)


def tell_decided(request: Request) -> NewNotice:
    """Return the notice to who asked that a request was decided."""
    return request_decided(
        request.id,
        request.round,
        title=request.title,
        state=request.state.value,
        reason=request.reason or "",
        to=request.asked_by_key,
    )
