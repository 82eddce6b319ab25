"""Write the next migration from the difference between the models and a fresh database."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from alembic import command

from scanner_app import create_app
from scanner_app.config import Settings
from scanner_app.storage.database import WRITE_OPTION, db
from scanner_app.storage.schema import MIGRATIONS, migration_config, upgrade_schema


def main() -> None:
    name = sys.argv[1].strip() if len(sys.argv) > 1 else ""
    if not name:
        sys.exit('Say what it does: make migration NAME="Add audit scope"')
    numbers = [int(path.name[:4]) for path in (MIGRATIONS / "versions").glob("[0-9]*.py")]
    number = f"{max(numbers, default=0) + 1:04d}"
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40]
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(instance_dir=Path(folder)))
        with app.app_context():
            upgrade_schema()
            config = migration_config()
            with db.engine.connect().execution_options(**{WRITE_OPTION: True}) as connection:
                config.attributes["connection"] = connection
                with connection.begin():
                    command.revision(config, message=name, autogenerate=True, rev_id=number)
            db.engine.dispose()
    made = next((MIGRATIONS / "versions").glob(f"{number}_*.py"))
    made.rename(made.with_name(f"{number}_{slug}.py"))
    print(f"migrations/versions/{number}_{slug}.py: read it, then commit it.")


if __name__ == "__main__":
    main()
