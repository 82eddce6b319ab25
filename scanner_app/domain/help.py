"""Which page of the documentation helps where: one row a place, for pages and for errors."""

from __future__ import annotations

from dataclasses import dataclass

# The pages that are offered as help, in the order in which a newcomer needs them. The others are
# for those who change the program.
HELP_PAGES: tuple[str, ...] = (
    "phone",
    "scanning",
    "offline",
    "audits",
    "samples",
    "register",
    "lending",
    "lifecycle",
    "monitoring",
    "procurement",
    "policies",
    "disposal",
    "contracts",
    "seats",
    "counter",
    "stock",
    "labels",
    "import",
    "tags",
    "readers",
    "access",
    "settings",
    "notices",
    "costs",
    "decoding",
    "words",
    "operations",
    "configuration",
    "epcis",
)


def help_href(page: str, section: str) -> str:
    """Return the address of a page of help, or of a part of it."""
    return f"/help/{page}" + (f"#{section}" if section else "")


@dataclass(frozen=True, slots=True)
class HelpAt:
    """The page, and the part of it, that helps on pages whose address begins so.

    :param section: the id of a heading; empty for the whole page.
    """

    path: str
    page: str
    section: str = ""

    @property
    def href(self) -> str:
        return help_href(self.page, self.section)


# The longest beginning that fits counts.
HELP_AT: tuple[HelpAt, ...] = (
    HelpAt("/", "scanning"),
    HelpAt("/scan", "phone", "the-screen"),
    HelpAt("/scanner-setup", "phone", "keyboard-scanners-wedges"),
    HelpAt("/install", "phone", "first-run"),
    HelpAt("/shelf", "decoding", "the-shelf-picture"),
    HelpAt("/audits", "audits"),
    HelpAt("/audits/new", "audits", "scope"),
    HelpAt("/audits/trends", "audits", "audits-over-time"),
    HelpAt("/audits/programmes", "audits", "programmes"),
    HelpAt("/audits/suggestion-rules", "audits", "suggestions"),
    HelpAt("/audits/chain", "audits", "the-chain"),
    HelpAt("/audits/check", "audits", "the-report"),
    HelpAt("/assets", "register"),
    HelpAt("/many", "register", "many-at-once"),
    HelpAt("/new", "register", "changing-an-asset-by-hand"),
    HelpAt("/people", "register"),
    HelpAt("/locations", "register"),
    HelpAt("/receive", "register", "receiving-a-delivery"),
    HelpAt("/disposal", "disposal"),
    HelpAt("/sanitizations", "disposal", "erasing-data"),
    HelpAt("/consignments", "disposal", "consignments"),
    HelpAt("/certificates", "disposal", "certificates"),
    HelpAt("/search", "register", "search"),
    HelpAt("/counter", "counter"),
    HelpAt("/handovers", "counter", "the-document"),
    HelpAt("/h", "counter", "the-document"),
    HelpAt("/kits", "lending", "kits"),
    HelpAt("/licences", "seats"),
    HelpAt("/contracts", "contracts"),
    HelpAt("/renewals", "contracts", "what-to-decide"),
    HelpAt("/reservations", "lending", "reservations"),
    HelpAt("/lending", "lending", "rules-of-lending"),
    HelpAt("/terms", "counter", "terms"),
    HelpAt("/accept", "counter", "accepted-by-link"),
    HelpAt("/tasks", "lifecycle"),
    HelpAt("/orders", "procurement"),
    HelpAt("/requests", "procurement", "asking-for-something"),
    HelpAt("/budgets", "procurement", "budgets"),
    HelpAt("/deliveries", "procurement", "receiving"),
    HelpAt("/suppliers", "procurement", "suppliers"),
    HelpAt("/policies", "policies"),
    HelpAt("/tasks/checklists", "lifecycle", "checklists"),
    HelpAt("/tasks/plans", "lifecycle", "plans"),
    HelpAt("/roadmap", "costs", "roadmap"),
    HelpAt("/monitoring", "monitoring"),
    HelpAt("/admin/lifecycles", "monitoring", "which-release-a-device-runs"),
    HelpAt("/dashboard", "register", "dashboard"),
    HelpAt("/stock", "stock"),
    HelpAt("/stock/reorder", "stock", "minimums"),
    HelpAt("/notices", "notices"),
    HelpAt("/labels", "labels"),
    HelpAt("/labels/designs", "labels", "designs-of-your-own"),
    HelpAt("/imports", "import"),
    HelpAt("/files", "register", "large-files"),
    HelpAt("/enrol", "tags", "binding"),
    HelpAt("/find", "tags"),
    HelpAt("/readers", "readers", "at-the-server"),
    HelpAt("/account", "access", "signing-in"),
    HelpAt("/account/notices", "notices", "what-a-person-chooses"),
    HelpAt("/account/calendar", "notices", "in-a-calendar"),
    HelpAt("/sign-in", "access", "signing-in"),
    HelpAt("/admin/users", "access"),
    HelpAt("/admin/tokens", "access", "tokens"),
    HelpAt("/admin/trail", "access", "what-admins-changed"),
    HelpAt("/admin/jobs", "operations", "the-worker"),
    HelpAt("/admin/notices", "notices"),
    HelpAt("/admin/costs", "costs", "book-value"),
    HelpAt("/admin", "register"),
    HelpAt("/settings", "settings"),
)


@dataclass(frozen=True, slots=True)
class HelpForError:
    """The part of the documentation that says what to do about an error, by its HTTP status."""

    status: int
    page: str
    section: str
    label: str

    @property
    def href(self) -> str:
        return help_href(self.page, self.section)


HELP_FOR_ERRORS: tuple[HelpForError, ...] = (
    HelpForError(403, "access", "", "What each role may do"),
    HelpForError(413, "operations", "a-body-that-is-too-large", "What is too large, and why"),
    HelpForError(429, "access", "guessing", "Why tries are limited"),
    HelpForError(503, "operations", "health-and-figures", "How an admin sees what is wrong"),
    HelpForError(507, "operations", "a-disk-that-fills-up", "What an admin does about a full disk"),
)
_FOR_STATUS = {row.status: row for row in HELP_FOR_ERRORS}


def find_help(path: str) -> HelpAt:
    """Return the help for the page at an address."""
    fitting = [
        row for row in HELP_AT if path == row.path or path.startswith(row.path.rstrip("/") + "/")
    ]
    return max(fitting, key=lambda row: len(row.path))


def find_error_help(status: int) -> HelpForError | None:
    """Return the help for an error, None if its message says all there is to do."""
    return _FOR_STATUS.get(status)
