"""Who may do what: roles, actions, and the one table between them (`ROLES`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.errors import NotAllowed, NotSignedIn


class Role(StrEnum):
    TECHNICIAN = "technician"
    STOCKROOM = "stockroom"
    AUDITOR = "auditor"
    APPROVER = "approver"
    ADMIN = "admin"
    READER = "reader"
    VIEWER = "viewer"


class Action(StrEnum):
    READ_REGISTER = "read_register"
    EDIT_REGISTER = "edit_register"
    IMPORT = "import"
    EXPORT = "export"
    POST_SCANS = "post_scans"
    SCAN = "scan"
    DECODE = "decode"
    CHANGE_CUSTODY = "change_custody"
    MANAGE_STOCK = "manage_stock"
    DISPOSE = "dispose"
    CLOSE_DISPOSAL = "close_disposal"
    REQUEST = "request"
    PURCHASE = "purchase"
    APPROVE = "approve"
    RECEIVE = "receive"
    PRINT_LABELS = "print_labels"
    OVERRIDE_RULES = "override_rules"
    MANAGE_LENDING = "manage_lending"
    POST_READS = "post_reads"
    READ_AUDITS = "read_audits"
    RUN_AUDITS = "run_audits"
    DECIDE_FINDINGS = "decide_findings"
    CLOSE_AUDITS = "close_audits"
    MANAGE_READERS = "manage_readers"
    MANAGE_PRINTERS = "manage_printers"
    MANAGE_USERS = "manage_users"
    MANAGE_TOKENS = "manage_tokens"
    MANAGE_SETTINGS = "manage_settings"
    MANAGE_POLICIES = "manage_policies"
    READ_METRICS = "read_metrics"


class Panel(StrEnum):
    """A part of the start page."""

    STATS = "stats"
    COUNT = "count"
    MISSING = "missing"
    SCANS = "scans"
    LATE = "late"
    DUE = "due"
    DAMAGED = "damaged"
    LOW = "low"
    AUDITS = "audits"
    CONFIDENCE = "confidence"
    ACCURACY = "accuracy"
    QUALITY = "quality"
    READERS = "readers"


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """Everything that any layer says about a role.

    :param summary: what the role does; pages show it after the label and a colon.
    :param is_program: only a token has this role; nobody signs in with it.
    :param today: the parts of the start page, in their order.
    """

    label: str
    summary: str
    actions: frozenset[Action]
    is_program: bool = False
    today: tuple[Panel, ...] = ()


_A, _P = Action, Panel
_READ = frozenset({_A.READ_REGISTER, _A.READ_AUDITS, _A.EXPORT, _A.READ_METRICS})
# `scan` opens the scan pages, which tell what the register holds; `post_scans` only sends scans in.
_FLOOR = _READ | {_A.POST_SCANS, _A.SCAN, _A.DECODE}

# In the order in which forms list them.
ROLES: dict[Role, RoleFacts] = {
    Role.READER: RoleFacts(
        "Reader", "posts reads, scans", frozenset({_A.POST_READS, _A.POST_SCANS}), is_program=True
    ),
    # A technician's check-out and check-in are scans like any other, so `scan` includes custody
    # changes by scan.
    Role.TECHNICIAN: RoleFacts(
        "Technician",
        "scans",
        _FLOOR | {_A.CHANGE_CUSTODY, _A.REQUEST},
        today=(_P.COUNT, _P.MISSING, _P.SCANS),
    ),
    Role.STOCKROOM: RoleFacts(
        "Stockroom",
        "maintains the register",
        _FLOOR
        | {_A.CHANGE_CUSTODY, _A.EDIT_REGISTER, _A.IMPORT, _A.PRINT_LABELS}
        | {_A.OVERRIDE_RULES, _A.MANAGE_LENDING, _A.MANAGE_STOCK, _A.DISPOSE}
        | {_A.REQUEST, _A.PURCHASE, _A.RECEIVE},
        today=(_P.LATE, _P.DUE, _P.LOW, _P.DAMAGED, _P.COUNT, _P.SCANS),
    ),
    Role.AUDITOR: RoleFacts(
        "Auditor",
        "runs audits",
        _FLOOR | {_A.RUN_AUDITS, _A.DECIDE_FINDINGS, _A.CLOSE_AUDITS, _A.CLOSE_DISPOSAL},
        today=(_P.AUDITS, _P.CONFIDENCE, _P.ACCURACY),
    ),
    Role.APPROVER: RoleFacts(
        "Approver",
        "signs closures",
        _READ | {_A.CLOSE_AUDITS, _A.CLOSE_DISPOSAL, _A.REQUEST, _A.APPROVE},
        today=(_P.AUDITS, _P.ACCURACY),
    ),
    Role.VIEWER: RoleFacts("Viewer", "reads only", _READ, today=(_P.STATS, _P.AUDITS)),
    Role.ADMIN: RoleFacts(
        "Admin",
        "does everything",
        frozenset(Action),
        today=(_P.STATS, _P.AUDITS, _P.CONFIDENCE, _P.LATE, _P.LOW, _P.QUALITY, _P.READERS),
    ),
}


def may_own(owner: Role, token: Role) -> bool:
    """Return whether a person of one role may do all that a token of another role may do."""
    return ROLES[token].actions <= ROLES[owner].actions


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in user or an API token, with the role it has at this moment.

    :param owner_id: the user who is behind a token.
    :param language: the one that the account reads; empty: the browser's, or the organisation's.
    """

    kind: str
    id: int
    name: str
    role: Role
    user_id: int | None = None
    token_id: int | None = None
    session_id: int | None = None
    owner_id: int | None = None
    language: str = ""

    @property
    def key(self) -> str:
        """The key under which log and history store who acted: ``user:5`` or ``token:3``.

        ``person:7`` is somebody of the register who acts by a link that was sent to them.
        """
        if self.user_id is not None:
            return f"user:{self.user_id}"
        return f"{'person' if self.kind == 'person' else 'token'}:{self.id}"

    @property
    def person_key(self) -> str | None:
        """Who is behind it: ``user:5``, for a token its owner; None for a program of nobody."""
        person = self.user_id if self.user_id is not None else self.owner_id
        return f"user:{person}" if person is not None else None

    @property
    def doer_key(self) -> str:
        """The person behind it, else the program itself: who did a step that others look at."""
        return self.person_key or self.key

    def can(self, action: Action | str) -> bool:
        return Action(action) in ROLES[self.role].actions


def authorize(actor: Actor | None, action: Action, _subject: object = None) -> Actor:
    """Return the actor, or raise unless it may do this to the loaded object.

    :raises NotSignedIn: nobody is signed in.
    :raises NotAllowed: the role does not include the action, or a token tries to make tokens.
    """
    if actor is None:
        raise NotSignedIn("Sign in to continue.")
    if not actor.can(action):
        raise NotAllowed(
            f"Your role ({actor.role.value}) does not include this. Ask an admin if you need it."
        )
    # With such a token, an attacker could make another one before the first is revoked.
    if actor.kind == "token" and action in {Action.MANAGE_TOKENS, Action.MANAGE_USERS}:
        raise NotAllowed("A token cannot make tokens or users. Sign in as an admin instead.")
    # Every role sees the whole register; a scoped grant would be decided here.
    return actor
