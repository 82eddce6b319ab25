"""Which asset tag comes next in the organisation's pattern."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.models import Asset

# Tags such as LT-9999X sort among the numbers. This many are looked through for the largest number.
LOOKED_THROUGH = 50


def suggest_tag(session: Session, prefix: str, *, digits: int) -> str:
    """Return the prefix with the number after the largest in use; empty without a prefix."""
    if not prefix:
        return ""
    key = tag_key(prefix)
    length = func.length(Asset.tag_key)
    statement = select(Asset.tag_key).where(Asset.tag_key.startswith(key, autoescape=True))
    if digits:
        statement = statement.where(length == len(key) + digits)
    found = session.scalars(
        statement.order_by(length.desc(), Asset.tag_key.desc()).limit(LOOKED_THROUGH)
    )
    numbers = [rest for rest in (tag[len(key) :] for tag in found) if _is_number(rest)]
    return f"{prefix}{int(max(numbers, key=int)) + 1 if numbers else 1:0{digits or 1}d}"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
