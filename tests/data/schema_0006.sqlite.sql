-- The last schema that version 0.1 published (0006), as its migrations made it, with a few rows.
-- Frozen: the upgrade from 0.1 is tested against it. Do not edit.
CREATE TABLE alembic_version (
  version_num VARCHAR(32) NOT NULL,
  CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE api_token (
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  role VARCHAR(24) NOT NULL,
  prefix TEXT NOT NULL,
  token_hash TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  created_by TEXT NOT NULL,
  expires_at DATETIME,
  last_used_at DATETIME,
  revoked_at DATETIME,
  CONSTRAINT pk_api_token PRIMARY KEY (id),
  CONSTRAINT uq_api_token_prefix UNIQUE (prefix),
  CONSTRAINT ck_api_token_role CHECK (role IN ('technician', 'stockroom', 'auditor', 'approver', 'admin', 'reader', 'viewer'))
);
CREATE TABLE audit (
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  state VARCHAR(24) NOT NULL,
  scope JSON NOT NULL,
  is_blind BOOLEAN NOT NULL,
  due_on DATE,
  created_at DATETIME NOT NULL,
  created_by TEXT NOT NULL,
  counting_started_at DATETIME,
  counting_ended_at DATETIME,
  closed_at DATETIME,
  closed_by TEXT,
  revises_id INTEGER,
  CONSTRAINT pk_audit PRIMARY KEY (id),
  CONSTRAINT fk_audit_revises_id_audit FOREIGN KEY(revises_id) REFERENCES audit (id),
  CONSTRAINT ck_audit_state CHECK (state IN ('draft', 'counting', 'reconciling', 'closed', 'cancelled'))
);
CREATE TABLE category (
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  CONSTRAINT pk_category PRIMARY KEY (id),
  CONSTRAINT uq_category_name UNIQUE (name)
);
CREATE TABLE import_run (
  id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  filename TEXT NOT NULL,
  file_sha256 TEXT NOT NULL,
  state TEXT NOT NULL,
  mapping JSON NOT NULL,
  headers JSON NOT NULL,
  rows_total INTEGER NOT NULL,
  rows_done INTEGER NOT NULL,
  created_count INTEGER NOT NULL,
  changed_count INTEGER NOT NULL,
  left_count INTEGER NOT NULL,
  refused_count INTEGER NOT NULL,
  error TEXT,
  created_at DATETIME NOT NULL,
  created_by TEXT NOT NULL,
  applied_at DATETIME,
  lease_until DATETIME,
  CONSTRAINT pk_import_run PRIMARY KEY (id),
  CONSTRAINT ck_import_run_kind_known CHECK (kind IN ('assets', 'locations', 'people')),
  CONSTRAINT ck_import_run_state_known CHECK (state IN ('uploaded', 'checking', 'checked', 'applying', 'applied', 'failed', 'cancelled'))
);
CREATE TABLE location (
  id INTEGER NOT NULL,
  code TEXT NOT NULL,
  code_key TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  parent_id INTEGER,
  path TEXT NOT NULL,
  full_name TEXT NOT NULL,
  is_active BOOLEAN NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  CONSTRAINT pk_location PRIMARY KEY (id),
  CONSTRAINT ck_location_not_its_own_parent CHECK (parent_id IS NULL OR parent_id <> id),
  CONSTRAINT fk_location_parent_id_location FOREIGN KEY(parent_id) REFERENCES location (id),
  CONSTRAINT uq_location_code UNIQUE (code),
  CONSTRAINT uq_location_code_key UNIQUE (code_key)
);
CREATE TABLE person (
  id INTEGER NOT NULL,
  number TEXT,
  name TEXT NOT NULL,
  email TEXT,
  username TEXT,
  department TEXT,
  is_active BOOLEAN NOT NULL,
  search TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  CONSTRAINT pk_person PRIMARY KEY (id),
  CONSTRAINT uq_person_number UNIQUE (number)
);
CREATE TABLE reader (
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  is_active BOOLEAN NOT NULL,
  silent_after_seconds INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  last_heartbeat_at DATETIME,
  last_read_at DATETIME,
  heartbeat JSON NOT NULL, clock_offset FLOAT, token_id INTEGER CONSTRAINT fk_reader_token_id_api_token REFERENCES api_token (id), carrier_id INTEGER CONSTRAINT fk_reader_carrier_id_user_account REFERENCES user_account (id),
  CONSTRAINT pk_reader PRIMARY KEY (id),
  CONSTRAINT uq_reader_name UNIQUE (name)
);
CREATE TABLE status_name (
  id INTEGER NOT NULL,
  name_key TEXT NOT NULL,
  stage VARCHAR(24) NOT NULL,
  CONSTRAINT pk_status_name PRIMARY KEY (id),
  CONSTRAINT uq_status_name_name_key UNIQUE (name_key),
  CONSTRAINT ck_status_name_stage CHECK (stage IN ('requested', 'ordered', 'in_stock', 'in_use', 'in_maintenance', 'missing', 'retired', 'disposed'))
);
CREATE TABLE throttle (
  id INTEGER NOT NULL,
  "key" TEXT NOT NULL,
  window_start DATETIME NOT NULL,
  attempts INTEGER NOT NULL,
  CONSTRAINT pk_throttle PRIMARY KEY (id),
  CONSTRAINT uq_throttle_key_window_start UNIQUE ("key", window_start)
);
CREATE TABLE user_account (
  id INTEGER NOT NULL,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  role VARCHAR(24) NOT NULL,
  password_hash TEXT,
  is_active BOOLEAN NOT NULL,
  created_at DATETIME NOT NULL,
  last_sign_in_at DATETIME,
  CONSTRAINT pk_user_account PRIMARY KEY (id),
  CONSTRAINT uq_user_account_email UNIQUE (email),
  CONSTRAINT ck_user_account_role CHECK (role IN ('technician', 'stockroom', 'auditor', 'approver', 'admin', 'reader', 'viewer'))
);
CREATE TABLE asset_model (
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  model_number TEXT NOT NULL,
  manufacturer TEXT NOT NULL,
  category_id INTEGER,
  CONSTRAINT pk_asset_model PRIMARY KEY (id),
  CONSTRAINT fk_asset_model_category_id_category FOREIGN KEY(category_id) REFERENCES category (id),
  CONSTRAINT uq_asset_model_name_model_number_manufacturer UNIQUE (name, model_number, manufacturer)
);
CREATE TABLE import_row (
  id INTEGER NOT NULL,
  run_id INTEGER NOT NULL,
  row_number INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  label TEXT NOT NULL,
  detail JSON NOT NULL,
  CONSTRAINT pk_import_row PRIMARY KEY (id),
  CONSTRAINT ck_import_row_verdict_known CHECK (verdict IN ('created', 'changed', 'left', 'refused')),
  CONSTRAINT fk_import_row_run_id_import_run FOREIGN KEY(run_id) REFERENCES import_run (id) ON DELETE CASCADE,
  CONSTRAINT uq_import_row_run_id_row_number UNIQUE (run_id, row_number)
);
CREATE TABLE one_time_link (
  id INTEGER NOT NULL,
  token_hash TEXT NOT NULL,
  purpose TEXT NOT NULL,
  user_id INTEGER,
  created_at DATETIME NOT NULL,
  expires_at DATETIME NOT NULL,
  used_at DATETIME,
  CONSTRAINT pk_one_time_link PRIMARY KEY (id),
  CONSTRAINT ck_one_time_link_purpose_known CHECK (purpose IN ('first_admin', 'password')),
  CONSTRAINT fk_one_time_link_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id) ON DELETE CASCADE,
  CONSTRAINT uq_one_time_link_token_hash UNIQUE (token_hash)
);
CREATE TABLE read_point (
  id INTEGER NOT NULL,
  reader_id INTEGER NOT NULL,
  antenna INTEGER NOT NULL,
  location_id INTEGER,
  intent VARCHAR(24) NOT NULL,
  audit_id INTEGER,
  rssi_floor INTEGER,
  CONSTRAINT pk_read_point PRIMARY KEY (id),
  CONSTRAINT fk_read_point_audit_id_audit FOREIGN KEY(audit_id) REFERENCES audit (id),
  CONSTRAINT fk_read_point_location_id_location FOREIGN KEY(location_id) REFERENCES location (id),
  CONSTRAINT fk_read_point_reader_id_reader FOREIGN KEY(reader_id) REFERENCES reader (id) ON DELETE CASCADE,
  CONSTRAINT uq_read_point_reader_id_antenna UNIQUE (reader_id, antenna),
  CONSTRAINT ck_read_point_intent CHECK (intent IN ('lookup', 'sighting', 'move', 'check_out', 'check_in', 'void'))
);
CREATE TABLE seal (
  audit_id INTEGER NOT NULL,
  report TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  signature TEXT NOT NULL,
  key_id TEXT NOT NULL,
  sealed_at DATETIME NOT NULL,
  CONSTRAINT pk_seal PRIMARY KEY (audit_id),
  CONSTRAINT fk_seal_audit_id_audit FOREIGN KEY(audit_id) REFERENCES audit (id) ON DELETE RESTRICT
);
CREATE TABLE sign_in (
  id INTEGER NOT NULL,
  token_hash TEXT NOT NULL,
  user_id INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  seen_at DATETIME NOT NULL,
  user_agent TEXT NOT NULL,
  address TEXT NOT NULL,
  place_id INTEGER,
  custodian_id INTEGER,
  CONSTRAINT pk_sign_in PRIMARY KEY (id),
  CONSTRAINT fk_sign_in_custodian_id_person FOREIGN KEY(custodian_id) REFERENCES person (id) ON DELETE SET NULL,
  CONSTRAINT fk_sign_in_place_id_location FOREIGN KEY(place_id) REFERENCES location (id) ON DELETE SET NULL,
  CONSTRAINT fk_sign_in_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id) ON DELETE CASCADE,
  CONSTRAINT uq_sign_in_token_hash UNIQUE (token_hash)
);
CREATE TABLE asset (
  id INTEGER NOT NULL,
  asset_tag TEXT NOT NULL,
  tag_key TEXT NOT NULL,
  name TEXT NOT NULL,
  serial_number TEXT,
  model_id INTEGER,
  category_id INTEGER,
  status VARCHAR(24) NOT NULL,
  location_id INTEGER,
  home_location_id INTEGER,
  custodian_id INTEGER,
  due_at DATETIME,
  condition TEXT,
  state_at DATETIME NOT NULL,
  last_seen_at DATETIME,
  last_seen_location_id INTEGER,
  purchase_date DATE,
  purchase_cost_cents BIGINT,
  currency TEXT,
  supplier TEXT,
  order_number TEXT,
  warranty_months INTEGER,
  eol_date DATE,
  notes TEXT,
  custom JSON NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  CONSTRAINT pk_asset PRIMARY KEY (id),
  CONSTRAINT ck_asset_condition_known CHECK (condition IS NULL OR condition IN ('good', 'damaged', 'unreadable_label')),
  CONSTRAINT fk_asset_category_id_category FOREIGN KEY(category_id) REFERENCES category (id),
  CONSTRAINT fk_asset_custodian_id_person FOREIGN KEY(custodian_id) REFERENCES person (id),
  CONSTRAINT fk_asset_home_location_id_location FOREIGN KEY(home_location_id) REFERENCES location (id),
  CONSTRAINT fk_asset_last_seen_location_id_location FOREIGN KEY(last_seen_location_id) REFERENCES location (id),
  CONSTRAINT fk_asset_location_id_location FOREIGN KEY(location_id) REFERENCES location (id),
  CONSTRAINT fk_asset_model_id_asset_model FOREIGN KEY(model_id) REFERENCES asset_model (id),
  CONSTRAINT uq_asset_asset_tag UNIQUE (asset_tag),
  CONSTRAINT uq_asset_tag_key UNIQUE (tag_key),
  CONSTRAINT ck_asset_status CHECK (status IN ('requested', 'ordered', 'in_stock', 'in_use', 'in_maintenance', 'missing', 'retired', 'disposed'))
);
CREATE TABLE custody (
  id INTEGER NOT NULL,
  asset_id INTEGER NOT NULL,
  person_id INTEGER NOT NULL,
  started_at DATETIME NOT NULL,
  ended_at DATETIME,
  due_at DATETIME,
  CONSTRAINT pk_custody PRIMARY KEY (id),
  CONSTRAINT ck_custody_ends_after_start CHECK (ended_at IS NULL OR ended_at >= started_at),
  CONSTRAINT fk_custody_asset_id_asset FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
  CONSTRAINT fk_custody_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
);
CREATE TABLE finding (
  id INTEGER NOT NULL,
  audit_id INTEGER NOT NULL,
  asset_id INTEGER,
  code_key TEXT,
  code TEXT,
  is_expected BOOLEAN NOT NULL,
  state VARCHAR(24) NOT NULL,
  flags JSON NOT NULL,
  recorded_location_id INTEGER,
  recorded_custodian_id INTEGER,
  recorded_status TEXT,
  value_cents BIGINT,
  seen_at DATETIME,
  seen_location_id INTEGER,
  seen_person_id INTEGER,
  sightings INTEGER NOT NULL,
  proposal VARCHAR(24),
  proposal_fields JSON NOT NULL,
  decision VARCHAR(24),
  reason TEXT,
  decided_by TEXT,
  decided_at DATETIME,
  CONSTRAINT pk_finding PRIMARY KEY (id),
  CONSTRAINT ck_finding_unregistered_has_no_asset CHECK ((state = 'unregistered') = (asset_id IS NULL)),
  CONSTRAINT ck_finding_missing_was_expected CHECK (state <> 'missing' OR is_expected),
  CONSTRAINT ck_finding_asset_or_code CHECK ((asset_id IS NULL) = (code_key IS NOT NULL)),
  CONSTRAINT fk_finding_asset_id_asset FOREIGN KEY(asset_id) REFERENCES asset (id),
  CONSTRAINT fk_finding_audit_id_audit FOREIGN KEY(audit_id) REFERENCES audit (id) ON DELETE CASCADE,
  CONSTRAINT fk_finding_recorded_custodian_id_person FOREIGN KEY(recorded_custodian_id) REFERENCES person (id),
  CONSTRAINT fk_finding_recorded_location_id_location FOREIGN KEY(recorded_location_id) REFERENCES location (id),
  CONSTRAINT fk_finding_seen_location_id_location FOREIGN KEY(seen_location_id) REFERENCES location (id),
  CONSTRAINT fk_finding_seen_person_id_person FOREIGN KEY(seen_person_id) REFERENCES person (id),
  CONSTRAINT uq_finding_audit_id_asset_id UNIQUE (audit_id, asset_id),
  CONSTRAINT ck_finding_state CHECK (state IN ('verified', 'misplaced', 'missing', 'unexpected', 'unregistered')),
  CONSTRAINT ck_finding_proposal CHECK (proposal IN ('move', 'mark_missing', 'reassign', 'reinstate', 'register')),
  CONSTRAINT ck_finding_decision CHECK (decision IN ('accept', 'reject'))
);
CREATE TABLE identifier (
  id INTEGER NOT NULL,
  scheme TEXT NOT NULL,
  value TEXT NOT NULL,
  asset_id INTEGER,
  location_id INTEGER,
  person_id INTEGER,
  started_at DATETIME NOT NULL,
  ended_at DATETIME,
  CONSTRAINT pk_identifier PRIMARY KEY (id),
  CONSTRAINT ck_identifier_means_one_thing CHECK ((CASE WHEN asset_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN location_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN person_id IS NULL THEN 0 ELSE 1 END) = 1),
  CONSTRAINT fk_identifier_asset_id_asset FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
  CONSTRAINT fk_identifier_location_id_location FOREIGN KEY(location_id) REFERENCES location (id) ON DELETE CASCADE,
  CONSTRAINT fk_identifier_person_id_person FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE CASCADE
);
CREATE TABLE placement (
  id INTEGER NOT NULL,
  asset_id INTEGER NOT NULL,
  location_id INTEGER NOT NULL,
  started_at DATETIME NOT NULL,
  ended_at DATETIME,
  CONSTRAINT pk_placement PRIMARY KEY (id),
  CONSTRAINT ck_placement_ends_after_start CHECK (ended_at IS NULL OR ended_at >= started_at),
  CONSTRAINT fk_placement_asset_id_asset FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
  CONSTRAINT fk_placement_location_id_location FOREIGN KEY(location_id) REFERENCES location (id)
);
CREATE TABLE register_change (
  id INTEGER NOT NULL,
  asset_id INTEGER NOT NULL,
  at DATETIME NOT NULL,
  kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  audit_id INTEGER,
  changes JSON NOT NULL,
  sets_status VARCHAR(24),
  sets_location BOOLEAN NOT NULL,
  location_id INTEGER,
  sets_custodian BOOLEAN NOT NULL,
  custodian_id INTEGER,
  CONSTRAINT pk_register_change PRIMARY KEY (id),
  CONSTRAINT ck_register_change_kind_known CHECK (kind IN ('created', 'edited', 'imported', 'audited')),
  CONSTRAINT fk_register_change_asset_id_asset FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
  CONSTRAINT fk_register_change_custodian_id_person FOREIGN KEY(custodian_id) REFERENCES person (id),
  CONSTRAINT fk_register_change_location_id_location FOREIGN KEY(location_id) REFERENCES location (id),
  CONSTRAINT ck_register_change_sets_status CHECK (sets_status IN ('requested', 'ordered', 'in_stock', 'in_use', 'in_maintenance', 'missing', 'retired', 'disposed'))
);
CREATE TABLE scan (
  id INTEGER NOT NULL,
  scan_id CHAR(32) NOT NULL,
  fingerprint TEXT NOT NULL,
  code TEXT NOT NULL,
  code_key TEXT NOT NULL,
  symbology TEXT,
  source TEXT,
  intent VARCHAR(24) NOT NULL,
  scanned_at DATETIME NOT NULL,
  recorded_at DATETIME NOT NULL,
  effective_at DATETIME NOT NULL,
  is_clock_suspect BOOLEAN NOT NULL,
  asset_id INTEGER,
  location_id INTEGER,
  person_id INTEGER,
  audit_id INTEGER,
  voids CHAR(32),
  due_at DATETIME,
  condition TEXT,
  note TEXT,
  device TEXT,
  actor TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  may_void_any BOOLEAN NOT NULL,
  outcome VARCHAR(24) NOT NULL,
  refusal TEXT,
  answer TEXT NOT NULL,
  CONSTRAINT pk_scan PRIMARY KEY (id),
  CONSTRAINT ck_scan_void_names_its_scan CHECK ((intent = 'void') = (voids IS NOT NULL)),
  CONSTRAINT ck_scan_refused_says_why CHECK ((outcome = 'refused') = (refusal IS NOT NULL)),
  CONSTRAINT fk_scan_asset_id_asset FOREIGN KEY(asset_id) REFERENCES asset (id),
  CONSTRAINT fk_scan_audit_id_audit FOREIGN KEY(audit_id) REFERENCES audit (id),
  CONSTRAINT fk_scan_location_id_location FOREIGN KEY(location_id) REFERENCES location (id),
  CONSTRAINT fk_scan_person_id_person FOREIGN KEY(person_id) REFERENCES person (id),
  CONSTRAINT uq_scan_scan_id UNIQUE (scan_id),
  CONSTRAINT ck_scan_intent CHECK (intent IN ('lookup', 'sighting', 'move', 'check_out', 'check_in', 'void')),
  CONSTRAINT ck_scan_outcome CHECK (outcome IN ('applied', 'noted', 'refused', 'unregistered', 'ambiguous'))
);
CREATE TABLE tag_watch (
  id INTEGER NOT NULL,
  asset_id INTEGER NOT NULL,
  codes JSON NOT NULL,
  signals JSON NOT NULL,
  started_at DATETIME NOT NULL,
  expires_at DATETIME NOT NULL,
  CONSTRAINT pk_tag_watch PRIMARY KEY (id),
  CONSTRAINT fk_tag_watch_asset_id_asset FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
  CONSTRAINT uq_tag_watch_asset_id UNIQUE (asset_id)
);
CREATE TABLE shelf_shot (
  id CHAR(32) NOT NULL,
  upload_sha256 TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  picture BLOB NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  symbols JSON NOT NULL,
  taken_at DATETIME NOT NULL,
  actor TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  audit_id INTEGER,
  location_id INTEGER,
  recorded_at DATETIME,
  CONSTRAINT pk_shelf_shot PRIMARY KEY (id),
  CONSTRAINT ck_shelf_shot_ck_shelf_shot_has_a_size CHECK (width > 0 AND height > 0),
  CONSTRAINT fk_shelf_shot_audit_id_audit FOREIGN KEY(audit_id) REFERENCES audit (id),
  CONSTRAINT fk_shelf_shot_location_id_location FOREIGN KEY(location_id) REFERENCES location (id)
);
CREATE TABLE scan_picture (
  scan_id CHAR(32) NOT NULL,
  shot_id CHAR(32) NOT NULL,
  CONSTRAINT pk_scan_picture PRIMARY KEY (scan_id),
  CONSTRAINT fk_scan_picture_scan_id_scan FOREIGN KEY(scan_id) REFERENCES scan (scan_id),
  CONSTRAINT fk_scan_picture_shot_id_shelf_shot FOREIGN KEY(shot_id) REFERENCES shelf_shot (id)
);
INSERT INTO alembic_version (version_num) VALUES ('0006');
INSERT INTO api_token (id, name, role, prefix, token_hash, created_at, created_by, expires_at, last_used_at, revoked_at) VALUES (2, 'dock', 'reader', 'abcdefgh', 'h', '2026-03-02 09:00:00.000000', 'Ana', NULL, NULL, NULL);
INSERT INTO audit (id, name, state, scope, is_blind, due_on, created_at, created_by, counting_started_at, counting_ended_at, closed_at, closed_by, revises_id) VALUES (14, 'Spring', 'reconciling', '{}', 0, NULL, '2026-03-02 09:00:00.000000', 'Ana', '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000', NULL, NULL, NULL);
INSERT INTO audit (id, name, state, scope, is_blind, due_on, created_at, created_by, counting_started_at, counting_ended_at, closed_at, closed_by, revises_id) VALUES (16, 'Winter', 'closed', '{}', 1, NULL, '2026-03-02 09:00:00.000000', 'Ana', NULL, NULL, '2026-03-02 09:00:00.000000', 'Ana', NULL);
INSERT INTO category (id, name) VALUES (3, 'Laptops');
INSERT INTO import_run (id, kind, filename, file_sha256, state, mapping, headers, rows_total, rows_done, created_count, changed_count, left_count, refused_count, error, created_at, created_by, applied_at, lease_until) VALUES (71, 'assets', 'it.csv', 'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff', 'applied', '{"Tag": "asset_tag"}', '{"headers": ["Tag"], "actor": "user:1"}', 1, 1, 1, 0, 0, 0, NULL, '2026-03-02 09:00:00.000000', 'Ana', '2026-03-02 09:00:00.000000', NULL);
INSERT INTO location (id, code, code_key, name, kind, parent_id, path, full_name, is_active, created_at, updated_at) VALUES (11, 'R-1', 'R-1', 'Room', 'room', NULL, '/11/', 'Room', 1, '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000');
INSERT INTO person (id, number, name, email, username, department, is_active, search, created_at, updated_at) VALUES (12, '1001', 'Ana', NULL, NULL, NULL, 1, 'ana', '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000');
INSERT INTO reader (id, name, kind, is_active, silent_after_seconds, created_at, last_heartbeat_at, last_read_at, heartbeat, clock_offset, token_id, carrier_id) VALUES (61, 'dock-door-1', 'rfid', 1, 600, '2026-03-02 09:00:00.000000', NULL, NULL, '{}', NULL, NULL, NULL);
INSERT INTO status_name (id, name_key, stage) VALUES (1, 'ready to deploy', 'in_stock');
INSERT INTO status_name (id, name_key, stage) VALUES (2, 'rtd', 'in_stock');
INSERT INTO status_name (id, name_key, stage) VALUES (3, 'deployable', 'in_stock');
INSERT INTO status_name (id, name_key, stage) VALUES (4, 'available', 'in_stock');
INSERT INTO status_name (id, name_key, stage) VALUES (5, 'deployed', 'in_use');
INSERT INTO status_name (id, name_key, stage) VALUES (6, 'in use', 'in_use');
INSERT INTO status_name (id, name_key, stage) VALUES (7, 'pending', 'ordered');
INSERT INTO status_name (id, name_key, stage) VALUES (8, 'requested', 'requested');
INSERT INTO status_name (id, name_key, stage) VALUES (9, 'on order', 'ordered');
INSERT INTO status_name (id, name_key, stage) VALUES (10, 'out for diagnostics', 'in_maintenance');
INSERT INTO status_name (id, name_key, stage) VALUES (11, 'out for repair', 'in_maintenance');
INSERT INTO status_name (id, name_key, stage) VALUES (12, 'undeployable', 'in_maintenance');
INSERT INTO status_name (id, name_key, stage) VALUES (13, 'broken', 'in_maintenance');
INSERT INTO status_name (id, name_key, stage) VALUES (14, 'broken - not fixable', 'retired');
INSERT INTO status_name (id, name_key, stage) VALUES (15, 'lost/stolen', 'missing');
INSERT INTO status_name (id, name_key, stage) VALUES (16, 'lost', 'missing');
INSERT INTO status_name (id, name_key, stage) VALUES (17, 'stolen', 'missing');
INSERT INTO status_name (id, name_key, stage) VALUES (18, 'archived', 'retired');
INSERT INTO user_account (id, email, name, role, password_hash, is_active, created_at, last_sign_in_at) VALUES (1, 'ana@example.org', 'Ana', 'admin', 'x', 1, '2026-03-02 09:00:00.000000', NULL);
INSERT INTO import_row (id, run_id, row_number, verdict, label, detail) VALUES (72, 71, 1, 'created', 'LT-1', '{"tag": "LT-1"}');
INSERT INTO read_point (id, reader_id, antenna, location_id, intent, audit_id, rssi_floor) VALUES (62, 61, 1, 11, 'sighting', NULL, NULL);
INSERT INTO seal (audit_id, report, sha256, signature, key_id, sealed_at) VALUES (14, '{}', '0000000000000000000000000000000000000000000000000000000000000000', 's', 'k', '2026-03-02 09:00:00.000000');
INSERT INTO seal (audit_id, report, sha256, signature, key_id, sealed_at) VALUES (16, '{}', '1111111111111111111111111111111111111111111111111111111111111111', 's', 'k', '2026-03-02 09:00:00.000000');
INSERT INTO asset (id, asset_tag, tag_key, name, serial_number, model_id, category_id, status, location_id, home_location_id, custodian_id, due_at, condition, state_at, last_seen_at, last_seen_location_id, purchase_date, purchase_cost_cents, currency, supplier, order_number, warranty_months, eol_date, notes, custom, created_at, updated_at) VALUES (13, 'LT-1', 'LT-1', 'Zebra Laptop', 'SN-1', NULL, 3, 'in_use', 11, 11, 12, NULL, NULL, '2026-03-02 09:00:00.000000', NULL, NULL, NULL, 123450, NULL, NULL, NULL, NULL, NULL, NULL, '{"CPU": "i7"}', '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000');
INSERT INTO custody (id, asset_id, person_id, started_at, ended_at, due_at) VALUES (31, 13, 12, '2026-03-02 09:00:00.000000', NULL, NULL);
INSERT INTO finding (id, audit_id, asset_id, code_key, code, is_expected, state, flags, recorded_location_id, recorded_custodian_id, recorded_status, value_cents, seen_at, seen_location_id, seen_person_id, sightings, proposal, proposal_fields, decision, reason, decided_by, decided_at) VALUES (51, 14, 13, NULL, NULL, 1, 'verified', '[]', 11, NULL, 'in_use', 123450, '2026-03-02 09:00:00.000000', 11, NULL, 1, NULL, '{}', NULL, NULL, NULL, NULL);
INSERT INTO finding (id, audit_id, asset_id, code_key, code, is_expected, state, flags, recorded_location_id, recorded_custodian_id, recorded_status, value_cents, seen_at, seen_location_id, seen_person_id, sightings, proposal, proposal_fields, decision, reason, decided_by, decided_at) VALUES (52, 14, NULL, 'X-9', 'x-9', 0, 'unregistered', '[]', NULL, NULL, NULL, NULL, '2026-03-02 09:00:00.000000', NULL, NULL, 1, 'register', '{"asset_tag": "X-9"}', 'reject', 'A visitor''s.', 'Ana', '2026-03-02 09:00:00.000000');
INSERT INTO identifier (id, scheme, value, asset_id, location_id, person_id, started_at, ended_at) VALUES (21, 'tag', 'LT-1', 13, NULL, NULL, '2026-03-02 09:00:00.000000', NULL);
INSERT INTO identifier (id, scheme, value, asset_id, location_id, person_id, started_at, ended_at) VALUES (22, 'location_code', 'R-1', NULL, 11, NULL, '2026-03-02 09:00:00.000000', NULL);
INSERT INTO identifier (id, scheme, value, asset_id, location_id, person_id, started_at, ended_at) VALUES (23, 'person_number', '1001', NULL, NULL, 12, '2026-03-02 09:00:00.000000', NULL);
INSERT INTO placement (id, asset_id, location_id, started_at, ended_at) VALUES (32, 13, 11, '2026-03-02 09:00:00.000000', NULL);
INSERT INTO register_change (id, asset_id, at, kind, actor, audit_id, changes, sets_status, sets_location, location_id, sets_custodian, custodian_id) VALUES (33, 13, '2026-03-02 09:00:00.000000', 'created', 'user:1', NULL, '{"name": [null, "Zebra Laptop"]}', 'in_use', 1, 11, 1, 12);
INSERT INTO scan (id, scan_id, fingerprint, code, code_key, symbology, source, intent, scanned_at, recorded_at, effective_at, is_clock_suspect, asset_id, location_id, person_id, audit_id, voids, due_at, condition, note, device, actor, actor_name, may_void_any, outcome, refusal, answer) VALUES (41, '0000000000000000000000000000000f', 'f', 'LT-1', 'LT-1', NULL, NULL, 'sighting', '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000', 0, 13, 11, NULL, 14, NULL, NULL, NULL, NULL, NULL, 'user:1', 'Ana', 0, 'noted', NULL, '{}');
INSERT INTO scan (id, scan_id, fingerprint, code, code_key, symbology, source, intent, scanned_at, recorded_at, effective_at, is_clock_suspect, asset_id, location_id, person_id, audit_id, voids, due_at, condition, note, device, actor, actor_name, may_void_any, outcome, refusal, answer) VALUES (42, '0000000000000000000000000000002a', 'f', 'LT-1', 'LT-1', 'rfid', 'rfid', 'sighting', '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000', 0, 13, 11, NULL, NULL, NULL, NULL, NULL, 'antenna 1 rssi -50 count 3, arrived', 'dock-door-1', 'token:2', 'dock', 0, 'noted', NULL, '{}');
INSERT INTO scan (id, scan_id, fingerprint, code, code_key, symbology, source, intent, scanned_at, recorded_at, effective_at, is_clock_suspect, asset_id, location_id, person_id, audit_id, voids, due_at, condition, note, device, actor, actor_name, may_void_any, outcome, refusal, answer) VALUES (43, '0000000000000000000000000000002b', 'f', 'LT-1', 'LT-1', 'rfid', 'rfid', 'lookup', '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000', 0, 13, NULL, NULL, NULL, NULL, NULL, NULL, 'antenna 1 rssi -80 count 1, glimpsed · faint, near R-1 · clock 90 s ahead', 'dock-door-1', 'token:2', 'dock', 0, 'noted', NULL, '{}');
INSERT INTO scan (id, scan_id, fingerprint, code, code_key, symbology, source, intent, scanned_at, recorded_at, effective_at, is_clock_suspect, asset_id, location_id, person_id, audit_id, voids, due_at, condition, note, device, actor, actor_name, may_void_any, outcome, refusal, answer) VALUES (44, '0000000000000000000000000000002c', 'f', 'LT-1', 'LT-1', 'rfid', 'rfid', 'sighting', '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000', 0, 13, 11, NULL, NULL, NULL, NULL, NULL, 'antenna 1 count 7, departed · and 12 more in that second, best rssi -48', 'dock-door-1', 'token:2', 'dock', 0, 'noted', NULL, '{}');
INSERT INTO scan (id, scan_id, fingerprint, code, code_key, symbology, source, intent, scanned_at, recorded_at, effective_at, is_clock_suspect, asset_id, location_id, person_id, audit_id, voids, due_at, condition, note, device, actor, actor_name, may_void_any, outcome, refusal, answer) VALUES (45, '0000000000000000000000000000002d', 'f', 'LT-1', 'LT-1', NULL, 'manual', 'lookup', '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000', 0, 13, 11, NULL, NULL, NULL, NULL, NULL, 'pencil on the lid · faint, but legible', NULL, 'user:1', 'Ana', 0, 'noted', NULL, '{}');
INSERT INTO scan (id, scan_id, fingerprint, code, code_key, symbology, source, intent, scanned_at, recorded_at, effective_at, is_clock_suspect, asset_id, location_id, person_id, audit_id, voids, due_at, condition, note, device, actor, actor_name, may_void_any, outcome, refusal, answer) VALUES (46, '0000000000000000000000000000002e', 'f', 'LT-1', 'LT-1', NULL, 'rfid', 'lookup', '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000', 0, 13, 11, NULL, NULL, NULL, NULL, NULL, 'heard at the dock · faint', NULL, 'user:1', 'Ana', 0, 'noted', NULL, '{}');
INSERT INTO scan (id, scan_id, fingerprint, code, code_key, symbology, source, intent, scanned_at, recorded_at, effective_at, is_clock_suspect, asset_id, location_id, person_id, audit_id, voids, due_at, condition, note, device, actor, actor_name, may_void_any, outcome, refusal, answer) VALUES (47, '0000000000000000000000000000002f', 'f', 'LT-1', 'LT-1', NULL, NULL, 'void', '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000', 0, 13, 11, NULL, NULL, '0000000000000000000000000000002d', NULL, NULL, NULL, NULL, 'user:1', 'Ana', 0, 'refused', 'nothing_to_void', '{}');
INSERT INTO tag_watch (id, asset_id, codes, signals, started_at, expires_at) VALUES (73, 13, '["LT-1"]', '[]', '2026-03-02 09:00:00.000000', '2026-03-02 09:00:00.000000');
INSERT INTO shelf_shot (id, upload_sha256, sha256, picture, width, height, symbols, taken_at, actor, actor_name, audit_id, location_id, recorded_at) VALUES ('00000000000000000000000000000051', 'a', 'b', X'FFD8', 4, 3, '[]', '2026-03-02 09:00:00.000000', 'user:1', 'Ana', 14, 11, '2026-03-02 09:00:00.000000');
INSERT INTO scan_picture (scan_id, shot_id) VALUES ('0000000000000000000000000000000f', '00000000000000000000000000000051');
CREATE VIRTUAL TABLE asset_search USING fts5 (asset_tag, name, serial_number, content='asset', content_rowid='id', tokenize='trigram');
INSERT INTO asset_search (asset_search) VALUES ('rebuild');
CREATE VIRTUAL TABLE asset_model_search USING fts5 (name, model_number, manufacturer, content='asset_model', content_rowid='id', tokenize='trigram');
INSERT INTO asset_model_search (asset_model_search) VALUES ('rebuild');
CREATE VIRTUAL TABLE location_search USING fts5 (code, full_name, content='location', content_rowid='id', tokenize='trigram');
INSERT INTO location_search (location_search) VALUES ('rebuild');
CREATE VIRTUAL TABLE person_search USING fts5 (number, name, email, username, department, content='person', content_rowid='id', tokenize='trigram');
INSERT INTO person_search (person_search) VALUES ('rebuild');
CREATE INDEX ix_audit_state ON audit (state);
CREATE INDEX ix_location_parent_id ON location (parent_id);
CREATE INDEX ix_location_path ON location (path);
CREATE INDEX ix_person_name ON person (name);
CREATE INDEX ix_import_row_run_id_verdict ON import_row (run_id, verdict, row_number);
CREATE INDEX ix_sign_in_user_id ON sign_in (user_id);
CREATE INDEX ix_asset_category_id ON asset (category_id);
CREATE INDEX ix_asset_custodian_id ON asset (custodian_id);
CREATE INDEX ix_asset_home_location_id ON asset (home_location_id);
CREATE INDEX ix_asset_location_id ON asset (location_id);
CREATE INDEX ix_asset_model_id ON asset (model_id);
CREATE INDEX ix_asset_status ON asset (status);
CREATE INDEX ix_custody_asset_id ON custody (asset_id);
CREATE INDEX ix_custody_person_id ON custody (person_id);
CREATE UNIQUE INDEX uq_custody_one_open ON custody (asset_id) WHERE ended_at IS NULL;
CREATE INDEX ix_finding_asset_id ON finding (asset_id);
CREATE INDEX ix_finding_audit_id_recorded_location_id ON finding (audit_id, recorded_location_id);
CREATE INDEX ix_finding_audit_id_state ON finding (audit_id, state);
CREATE UNIQUE INDEX uq_finding_unregistered ON finding (audit_id, code_key) WHERE asset_id IS NULL;
CREATE INDEX ix_identifier_asset_id ON identifier (asset_id);
CREATE INDEX ix_identifier_location_id ON identifier (location_id);
CREATE INDEX ix_identifier_person_id ON identifier (person_id);
CREATE INDEX ix_identifier_value ON identifier (value);
CREATE UNIQUE INDEX uq_identifier_scheme_value ON identifier (scheme, value) WHERE ended_at IS NULL AND scheme <> 'serial';
CREATE INDEX ix_placement_asset_id ON placement (asset_id);
CREATE INDEX ix_placement_location_id ON placement (location_id);
CREATE UNIQUE INDEX uq_placement_one_open ON placement (asset_id) WHERE ended_at IS NULL;
CREATE INDEX ix_register_change_asset_id ON register_change (asset_id);
CREATE INDEX ix_scan_asset_id ON scan (asset_id, effective_at);
CREATE INDEX ix_scan_recorded_at ON scan (recorded_at);
CREATE INDEX ix_scan_places ON scan (effective_at) WHERE asset_id IS NULL AND location_id IS NOT NULL AND outcome = 'noted';
CREATE INDEX ix_shelf_shot_actor ON shelf_shot (actor, recorded_at);
CREATE INDEX ix_scan_picture_shot_id ON scan_picture (shot_id);
CREATE INDEX ix_scan_voids ON scan (voids) WHERE voids IS NOT NULL;
CREATE INDEX ix_scan_audit_id ON scan (audit_id, asset_id) WHERE audit_id IS NOT NULL;
CREATE TRIGGER scan_no_update BEFORE UPDATE ON scan BEGIN SELECT RAISE(ABORT, 'the scan log is append-only'); END;
CREATE TRIGGER scan_no_delete BEFORE DELETE ON scan BEGIN SELECT RAISE(ABORT, 'the scan log is append-only'); END;
CREATE TRIGGER seal_no_update BEFORE UPDATE ON seal BEGIN SELECT RAISE(ABORT, 'a seal cannot be changed'); END;
CREATE TRIGGER seal_no_delete BEFORE DELETE ON seal BEGIN SELECT RAISE(ABORT, 'a seal cannot be changed'); END;
CREATE TRIGGER audit_closed_no_update BEFORE UPDATE ON audit WHEN OLD.state = 'closed' BEGIN SELECT RAISE(ABORT, 'a closed audit cannot be changed'); END;
CREATE TRIGGER audit_closed_no_delete BEFORE DELETE ON audit WHEN OLD.state = 'closed' BEGIN SELECT RAISE(ABORT, 'a closed audit cannot be changed'); END;
CREATE TRIGGER finding_closed_no_insert BEFORE INSERT ON finding WHEN (SELECT state FROM audit WHERE id = NEW.audit_id) = 'closed' BEGIN SELECT RAISE(ABORT, 'a finding of a closed audit cannot be changed'); END;
CREATE TRIGGER finding_closed_no_update BEFORE UPDATE ON finding WHEN (SELECT state FROM audit WHERE id = OLD.audit_id) = 'closed' BEGIN SELECT RAISE(ABORT, 'a finding of a closed audit cannot be changed'); END;
CREATE TRIGGER finding_closed_no_delete BEFORE DELETE ON finding WHEN (SELECT state FROM audit WHERE id = OLD.audit_id) = 'closed' BEGIN SELECT RAISE(ABORT, 'a finding of a closed audit cannot be changed'); END;
CREATE TRIGGER asset_search_insert AFTER INSERT ON asset BEGIN INSERT INTO asset_search (rowid, asset_tag, name, serial_number) VALUES (new.id, new.asset_tag, new.name, new.serial_number); END;
CREATE TRIGGER asset_search_delete AFTER DELETE ON asset BEGIN INSERT INTO asset_search (asset_search, rowid, asset_tag, name, serial_number) VALUES ('delete', old.id, old.asset_tag, old.name, old.serial_number); END;
CREATE TRIGGER asset_search_update AFTER UPDATE OF asset_tag, name, serial_number ON asset BEGIN INSERT INTO asset_search (asset_search, rowid, asset_tag, name, serial_number) VALUES ('delete', old.id, old.asset_tag, old.name, old.serial_number);INSERT INTO asset_search (rowid, asset_tag, name, serial_number) VALUES (new.id, new.asset_tag, new.name, new.serial_number); END;
CREATE TRIGGER asset_model_search_insert AFTER INSERT ON asset_model BEGIN INSERT INTO asset_model_search (rowid, name, model_number, manufacturer) VALUES (new.id, new.name, new.model_number, new.manufacturer); END;
CREATE TRIGGER asset_model_search_delete AFTER DELETE ON asset_model BEGIN INSERT INTO asset_model_search (asset_model_search, rowid, name, model_number, manufacturer) VALUES ('delete', old.id, old.name, old.model_number, old.manufacturer); END;
CREATE TRIGGER asset_model_search_update AFTER UPDATE OF name, model_number, manufacturer ON asset_model BEGIN INSERT INTO asset_model_search (asset_model_search, rowid, name, model_number, manufacturer) VALUES ('delete', old.id, old.name, old.model_number, old.manufacturer);INSERT INTO asset_model_search (rowid, name, model_number, manufacturer) VALUES (new.id, new.name, new.model_number, new.manufacturer); END;
CREATE TRIGGER location_search_insert AFTER INSERT ON location BEGIN INSERT INTO location_search (rowid, code, full_name) VALUES (new.id, new.code, new.full_name); END;
CREATE TRIGGER location_search_delete AFTER DELETE ON location BEGIN INSERT INTO location_search (location_search, rowid, code, full_name) VALUES ('delete', old.id, old.code, old.full_name); END;
CREATE TRIGGER location_search_update AFTER UPDATE OF code, full_name ON location BEGIN INSERT INTO location_search (location_search, rowid, code, full_name) VALUES ('delete', old.id, old.code, old.full_name);INSERT INTO location_search (rowid, code, full_name) VALUES (new.id, new.code, new.full_name); END;
CREATE TRIGGER person_search_insert AFTER INSERT ON person BEGIN INSERT INTO person_search (rowid, number, name, email, username, department) VALUES (new.id, new.number, new.name, new.email, new.username, new.department); END;
CREATE TRIGGER person_search_delete AFTER DELETE ON person BEGIN INSERT INTO person_search (person_search, rowid, number, name, email, username, department) VALUES ('delete', old.id, old.number, old.name, old.email, old.username, old.department); END;
CREATE TRIGGER person_search_update AFTER UPDATE OF number, name, email, username, department ON person BEGIN INSERT INTO person_search (person_search, rowid, number, name, email, username, department) VALUES ('delete', old.id, old.number, old.name, old.email, old.username, old.department);INSERT INTO person_search (rowid, number, name, email, username, department) VALUES (new.id, new.number, new.name, new.email, new.username, new.department); END;
CREATE TRIGGER scan_picture_no_update BEFORE UPDATE ON scan_picture BEGIN SELECT RAISE(ABORT, 'a recorded picture is evidence and cannot be changed'); END;
CREATE TRIGGER shelf_shot_recorded_no_update BEFORE UPDATE ON shelf_shot WHEN OLD.recorded_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a recorded picture is evidence and cannot be changed'); END;
CREATE TRIGGER scan_picture_no_delete BEFORE DELETE ON scan_picture BEGIN SELECT RAISE(ABORT, 'a recorded picture is evidence and cannot be changed'); END;
CREATE TRIGGER shelf_shot_recorded_no_delete BEFORE DELETE ON shelf_shot WHEN OLD.recorded_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a recorded picture is evidence and cannot be changed'); END;
