"""The kinds of notices. A new kind is a member and its row, and a call where its cause happens.

A notice is written in the transaction of its cause. Its key is unique and contains the date that it
speaks of, so whatever happens twice is told once. Its topic names the matter: a newer notice of the
same topic takes the place of the older one, and all of them end with the matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from scanner_app.domain.access.roles import ROLES, Action, Role
from scanner_app.domain.notices import contract_words, licence_words, words
from scanner_app.domain.notices.devices import words as health_words
from scanner_app.domain.notices.policies import words as policy_words
from scanner_app.domain.notices.programmes.words import say_planned, to_planned
from scanner_app.domain.notices.reserved import (
    link_reservation,
    say_reservation,
    say_wanted_back,
)

Params = Mapping[str, Any]


class NoticeKind(StrEnum):
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    READER_SILENT = "reader_silent"
    READER_BACK = "reader_back"
    AUDIT_DUE = "audit_due"
    AUDIT_PLANNED = "audit_planned"
    FINDING_ASSIGNED = "finding_assigned"
    CLOSURE_WAITS = "closure_waits"
    LIFE_ENDS = "life_ends"
    LOW_STOCK = "low_stock"
    CONTRACT_ACT_BY = "contract_act_by"
    TERM_ROLLED_OVER = "term_rolled_over"
    LEASE_ENDS = "lease_ends"
    CHECK_NOT_RUN = "check_not_run"
    LOW_SEATS = "low_seats"
    OVER_ALLOCATED = "over_allocated"
    LICENCE_ENDS = "licence_ends"
    TO_ACCEPT = "to_accept"
    HANDOVER_ANSWERED = "handover_answered"
    JOB_FAILED = "job_failed"
    DELIVERY_FAILED = "delivery_failed"
    ATTESTATION_ASKED = "attestation_asked"
    WANTED_BACK = "wanted_back"
    RESERVATION = "reservation"
    SUPPORT_ENDS = "support_ends"
    KNOWN_EXPLOITED = "known_exploited"
    NO_PRODUCT_RULE = "no_product_rule"
    REQUEST_WAITING = "request_waiting"
    REQUEST_DECIDED = "request_decided"
    BUDGET_EXCEEDED = "budget_exceeded"
    POLICY_FAILED = "policy_failed"
    WAIVER_ENDS = "waiver_ends"


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """Everything that any layer says about a kind of notice.

    :param label: names the kind on pages.
    :param help: when it comes; on the page of choices.
    :param sentence: what is said, from the notice's params.
    :param link: where to go for it; an address of this service.
    :param event: the `type` of its webhook.
    :param shares: the params that a webhook gets. None of them names a person.
    :param concerns: the cause may name anybody with this action, such as who holds the asset.
    :param roles: who is told of all unless they chose otherwise.
    :param later_roles: who is told of all from a later step on.
    :param follow: who else may ask to be told of all: everybody with this action.
    :param is_swept: the daily sweep raises it, and ends it when its matter is over.
    :param narrows: it is about an asset, so a person may ask for one location or category alone.
    :param may_break_quiet: a person may let it through in their quiet hours.
    """

    label: str
    help: str
    icon: str
    tone: str
    event: str
    sentence: Callable[[Params], str]
    link: Callable[[Params], str]
    shares: tuple[str, ...] = ()
    concerns: Action | None = None
    roles: frozenset[Role] = field(default_factory=frozenset)
    later_roles: frozenset[Role] = field(default_factory=frozenset)
    follow: Action | None = None
    is_swept: bool = False
    narrows: bool = False
    may_break_quiet: bool = False


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice to be raised.

    :param key: the same for the same thing: a second notice of a key is never written.
    :param topic: the matter; see the module.
    :param to_person: the person of the register whom it concerns.
    :param to_users: keys of users whom it concerns, such as ``user:5``; others are passed over.
    :param roles: told beside those. The row's roles where the notice does not say.
    :param location_id: where it matters, for those who asked for one location; `category_id` alike.
    """

    key: str
    kind: NoticeKind
    topic: str
    params: Mapping[str, Any]
    to_person: int | None = None
    to_users: tuple[str, ...] = ()
    roles: frozenset[Role] = frozenset()
    location_id: int | None = None
    category_id: int | None = None
    due_on: date | None = None


_K, _A = NoticeKind, Action
_STOCKROOM = frozenset({Role.STOCKROOM})
_ADMIN = frozenset({Role.ADMIN})
_TECHNICIAN = frozenset({Role.TECHNICIAN})

# In the order of the page of choices.
NOTICES: dict[NoticeKind, NoticeRow] = {
    _K.DUE_SOON: NoticeRow(
        "Due back soon",
        "Three days and one day before something assigned to you is due back.",
        "clock", "note", "loan.due_soon", words.due_soon, words.to_asset,
        shares=("custody", "due_at", "day", "tag"),
        concerns=_A.READ_REGISTER,
        is_swept=True,
    ),
    _K.OVERDUE: NoticeRow(
        "Overdue",
        "One, three and seven days after something was due back, then weekly, eight times at most."
        " From the third day on, the stockroom is told too.",
        "warning", "warn", "loan.overdue", words.overdue, words.to_asset,
        shares=("custody", "due_at", "day", "tag"),
        concerns=_A.READ_REGISTER, later_roles=_STOCKROOM, is_swept=True, narrows=True,
    ),
    _K.WANTED_BACK: NoticeRow(
        "Wanted back",
        "Somebody has reserved something assigned to you, and it is not due back before.",
        "repeat", "warn", "loan.wanted_back", say_wanted_back, words.to_asset,
        shares=("custody", "tag", "starts_at"),
        concerns=_A.READ_REGISTER, is_swept=True,
    ),
    _K.RESERVATION: NoticeRow(
        "Your reservation",
        "A day before it begins; when somebody else still has what you reserved; when nobody came"
        " for it. The stockroom is told of what is at risk.",
        "clock", "note", "reservation", say_reservation, link_reservation,
        shares=("number", "what", "starts_at"),
        concerns=_A.READ_REGISTER, later_roles=_STOCKROOM, is_swept=True,
    ),
    _K.AUDIT_DUE: NoticeRow(
        "Audit due",
        "Three days before the day an audit of yours should be closed, and the day after it.",
        "clipboard", "note", "audit.due", words.audit_due, words.to_audit,
        shares=("id", "audit", "day", "is_late"),
        concerns=_A.CLOSE_AUDITS, is_swept=True,
    ),
    _K.AUDIT_PLANNED: NoticeRow(
        "Audit planned",
        "A programme has set up its next audit, which waits to be counted; or it could not, and"
        " somebody must look.",
        "repeat", "note", "audit.planned", say_planned, to_planned,
        shares=("id", "audit", "day", "places"),
        concerns=_A.RUN_AUDITS, roles=frozenset({Role.AUDITOR}),
    ),
    _K.FINDING_ASSIGNED: NoticeRow(
        "Yours to clear up",
        "Somebody gave you findings of an audit to clear up.",
        "clipboard", "note", "audit.finding_assigned", words.finding_assigned, words.to_assigned,
        shares=("id", "audit", "count", "day"),
        concerns=_A.READ_AUDITS,
    ),
    _K.CLOSURE_WAITS: NoticeRow(
        "Audit to close",
        "Somebody asks you to close an audit, or sends one back that you asked to have closed.",
        "check", "note", "audit.closure_waits", words.closure_waits, words.to_closure,
        shares=("id", "audit", "is_back"),
        concerns=_A.CLOSE_AUDITS,
    ),
    _K.ATTESTATION_ASKED: NoticeRow(
        "Asked what you have",
        "An audit asks which of the things assigned to you you have; again after three and seven"
        " days without an answer.",
        "question", "note", "audit.asked", words.attestation_asked, words.to_attestation,
        concerns=_A.READ_REGISTER, is_swept=True,
    ),
    _K.LIFE_ENDS: NoticeRow(
        "Warranty or life ends",
        "90, 30 and 7 days before a warranty or a planned life ends, unless your admin set others.",
        "box", "note", "asset.ends", words.life_ends, words.to_asset,
        shares=("asset", "what", "day", "tag"),
        roles=_STOCKROOM, follow=_A.READ_REGISTER, is_swept=True, narrows=True,
    ),
    _K.READER_SILENT: NoticeRow(
        "Reader silent",
        "A reader sent nothing for longer than its own page allows.",
        "antenna", "bad", "reader.silent", words.silent, words.to_reader,
        shares=("id", "reader", "since"),
        roles=_ADMIN, may_break_quiet=True,
    ),
    _K.READER_BACK: NoticeRow(
        "Reader back",
        "A reader that was silent sends again.",
        "antenna", "good", "reader.back", words.back, words.to_reader,
        shares=("id", "reader", "since"),
        roles=_ADMIN,
    ),
    _K.LOW_STOCK: NoticeRow(
        "Low stock",
        "A stock item is at or under its minimum. Once, until somebody fills it up.",
        "list", "warn", "stock.low", words.low_stock, words.to_stock,
        roles=_STOCKROOM, follow=_A.MANAGE_STOCK,
    ),
    _K.CONTRACT_ACT_BY: NoticeRow(
        "Contract to decide about",
        "90, 30 and 7 days before the day by which a contract must be renewed or given notice,"
        " unless your admin set others.",
        "edit", "warn", "contract.act_by", contract_words.say_act_by, contract_words.to_contract,
        shares=("number", "day", "ends_on"),
        concerns=_A.READ_REGISTER, roles=_STOCKROOM, follow=_A.READ_REGISTER,
    ),
    _K.TERM_ROLLED_OVER: NoticeRow(
        "Contract renewed itself",
        "Nobody decided about a contract in time, so its next term was made.",
        "repeat", "warn", "contract.rolled_over",
        contract_words.say_rolled_over, contract_words.to_contract,
        shares=("number", "term", "day"),
        concerns=_A.READ_REGISTER, roles=_STOCKROOM, follow=_A.READ_REGISTER,
    ),
    _K.LEASE_ENDS: NoticeRow(
        "Lease ends",
        "90, 30 and 7 days before a lease ends, unless your admin set others.",
        "box", "note", "contract.lease_ends",
        contract_words.say_lease_ends, contract_words.to_contract,
        shares=("number", "day"),
        concerns=_A.READ_REGISTER, roles=_STOCKROOM, follow=_A.READ_REGISTER,
    ),
    _K.LOW_SEATS: NoticeRow(
        "Few free seats",
        "A licence has as few free seats as its minimum. Once, until there are more.",
        "key", "warn", "licence.low", licence_words.say_low_seats, licence_words.to_licence,
        roles=_STOCKROOM, follow=_A.READ_REGISTER,
    ),
    _K.OVER_ALLOCATED: NoticeRow(
        "Too many seats given",
        "More seats of a licence are given than were bought. Once, until some are returned.",
        "key", "bad", "licence.over", licence_words.say_over, licence_words.to_licence,
        roles=_STOCKROOM, follow=_A.READ_REGISTER,
    ),
    _K.LICENCE_ENDS: NoticeRow(
        "Licence ends",
        "90, 30 and 7 days before a licence ends, unless your admin set others.",
        "key", "note", "licence.ends", licence_words.say_ends, licence_words.to_licence,
        shares=("tag", "day"),
        roles=_STOCKROOM, follow=_A.READ_REGISTER,
    ),
    _K.REQUEST_WAITING: NoticeRow(
        "Request to decide about",
        "Somebody asked for something that you may approve or refuse, or it comes to more than was"
        " approved.",
        "question", "note", "request.waiting", words.request_waits, words.to_request,
        shares=("request", "title"),
        roles=frozenset({Role.APPROVER, Role.ADMIN}),
    ),
    _K.REQUEST_DECIDED: NoticeRow(
        "Your request",
        "Something that you asked for was approved, refused, or is there.",
        "check", "note", "request.decided", words.request_decided, words.to_request,
        shares=("request", "title", "state"),
        concerns=_A.REQUEST,
    ),
    _K.BUDGET_EXCEEDED: NoticeRow(
        "Budget overdrawn",
        "An order took more than a budget had left.",
        "warning", "warn", "budget.exceeded", words.budget_exceeded, words.to_budget,
        shares=("id", "budget"),
        roles=frozenset({Role.APPROVER}), follow=_A.PURCHASE,
    ),
    _K.POLICY_FAILED: NoticeRow(
        "Policy does not hold",
        "More devices do not keep a policy, one for each policy; or an order, a request or a task"
        " does not at its step.",
        "lock", "warn", "policy.failed", policy_words.say_failed, policy_words.to_failed,
        shares=("policy", "title", "new", "count"),
        roles=_TECHNICIAN, follow=_A.READ_REGISTER,
    ),
    _K.WAIVER_ENDS: NoticeRow(
        "Waiver ends",
        "90, 30 and 7 days before a waiver of a policy ends, unless your admin set others.",
        "clock", "note", "policy.waiver_ends",
        policy_words.say_waiver_ends, policy_words.to_policy,
        shares=("policy", "title", "day"),
        concerns=_A.APPROVE, roles=frozenset({Role.APPROVER}), follow=_A.APPROVE, is_swept=True,
    ),
    _K.CHECK_NOT_RUN: NoticeRow(
        "Daily check did not run",
        "Nobody looked at contracts for a day or more: told once it runs again.",
        "clock", "bad", "check.not_run", contract_words.say_not_run, lambda _: "/admin/jobs",
        roles=_ADMIN,
    ),
    _K.SUPPORT_ENDS: NoticeRow(
        "Support ends",
        "180, 90 and 30 days before the support of what devices run ends, and once it has. One for"
        " each release.",
        "clock", "warn", "device.support_ends",
        health_words.say_support_ends, health_words.to_release,
        shares=("product", "cycle", "day", "count"),
        roles=_TECHNICIAN, follow=_A.READ_REGISTER,
    ),
    _K.KNOWN_EXPLOITED: NoticeRow(
        "Known to be exploited",
        "The catalogue of exploited vulnerabilities names a product that devices have.",
        "warning", "bad", "device.exploited",
        health_words.say_exploited, health_words.to_vulnerability,
        shares=("cve", "count"),
        roles=_TECHNICIAN, follow=_A.READ_REGISTER,
    ),
    _K.NO_PRODUCT_RULE: NoticeRow(
        "Unknown operating system",
        "Devices run a system that no rule knows, so nobody can say until when it is supported.",
        "question", "note", "device.no_rule", health_words.say_no_rule, health_words.to_rules,
        shares=("system", "count"),
        roles=_ADMIN,
    ),
    _K.TO_ACCEPT: NoticeRow(
        "Yours to accept",
        "Something was handed to you, with a link to accept it: at once, then after 3, 7 and 12"
        " days.",
        "edit", "note", "handover.to_accept", words.to_accept, words.to_answer,
        shares=("number",),
        concerns=_A.READ_REGISTER, is_swept=True,
    ),
    _K.HANDOVER_ANSWERED: NoticeRow(
        "Answer to a hand-over",
        "Somebody accepted or declined what you handed over by link, or did not answer in 14 days."
        " The stockroom is told of what was declined and what lapsed.",
        "repeat", "note", "handover.answered", words.answered, words.to_handover,
        shares=("number", "answer"),
        concerns=_A.CHANGE_CUSTODY, later_roles=_STOCKROOM,
    ),
    _K.JOB_FAILED: NoticeRow(
        "Work failed",
        "An import of yours failed, or work in the background did and a person must look.",
        "cross", "bad", "job.failed", words.job_failed, words.to_page,
        shares=("job",),
        concerns=_A.IMPORT, roles=_ADMIN, may_break_quiet=True,
    ),
    _K.DELIVERY_FAILED: NoticeRow(
        "Not delivered",
        "An e-mail address refuses what we send, or a webhook was switched off.",
        "mail", "bad", "delivery.failed", words.delivery_failed, words.to_page,
        roles=_ADMIN, may_break_quiet=True,
    ),
}  # fmt: skip
SWEPT = tuple(kind for kind, row in NOTICES.items() if row.is_swept)


def describe(kind: NoticeKind, params: Params) -> str:
    """Return the sentence of a notice. A moment in it is data: each page writes it in its zone."""
    return NOTICES[kind].sentence(params)


def find_link(kind: NoticeKind, params: Params) -> str:
    """Return the address in this service where a person looks after the matter."""
    return NOTICES[kind].link(params)


def hears_all(kind: NoticeKind, role: Role) -> bool:
    """Return whether a role may be told of a whole kind, and so may narrow it to a part."""
    row = NOTICES[kind]
    return role in row.roles | row.later_roles or (
        row.follow is not None and row.follow in ROLES[role].actions
    )


def is_told_unasked(kind: NoticeKind, role: Role) -> bool:
    """Return whether somebody of a role may be told of a kind without having chosen anything."""
    row = NOTICES[kind]
    concerns = row.concerns is not None and row.concerns in ROLES[role].actions
    return concerns or role in row.roles | row.later_roles


def may_choose(kind: NoticeKind, role: Role) -> bool:
    """Return whether somebody of a role may be told of a kind, and so chooses how."""
    return is_told_unasked(kind, role) or hears_all(kind, role)
