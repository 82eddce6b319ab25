"""What an admin set on the settings page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.models.base import Base


class Setting(Base):
    """One setting: a row of `domain.settings`, or the logo, a JPEG in base64.

    A row is never deleted: `value` is null where the default holds again. `revision` grows by one
    with each change of any row, so its largest tells whether what a worker remembers is still true.
    """

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str | None]
    revision: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
