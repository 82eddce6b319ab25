"""What is around every page: the sections with their counts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, g, request
from sqlalchemy.exc import DBAPIError

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Unavailable
from scanner_app.edge.guard import current_actor, find_decision
from scanner_app.queries.notices.bell import MAX_COUNT, count_unread
from scanner_app.queries.sections import count_low, count_open_audits, count_overdue
from scanner_app.storage.database import db

blueprint = Blueprint("shell", __name__)

COUNTS = "section_counts"
# A count may be this old: it is on every page, and nobody decides anything by it.
COUNTS_LAST_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the sidebar and of the phone's menu.

    It is shown to people who may open its endpoint. An endpoint that this service does not have
    shows nothing.

    :param count: the name of its count in `SectionCounts`.
    """

    href: str
    endpoint: str
    icon: str
    text: str
    count: str = ""


@dataclass(frozen=True, slots=True)
class SectionCounts:
    """The small numbers beside sections."""

    audits: int = 0
    overdue: int = 0
    low: int = 0


# The groups of the sidebar, in order. A new page is one line here.
GROUPS: tuple[tuple[str, tuple[Section, ...]], ...] = (
    (
        "Work",
        (
            Section("/", "home.show_home", "home", "Today"),
            Section("/scan", "scan.show", "scan", "Scan"),
            Section("/tasks", "tasks.show_list", "list", "Tasks"),
            Section("/audits", "audit_pages.show_list", "clipboard", "Audits", count="audits"),
            Section("/disposal", "disposal.show_overview", "trash", "Disposal"),
        ),
    ),
    (
        "Register",
        (
            Section("/assets", "asset_pages.show_list", "box", "Assets"),
            Section("/people", "people_pages.show_list", "people", "People"),
            Section("/locations", "location_pages.show_tree", "place", "Locations"),
            Section(
                "/assets?overdue=yes&sort=due",
                "asset_pages.show_list",
                "clock",
                "Overdue",
                count="overdue",
            ),
            Section("/licences", "licence_pages.show_list", "key", "Licences"),
            Section("/contracts", "contract_pages.show_list", "edit", "Contracts"),
            Section("/dashboard", "dashboard.show", "columns", "Dashboard"),
            Section("/roadmap", "roadmap.show", "up", "Roadmap"),
            Section("/monitoring", "monitoring.show", "antenna", "Monitoring"),
        ),
    ),
    (
        "Desk",
        (
            Section("/counter", "counter.show", "repeat", "Counter"),
            Section("/handovers", "handover_pages.show_list", "list", "Hand-overs"),
            Section("/reservations", "reservation_pages.show_calendar", "clock", "Reservations"),
            Section("/kits", "kit_pages.show_list", "box", "Kits"),
            Section("/requests", "procurement.show_requests", "question", "Requests"),
            Section("/orders", "procurement.show_orders", "download", "Orders"),
            Section("/receive", "receive.show", "in", "Receive"),
            Section("/stock", "stock_pages.show_list", "box", "Stock", count="low"),
            Section("/labels", "label_pages.show", "print", "Labels"),
        ),
    ),
    (
        "Set-up",
        (
            Section("/imports", "imports.list_imports", "upload", "Import"),
            Section("/files", "made_files.show_list", "download", "Files"),
            Section("/enrol", "enrol.show", "plus", "Enrol tags"),
            Section("/readers", "reader_pages.show_readers", "antenna", "Readers"),
            Section("/lending", "lending.show", "clock", "Lending"),
            Section("/terms", "terms.show_list", "edit", "Terms"),
            Section("/admin/values", "values.show", "list", "Categories, models"),
            Section("/admin/costs", "cost_rules.show", "down", "Book values"),
            Section("/policies", "policies.show_list", "lock", "Policies"),
            Section("/admin/lifecycles", "monitoring.show_files", "clock", "Lifecycles"),
            Section("/admin/statuses", "statuses.list_statuses", "edit", "Status names"),
        ),
    ),
    (
        "Administration",
        (
            Section("/admin/users", "users.show_users", "person", "Users"),
            Section("/admin/tokens", "tokens.show_tokens", "key", "Tokens"),
            Section("/admin/trail", "trail.show", "seal", "Changes"),
            Section("/admin/jobs", "jobs.show", "repeat", "Jobs"),
            Section("/admin/notices", "notice_sending.show", "mail", "Sending notices"),
            Section("/settings", "settings.show_settings", "settings", "Settings"),
        ),
    ),
)
# What the search offers besides the sections.
ACTIONS = (
    Section("/new/asset", "asset_pages.show_new", "plus", "New asset"),
    Section("/new/person", "people_pages.show_new", "plus", "New person"),
    Section("/new/location", "location_pages.show_new", "plus", "New location"),
    Section("/new/licence", "licence_pages.show_new", "plus", "New licence"),
    Section("/new/contract", "contract_pages.show_new", "plus", "New contract"),
    Section("/renewals", "contract_pages.show_renewals", "clock", "Contracts to decide about"),
    Section("/audits/new", "audit_pages.show_new", "plus", "New audit"),
    Section("/requests/new", "procurement.show_new_request", "plus", "Ask for something"),
    Section("/orders/new", "procurement.show_new_order", "plus", "New order"),
    Section("/stock/new", "stock_pages.show_new", "plus", "New stock item"),
    Section("/stock/do/issue", "stock_pages.show_form", "out", "Issue stock"),
    Section("/stock/do/receive", "stock_pages.show_form", "in", "Receive stock"),
    Section("/stock/do/count", "stock_pages.show_form", "eye", "Count stock"),
    Section("/scan?mode=check_out", "scan.show", "out", "Check out"),
    Section("/scan?mode=check_in", "scan.show", "in", "Check in"),
    Section("/scan?mode=move", "scan.show", "move", "Move"),
)
# Pages of a section whose addresses do not begin with its own.
ELSEWHERE = {
    "/assets": ("/new/asset", "/many/assets"),
    "/people": ("/new/person",),
    "/locations": ("/new/location",),
    "/licences": ("/new/licence",),
    "/contracts": ("/new/contract", "/renewals"),
    "/disposal": ("/sanitizations", "/consignments", "/certificates"),
    "/orders": ("/deliveries", "/suppliers"),
    "/requests": ("/budgets",),
}
# The phone's bar leads to these; its menu leads to all others.
BAR = ("/", "/audits", "/scan", "/assets")
MINE = (
    Section("/scanner-setup", "phone.set_up_scanner", "scan", "Set up a scanner"),
    Section("/install", "phone.install", "download", "Install on this phone"),
    Section("/account/notices", "notice_choices.show", "bell", "Your notices"),
    Section("/account", "account.show_account", "lock", "Your account"),
    Section("/help", "help.show_index", "question", "Help"),
)


def may_open(section: Section) -> bool:
    """Return whether the signed-in person may open a section, by its endpoint's own rule."""
    actor = current_actor()
    if actor is None or section.endpoint not in current_app.view_functions:
        return False
    decision = find_decision(current_app, section.endpoint, "GET")
    if decision is None:
        return False
    return not isinstance(decision, Action) or actor.can(decision)


def is_in(href: str) -> bool:
    """Return whether this page belongs to the section with this address."""
    path, _, query = href.partition("?")
    if path == "/":
        return request.path == "/"
    if query:
        return request.path == path and "overdue" in request.args
    # What is overdue has a separate entry.
    if path == "/assets" and "overdue" in request.args:
        return False
    return request.path == path or request.path.startswith((f"{path}/", *ELSEWHERE.get(path, ())))


def list_groups() -> list[tuple[str, list[Section]]]:
    """Return the groups of the sidebar with the sections that the person may open."""
    groups = [(title, [one for one in sections if may_open(one)]) for title, sections in GROUPS]
    return [(title, sections) for title, sections in groups if sections]


def list_menu() -> list[tuple[str, list[Section]]]:
    """Return the groups of the phone's menu: what does not fit in its bar."""
    groups = [
        (title, [one for one in sections if one.href not in BAR])
        for title, sections in list_groups()
    ]
    mine = [one for one in MINE if may_open(one)]
    return [(title, sections) for title, sections in [*groups, ("You", mine)] if sections]


def find_actions(query: str) -> list[Section]:
    """Return the sections and actions with every word of a search that the person may open."""
    words = query.casefold().split()
    every = [*(one for _, sections in GROUPS for one in sections), *ACTIONS, *MINE]
    return [
        one for one in every if may_open(one) and all(word in one.text.casefold() for word in words)
    ]


def load_counts() -> SectionCounts:
    """Return the counts beside sections, at most some seconds old.

    A separate connection: the page around is written inside a transaction that goes on. A page
    that says what is wrong with the database has no counts.
    """
    known: tuple[float, SectionCounts] | None = current_app.extensions.get(COUNTS)
    if known is not None and time.monotonic() - known[0] < COUNTS_LAST_SECONDS:
        return known[1]
    try:
        with db.engine.connect() as connection:
            counts = SectionCounts(
                count_open_audits(connection),
                count_overdue(connection, now=g.now),
                count_low(connection),
            )
    except (DBAPIError, Unavailable):
        return SectionCounts()
    current_app.extensions[COUNTS] = (time.monotonic(), counts)
    return counts


def count_notices() -> str:
    """Return how many notices the person has not read, as the bell shows it; empty for none.

    Counted for each page, in one look at a small index: what was just read is gone at once.
    """
    actor = current_actor()
    if actor is None or actor.user_id is None:
        return ""
    try:
        with db.engine.connect() as connection:
            count = count_unread(connection, user_id=actor.user_id)
    except (DBAPIError, Unavailable):
        return ""
    return f"{MAX_COUNT - 1}+" if count >= MAX_COUNT else str(count or "")


@blueprint.app_context_processor
def offer_shell() -> dict[str, Any]:
    """Return what the frame of a page is made of. The functions are called by frames alone."""
    return {
        "is_in": is_in,
        "list_groups": list_groups,
        "load_counts": load_counts,
        "count_notices": count_notices,
    }
