"""Write the next migration from the difference between the models and a new database."""

from __future__ import annotations

import re
import sys
import tempfile
import textwrap
from pathlib import Path

from alembic import command

from scanner_app import create_app
from scanner_app.config import Settings
from scanner_app.storage.database import WRITE_OPTION, db
from scanner_app.storage.schema import MIGRATIONS, migration_config, upgrade_schema


def main() -> None:
    name = sys.argv[1].strip() if len(sys.argv) > 1 else ""
    if not name:
        sys.exit('Name what the migration does: make migration NAME="Add audit scope"')
    numbers = [int(path.name[:4]) for path in (MIGRATIONS / "versions").glob("[0-9]*.py")]
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower())
    # The database keeps 32 characters of a revision: whole words of it.
    words = textwrap.shorten(slug.replace("_", " "), 27, placeholder="").replace(" ", "_")
    revision = f"{max(numbers, default=0) + 1:04d}_{words}"
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(instance_dir=Path(folder)))
        with app.app_context():
            upgrade_schema()
            config = migration_config()
            with db.engine.connect().execution_options(**{WRITE_OPTION: True}) as connection:
                config.attributes["connection"] = connection
                with connection.begin():
                    command.revision(config, message=name, autogenerate=True, rev_id=revision)
            db.engine.dispose()
    print(f"migrations/versions/{revision}.py: read it, then commit it.")


if __name__ == "__main__":
    main()
