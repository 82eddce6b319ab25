"""Keep codes in the form in which they are compared

A code with an accent as two characters, or in full-width letters, was another code until now. Of
two codes that become one, the second stays as it is: a person must say which label is right.
"""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0006_one_form_of_codes"
down_revision = "0005_token_owner"
branch_labels = None
depends_on = None

KEYS = (("asset", "tag_key"), ("location", "code_key"), ("identifier", "value"))
_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}


def upgrade() -> None:
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    size = "length(CAST({} AS BLOB))" if is_sqlite else "octet_length({})"
    for table, column in KEYS:
        scheme = "scheme" if table == "identifier" else "''"
        rows = connection.execute(
            sa.text(
                f"SELECT id, {column}, {scheme} FROM {table} "  # noqa: S608 - names written above
                f"WHERE {size.format(column)} > length({column}) ORDER BY id"
            )
        )
        for id_, key, of in rows.all():
            wanted = _normal(key, is_folded=of not in {"email", "username"})
            if wanted != key and not _is_taken(connection, table, column, wanted, of):
                connection.execute(
                    sa.text(f"UPDATE {table} SET {column} = :key WHERE id = :id"),  # noqa: S608 - as above
                    {"key": wanted, "id": id_},
                )


def _normal(key: str, *, is_folded: bool) -> str:
    if key[:8].lower().startswith(("http://", "https://")):
        return key
    text = unicodedata.normalize("NFKC", key).strip(" \t\r\n")
    if is_folded:
        text = unicodedata.normalize("NFKC", text.translate(_UPPER))
    return text or key


def _is_taken(
    connection: sa.Connection, table: str, column: str, wanted: str, scheme: str
) -> bool:
    where = " AND scheme = :scheme AND ended_at IS NULL" if table == "identifier" else ""
    found = connection.execute(
        sa.text(f"SELECT 1 FROM {table} WHERE {column} = :key{where}"),  # noqa: S608 - as above
        {"key": wanted, "scheme": scheme} if where else {"key": wanted},
    )
    return found.first() is not None


def downgrade() -> None:
    """Leave the codes: the form before is not known, and both are valid."""
