-- The last schema that version 0.1 published (0006), as its migrations made it, with a few rows.
-- Frozen: the upgrade from 0.1 is tested against it. Do not edit.
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE FUNCTION public.asset_search_add() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN INSERT INTO asset_search (asset_id, text) SELECT id, lower(fresh.asset_tag || E'\n' || fresh.name || E'\n' || coalesce(fresh.serial_number, '')) FROM fresh; RETURN NULL; END $$;
CREATE FUNCTION public.asset_search_set() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN UPDATE asset_search SET text = lower(NEW.asset_tag || E'\n' || NEW.name || E'\n' || coalesce(NEW.serial_number, '')) WHERE asset_id = NEW.id; RETURN NULL; END $$;
CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$;
CREATE FUNCTION public.refuse_closed_finding() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            DECLARE the_audit integer := COALESCE(NEW.audit_id, OLD.audit_id);
            BEGIN
              IF (SELECT state FROM audit WHERE id = the_audit) = 'closed' THEN
                RAISE EXCEPTION 'a finding of a closed audit cannot be changed';
              END IF;
              IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
              RETURN NEW;
            END $$;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.api_token (
    id integer NOT NULL,
    name text NOT NULL,
    role character varying(24) NOT NULL,
    prefix text NOT NULL,
    token_hash text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT ck_api_token_role CHECK (((role)::text = ANY ((ARRAY['technician'::character varying, 'stockroom'::character varying, 'auditor'::character varying, 'approver'::character varying, 'admin'::character varying, 'reader'::character varying, 'viewer'::character varying])::text[])))
);
CREATE SEQUENCE public.api_token_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.api_token_id_seq OWNED BY public.api_token.id;
CREATE TABLE public.asset (
    id integer NOT NULL,
    asset_tag text NOT NULL,
    tag_key text NOT NULL,
    name text NOT NULL,
    serial_number text,
    model_id integer,
    category_id integer,
    status character varying(24) NOT NULL,
    location_id integer,
    home_location_id integer,
    custodian_id integer,
    due_at timestamp with time zone,
    condition text,
    state_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone,
    last_seen_location_id integer,
    purchase_date date,
    purchase_cost_cents bigint,
    currency text,
    supplier text,
    order_number text,
    warranty_months integer,
    eol_date date,
    notes text,
    custom jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_asset_condition_known CHECK (((condition IS NULL) OR (condition = ANY (ARRAY['good'::text, 'damaged'::text, 'unreadable_label'::text])))),
    CONSTRAINT ck_asset_status CHECK (((status)::text = ANY ((ARRAY['requested'::character varying, 'ordered'::character varying, 'in_stock'::character varying, 'in_use'::character varying, 'in_maintenance'::character varying, 'missing'::character varying, 'retired'::character varying, 'disposed'::character varying])::text[])))
);
CREATE SEQUENCE public.asset_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.asset_id_seq OWNED BY public.asset.id;
CREATE TABLE public.asset_model (
    id integer NOT NULL,
    name text NOT NULL,
    model_number text NOT NULL,
    manufacturer text NOT NULL,
    category_id integer
);
CREATE SEQUENCE public.asset_model_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.asset_model_id_seq OWNED BY public.asset_model.id;
CREATE TABLE public.asset_search (
    asset_id integer NOT NULL,
    text text NOT NULL
);
CREATE TABLE public.audit (
    id integer NOT NULL,
    name text NOT NULL,
    state character varying(24) NOT NULL,
    scope jsonb NOT NULL,
    is_blind boolean NOT NULL,
    due_on date,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    counting_started_at timestamp with time zone,
    counting_ended_at timestamp with time zone,
    closed_at timestamp with time zone,
    closed_by text,
    revises_id integer,
    CONSTRAINT ck_audit_state CHECK (((state)::text = ANY ((ARRAY['draft'::character varying, 'counting'::character varying, 'reconciling'::character varying, 'closed'::character varying, 'cancelled'::character varying])::text[])))
);
CREATE SEQUENCE public.audit_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_id_seq OWNED BY public.audit.id;
CREATE TABLE public.category (
    id integer NOT NULL,
    name text NOT NULL
);
CREATE SEQUENCE public.category_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.category_id_seq OWNED BY public.category.id;
CREATE TABLE public.custody (
    id integer NOT NULL,
    asset_id integer NOT NULL,
    person_id integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    due_at timestamp with time zone,
    CONSTRAINT ck_custody_ends_after_start CHECK (((ended_at IS NULL) OR (ended_at >= started_at)))
);
CREATE SEQUENCE public.custody_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.custody_id_seq OWNED BY public.custody.id;
CREATE TABLE public.finding (
    id integer NOT NULL,
    audit_id integer NOT NULL,
    asset_id integer,
    code_key text,
    code text,
    is_expected boolean NOT NULL,
    state character varying(24) NOT NULL,
    flags jsonb NOT NULL,
    recorded_location_id integer,
    recorded_custodian_id integer,
    recorded_status text,
    value_cents bigint,
    seen_at timestamp with time zone,
    seen_location_id integer,
    seen_person_id integer,
    sightings integer NOT NULL,
    proposal character varying(24),
    proposal_fields jsonb NOT NULL,
    decision character varying(24),
    reason text,
    decided_by text,
    decided_at timestamp with time zone,
    CONSTRAINT ck_finding_asset_or_code CHECK (((asset_id IS NULL) = (code_key IS NOT NULL))),
    CONSTRAINT ck_finding_decision CHECK (((decision)::text = ANY ((ARRAY['accept'::character varying, 'reject'::character varying])::text[]))),
    CONSTRAINT ck_finding_missing_was_expected CHECK ((((state)::text <> 'missing'::text) OR is_expected)),
    CONSTRAINT ck_finding_proposal CHECK (((proposal)::text = ANY ((ARRAY['move'::character varying, 'mark_missing'::character varying, 'reassign'::character varying, 'reinstate'::character varying, 'register'::character varying])::text[]))),
    CONSTRAINT ck_finding_state CHECK (((state)::text = ANY ((ARRAY['verified'::character varying, 'misplaced'::character varying, 'missing'::character varying, 'unexpected'::character varying, 'unregistered'::character varying])::text[]))),
    CONSTRAINT ck_finding_unregistered_has_no_asset CHECK ((((state)::text = 'unregistered'::text) = (asset_id IS NULL)))
);
CREATE SEQUENCE public.finding_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.finding_id_seq OWNED BY public.finding.id;
CREATE TABLE public.identifier (
    id integer NOT NULL,
    scheme text NOT NULL,
    value text NOT NULL,
    asset_id integer,
    location_id integer,
    person_id integer,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT ck_identifier_means_one_thing CHECK ((((
CASE
    WHEN (asset_id IS NULL) THEN 0
    ELSE 1
END +
CASE
    WHEN (location_id IS NULL) THEN 0
    ELSE 1
END) +
CASE
    WHEN (person_id IS NULL) THEN 0
    ELSE 1
END) = 1))
);
CREATE SEQUENCE public.identifier_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.identifier_id_seq OWNED BY public.identifier.id;
CREATE TABLE public.import_row (
    id integer NOT NULL,
    run_id integer NOT NULL,
    row_number integer NOT NULL,
    verdict text NOT NULL,
    label text NOT NULL,
    detail jsonb NOT NULL,
    CONSTRAINT ck_import_row_verdict_known CHECK ((verdict = ANY (ARRAY['created'::text, 'changed'::text, 'left'::text, 'refused'::text])))
);
CREATE SEQUENCE public.import_row_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.import_row_id_seq OWNED BY public.import_row.id;
CREATE TABLE public.import_run (
    id integer NOT NULL,
    kind text NOT NULL,
    filename text NOT NULL,
    file_sha256 text NOT NULL,
    state text NOT NULL,
    mapping jsonb NOT NULL,
    headers jsonb NOT NULL,
    rows_total integer NOT NULL,
    rows_done integer NOT NULL,
    created_count integer NOT NULL,
    changed_count integer NOT NULL,
    left_count integer NOT NULL,
    refused_count integer NOT NULL,
    error text,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    applied_at timestamp with time zone,
    lease_until timestamp with time zone,
    CONSTRAINT ck_import_run_kind_known CHECK ((kind = ANY (ARRAY['assets'::text, 'locations'::text, 'people'::text]))),
    CONSTRAINT ck_import_run_state_known CHECK ((state = ANY (ARRAY['uploaded'::text, 'checking'::text, 'checked'::text, 'applying'::text, 'applied'::text, 'failed'::text, 'cancelled'::text])))
);
CREATE SEQUENCE public.import_run_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.import_run_id_seq OWNED BY public.import_run.id;
CREATE TABLE public.location (
    id integer NOT NULL,
    code text NOT NULL,
    code_key text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    parent_id integer,
    path text NOT NULL,
    full_name text NOT NULL,
    is_active boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_location_not_its_own_parent CHECK (((parent_id IS NULL) OR (parent_id <> id)))
);
CREATE SEQUENCE public.location_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.location_id_seq OWNED BY public.location.id;
CREATE TABLE public.one_time_link (
    id integer NOT NULL,
    token_hash text NOT NULL,
    purpose text NOT NULL,
    user_id integer,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT ck_one_time_link_purpose_known CHECK ((purpose = ANY (ARRAY['first_admin'::text, 'password'::text])))
);
CREATE SEQUENCE public.one_time_link_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.one_time_link_id_seq OWNED BY public.one_time_link.id;
CREATE TABLE public.person (
    id integer NOT NULL,
    number text,
    name text NOT NULL,
    email text,
    username text,
    department text,
    is_active boolean NOT NULL,
    search text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.person_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.person_id_seq OWNED BY public.person.id;
CREATE TABLE public.placement (
    id integer NOT NULL,
    asset_id integer NOT NULL,
    location_id integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT ck_placement_ends_after_start CHECK (((ended_at IS NULL) OR (ended_at >= started_at)))
);
CREATE SEQUENCE public.placement_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.placement_id_seq OWNED BY public.placement.id;
CREATE TABLE public.read_point (
    id integer NOT NULL,
    reader_id integer NOT NULL,
    antenna integer NOT NULL,
    location_id integer,
    intent character varying(24) NOT NULL,
    audit_id integer,
    rssi_floor integer,
    CONSTRAINT ck_read_point_intent CHECK (((intent)::text = ANY ((ARRAY['lookup'::character varying, 'sighting'::character varying, 'move'::character varying, 'check_out'::character varying, 'check_in'::character varying, 'void'::character varying])::text[])))
);
CREATE SEQUENCE public.read_point_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.read_point_id_seq OWNED BY public.read_point.id;
CREATE TABLE public.reader (
    id integer NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    is_active boolean NOT NULL,
    silent_after_seconds integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_heartbeat_at timestamp with time zone,
    last_read_at timestamp with time zone,
    heartbeat jsonb NOT NULL,
    clock_offset double precision,
    token_id integer,
    carrier_id integer
);
CREATE SEQUENCE public.reader_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.reader_id_seq OWNED BY public.reader.id;
CREATE TABLE public.register_change (
    id integer NOT NULL,
    asset_id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    actor text NOT NULL,
    audit_id integer,
    changes jsonb NOT NULL,
    sets_status character varying(24),
    sets_location boolean NOT NULL,
    location_id integer,
    sets_custodian boolean NOT NULL,
    custodian_id integer,
    CONSTRAINT ck_register_change_kind_known CHECK ((kind = ANY (ARRAY['created'::text, 'edited'::text, 'imported'::text, 'audited'::text]))),
    CONSTRAINT ck_register_change_sets_status CHECK (((sets_status)::text = ANY ((ARRAY['requested'::character varying, 'ordered'::character varying, 'in_stock'::character varying, 'in_use'::character varying, 'in_maintenance'::character varying, 'missing'::character varying, 'retired'::character varying, 'disposed'::character varying])::text[])))
);
CREATE SEQUENCE public.register_change_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.register_change_id_seq OWNED BY public.register_change.id;
CREATE TABLE public.scan (
    id integer NOT NULL,
    scan_id uuid NOT NULL,
    fingerprint text NOT NULL,
    code text NOT NULL,
    code_key text NOT NULL,
    symbology text,
    source text,
    intent character varying(24) NOT NULL,
    scanned_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    is_clock_suspect boolean NOT NULL,
    asset_id integer,
    location_id integer,
    person_id integer,
    audit_id integer,
    voids uuid,
    due_at timestamp with time zone,
    condition text,
    note text,
    device text,
    actor text NOT NULL,
    actor_name text NOT NULL,
    may_void_any boolean NOT NULL,
    outcome character varying(24) NOT NULL,
    refusal text,
    answer text NOT NULL,
    CONSTRAINT ck_scan_intent CHECK (((intent)::text = ANY ((ARRAY['lookup'::character varying, 'sighting'::character varying, 'move'::character varying, 'check_out'::character varying, 'check_in'::character varying, 'void'::character varying])::text[]))),
    CONSTRAINT ck_scan_outcome CHECK (((outcome)::text = ANY ((ARRAY['applied'::character varying, 'noted'::character varying, 'refused'::character varying, 'unregistered'::character varying, 'ambiguous'::character varying])::text[]))),
    CONSTRAINT ck_scan_refused_says_why CHECK ((((outcome)::text = 'refused'::text) = (refusal IS NOT NULL))),
    CONSTRAINT ck_scan_void_names_its_scan CHECK ((((intent)::text = 'void'::text) = (voids IS NOT NULL)))
);
CREATE SEQUENCE public.scan_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.scan_id_seq OWNED BY public.scan.id;
CREATE TABLE public.scan_picture (
    scan_id uuid NOT NULL,
    shot_id uuid NOT NULL
);
CREATE TABLE public.seal (
    audit_id integer NOT NULL,
    report text NOT NULL,
    sha256 text NOT NULL,
    signature text NOT NULL,
    key_id text NOT NULL,
    sealed_at timestamp with time zone NOT NULL
);
CREATE TABLE public.shelf_shot (
    id uuid NOT NULL,
    upload_sha256 text NOT NULL,
    sha256 text NOT NULL,
    picture bytea NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    symbols jsonb NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    actor_name text NOT NULL,
    audit_id integer,
    location_id integer,
    recorded_at timestamp with time zone,
    CONSTRAINT ck_shelf_shot_ck_shelf_shot_has_a_size CHECK (((width > 0) AND (height > 0)))
);
CREATE TABLE public.sign_in (
    id integer NOT NULL,
    token_hash text NOT NULL,
    user_id integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    user_agent text NOT NULL,
    address text NOT NULL,
    place_id integer,
    custodian_id integer
);
CREATE SEQUENCE public.sign_in_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.sign_in_id_seq OWNED BY public.sign_in.id;
CREATE TABLE public.status_name (
    id integer NOT NULL,
    name_key text NOT NULL,
    stage character varying(24) NOT NULL,
    CONSTRAINT ck_status_name_stage CHECK (((stage)::text = ANY ((ARRAY['requested'::character varying, 'ordered'::character varying, 'in_stock'::character varying, 'in_use'::character varying, 'in_maintenance'::character varying, 'missing'::character varying, 'retired'::character varying, 'disposed'::character varying])::text[])))
);
CREATE SEQUENCE public.status_name_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.status_name_id_seq OWNED BY public.status_name.id;
CREATE TABLE public.tag_watch (
    id integer NOT NULL,
    asset_id integer NOT NULL,
    codes jsonb NOT NULL,
    signals jsonb NOT NULL,
    started_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.tag_watch_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.tag_watch_id_seq OWNED BY public.tag_watch.id;
CREATE TABLE public.throttle (
    id integer NOT NULL,
    key text NOT NULL,
    window_start timestamp with time zone NOT NULL,
    attempts integer NOT NULL
);
CREATE SEQUENCE public.throttle_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.throttle_id_seq OWNED BY public.throttle.id;
CREATE TABLE public.user_account (
    id integer NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    role character varying(24) NOT NULL,
    password_hash text,
    is_active boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_sign_in_at timestamp with time zone,
    CONSTRAINT ck_user_account_role CHECK (((role)::text = ANY ((ARRAY['technician'::character varying, 'stockroom'::character varying, 'auditor'::character varying, 'approver'::character varying, 'admin'::character varying, 'reader'::character varying, 'viewer'::character varying])::text[])))
);
CREATE SEQUENCE public.user_account_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.user_account_id_seq OWNED BY public.user_account.id;
ALTER TABLE ONLY public.api_token ALTER COLUMN id SET DEFAULT nextval('public.api_token_id_seq'::regclass);
ALTER TABLE ONLY public.asset ALTER COLUMN id SET DEFAULT nextval('public.asset_id_seq'::regclass);
ALTER TABLE ONLY public.asset_model ALTER COLUMN id SET DEFAULT nextval('public.asset_model_id_seq'::regclass);
ALTER TABLE ONLY public.audit ALTER COLUMN id SET DEFAULT nextval('public.audit_id_seq'::regclass);
ALTER TABLE ONLY public.category ALTER COLUMN id SET DEFAULT nextval('public.category_id_seq'::regclass);
ALTER TABLE ONLY public.custody ALTER COLUMN id SET DEFAULT nextval('public.custody_id_seq'::regclass);
ALTER TABLE ONLY public.finding ALTER COLUMN id SET DEFAULT nextval('public.finding_id_seq'::regclass);
ALTER TABLE ONLY public.identifier ALTER COLUMN id SET DEFAULT nextval('public.identifier_id_seq'::regclass);
ALTER TABLE ONLY public.import_row ALTER COLUMN id SET DEFAULT nextval('public.import_row_id_seq'::regclass);
ALTER TABLE ONLY public.import_run ALTER COLUMN id SET DEFAULT nextval('public.import_run_id_seq'::regclass);
ALTER TABLE ONLY public.location ALTER COLUMN id SET DEFAULT nextval('public.location_id_seq'::regclass);
ALTER TABLE ONLY public.one_time_link ALTER COLUMN id SET DEFAULT nextval('public.one_time_link_id_seq'::regclass);
ALTER TABLE ONLY public.person ALTER COLUMN id SET DEFAULT nextval('public.person_id_seq'::regclass);
ALTER TABLE ONLY public.placement ALTER COLUMN id SET DEFAULT nextval('public.placement_id_seq'::regclass);
ALTER TABLE ONLY public.read_point ALTER COLUMN id SET DEFAULT nextval('public.read_point_id_seq'::regclass);
ALTER TABLE ONLY public.reader ALTER COLUMN id SET DEFAULT nextval('public.reader_id_seq'::regclass);
ALTER TABLE ONLY public.register_change ALTER COLUMN id SET DEFAULT nextval('public.register_change_id_seq'::regclass);
ALTER TABLE ONLY public.scan ALTER COLUMN id SET DEFAULT nextval('public.scan_id_seq'::regclass);
ALTER TABLE ONLY public.sign_in ALTER COLUMN id SET DEFAULT nextval('public.sign_in_id_seq'::regclass);
ALTER TABLE ONLY public.status_name ALTER COLUMN id SET DEFAULT nextval('public.status_name_id_seq'::regclass);
ALTER TABLE ONLY public.tag_watch ALTER COLUMN id SET DEFAULT nextval('public.tag_watch_id_seq'::regclass);
ALTER TABLE ONLY public.throttle ALTER COLUMN id SET DEFAULT nextval('public.throttle_id_seq'::regclass);
ALTER TABLE ONLY public.user_account ALTER COLUMN id SET DEFAULT nextval('public.user_account_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0006');
INSERT INTO public.api_token VALUES (2, 'dock', 'reader', 'abcdefgh', 'h', '2026-03-02 09:00:00+00', 'Ana', NULL, NULL, NULL);
INSERT INTO public.asset VALUES (13, 'LT-1', 'LT-1', 'Zebra Laptop', 'SN-1', NULL, 3, 'in_use', 11, 11, 12, NULL, NULL, '2026-03-02 09:00:00+00', NULL, NULL, NULL, 123450, NULL, NULL, NULL, NULL, NULL, NULL, '{"CPU": "i7"}', '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00');
INSERT INTO public.asset_search VALUES (13, 'lt-1
zebra laptop
sn-1');
INSERT INTO public.audit VALUES (14, 'Spring', 'reconciling', '{}', false, NULL, '2026-03-02 09:00:00+00', 'Ana', '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00', NULL, NULL, NULL);
INSERT INTO public.audit VALUES (16, 'Winter', 'closed', '{}', true, NULL, '2026-03-02 09:00:00+00', 'Ana', NULL, NULL, '2026-03-02 09:00:00+00', 'Ana', NULL);
INSERT INTO public.category VALUES (3, 'Laptops');
INSERT INTO public.custody VALUES (31, 13, 12, '2026-03-02 09:00:00+00', NULL, NULL);
INSERT INTO public.finding VALUES (51, 14, 13, NULL, NULL, true, 'verified', '[]', 11, NULL, 'in_use', 123450, '2026-03-02 09:00:00+00', 11, NULL, 1, NULL, '{}', NULL, NULL, NULL, NULL);
INSERT INTO public.finding VALUES (52, 14, NULL, 'X-9', 'x-9', false, 'unregistered', '[]', NULL, NULL, NULL, NULL, '2026-03-02 09:00:00+00', NULL, NULL, 1, 'register', '{"asset_tag": "X-9"}', 'reject', 'A visitor''s.', 'Ana', '2026-03-02 09:00:00+00');
INSERT INTO public.identifier VALUES (21, 'tag', 'LT-1', 13, NULL, NULL, '2026-03-02 09:00:00+00', NULL);
INSERT INTO public.identifier VALUES (22, 'location_code', 'R-1', NULL, 11, NULL, '2026-03-02 09:00:00+00', NULL);
INSERT INTO public.identifier VALUES (23, 'person_number', '1001', NULL, NULL, 12, '2026-03-02 09:00:00+00', NULL);
INSERT INTO public.import_row VALUES (72, 71, 1, 'created', 'LT-1', '{"tag": "LT-1"}');
INSERT INTO public.import_run VALUES (71, 'assets', 'it.csv', 'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff', 'applied', '{"Tag": "asset_tag"}', '{"actor": "user:1", "headers": ["Tag"]}', 1, 1, 1, 0, 0, 0, NULL, '2026-03-02 09:00:00+00', 'Ana', '2026-03-02 09:00:00+00', NULL);
INSERT INTO public.location VALUES (11, 'R-1', 'R-1', 'Room', 'room', NULL, '/11/', 'Room', true, '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00');
INSERT INTO public.person VALUES (12, '1001', 'Ana', NULL, NULL, NULL, true, 'ana', '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00');
INSERT INTO public.placement VALUES (32, 13, 11, '2026-03-02 09:00:00+00', NULL);
INSERT INTO public.read_point VALUES (62, 61, 1, 11, 'sighting', NULL, NULL);
INSERT INTO public.reader VALUES (61, 'dock-door-1', 'rfid', true, 600, '2026-03-02 09:00:00+00', NULL, NULL, '{}', NULL, NULL, NULL);
INSERT INTO public.register_change VALUES (33, 13, '2026-03-02 09:00:00+00', 'created', 'user:1', NULL, '{"name": [null, "Zebra Laptop"]}', 'in_use', true, 11, true, 12);
INSERT INTO public.scan VALUES (41, '00000000-0000-0000-0000-00000000000f', 'f', 'LT-1', 'LT-1', NULL, NULL, 'sighting', '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00', false, 13, 11, NULL, 14, NULL, NULL, NULL, NULL, NULL, 'user:1', 'Ana', false, 'noted', NULL, '{}');
INSERT INTO public.scan VALUES (42, '00000000-0000-0000-0000-00000000002a', 'f', 'LT-1', 'LT-1', 'rfid', 'rfid', 'sighting', '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00', false, 13, 11, NULL, NULL, NULL, NULL, NULL, 'antenna 1 rssi -50 count 3, arrived', 'dock-door-1', 'token:2', 'dock', false, 'noted', NULL, '{}');
INSERT INTO public.scan VALUES (43, '00000000-0000-0000-0000-00000000002b', 'f', 'LT-1', 'LT-1', 'rfid', 'rfid', 'lookup', '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00', false, 13, NULL, NULL, NULL, NULL, NULL, NULL, 'antenna 1 rssi -80 count 1, glimpsed · faint, near R-1 · clock 90 s ahead', 'dock-door-1', 'token:2', 'dock', false, 'noted', NULL, '{}');
INSERT INTO public.scan VALUES (44, '00000000-0000-0000-0000-00000000002c', 'f', 'LT-1', 'LT-1', 'rfid', 'rfid', 'sighting', '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00', false, 13, 11, NULL, NULL, NULL, NULL, NULL, 'antenna 1 count 7, departed · and 12 more in that second, best rssi -48', 'dock-door-1', 'token:2', 'dock', false, 'noted', NULL, '{}');
INSERT INTO public.scan VALUES (45, '00000000-0000-0000-0000-00000000002d', 'f', 'LT-1', 'LT-1', NULL, 'manual', 'lookup', '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00', false, 13, 11, NULL, NULL, NULL, NULL, NULL, 'pencil on the lid · faint, but legible', NULL, 'user:1', 'Ana', false, 'noted', NULL, '{}');
INSERT INTO public.scan VALUES (46, '00000000-0000-0000-0000-00000000002e', 'f', 'LT-1', 'LT-1', NULL, 'rfid', 'lookup', '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00', false, 13, 11, NULL, NULL, NULL, NULL, NULL, 'heard at the dock · faint', NULL, 'user:1', 'Ana', false, 'noted', NULL, '{}');
INSERT INTO public.scan VALUES (47, '00000000-0000-0000-0000-00000000002f', 'f', 'LT-1', 'LT-1', NULL, NULL, 'void', '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00', false, 13, 11, NULL, NULL, '00000000-0000-0000-0000-00000000002d', NULL, NULL, NULL, NULL, 'user:1', 'Ana', false, 'refused', 'nothing_to_void', '{}');
INSERT INTO public.scan_picture VALUES ('00000000-0000-0000-0000-00000000000f', '00000000-0000-0000-0000-000000000051');
INSERT INTO public.seal VALUES (14, '{}', '0000000000000000000000000000000000000000000000000000000000000000', 's', 'k', '2026-03-02 09:00:00+00');
INSERT INTO public.seal VALUES (16, '{}', '1111111111111111111111111111111111111111111111111111111111111111', 's', 'k', '2026-03-02 09:00:00+00');
INSERT INTO public.shelf_shot VALUES ('00000000-0000-0000-0000-000000000051', 'a', 'b', '\xffd8', 4, 3, '[]', '2026-03-02 09:00:00+00', 'user:1', 'Ana', 14, 11, '2026-03-02 09:00:00+00');
INSERT INTO public.status_name VALUES (1, 'ready to deploy', 'in_stock');
INSERT INTO public.status_name VALUES (2, 'rtd', 'in_stock');
INSERT INTO public.status_name VALUES (3, 'deployable', 'in_stock');
INSERT INTO public.status_name VALUES (4, 'available', 'in_stock');
INSERT INTO public.status_name VALUES (5, 'deployed', 'in_use');
INSERT INTO public.status_name VALUES (6, 'in use', 'in_use');
INSERT INTO public.status_name VALUES (7, 'pending', 'ordered');
INSERT INTO public.status_name VALUES (8, 'requested', 'requested');
INSERT INTO public.status_name VALUES (9, 'on order', 'ordered');
INSERT INTO public.status_name VALUES (10, 'out for diagnostics', 'in_maintenance');
INSERT INTO public.status_name VALUES (11, 'out for repair', 'in_maintenance');
INSERT INTO public.status_name VALUES (12, 'undeployable', 'in_maintenance');
INSERT INTO public.status_name VALUES (13, 'broken', 'in_maintenance');
INSERT INTO public.status_name VALUES (14, 'broken - not fixable', 'retired');
INSERT INTO public.status_name VALUES (15, 'lost/stolen', 'missing');
INSERT INTO public.status_name VALUES (16, 'lost', 'missing');
INSERT INTO public.status_name VALUES (17, 'stolen', 'missing');
INSERT INTO public.status_name VALUES (18, 'archived', 'retired');
INSERT INTO public.tag_watch VALUES (73, 13, '["LT-1"]', '[]', '2026-03-02 09:00:00+00', '2026-03-02 09:00:00+00');
INSERT INTO public.user_account VALUES (1, 'ana@example.org', 'Ana', 'admin', 'x', true, '2026-03-02 09:00:00+00', NULL);
SELECT pg_catalog.setval('public.api_token_id_seq', 102, true);
SELECT pg_catalog.setval('public.asset_id_seq', 113, true);
SELECT pg_catalog.setval('public.asset_model_id_seq', 1, false);
SELECT pg_catalog.setval('public.audit_id_seq', 116, true);
SELECT pg_catalog.setval('public.category_id_seq', 103, true);
SELECT pg_catalog.setval('public.custody_id_seq', 131, true);
SELECT pg_catalog.setval('public.finding_id_seq', 152, true);
SELECT pg_catalog.setval('public.identifier_id_seq', 123, true);
SELECT pg_catalog.setval('public.import_row_id_seq', 172, true);
SELECT pg_catalog.setval('public.import_run_id_seq', 171, true);
SELECT pg_catalog.setval('public.location_id_seq', 111, true);
SELECT pg_catalog.setval('public.one_time_link_id_seq', 1, false);
SELECT pg_catalog.setval('public.person_id_seq', 112, true);
SELECT pg_catalog.setval('public.placement_id_seq', 132, true);
SELECT pg_catalog.setval('public.read_point_id_seq', 162, true);
SELECT pg_catalog.setval('public.reader_id_seq', 161, true);
SELECT pg_catalog.setval('public.register_change_id_seq', 133, true);
SELECT pg_catalog.setval('public.scan_id_seq', 147, true);
SELECT pg_catalog.setval('public.sign_in_id_seq', 1, false);
SELECT pg_catalog.setval('public.status_name_id_seq', 18, true);
SELECT pg_catalog.setval('public.tag_watch_id_seq', 173, true);
SELECT pg_catalog.setval('public.throttle_id_seq', 1, false);
SELECT pg_catalog.setval('public.user_account_id_seq', 101, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT pk_api_token PRIMARY KEY (id);
ALTER TABLE ONLY public.asset
    ADD CONSTRAINT pk_asset PRIMARY KEY (id);
ALTER TABLE ONLY public.asset_model
    ADD CONSTRAINT pk_asset_model PRIMARY KEY (id);
ALTER TABLE ONLY public.asset_search
    ADD CONSTRAINT pk_asset_search PRIMARY KEY (asset_id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT pk_audit PRIMARY KEY (id);
ALTER TABLE ONLY public.category
    ADD CONSTRAINT pk_category PRIMARY KEY (id);
ALTER TABLE ONLY public.custody
    ADD CONSTRAINT pk_custody PRIMARY KEY (id);
ALTER TABLE ONLY public.finding
    ADD CONSTRAINT pk_finding PRIMARY KEY (id);
ALTER TABLE ONLY public.identifier
    ADD CONSTRAINT pk_identifier PRIMARY KEY (id);
ALTER TABLE ONLY public.import_row
    ADD CONSTRAINT pk_import_row PRIMARY KEY (id);
ALTER TABLE ONLY public.import_run
    ADD CONSTRAINT pk_import_run PRIMARY KEY (id);
ALTER TABLE ONLY public.location
    ADD CONSTRAINT pk_location PRIMARY KEY (id);
ALTER TABLE ONLY public.one_time_link
    ADD CONSTRAINT pk_one_time_link PRIMARY KEY (id);
ALTER TABLE ONLY public.person
    ADD CONSTRAINT pk_person PRIMARY KEY (id);
ALTER TABLE ONLY public.placement
    ADD CONSTRAINT pk_placement PRIMARY KEY (id);
ALTER TABLE ONLY public.read_point
    ADD CONSTRAINT pk_read_point PRIMARY KEY (id);
ALTER TABLE ONLY public.reader
    ADD CONSTRAINT pk_reader PRIMARY KEY (id);
ALTER TABLE ONLY public.register_change
    ADD CONSTRAINT pk_register_change PRIMARY KEY (id);
ALTER TABLE ONLY public.scan
    ADD CONSTRAINT pk_scan PRIMARY KEY (id);
ALTER TABLE ONLY public.scan_picture
    ADD CONSTRAINT pk_scan_picture PRIMARY KEY (scan_id);
ALTER TABLE ONLY public.seal
    ADD CONSTRAINT pk_seal PRIMARY KEY (audit_id);
ALTER TABLE ONLY public.shelf_shot
    ADD CONSTRAINT pk_shelf_shot PRIMARY KEY (id);
ALTER TABLE ONLY public.sign_in
    ADD CONSTRAINT pk_sign_in PRIMARY KEY (id);
ALTER TABLE ONLY public.status_name
    ADD CONSTRAINT pk_status_name PRIMARY KEY (id);
ALTER TABLE ONLY public.tag_watch
    ADD CONSTRAINT pk_tag_watch PRIMARY KEY (id);
ALTER TABLE ONLY public.throttle
    ADD CONSTRAINT pk_throttle PRIMARY KEY (id);
ALTER TABLE ONLY public.user_account
    ADD CONSTRAINT pk_user_account PRIMARY KEY (id);
ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT uq_api_token_prefix UNIQUE (prefix);
ALTER TABLE ONLY public.asset
    ADD CONSTRAINT uq_asset_asset_tag UNIQUE (asset_tag);
ALTER TABLE ONLY public.asset_model
    ADD CONSTRAINT uq_asset_model_name_model_number_manufacturer UNIQUE (name, model_number, manufacturer);
ALTER TABLE ONLY public.asset
    ADD CONSTRAINT uq_asset_tag_key UNIQUE (tag_key);
ALTER TABLE ONLY public.category
    ADD CONSTRAINT uq_category_name UNIQUE (name);
ALTER TABLE ONLY public.finding
    ADD CONSTRAINT uq_finding_audit_id_asset_id UNIQUE (audit_id, asset_id);
ALTER TABLE ONLY public.import_row
    ADD CONSTRAINT uq_import_row_run_id_row_number UNIQUE (run_id, row_number);
ALTER TABLE ONLY public.location
    ADD CONSTRAINT uq_location_code UNIQUE (code);
ALTER TABLE ONLY public.location
    ADD CONSTRAINT uq_location_code_key UNIQUE (code_key);
ALTER TABLE ONLY public.one_time_link
    ADD CONSTRAINT uq_one_time_link_token_hash UNIQUE (token_hash);
ALTER TABLE ONLY public.person
    ADD CONSTRAINT uq_person_number UNIQUE (number);
ALTER TABLE ONLY public.read_point
    ADD CONSTRAINT uq_read_point_reader_id_antenna UNIQUE (reader_id, antenna);
ALTER TABLE ONLY public.reader
    ADD CONSTRAINT uq_reader_name UNIQUE (name);
ALTER TABLE ONLY public.scan
    ADD CONSTRAINT uq_scan_scan_id UNIQUE (scan_id);
ALTER TABLE ONLY public.sign_in
    ADD CONSTRAINT uq_sign_in_token_hash UNIQUE (token_hash);
ALTER TABLE ONLY public.status_name
    ADD CONSTRAINT uq_status_name_name_key UNIQUE (name_key);
ALTER TABLE ONLY public.tag_watch
    ADD CONSTRAINT uq_tag_watch_asset_id UNIQUE (asset_id);
ALTER TABLE ONLY public.throttle
    ADD CONSTRAINT uq_throttle_key_window_start UNIQUE (key, window_start);
ALTER TABLE ONLY public.user_account
    ADD CONSTRAINT uq_user_account_email UNIQUE (email);
CREATE INDEX ix_asset_category_id ON public.asset USING btree (category_id);
CREATE INDEX ix_asset_custodian_id ON public.asset USING btree (custodian_id);
CREATE INDEX ix_asset_home_location_id ON public.asset USING btree (home_location_id);
CREATE INDEX ix_asset_location_id ON public.asset USING btree (location_id);
CREATE INDEX ix_asset_model_id ON public.asset USING btree (model_id);
CREATE INDEX ix_asset_search_text ON public.asset_search USING gin (text public.gin_trgm_ops);
CREATE INDEX ix_asset_status ON public.asset USING btree (status);
CREATE INDEX ix_audit_state ON public.audit USING btree (state);
CREATE INDEX ix_custody_asset_id ON public.custody USING btree (asset_id);
CREATE INDEX ix_custody_person_id ON public.custody USING btree (person_id);
CREATE INDEX ix_finding_asset_id ON public.finding USING btree (asset_id);
CREATE INDEX ix_finding_audit_id_recorded_location_id ON public.finding USING btree (audit_id, recorded_location_id);
CREATE INDEX ix_finding_audit_id_state ON public.finding USING btree (audit_id, state);
CREATE INDEX ix_identifier_asset_id ON public.identifier USING btree (asset_id);
CREATE INDEX ix_identifier_location_id ON public.identifier USING btree (location_id);
CREATE INDEX ix_identifier_person_id ON public.identifier USING btree (person_id);
CREATE INDEX ix_identifier_value ON public.identifier USING btree (value);
CREATE INDEX ix_import_row_run_id_verdict ON public.import_row USING btree (run_id, verdict, row_number);
CREATE INDEX ix_location_parent_id ON public.location USING btree (parent_id);
CREATE INDEX ix_location_path ON public.location USING btree (path text_pattern_ops);
CREATE INDEX ix_person_name ON public.person USING btree (name);
CREATE INDEX ix_placement_asset_id ON public.placement USING btree (asset_id);
CREATE INDEX ix_placement_location_id ON public.placement USING btree (location_id);
CREATE INDEX ix_register_change_asset_id ON public.register_change USING btree (asset_id);
CREATE INDEX ix_scan_asset_id ON public.scan USING btree (asset_id, effective_at);
CREATE INDEX ix_scan_audit_id ON public.scan USING btree (audit_id, asset_id) WHERE (audit_id IS NOT NULL);
CREATE INDEX ix_scan_picture_shot_id ON public.scan_picture USING btree (shot_id);
CREATE INDEX ix_scan_places ON public.scan USING btree (effective_at) WHERE ((asset_id IS NULL) AND (location_id IS NOT NULL) AND ((outcome)::text = 'noted'::text));
CREATE INDEX ix_scan_recorded_at ON public.scan USING btree (recorded_at);
CREATE INDEX ix_scan_voids ON public.scan USING btree (voids) WHERE (voids IS NOT NULL);
CREATE INDEX ix_shelf_shot_actor ON public.shelf_shot USING btree (actor, recorded_at);
CREATE INDEX ix_sign_in_user_id ON public.sign_in USING btree (user_id);
CREATE UNIQUE INDEX uq_custody_one_open ON public.custody USING btree (asset_id) WHERE (ended_at IS NULL);
CREATE UNIQUE INDEX uq_finding_unregistered ON public.finding USING btree (audit_id, code_key) WHERE (asset_id IS NULL);
CREATE UNIQUE INDEX uq_identifier_scheme_value ON public.identifier USING btree (scheme, value) WHERE ((ended_at IS NULL) AND (scheme <> 'serial'::text));
CREATE UNIQUE INDEX uq_placement_one_open ON public.placement USING btree (asset_id) WHERE (ended_at IS NULL);
CREATE TRIGGER asset_search_insert AFTER INSERT ON public.asset REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.asset_search_add();
CREATE TRIGGER asset_search_update AFTER UPDATE OF asset_tag, name, serial_number ON public.asset FOR EACH ROW EXECUTE FUNCTION public.asset_search_set();
CREATE TRIGGER audit_closed_is_final BEFORE DELETE OR UPDATE ON public.audit FOR EACH ROW WHEN (((old.state)::text = 'closed'::text)) EXECUTE FUNCTION public.refuse_change('a closed audit cannot be changed');
CREATE TRIGGER finding_closed_is_final BEFORE INSERT OR DELETE OR UPDATE ON public.finding FOR EACH ROW EXECUTE FUNCTION public.refuse_closed_finding();
CREATE TRIGGER scan_is_final BEFORE DELETE OR UPDATE ON public.scan FOR EACH ROW EXECUTE FUNCTION public.refuse_change('the scan log is append-only');
CREATE TRIGGER scan_is_not_emptied BEFORE TRUNCATE ON public.scan FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change('the scan log is append-only');
CREATE TRIGGER scan_picture_is_final BEFORE DELETE OR UPDATE ON public.scan_picture FOR EACH ROW EXECUTE FUNCTION public.refuse_change('a recorded picture is evidence and cannot be changed');
CREATE TRIGGER scan_picture_is_not_emptied BEFORE TRUNCATE ON public.scan_picture FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change('a recorded picture is evidence and cannot be changed');
CREATE TRIGGER seal_is_final BEFORE DELETE OR UPDATE ON public.seal FOR EACH ROW EXECUTE FUNCTION public.refuse_change('a seal cannot be changed');
CREATE TRIGGER seal_is_not_emptied BEFORE TRUNCATE ON public.seal FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change('a seal cannot be changed');
CREATE TRIGGER shelf_shot_is_not_emptied BEFORE TRUNCATE ON public.shelf_shot FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change('a recorded picture is evidence and cannot be changed');
CREATE TRIGGER shelf_shot_recorded_is_final BEFORE DELETE OR UPDATE ON public.shelf_shot FOR EACH ROW WHEN ((old.recorded_at IS NOT NULL)) EXECUTE FUNCTION public.refuse_change('a recorded picture is evidence and cannot be changed');
ALTER TABLE ONLY public.asset
    ADD CONSTRAINT fk_asset_category_id_category FOREIGN KEY (category_id) REFERENCES public.category(id);
ALTER TABLE ONLY public.asset
    ADD CONSTRAINT fk_asset_custodian_id_person FOREIGN KEY (custodian_id) REFERENCES public.person(id);
ALTER TABLE ONLY public.asset
    ADD CONSTRAINT fk_asset_home_location_id_location FOREIGN KEY (home_location_id) REFERENCES public.location(id);
ALTER TABLE ONLY public.asset
    ADD CONSTRAINT fk_asset_last_seen_location_id_location FOREIGN KEY (last_seen_location_id) REFERENCES public.location(id);
ALTER TABLE ONLY public.asset
    ADD CONSTRAINT fk_asset_location_id_location FOREIGN KEY (location_id) REFERENCES public.location(id);
ALTER TABLE ONLY public.asset_model
    ADD CONSTRAINT fk_asset_model_category_id_category FOREIGN KEY (category_id) REFERENCES public.category(id);
ALTER TABLE ONLY public.asset
    ADD CONSTRAINT fk_asset_model_id_asset_model FOREIGN KEY (model_id) REFERENCES public.asset_model(id);
ALTER TABLE ONLY public.asset_search
    ADD CONSTRAINT fk_asset_search_asset_id_asset FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT fk_audit_revises_id_audit FOREIGN KEY (revises_id) REFERENCES public.audit(id);
ALTER TABLE ONLY public.custody
    ADD CONSTRAINT fk_custody_asset_id_asset FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.custody
    ADD CONSTRAINT fk_custody_person_id_person FOREIGN KEY (person_id) REFERENCES public.person(id);
ALTER TABLE ONLY public.finding
    ADD CONSTRAINT fk_finding_asset_id_asset FOREIGN KEY (asset_id) REFERENCES public.asset(id);
ALTER TABLE ONLY public.finding
    ADD CONSTRAINT fk_finding_audit_id_audit FOREIGN KEY (audit_id) REFERENCES public.audit(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.finding
    ADD CONSTRAINT fk_finding_recorded_custodian_id_person FOREIGN KEY (recorded_custodian_id) REFERENCES public.person(id);
ALTER TABLE ONLY public.finding
    ADD CONSTRAINT fk_finding_recorded_location_id_location FOREIGN KEY (recorded_location_id) REFERENCES public.location(id);
ALTER TABLE ONLY public.finding
    ADD CONSTRAINT fk_finding_seen_location_id_location FOREIGN KEY (seen_location_id) REFERENCES public.location(id);
ALTER TABLE ONLY public.finding
    ADD CONSTRAINT fk_finding_seen_person_id_person FOREIGN KEY (seen_person_id) REFERENCES public.person(id);
ALTER TABLE ONLY public.identifier
    ADD CONSTRAINT fk_identifier_asset_id_asset FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.identifier
    ADD CONSTRAINT fk_identifier_location_id_location FOREIGN KEY (location_id) REFERENCES public.location(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.identifier
    ADD CONSTRAINT fk_identifier_person_id_person FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.import_row
    ADD CONSTRAINT fk_import_row_run_id_import_run FOREIGN KEY (run_id) REFERENCES public.import_run(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.location
    ADD CONSTRAINT fk_location_parent_id_location FOREIGN KEY (parent_id) REFERENCES public.location(id);
ALTER TABLE ONLY public.one_time_link
    ADD CONSTRAINT fk_one_time_link_user_id_user_account FOREIGN KEY (user_id) REFERENCES public.user_account(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.placement
    ADD CONSTRAINT fk_placement_asset_id_asset FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.placement
    ADD CONSTRAINT fk_placement_location_id_location FOREIGN KEY (location_id) REFERENCES public.location(id);
ALTER TABLE ONLY public.read_point
    ADD CONSTRAINT fk_read_point_audit_id_audit FOREIGN KEY (audit_id) REFERENCES public.audit(id);
ALTER TABLE ONLY public.read_point
    ADD CONSTRAINT fk_read_point_location_id_location FOREIGN KEY (location_id) REFERENCES public.location(id);
ALTER TABLE ONLY public.read_point
    ADD CONSTRAINT fk_read_point_reader_id_reader FOREIGN KEY (reader_id) REFERENCES public.reader(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.reader
    ADD CONSTRAINT fk_reader_carrier_id_user_account FOREIGN KEY (carrier_id) REFERENCES public.user_account(id);
ALTER TABLE ONLY public.reader
    ADD CONSTRAINT fk_reader_token_id_api_token FOREIGN KEY (token_id) REFERENCES public.api_token(id);
ALTER TABLE ONLY public.register_change
    ADD CONSTRAINT fk_register_change_asset_id_asset FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.register_change
    ADD CONSTRAINT fk_register_change_custodian_id_person FOREIGN KEY (custodian_id) REFERENCES public.person(id);
ALTER TABLE ONLY public.register_change
    ADD CONSTRAINT fk_register_change_location_id_location FOREIGN KEY (location_id) REFERENCES public.location(id);
ALTER TABLE ONLY public.scan
    ADD CONSTRAINT fk_scan_asset_id_asset FOREIGN KEY (asset_id) REFERENCES public.asset(id);
ALTER TABLE ONLY public.scan
    ADD CONSTRAINT fk_scan_audit_id_audit FOREIGN KEY (audit_id) REFERENCES public.audit(id);
ALTER TABLE ONLY public.scan
    ADD CONSTRAINT fk_scan_location_id_location FOREIGN KEY (location_id) REFERENCES public.location(id);
ALTER TABLE ONLY public.scan
    ADD CONSTRAINT fk_scan_person_id_person FOREIGN KEY (person_id) REFERENCES public.person(id);
ALTER TABLE ONLY public.scan_picture
    ADD CONSTRAINT fk_scan_picture_scan_id_scan FOREIGN KEY (scan_id) REFERENCES public.scan(scan_id);
ALTER TABLE ONLY public.scan_picture
    ADD CONSTRAINT fk_scan_picture_shot_id_shelf_shot FOREIGN KEY (shot_id) REFERENCES public.shelf_shot(id);
ALTER TABLE ONLY public.seal
    ADD CONSTRAINT fk_seal_audit_id_audit FOREIGN KEY (audit_id) REFERENCES public.audit(id) ON DELETE RESTRICT;
ALTER TABLE ONLY public.shelf_shot
    ADD CONSTRAINT fk_shelf_shot_audit_id_audit FOREIGN KEY (audit_id) REFERENCES public.audit(id);
ALTER TABLE ONLY public.shelf_shot
    ADD CONSTRAINT fk_shelf_shot_location_id_location FOREIGN KEY (location_id) REFERENCES public.location(id);
ALTER TABLE ONLY public.sign_in
    ADD CONSTRAINT fk_sign_in_custodian_id_person FOREIGN KEY (custodian_id) REFERENCES public.person(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.sign_in
    ADD CONSTRAINT fk_sign_in_place_id_location FOREIGN KEY (place_id) REFERENCES public.location(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.sign_in
    ADD CONSTRAINT fk_sign_in_user_id_user_account FOREIGN KEY (user_id) REFERENCES public.user_account(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.tag_watch
    ADD CONSTRAINT fk_tag_watch_asset_id_asset FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
