"""What stands in a database, as rows and as a schema, to compare before and after an upgrade."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, MetaData, Table, inspect, select, text
from sqlalchemy.exc import DBAPIError

from scanner_app.storage.database import WRITE_OPTION, db, unit_of_work
from scanner_app.storage.schema import (
    migration_config,
)

ADDED = {
    *("reader_said", "is_faint", "actor", "owner_user_id", "decided_act_id", "policy"),
    *("counting_spans", "outside_scan_id", "for_code", "handover"),
    *("details", "stock_item_id", "identifier.quantity", "bin_location_id"),
    *("plan", "frozen_at", "population_sha256", "nonce"),
    *("user_account.person_id", "quiet_from", "quiet_to", "digest_hour", "user_account.time_zone"),
    "user_account.language",
    *("seal.number", "seal.kind", "seal.previous_sha256"),
    *("order_line_id",),
    *("location.time_zone", "assignee_id", "finding.due_on", "lost_since", "recounts"),
    *("location.latitude", "location.longitude"),
    "tallied",
    "identifier.kit_id",
    "asset.kind",
    "min_in_stock",
}
ADDED_TABLES = {
    *("request", "approval", "quote", "budget", "buying_event"),
    *("policy", "policy_version", "policy_result", "waiver"),
    *("supplier", "supplier_scheme", "purchase_order", "order_line"),
    *("delivery", "delivery_scan", "receipt"),
    *("audit_holding", "log_witness", "label_request"),
    "contested_scan",
    "contract",
    "contract_asset",
    "contract_event",
    "contract_paper",
    "daily_check",
    "device_fact",
    *("device_health", "product_release", "product_rule", "vulnerability"),
    "kit",
    "reservation",
    "reservation_line",
    "reservation_pick",
    "kit_piece",
    "device_software",
    "licence",
    "made_file",
    "seat",
    "plan",
    "rate_bucket",
    "certificate",
    "consignment",
    "consignment_document",
    "consignment_item",
    "consignment_transfer",
    "sanitization",
    "schema_floor",
    "seal_piece",
    "service_key",
    "counter",
    "handover",
    "handover_event",
    "handover_line",
    "act",
    "suggestion_rule",
    "audit_programme",
    "programme_place",
    "programme_round",
    "act_finding",
    "audit_draw",
    "audit_drawn",
    "audit_match",
    "audit_phone",
    "log_witness",
    "audit_tally",
    "late_admission",
    "audit_member",
    "blank_label",
    "floor_plan",
    "depreciation_rule",
    "depreciation_use",
    "expense",
    "exchange_rate",
    "plan_decision",
    "replacement_price",
    "room_outline",
    "installation",
    "job",
    "label_choice",
    "label_print",
    "label_request",
    "label_design",
    "label_design_version",
    "label_roll",
    "log_checkpoint",
    "log_head",
    "log_tile",
    "node",
    "printer",
    "print_job",
    "saved_view",
    "setting",
    "passkey",
    "attachment",
    "used_challenge",
    "phone_code",
    "signature",
    "notice",
    "notice_to",
    "notice_choice",
    "loan_rule",
    "task",
    "task_answer",
    "checklist",
    "closed_day",
    "stock_account",
    "stock_count",
    "stock_item",
    "stock_level",
    "stock_move",
    "stock_rule",
    "notice_delivery",
    "webhook",
    "mail_stop",
    "calendar_feed",
    "terms",
    "terms_version",
    "terms_acceptance",
    "handover_link",
    "attestation_answer",
    "attestation_link",
    "audit_picture",
}
GUARDED = (
    "UPDATE scan SET code = 'x'",
    "DELETE FROM scan",
    "DELETE FROM seal",
    "UPDATE audit SET name = 'x' WHERE state = 'closed'",
    "DELETE FROM scan_picture",
    "UPDATE shelf_shot SET width = 1",
)


def read_rows() -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table, without what was added since 0006."""
    rows = {}
    with db.engine.connect() as connection:
        for name in inspect(connection).get_table_names():
            if "_search" in name or name in {"alembic_version", *ADDED_TABLES}:
                continue
            table = Table(name, MetaData(), autoload_with=connection)
            columns = [c for c in table.columns if not {c.name, f"{name}.{c.name}"} & ADDED]
            found = connection.execute(select(*columns).order_by(columns[0]))
            rows[name] = [dict(row._mapping) for row in found]
    return rows


def read_column(table: str, column: str) -> dict[int, Any]:
    with db.engine.connect() as connection:
        rows = connection.execute(text(f"SELECT id, {column} FROM {table}"))
        return {id_: value for id_, value in rows}  # noqa: C416 - mypy takes no rows for pairs


def refuse_changes_of_the_record() -> None:
    for statement in GUARDED:
        with pytest.raises(DBAPIError, match=r"append-only|cannot be changed"):
            with unit_of_work() as session:
                session.execute(text(statement))


def downgrade(revision: str) -> None:
    config = migration_config()
    with db.engine.connect().execution_options(**{WRITE_OPTION: True}) as connection:
        config.attributes["connection"] = connection
        with connection.begin():
            command.downgrade(config, revision)


def describe(connection: Connection) -> list[str]:
    """Return a line for each column, constraint, index and trigger of a schema, sorted."""
    is_sqlite = connection.dialect.name == "sqlite"
    return sorted((describe_sqlite if is_sqlite else describe_postgres)(connection))


def describe_sqlite(connection: Connection) -> Iterator[str]:
    for kind, name, sql in connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master"):
        flat = " ".join((sql or "").split())
        if kind != "table" or "_search" in name:
            yield f"{kind} {name} {flat}"
            continue
        for pragma in ("table_xinfo", "index_list", "foreign_key_list"):
            for row in connection.exec_driver_sql(f"PRAGMA {pragma}({name})"):
                # The number of an index or a key is the order in which it was made.
                facts = row if pragma == "table_xinfo" else row[2:]
                yield f"{pragma} {name} {tuple(facts)}"
        for constraint in re.findall(r"CONSTRAINT (\w+)", flat):
            yield f"constraint {name} {constraint}"
        for check in re.findall(r"(CHECK \(.*?\))(?=, CONSTRAINT|, [a-z_]+ [A-Z]+| ?\)$)", flat):
            yield f"check {name} {check}"


POSTGRES = """
SELECT table_name, rank() OVER (PARTITION BY table_name ORDER BY ordinal_position), column_name, data_type, is_nullable, column_default
FROM information_schema.columns WHERE table_schema = 'public';
SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace;
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public';
SELECT pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal;
SELECT proname, prosrc FROM pg_proc JOIN pg_language l ON l.oid = prolang
WHERE lanname = 'plpgsql'
"""


def describe_postgres(connection: Connection) -> Iterator[str]:
    for query in POSTGRES.split(";"):
        for row in connection.exec_driver_sql(query):
            line = " ".join(" ".join(map(str, row)).split())
            # pg_dump puts other casts and brackets into a CHECK, which means the same.
            yield re.sub(r"::(character varying|text)(\[\])?|[()\[\]]", "", line)
