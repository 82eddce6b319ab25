"""Open Python with the app, a session and every model at hand; nothing is committed by itself.

`make shell`, or `python -i scripts/shell.py` with the settings of the service.
"""

from __future__ import annotations

import code
from datetime import UTC, datetime

from sqlalchemy import select

from scanner_app import create_app, models
from scanner_app.storage.database import db, unit_of_work

HINT = """\
app            the Flask application, in its context
session        a database session: session.scalars(select(Asset).limit(3)).all()
unit_of_work   with unit_of_work() as work: ... commits at its end
select, now, and every model (Asset, Location, Person, Scan, Audit, ...)"""


def find_names() -> dict[str, object]:
    """Return every model by its name."""
    return {mapper.class_.__name__: mapper.class_ for mapper in models.Base.registry.mappers}


def main() -> None:
    app = create_app()
    with app.app_context():
        names = {
            "app": app,
            "session": db.session,
            "unit_of_work": unit_of_work,
            "select": select,
            "now": datetime.now(UTC),
            **find_names(),
        }
        code.interact(banner=HINT, local=names, exitmsg="")


if __name__ == "__main__":
    main()
