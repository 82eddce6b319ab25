"""The notices of requests, as their rows say them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from scanner_app.domain.notices.kinds import NewNotice
from scanner_app.domain.procurement.dues import (
    request_decided,
    request_decided_again,
    request_waiting,
    request_waiting_again,
)
from scanner_app.models import Request


def tell_waiting(request: Request) -> NewNotice:
    """Return the notice to those who decide about a request."""
    return request_waiting(request.id, request.round, title=request.title, who=request.created_by)


def tell_waiting_again(request: Request, *, at: datetime) -> NewNotice:
    """Return the notice to those who decide that a request comes to more than was approved."""
    return request_waiting_again(request.id, title=request.title, who=request.created_by, at=at)


def tell_decided_again(
    request: Request, *, is_approved: bool, reason: str, to: Collection[str], at: datetime
) -> NewNotice:
    """Return the notice to who asked, and who asked for more, what became of the higher amount."""
    return request_decided_again(
        request.id,
        title=request.title,
        is_approved=is_approved,
        reason=reason,
        to=to,
        at=at,
    )


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
