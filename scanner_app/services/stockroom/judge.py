"""Judge the lines of a tray and of a hand-over by the decision table and the rules of lending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from scanner_app.domain.circulation.due import find_due
from scanner_app.domain.circulation.judge import Finding, judge
from scanner_app.domain.circulation.line import Borrower, HandOver, Line, Meaning
from scanner_app.domain.circulation.loan_rules import ResolvedRule, Scope
from scanner_app.domain.circulation.terms import HeldTerms, find_held
from scanner_app.domain.stockroom.handovers import HandoverKind
from scanner_app.domain.stockroom.kits import InTray, KitFacts, judge_kits
from scanner_app.domain.stockroom.tray import Tray
from scanner_app.queries.circulation.line_facts import (
    Thing,
    find_items,
    find_stock_categories,
    find_tags,
    load_held,
    load_things,
)
from scanner_app.queries.circulation.rules import Lending, is_empty, load_lending
from scanner_app.queries.circulation.terms import load_accepted, load_current
from scanner_app.queries.scanning.names import DisplayNames
from scanner_app.queries.stockroom.kits import find_fixed, find_kit_ids, load_kits
from scanner_app.queries.stockroom.named import find_named
from scanner_app.services.stockroom.booking.pick_up import Pick, find_picks
from scanner_app.services.stockroom.booking.reserved import load_reserved


class Asked(NamedTuple):
    """One line to be judged.

    :param place_id: of the location that the line names.
    :param due_at: as the line says; None: by the rules, if it goes out.
    :param stock_id: of the stock item, if the line is pieces of one.
    :param is_here: False of a line of a tray that cannot be handed over.
    """

    thing: str
    asset_id: int | None
    meaning: Meaning = Meaning.ASSET
    place_id: int | None = None
    due_at: datetime | None = None
    stock_id: int | None = None
    is_here: bool = True


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be said of one line, when it will be due back, and the terms that hold for it."""

    findings: tuple[Finding, ...] = ()
    due_at: datetime | None = None
    terms: tuple[HeldTerms, ...] = ()

    def to_json(self) -> list[dict[str, Any]]:
        """Return the findings as the document holds them."""
        return [
            {"code": one.check.value, "weight": one.weight.value, "said": one.message}
            for one in self.findings
        ]


@dataclass(frozen=True, slots=True)
class HandoverPoint:
    """Where a hand-over is, which way it goes, and to whom.

    :param person_id: who gets the things; None if nobody is known, or they come back.
    :param zone: the time zone of places that set none.
    :param agreed: the ids of versions of terms that the person accepts with this hand-over.
    :param kits: the codes of the kits whose labels were scanned.
    :param by_link: terms are asked for by a link, so none of them keeps a line here.
    """

    kind: HandoverKind
    person_id: int | None
    place_id: int | None
    zone: str
    now: datetime
    agreed: frozenset[int] = frozenset()
    by_link: bool = False
    kits: tuple[str, ...] = ()


def judge_lines(
    session: Session, asked: Sequence[Asked], counter: HandoverPoint
) -> list[Judgement]:
    """Return the judgement of each line, in order.

    The limits count what the person holds and the lines up to this one, so of a tray that holds
    too much only the lines beyond the limit ask. Pieces of stock have terms and nothing else: the
    rules of lending are about assets, and the ledger alone says whether pieces can go.
    """
    session.flush()
    ids = {one.asset_id for one in asked if one.asset_id is not None}
    things = load_things(session, ids)
    is_issue = counter.kind is HandoverKind.ISSUE
    person_id = counter.person_id if is_issue else None
    names = DisplayNames(session.connection())
    names.load_places({counter.place_id, *(one.place_id for one in asked)})
    names.load_people([person_id])
    lending = load_lending(
        session,
        zone=counter.zone,
        person_ids=[person_id] if person_id is not None else [],
        asset_ids=ids,
    )
    held = load_held(session, person_id) if person_id is not None else []
    current = load_current(session, counter.now) if is_issue else ()
    accepted = load_accepted(session, person_id) if current else {}
    categories = find_stock_categories(session, {one.stock_id for one in asked if one.stock_id})
    kits = _judge_kits(session, asked, things, counter)
    reserved = load_reserved(session, things if is_issue else {}, person_id, counter.now)
    picks = find_picks(session, person_id, things, counter.now)
    judgements, before = [], _Before(person_id, names, held)
    for one in asked:
        if one.stock_id is not None:
            category_id = categories.get(one.stock_id)
            terms = find_held(current, category_id, accepted, counter.now)
            judgements.append(Judgement(terms=terms))
            continue
        thing = things.get(one.asset_id or 0)
        place = names.place(one.place_id)
        path = place.path if place else thing.path if thing else ""
        rule = lending.rule_at(path, person_id=person_id, asset_id=thing.id if thing else None)
        pick = picks.get(one.asset_id or 0)
        due_at = _find_due(one, pick, lending, rule, path, counter) if is_issue and thing else None
        terms = find_held(current, thing.category_id, accepted, counter.now) if thing else ()
        line = _make_line(one, thing, due_at, names, counter, _list_open(terms, counter))
        booked = reserved.of(thing, due_at) if thing is not None and is_issue else ()
        line = _add_kit(replace(line, bookings=booked), kits.get(one.asset_id or 0))
        findings = judge(line, before.count(thing, path, rule), rule, counter.now)
        judgements.append(Judgement(findings, due_at, terms))
    return judgements


def _judge_kits(
    session: Session, asked: Sequence[Asked], things: Mapping[int, Thing], counter: HandoverPoint
) -> dict[int, KitFacts]:
    """Return what is to be said of kits at each line. What comes back may come in pieces."""
    if not counter.kind.facts.needs_person:
        return {}
    scanned = set(find_kit_ids(session, counter.kits).values())
    kits = load_kits(session, scanned | set(find_fixed(session, things).values()))
    here = [one for one in asked if one.is_here]
    ids = {one.asset_id for one in here}
    tray = InTray(
        {id_: thing.model_id for id_, thing in things.items() if id_ in ids},
        {one.stock_id for one in here if one.stock_id is not None},
    )
    return judge_kits(kits.values(), tray, scanned)


def _add_kit(line: Line, facts: KitFacts | None) -> Line:
    if facts is None:
        return line
    return replace(
        line, kit=facts.broken_up, kit_in_tray=facts.incomplete, missing_pieces=facts.missing
    )


def _list_open(terms: Sequence[HeldTerms], counter: HandoverPoint) -> tuple[str, ...]:
    """Return the titles of the terms that the person has to accept yet."""
    if counter.by_link:
        return ()
    return tuple(
        one.text.title
        for one in terms
        if one.accepted_at is None and one.text.id not in counter.agreed
    )


def judge_tray(
    session: Session, tray: Tray, *, due_at: datetime | None, zone: str, now: datetime
) -> list[Judgement]:
    """Return the judgement of each line of a tray, in order; nothing while it has no direction.

    :param due_at: what the form says for all lines; None: by the rules.
    """
    if tray.kind is None:
        return [Judgement() for _ in tray.lines]
    tags = find_tags(session, (line.tag for line in tray.lines if line.thing is not None))
    items = find_items(session, (line.tag for line in tray.lines if line.stock is not None))
    person = tray.person[0] if tray.person else None
    codes = {line.place for line in tray.lines if line.place} | (
        {tray.place[0]} if tray.place else set()
    )
    person_id, places = find_named(session, person, codes, at=now)
    counter = HandoverPoint(
        tray.kind,
        person_id,
        places.get(tray.place[0]) if tray.place else None,
        zone,
        now,
        kits=tuple(kit.code for kit in tray.kits),
    )
    asked = [
        Asked(line.tag, None, stock_id=items.get(line.tag, 0))
        if line.stock is not None
        else Asked(
            f"{line.tag} {line.name}".strip(),
            tags.get(line.tag),
            Meaning.ASSET if line.tag in tags else Meaning.UNKNOWN,
            places.get(line.place or ""),
            due_at,
            is_here=line.is_ready,
        )
        for line in tray.lines
    ]
    return judge_lines(session, asked, counter)


def _find_due(
    one: Asked,
    pick: Pick | None,
    lending: Lending,
    rule: ResolvedRule,
    path: str,
    counter: HandoverPoint,
) -> datetime | None:
    if one.due_at is None and pick is not None:
        return pick.ends_at  # it was booked until then
    if one.due_at is not None or is_empty(lending.rules):
        return one.due_at
    return find_due(counter.now, rule, zone=lending.zone_at(path), closed=lending.closed_at(path))


def _make_line(
    one: Asked,
    thing: Thing | None,
    due_at: datetime | None,
    names: DisplayNames,
    counter: HandoverPoint,
    open_terms: tuple[str, ...],
) -> Line:
    """Return the line as the table asks for it. Licences: no such."""
    kind = HandOver(counter.kind.value)
    if thing is None:
        return Line(kind, one.thing, one.meaning)
    here = names.place(counter.place_id)
    is_here = here is not None and thing.path.startswith(here.path)
    return Line(
        kind,
        f"{thing.tag} {thing.name}".strip(),
        status=thing.status,
        holder=thing.holder,
        due_at=due_at,
        has_open_repair=thing.has_open_repair,
        # What lies on a shelf of the counter's location is here.
        recorded_place=here.name if here and is_here else thing.place,
        counter=here.name if here else None,
        audit=thing.audit,
        is_damaged=thing.is_damaged,
        warranty_until=thing.warranty_until,
        last_seen_at=thing.last_seen_at,
        open_terms=open_terms,
    )


@dataclass(slots=True)
class _Before:
    """Who gets the things, with what they hold and the lines before."""

    person_id: int | None
    names: DisplayNames
    held: list[Thing]
    lines: list[tuple[Thing, str]] = field(default_factory=list)

    def count(self, thing: Thing | None, path: str, rule: ResolvedRule) -> Borrower | None:
        """Return the person as one line finds them, that line included."""
        person = self.names.person(self.person_id)
        if person is None:
            return None
        if thing is not None and thing.id not in {one.id for one in self.held}:
            self.held.append(replace(thing, path=path))
        due = [
            one.due_at
            for one in self.held
            if one.due_at and one.holder is not None and one.holder.id == person.id
        ]
        return Borrower(
            person.id,
            person.name,
            person.is_active,
            len(self._of(rule.items_in)),
            sum(one.cost_cents for one in self._of(rule.value_in)),
            min(due, default=None),
        )

    def _of(self, scope: Scope) -> list[Thing]:
        return [one for one in self.held if one.is_in(scope)]
