"""What is final stays so whatever the SQL says: each guarded table, by each verb, on both databases."""

from __future__ import annotations

import re

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

# Every trigger, written a second time by hand: one that a migration leaves out is missed here.
TRIGGERS = {
    "sqlite": """
        attachment_no_update
        attestation_answer_no_delete attestation_answer_no_update
        suggestion_rule_no_delete suggestion_rule_no_update
        audit_picture_no_delete audit_picture_no_update
        contract_terms_apart_insert contract_terms_apart_update
        act_finding_no_delete act_finding_no_update act_no_delete act_no_update
        audit_closed_no_delete audit_closed_no_update audit_draw_no_delete
        audit_draw_no_update audit_drawn_no_delete audit_drawn_no_update
        log_witness_stamp_no_delete log_witness_stamp_no_update
        audit_holding_closed_no_delete audit_holding_closed_no_insert audit_holding_closed_no_update
        audit_tally_closed_no_delete audit_tally_closed_no_insert audit_tally_closed_no_update
        audit_match_closed_no_delete audit_match_closed_no_insert audit_match_closed_no_update
        audit_member_no_delete audit_member_no_insert audit_member_no_update
        finding_closed_no_delete finding_closed_no_entry finding_closed_no_insert
        finding_closed_no_update
        late_admission_closed_no_delete late_admission_closed_no_insert
        late_admission_closed_no_update late_admission_taken_no_delete late_admission_taken_no_update
        handover_event_no_delete handover_event_no_update handover_line_no_delete
        handover_line_no_update handover_no_delete handover_no_update log_checkpoint_no_delete log_checkpoint_no_update
        log_tile_grows log_tile_no_delete scan_no_delete scan_no_update
        scan_picture_no_delete scan_picture_no_update seal_in_turn seal_no_delete
        seal_no_update seal_piece_no_delete seal_piece_no_update
        shelf_shot_recorded_no_delete shelf_shot_recorded_no_update
        signature_no_delete signature_no_update
        certificate_no_delete certificate_no_update
        consignment_closed_no_delete consignment_closed_no_update
        consignment_document_no_delete consignment_document_no_update
        consignment_item_closed_no_delete consignment_item_closed_no_update
        consignment_transfer_no_delete consignment_transfer_no_update
        sanitization_no_delete sanitization_no_update
        terms_acceptance_no_delete terms_acceptance_no_update
        terms_version_no_delete terms_version_no_update
        label_design_version_no_delete label_design_version_no_update
        stock_count_no_delete stock_count_no_update stock_move_no_delete stock_move_no_update
    """,
    "postgres": """
        attachment_is_final
        attestation_answer_is_final attestation_answer_is_not_emptied
        suggestion_rule_is_kept
        audit_picture_is_final audit_picture_is_not_emptied
        contract_terms_apart
        act_finding_is_final act_finding_is_not_emptied act_is_final act_is_not_emptied
        audit_closed_is_final audit_draw_is_final audit_draw_is_not_emptied
        audit_drawn_is_final audit_drawn_is_not_emptied
        audit_match_closed_is_final audit_member_is_final log_witness_stamp_is_final audit_tally_closed_is_final
        audit_holding_closed_is_final late_admission_closed_is_final late_admission_taken_once
        audit_member_is_not_added audit_member_is_not_emptied finding_closed_is_final
        handover_event_is_final handover_event_is_not_emptied handover_is_final
        handover_is_not_emptied handover_line_is_final handover_line_is_not_emptied
        log_checkpoint_is_final log_checkpoint_is_not_emptied log_tile_grows
        log_tile_is_not_emptied scan_is_final scan_is_not_emptied scan_picture_is_final
        scan_picture_is_not_emptied seal_in_turn seal_is_final seal_is_not_emptied
        certificate_is_final certificate_is_not_emptied consignment_closed_is_final
        consignment_document_is_final consignment_document_is_not_emptied
        consignment_item_closed_is_final consignment_transfer_is_final
        consignment_transfer_is_not_emptied
        sanitization_is_final sanitization_is_kept sanitization_is_not_emptied
        seal_piece_is_final seal_piece_is_not_emptied
        terms_acceptance_is_final terms_acceptance_is_not_emptied
        terms_version_is_final terms_version_is_not_emptied
        label_design_version_is_final label_design_version_is_not_emptied
        shelf_shot_is_not_emptied shelf_shot_recorded_is_final
        signature_is_final signature_is_not_emptied
        stock_count_is_final stock_count_is_not_emptied stock_move_is_final
        stock_move_is_not_emptied
    """,
}
MOMENT = "'2026-03-02 09:00:00'"
# Hashes of a tile: of which a full one has 256 of 32 bytes. Both databases take text for them.
FULL_TILE, HALF_TILE, GROWN_TILE, OTHER_TILE = (
    f"'{text}'" for text in ("f" * 8192, "a" * 64, "a" * 96, "b" * 96)
)
SCAN = f"""
    scan (scan_id, fingerprint, code, code_key, intent, scanned_at, recorded_at, effective_at,
        is_clock_suspect, actor, actor_name, may_void_any, outcome, answer, is_faint)
    VALUES ('6a1c7f0f6d5a4f1f9e0d7e5b3b1f0001', 'f', 'A', 'A', 'lookup', {MOMENT}, {MOMENT},
        {MOMENT}, false, 'user:1', 'Ana', false, 'noted', '{{}}', false)
"""
SEAL = f"""
    seal (number, kind, audit_id, report, sha256, previous_sha256, signature, key_id, sealed_at)
    VALUES ({{number}}, 'closure', {{audit}}, '{{{{}}}}', 'h{{number}}', {{previous}}, 's', 'k', {MOMENT})
"""
SHOT = """
    shelf_shot (id, upload_sha256, sha256, picture, width, height, symbols, taken_at, actor,
        actor_name, recorded_at)
    VALUES ('6a1c7f0f6d5a4f1f9e0d7e5b3b1f000{number}', 'h{number}', 'h', 'p', 1, 1, '[]', {moment},
        'user:1', 'Ana', {recorded})
"""
PICTURE = """
    scan_picture (scan_id, shot_id) VALUES
    ('6a1c7f0f6d5a4f1f9e0d7e5b3b1f0001', '6a1c7f0f6d5a4f1f9e0d7e5b3b1f0001')
"""
FINDING = """
    finding (id, audit_id, code_key, is_expected, state, flags, sightings, proposal_fields)
    VALUES ({id}, {audit}, 'K{id}', false, 'unregistered', '[]', 1, '{{}}')
"""
STOCK = [
    f"""INSERT INTO stock_item (id, code, code_key, name, stock_class, manufacturer, unit, returns,
        safety_quantity, supplier, supplier_code, pack_quantity, notes, custom, is_active,
        created_at, updated_at) VALUES (1, 'ST-1', 'ST-1', 'Toner', 'consumable', '', '', false,
        0, '', '', 1, '', '{{}}', true, {MOMENT}, {MOMENT})""",
    "INSERT INTO stock_account (id, kind) VALUES (1, 'outside'), (2, 'used')",
    f"""INSERT INTO stock_move (stock_item_id, act, from_account_id, to_account_id, quantity,
        effective_at, recorded_at, reason, actor, actor_name)
        VALUES (1, 'receive', 1, 2, 5, {MOMENT}, {MOMENT}, '', 'user:1', 'Ana')""",
    f"""INSERT INTO stock_count (stock_item_id, account_id, quantity, expected, effective_at,
        recorded_at, reason, actor, actor_name)
        VALUES (1, 1, 5, 5, {MOMENT}, {MOMENT}, '', 'user:1', 'Ana')""",
]
ROWS = [
    *(
        f"""INSERT INTO audit (id, name, state, scope, is_blind, created_at, created_by)
            VALUES ({number}, 'Audit', 'counting', '{{}}', false, {MOMENT}, 'Ana')"""
        for number in (1, 2)
    ),
    "INSERT INTO" + FINDING.format(id=1, audit=1),
    "INSERT INTO" + FINDING.format(id=2, audit=2),
    f"""INSERT INTO act (id, at, actor, actor_name, kind, audit_id, about)
        VALUES (1, {MOMENT}, 'user:1', 'Ana', 'decided', 1, '{{}}')""",
    f"""INSERT INTO log_checkpoint (tree, size, root, note, key_id, highest, at)
        VALUES ('scans', 1, 'r', 'n', 'k', 1, {MOMENT})""",
    *(
        f"""INSERT INTO log_tile (tree, level, number, hashes)
            VALUES ('scans', 0, {number}, {hashes})"""
        for number, hashes in ((0, FULL_TILE), (1, HALF_TILE))
    ),
    "INSERT INTO act_finding (act_id, finding_id) VALUES (1, 1)",
    "INSERT INTO" + SCAN,
    "INSERT INTO" + SEAL.format(number=1, audit=1, previous="NULL"),
    "INSERT INTO" + SHOT.format(number=1, moment=MOMENT, recorded=MOMENT),
    "INSERT INTO" + SHOT.format(number=2, moment=MOMENT, recorded="NULL"),
    "INSERT INTO" + PICTURE,
    *STOCK,
    "UPDATE audit SET state = 'closed' WHERE id = 1",
]
# Refused everywhere, with a word of the reason.
FORBIDDEN = [
    ("UPDATE scan SET code = 'x'", "append-only"),
    ("UPDATE scan SET outcome = 'applied' WHERE id > 0", "append-only"),
    ("DELETE FROM scan", "append-only"),
    ("DELETE FROM scan WHERE code = 'A'", "append-only"),
    ("UPDATE act SET text = 'x'", "append-only"),
    ("DELETE FROM act", "append-only"),
    ("UPDATE act_finding SET finding_id = 2", "append-only"),
    ("DELETE FROM act_finding", "append-only"),
    ("UPDATE log_checkpoint SET size = 2", "cannot be changed"),
    ("DELETE FROM log_checkpoint", "cannot be changed"),
    ("UPDATE log_tile SET hashes = hashes WHERE number = 0", "only grows"),
    (f"UPDATE log_tile SET hashes = {GROWN_TILE} WHERE number = 0", "only grows"),
    (f"UPDATE log_tile SET hashes = {OTHER_TILE} WHERE number = 1", "only grows"),
    ("DELETE FROM log_tile", "only grows"),
    ("UPDATE seal SET report = 'x'", "seal"),
    ("DELETE FROM seal", "seal"),
    # A number that leaves one out, that is there already, or that names another predecessor.
    ("INSERT INTO" + SEAL.format(number=3, audit=2, previous="'h1'"), "follows"),
    ("INSERT INTO" + SEAL.format(number=1, audit=2, previous="NULL"), "follows"),
    ("INSERT INTO" + SEAL.format(number=2, audit=2, previous="'x'"), "follows"),
    ("INSERT INTO" + SEAL.format(number=2, audit=2, previous="NULL"), "follows|first_names"),
    ("UPDATE scan_picture SET shot_id = '6a1c7f0f6d5a4f1f9e0d7e5b3b1f0002'", "evidence"),
    ("DELETE FROM scan_picture", "evidence"),
    ("UPDATE shelf_shot SET picture = 'x' WHERE recorded_at IS NOT NULL", "evidence"),
    ("UPDATE shelf_shot SET recorded_at = NULL", "evidence"),
    ("DELETE FROM shelf_shot WHERE recorded_at IS NOT NULL", "evidence"),
    ("UPDATE audit SET name = 'x' WHERE id = 1", "closed audit"),
    ("UPDATE audit SET state = 'counting' WHERE id = 1", "closed audit"),
    ("DELETE FROM audit WHERE id = 1", "closed audit"),
    ("INSERT INTO" + FINDING.format(id=9, audit=1), "closed audit"),
    ("UPDATE finding SET sightings = 9 WHERE audit_id = 1", "closed audit"),
    ("UPDATE finding SET audit_id = 2 WHERE audit_id = 1", "closed audit"),
    ("UPDATE finding SET audit_id = 1 WHERE audit_id = 2", "closed audit"),
    ("DELETE FROM finding WHERE audit_id = 1", "closed audit"),
    ("UPDATE stock_move SET quantity = 6", "cannot be changed"),
    ("DELETE FROM stock_move", "cannot be changed"),
    ("UPDATE stock_count SET quantity = 6", "cannot be changed"),
    ("DELETE FROM stock_count", "cannot be changed"),
]
# These fire no trigger of a row, or only if it is told to.
QUIET = {
    "sqlite": [
        ("REPLACE INTO" + SCAN, "append-only"),
        ("REPLACE INTO" + SEAL.format(number=1, audit=1, previous="NULL"), "seal"),
        ("REPLACE INTO" + PICTURE, "evidence"),
        ("REPLACE INTO" + FINDING.format(id=1, audit=1), "closed audit"),
    ],
    "postgres": [
        ("TRUNCATE scan CASCADE", "append-only|evidence"),
        ("TRUNCATE act CASCADE", "append-only"),
        ("TRUNCATE act_finding", "append-only"),
        ("TRUNCATE log_tile", "only grows"),
        ("TRUNCATE log_checkpoint", "cannot be changed"),
        ("TRUNCATE seal", "seal"),
        ("TRUNCATE scan_picture", "evidence"),
        ("TRUNCATE shelf_shot CASCADE", "evidence"),
        ("TRUNCATE audit CASCADE", "append-only|evidence|seal|draw|member"),
    ],
}
# What is not final yet may change.
ALLOWED = [
    "INSERT INTO" + SEAL.format(number=2, audit="NULL", previous="'h1'"),
    f"UPDATE log_tile SET hashes = {GROWN_TILE} WHERE number = 1",
    "UPDATE finding SET sightings = 9 WHERE audit_id = 2",
    "INSERT INTO" + FINDING.format(id=9, audit=2),
    "DELETE FROM finding WHERE audit_id = 2",
    "UPDATE audit SET name = 'x' WHERE id = 2",
    "DELETE FROM audit WHERE id = 2",
    "UPDATE shelf_shot SET width = 2 WHERE recorded_at IS NULL",
    "DELETE FROM shelf_shot WHERE recorded_at IS NULL",
]
CATALOGUE = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgres": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'",
}


def name_of(database: str) -> str:
    return "sqlite" if database.startswith("sqlite") else "postgres"


def refusal_of(work, statement: str) -> str:
    """Return why the database refuses a statement, or nothing."""
    try:
        with work() as session:
            session.execute(text(statement))
    except DBAPIError as error:
        return str(error.orig)
    return ""


def test_each_trigger_that_was_written_down_is_there(work, database):
    kind = name_of(database)
    with work() as session:
        found = set(session.scalars(text(CATALOGUE[kind])))

    # The search keeps its index by triggers too; none of those guards anything.
    assert {name for name in found if "search" not in name} == set(TRIGGERS[kind].split())


def test_what_is_final_is_refused_by_every_verb_and_nothing_else_is(work, database):
    with work() as session:
        for statement in ROWS:
            session.execute(text(statement))

    for statement, reason in FORBIDDEN + QUIET[name_of(database)]:
        assert re.search(reason, refusal_of(work, statement)), statement

    with work() as session:
        for statement in ALLOWED:
            session.execute(text(statement))
