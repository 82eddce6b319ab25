"""What a migration may do while machines of the last version still run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scanner_app.storage.schema import MIGRATIONS

FIRST = "0034"
REMOVES = re.compile(r"\b(drop_table|drop_column|rename_table|new_column_name)\b")
# From one step to the next.
ADDED = re.compile(r"add_column\(.*?(?=\b(?:op|batch\w*)\.|\Z)", re.DOTALL)


def find_breaks(source: str) -> list[str]:
    """Return what the last version would not bear, of what a migration does as it upgrades."""
    body = source.partition("def upgrade")[2].partition("def downgrade")[0]
    found = [match[0] for match in REMOVES.finditer(body)]
    for part in ADDED.findall(body):
        if "nullable=False" in part and "server_default" not in part:
            found.append(part)
    return [] if "UPDATE schema_floor" in body else found


@pytest.mark.parametrize(
    "path",
    [path for path in sorted((MIGRATIONS / "versions").glob("[0-9]*.py")) if path.name >= FIRST],
    ids=lambda path: path.stem,
)
def test_the_last_version_runs_on_each_migration(path: Path):
    breaks = find_breaks(path.read_text())
    assert not breaks, (
        f"{path.name}: machines of the last version still run on this schema, and would fail at"
        f" {breaks}. Give a new column a server_default or let it be empty, and remove in a later"
        " release. If it cannot be helped, raise the floor:"
        f" op.execute(\"UPDATE schema_floor SET revision = '{path.stem}'\")"
    )


@pytest.mark.parametrize(
    ("step", "breaks"),
    [
        ('op.add_column("a", sa.Column("b", sa.Text(), nullable=True))', False),
        ('op.add_column("a", sa.Column("b", sa.Text(), nullable=False))', True),
        ('op.add_column("a", sa.Column("b", sa.Text(), nullable=False, server_default=""))', False),
        ('batch.drop_column("b")', True),
        ('op.drop_column("a", "b"); op.execute("UPDATE schema_floor SET revision = \'x\'")', False),
    ],
)
def test_sees_what_the_last_version_would_not_bear(step: str, breaks: bool):
    source = f"def upgrade():\n    {step}\n\n\ndef downgrade():\n    op.drop_table('x')\n"
    assert bool(find_breaks(source)) is breaks
