"""Settings: one frozen dataclass, read from the environment, each field with its help text.

A malformed or unknown ``SCANNER_`` variable stops the start with a sentence that names it.
Otherwise a misspelt setting would be ignored, and nobody would notice until it was needed.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from scanner_app.decoding.picture.symbols import ALL_FORMATS, BARS_MS, SAFE_FORMATS
from scanner_app.domain.file_places import REGION, Bucket, read_bucket
from scanner_app.domain.notices.addresses import OutboundRules
from scanner_app.domain.notices.mail import AddressUnusable, check_address
from scanner_app.domain.notices.mail_server import MailServer, read_server
from scanner_app.domain.settings import SETTINGS, read_setting, write_setting

PREFIX = "SCANNER_"
POSTGRES = ("postgresql+psycopg://", "postgresql://")
# Read by `sql.plain` alone. Tests run on the plain twins of the fast SQL with it.
TEST_SWITCHES = frozenset({"SCANNER_PLAIN_SQL"})


class SettingsError(ValueError):
    """A setting that cannot be used. The message names the variable and the values it accepts."""


def setting(default: Any, help_: str) -> Any:
    return field(default=default, metadata={"help": help_})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator may choose. A test compares ``docs/configuration.md`` with these fields."""

    database_url: str = setting(
        "",
        "The database. Empty: SQLite in the instance directory. For PostgreSQL: "
        "`postgresql+psycopg://user:password@host/name`.",
    )
    database_replica_url: str = setting(
        "",
        "A read replica of PostgreSQL, for searches, exports, trends and the roadmap. Empty: none.",
    )
    instance_dir: Path = setting(
        Path("instance"), "Directory for the SQLite file, keys, uploads and the local CA."
    )
    files_url: str = setting(
        "",
        "Where pictures, documents and import files are kept. Empty: in the instance directory. A "
        "bucket that several machines share: `s3://bucket/prefix`.",
    )
    files_endpoint: str = setting("", "The address of the S3 service. Empty: Amazon's.")
    files_region: str = setting(REGION, "The region of the bucket.")
    files_key: str = setting("", "The access key of the bucket.")
    files_secret: str = setting("", "The secret of that access key.")
    secret_key: str = setting(
        "",
        "Signs cursors and cookies; at least 32 characters. If empty, one is generated at the "
        "first start and kept in the instance directory.",
    )
    base_url: str = setting(
        "",
        "The address at which people reach the service, used in labels and links. Example: "
        "`https://scan.example.org`. Empty: taken from each request.",
    )
    trusted_hosts: tuple[str, ...] = setting(
        (), "Host names that the service answers to, separated by commas. Empty: any."
    )
    proxy_hops: int = setting(
        0, "How many reverse proxies in front set `X-Forwarded-For` and `X-Forwarded-Proto`."
    )
    secure_cookies: bool = setting(
        True, "Send cookies only over HTTPS. `serve --http` on 127.0.0.1 switches this off."
    )
    session_hours: int = setting(12, "A sign-in ends after this many hours without use.")
    session_days: int = setting(30, "A sign-in ends after this many days even if it is used daily.")
    sign_in_attempts: int = setting(
        10,
        "How often a sign-in to one account may be tried in 15 minutes. A network may try five "
        "times as often, because an office shares one (docs/access.md).",
    )
    reads_per_minute: int = setting(
        120_000,
        "How many reads, scans, signals, heartbeats and pictures a token or a person may send in a"
        " minute; 0: no limit. What is above the limit is kept and sent again later. On SQLite each"
        " web worker counts for itself, on PostgreSQL all machines count together.",
    )
    megabytes_per_minute: int = setting(
        100,
        "How many megabytes of reads, scans, signals, heartbeats and pictures one token or person"
        " may send in a minute, counted in the same way; 0: no limit.",
    )
    organisation_name: str = setting("", "The organisation's name, in the head of each page.")
    time_zone: str = setting("UTC", "The organisation's time zone, for pages without script.")
    language: str = setting("en", "Language of pages and reports. Only `en` so far.")
    due_days: int = setting(
        0, "A check-out starts with a due date this many days ahead; 0: with none."
    )
    keep_import_files_days: int = setting(
        30, "Days for which import files and their rows are kept; 0: for good."
    )
    keep_shelf_pictures_days: int = setting(
        0, "Days for which shelf photos outside audits are kept; 0: for good."
    )
    keep_sign_ins_days: int = setting(
        30, "Days for which ended sessions and attempts to sign in are kept."
    )
    notice_days: tuple[str, ...] = setting(
        ("90", "30", "7"),
        "How many days before a warranty or a planned life ends there is a notice, separated by "
        "commas; 0: never.",
    )
    smtp_url: str = setting(
        "",
        "The mail server for notices: `smtp://user:password@mail.example.org:587` (STARTTLS), "
        "`smtps://` (TLS), or `smtp+plain://` for a relay on this machine. Empty: no e-mail.",
    )
    mail_from: str = setting(
        "", "The sender of notices by e-mail, such as `Assets <assets@example.org>`."
    )
    mail_per_minute: int = setting(60, "Most e-mails that are sent in a minute; 0: no limit.")
    webhook_allow: tuple[str, ...] = setting(
        (),
        "Host names, and networks such as `10.0.5.0/24`, that webhooks may reach although they are "
        "not public, separated by commas.",
    )
    webhook_http: bool = setting(False, "Let webhooks use `http://` too.")
    webhook_ports: tuple[str, ...] = setting(
        (), "Ports that webhooks may use besides 443, separated by commas."
    )
    clock_skew_seconds: int = setting(
        300, "If a device's clock is ahead by more than this, the server's time is used instead."
    )
    closure_needs_two: bool = setting(False, "A person who counted in an audit may not close it.")
    log_seconds: int = setting(
        60,
        "How long a scan waits at most until it is in the signed log of scans and acts "
        "(docs/audits.md); 0: the log grows only when an audit ends.",
    )
    timestamp_url: str = setting(
        "", "A time stamp authority (RFC 3161) for checkpoints of the log. Empty: none."
    )
    checkpoint_hook: str = setting(
        "", "Where each checkpoint of the log is sent by POST, as text. Empty: nowhere."
    )
    tag_prefix: str = setting(
        "", "Prefix of your asset tags. A scanned bare number is read as prefix + number."
    )
    tag_digits: int = setting(
        0, "Pad the number of a tag with zeros to this many digits; 0: leave it as it is."
    )
    code39_check: bool = setting(
        False,
        "Your Code 39 labels end with a modulo 43 check character. It is checked and removed "
        "from the code.",
    )
    code39_full_ascii: bool = setting(
        False,
        "Your Code 39 labels are in full ASCII: a pair such as `+L` stands for one character.",
    )
    gs1_company_prefix: str = setting(
        "",
        "Your GS1 company prefix, 6 to 12 digits. `epc encode` builds the EPC of a new RFID tag "
        "from it and the asset tag.",
    )
    foreign_hosts: tuple[str, ...] = setting(
        (),
        "Host names whose Snipe-IT links (`/hardware/12`, `/ht/TAG`) are understood in scanned "
        "codes, separated by commas. Empty: any host.",
    )
    decode_budget_ms: int = setting(
        1500, "How long the decoder may work on one picture, in milliseconds."
    )
    decode_bars_ms: int = setting(
        BARS_MS,
        "Of that, the processor time for EAN and UPC codes that are too blurred for the other "
        "passes, in milliseconds; 0: do not look for them.",
    )
    decode_formats: tuple[str, ...] = setting(
        (),
        "Symbologies that are decoded from pictures and by the camera, separated by commas, by "
        "their names in the Barcode Detection API (docs/decoding.md lists them). Empty: all but "
        "those that find false codes in other symbols.",
    )
    decode_workers: int = setting(1, "Decoder processes for each web worker.")
    upload_max_mb: int = setting(25, "Largest picture that is accepted, in megabytes.")
    keep_free_mb: int = setting(
        500,
        "Pictures, uploads and imports are refused while fewer megabytes than this are free on the"
        " disk of the instance directory; scans are still taken. 0: no limit.",
    )
    import_max_mb: int = setting(200, "Largest import file that is accepted, in megabytes.")
    import_max_rows: int = setting(200_000, "Most rows that are accepted in one import file.")
    currency: str = setting("EUR", "Currency of amounts that name none (ISO 4217).")
    fiscal_month: int = setting(1, "The month in which a budget year begins, 1 to 12.")
    discount_percent: int = setting(
        8, "The yearly interest, in percent, by which keeping and replacing are compared."
    )
    inflation_percent: int = setting(
        0, "How much prices rise in a year, in percent, for the roadmap."
    )
    log_json: bool = setting(False, "Write the log as one JSON object per line.")
    log_level: str = setting("INFO", "`DEBUG`, `INFO`, `WARNING` or `ERROR`.")
    debug: bool = setting(
        False, "Show the component page `/patterns` and verbose errors. Never in production."
    )
    # Which variables were there, also where their value is the default.
    given: frozenset[str] = frozenset()

    @property
    def fixed(self) -> dict[str, Any]:
        """What the settings page shows and does not change, by key."""
        return {
            key: getattr(self, key)
            for key, row in SETTINGS.items()
            if key in self.given or getattr(self, key) != row.default
        }

    @property
    def notice_days_before(self) -> tuple[int, ...]:
        """Return the days before an end on which it is told."""
        return tuple(int(text) for text in self.notice_days if text != "0")

    @property
    def mail_server(self) -> MailServer | None:
        """Return where e-mails are handed in; None if none are sent."""
        return read_server(self.smtp_url) if self.smtp_url else None

    @property
    def bucket(self) -> Bucket | None:
        """Return where files are kept; None if that is the instance directory."""
        if not self.files_url:
            return None
        given = {"region": self.files_region, "key": self.files_key, "secret": self.files_secret}
        return read_bucket(self.files_url, endpoint=self.files_endpoint, **given)

    @property
    def outbound(self) -> OutboundRules:
        """Return what webhooks may reach."""
        return OutboundRules(
            self.webhook_allow,
            may_http=self.webhook_http,
            ports=frozenset(int(text) for text in self.webhook_ports),
        )

    @property
    def effective_database_url(self) -> str:
        if self.database_url:
            return self.database_url
        return f"sqlite:///{self.instance_dir.resolve() / 'scanner.sqlite3'}"

    @property
    def effective_decode_formats(self) -> frozenset[str]:
        """Return the symbologies that are decoded."""
        return frozenset(self.decode_formats) or SAFE_FORMATS

    @property
    def is_sqlite(self) -> bool:
        return self.effective_database_url.startswith("sqlite")

    @classmethod
    def variables(cls) -> list[Field[Any]]:
        """Return the fields that variables of the environment set."""
        return [spec for spec in fields(cls) if spec.metadata]

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Return the settings from every ``SCANNER_`` variable.

        :raises SettingsError: a name is unknown, or a value has the wrong form.
        """
        env = os.environ if environ is None else environ
        known = {PREFIX + f.name.upper(): f for f in cls.variables()}
        values: dict[str, Any] = {}
        for name, raw in env.items():
            if not name.startswith(PREFIX) or name in TEST_SWITCHES:
                continue
            if name in known:
                values[known[name].name] = _parse(name, known[name], raw)
            elif name.endswith("_FILE") and name.removesuffix("_FILE") in known:
                values[known[name.removesuffix("_FILE")].name] = _read_secret(name, raw)
            else:
                raise SettingsError(
                    f"{name} is not a setting. docs/configuration.md lists the settings."
                )
        settings = cls(**values, given=frozenset(values))
        settings._check()
        return settings

    def _check(self) -> None:
        if self.secret_key and len(self.secret_key) < 32:  # noqa: PLR2004 - 32 is in the message
            raise SettingsError("SCANNER_SECRET_KEY must have at least 32 characters.")
        self._check_outbound()
        try:
            _ = self.bucket
        except ValueError as error:
            raise SettingsError(str(error)) from error
        if not all(text.isdecimal() and len(text) <= 4 for text in self.notice_days):  # noqa: PLR2004 - 27 years
            raise SettingsError("SCANNER_NOTICE_DAYS must be whole numbers, such as 90,30,7.")
        if self.log_level.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise SettingsError("SCANNER_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR.")
        unknown = sorted(set(self.decode_formats) - ALL_FORMATS)
        if unknown:
            raise SettingsError(
                f"SCANNER_DECODE_FORMATS: {unknown[0]!r} is not a symbology. "
                f"Choose from {', '.join(sorted(ALL_FORMATS))}."
            )
        for key in self.given & SETTINGS.keys():
            try:
                read_setting(key, write_setting(getattr(self, key)))
            except ValueError as error:
                raise SettingsError(f"{PREFIX}{key.upper()}: {error}") from error
        prefix = self.gs1_company_prefix
        is_prefix = prefix.isascii() and prefix.isdecimal() and 6 <= len(prefix) <= 12  # noqa: PLR2004 - TDS 14.3
        if prefix and not is_prefix:
            raise SettingsError("SCANNER_GS1_COMPANY_PREFIX must have 6 to 12 digits.")
        if not self.effective_database_url.startswith(("sqlite:///", *POSTGRES)):
            raise SettingsError(
                "SCANNER_DATABASE_URL must start with sqlite:/// or postgresql+psycopg://."
            )
        if (url := self.database_replica_url) and (self.is_sqlite or not url.startswith(POSTGRES)):
            raise SettingsError("SCANNER_DATABASE_REPLICA_URL is for PostgreSQL alone.")

    def _check_outbound(self) -> None:
        if not all(text.isdecimal() and 0 < int(text) < 65536 for text in self.webhook_ports):  # noqa: PLR2004 - the ports there are
            raise SettingsError("SCANNER_WEBHOOK_PORTS must be port numbers, such as 8443.")
        if not self.smtp_url:
            return
        try:
            read_server(self.smtp_url)
        except ValueError as error:
            raise SettingsError(f"SCANNER_SMTP_URL {error}.") from error
        try:
            check_address(parseaddr(self.mail_from)[1])
        except AddressUnusable as error:
            raise SettingsError(
                "SCANNER_MAIL_FROM must name the sender, such as Assets <assets@example.org>."
            ) from error

    def with_secret(self) -> Settings:
        """Return the settings with a secret key; generate and keep one if there is none."""
        if self.secret_key:
            return self
        self.instance_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.instance_dir / "secret-key"
        if not path.exists():
            # Whole under another name first: a start that is killed leaves no empty key.
            partial = path.with_name(f"secret-key.{secrets.token_hex(8)}")
            try:
                descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "w") as file:
                    file.write(secrets.token_urlsafe(48))
                    file.flush()
                    os.fsync(file.fileno())
                # Not rename: if two processes start at once, both use the first one's key.
                os.link(partial, path)
            except FileExistsError:
                pass
            finally:
                partial.unlink(missing_ok=True)
        key = path.read_text().strip()
        if not key:
            raise SettingsError(f"{path} is empty; delete it and start again.")
        return replace(self, secret_key=key)


def _read_secret(name: str, path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise SettingsError(f"{name} names {path}, which cannot be read: {error}.") from error


def _parse(name: str, spec: Field[Any], raw: str) -> Any:
    default = spec.default
    assert default is not MISSING  # noqa: S101 - setting() always gives one
    text = raw.strip()
    if isinstance(default, bool):
        lowered = text.lower()
        if lowered in {"1", "true", "yes", "on"}:
            return True
        if lowered in {"0", "false", "no", "off", ""}:
            return False
        raise SettingsError(f"{name} must be true or false, not {raw!r}.")
    if isinstance(default, int):
        if not text.isdecimal():
            raise SettingsError(f"{name} must be a whole number, not {raw!r}.")
        return int(text)
    if isinstance(default, Path):
        return Path(text)
    if isinstance(default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text
