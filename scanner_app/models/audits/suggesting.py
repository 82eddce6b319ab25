"""Rules by which decisions are suggested, each version a row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.models.base import Base, JSONType


class SuggestionRule(Base):
    """One version of a rule. Only whether it is active is ever changed; triggers see to it.

    :ivar conditions: a list of `{field, op, value}`; all must hold.
    :ivar suggest: a decision, or `none`.
    """

    __tablename__ = "suggestion_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[int]
    conditions: Mapped[list[Any]] = mapped_column(JSONType)
    suggest: Mapped[str]
    reason: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    created_by: Mapped[str]

    __table_args__ = (UniqueConstraint("name", "version"),)
