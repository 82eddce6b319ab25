"""Files of a person in each state, and where their pages are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.domain.files.made import MadeForm, MadeKind, MadeState
from scanner_app.models import MadeFile

FILE_SAMPLES: dict[tuple[str, ...], list[dict[str, Any]]] = {
    ("/files/<id:made_id>",): [{"made_id": number + 1} for number in range(len(MadeState))],
    ("/files/<id:made_id>/content",): [],  # a file
}


def add_made_files(session: Session, name: str, *, now: datetime) -> None:
    """Add a file of the first user in each state."""
    session.add_all(
        MadeFile(
            user_id=1,
            kind=MadeKind.ASSETS.value,
            form=MadeForm.CSV.value,
            params={"address": {}},
            title=f"Assets {name} as CSV",
            state=state,
            rows_done=41_000 if state is MadeState.MAKING else 0,
            rows_total=1_000_000,
            filename="assets.csv",
            size=123_456_789,
            error=f"No room for {name}." if state is MadeState.FAILED else "",
            created_at=now,
        )
        for state in MadeState
    )
