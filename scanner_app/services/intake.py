"""One scan judged after the other: what it means, whether it is refused, what the operator is told.

Everything here is called by `services.scanning.record_scans`. The common scan extends an asset's
history by one step in memory; a late one and an undo fold the history anew (`projection`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from scanner_app.domain import sentences
from scanner_app.domain.audits.findings import is_inside
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.custody import (
    STATE_INTENTS,
    STATE_REFUSALS,
    Intent,
    Outcome,
    Refusal,
    ScanEvent,
    decide,
    fold,
)
from scanner_app.domain.lifecycle import LABELS
from scanner_app.models import Scan
from scanner_app.queries.resolution import NOTHING
from scanner_app.services.audits.count import recompute_findings
from scanner_app.services.batch import Batch, Prepared, id_of
from scanner_app.services.memory import Memory
from scanner_app.services.projection import insert_event, load_events, replace_history


class Intake:
    """Takes the scans of a batch one after the other."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def take(self, item: Prepared) -> dict[str, Any]:
        """Judge one scan and remember it for the write.

        Gives its result, whose finding and message are final after the batch is written.
        """
        if item.scan.intent is Intent.VOID:
            return self._take_void(item)
        meaning = item.meaning
        memory = (
            self.batch.assets.get(meaning.id) if meaning.kind == "asset" and meaning.id else None
        )
        result = self.batch.blank(item, meaning)
        if self.batch.undone_early and item.scan.scan_id in self.batch.undone_early:
            text = sentences.undone_before(thing=self._thing(item, memory))
            return self.batch.keep(item, result, Outcome.NOTED, text, memory)
        refusal = self._refuse_request(item, memory)
        if refusal is not None:
            return self._keep_refused(item, result, refusal, memory)
        if memory is not None:
            return self._take_asset(item, result, memory)
        return self._take_other(item, result)

    def _refuse_request(self, item: Prepared, memory: Memory | None) -> Refusal | None:
        scan = item.scan
        if scan.audit is not None:
            state = self.batch.audits.get(scan.audit)
            if state is None:
                return Refusal.UNKNOWN_AUDIT
            if state is not AuditState.COUNTING:
                return Refusal.AUDIT_NOT_COUNTING
        if item.place is not None and item.place.kind != "location":
            return Refusal.UNKNOWN_LOCATION
        if item.custodian is not None and item.custodian.kind != "person":
            return Refusal.UNKNOWN_CUSTODIAN
        if memory is not None:
            if scan.intent is Intent.CHECK_OUT and item.custodian is None:
                return Refusal.CUSTODIAN_REQUIRED
            if scan.intent is Intent.MOVE and item.place is None:
                return Refusal.LOCATION_REQUIRED
        return None

    def _take_other(self, item: Prepared, result: dict[str, Any]) -> dict[str, Any]:
        """A room's label, a badge, a code that nothing is registered under, or under two."""
        kind = item.meaning.kind
        if kind == "location":
            place = self.batch.names.place(item.meaning.id)
            text = sentences.place_set(name=place.name if place else item.scan.code)
            return self.batch.keep(item, result, Outcome.NOTED, text, None)
        if kind == "person":
            person = self.batch.names.person(item.meaning.id)
            text = sentences.person_set(name=person.name if person else item.scan.code)
            return self.batch.keep(item, result, Outcome.NOTED, text, None)
        if kind == "ambiguous":
            count = len(item.meaning.options)
            text = sentences.ambiguous(code=item.scan.code, count=count)
            result["answer"] = "unknown"
            flags = ("duplicate_label",)
            seen = self.batch.seen(item, None, flags) if item.scan.audit else None
            return self.batch.keep(item, result, Outcome.AMBIGUOUS, text, None, seen=seen)
        result["answer"] = "unknown"
        text = sentences.unregistered(code=item.scan.code)
        # Somebody else's tag that a reader passes is counted in the log; it is no discrepancy.
        counts = item.scan.audit and item.scan.source != "rfid"
        seen = self.batch.seen(item, None) if counts else None
        return self.batch.keep(item, result, Outcome.UNREGISTERED, text, None, seen=seen)

    def _take_asset(self, item: Prepared, result: dict[str, Any], memory: Memory) -> dict[str, Any]:
        scan = item.scan
        if scan.intent in STATE_INTENTS:
            if item.effective_at < memory.state_at:
                return self._take_late(item, result, memory)
            event = ScanEvent(
                item.effective_at,
                scan.intent,
                id_of(item.place),
                id_of(item.custodian),
                scan.due_at,
            )
            after, refusal = decide(memory.state, event, home_id=memory.home_id)
            if refusal is not None:
                memory.state_at = item.effective_at
                memory.is_dirty = True
                _note_seen(item, memory)
                return self._keep_refused(item, result, refusal, memory)
            memory.advance(after, item.effective_at)
            _note_seen(item, memory)
            return self._keep_applied(item, result, memory)
        _note_seen(item, memory)
        recorded = self.batch.names.place(memory.state.location_id)
        here = self.batch.names.place(id_of(item.place))
        if scan.intent is Intent.LOOKUP:
            person = self.batch.names.person(memory.state.custodian_id)
            text = sentences.looked_up(
                thing=memory.thing,
                place=recorded.name if recorded else None,
                custodian=person.name if person else None,
                stage=LABELS[memory.state.status],
            )
        else:
            is_elsewhere = here is not None and (
                recorded is None or not is_inside(here.path, recorded.path)
            )
            if is_elsewhere:
                result["answer"] = "wrong_place"
            text = sentences.seen(
                thing=memory.thing,
                place=here.name if here else None,
                recorded=recorded.name if recorded else None,
                is_elsewhere=is_elsewhere,
            )
        seen = self.batch.seen(item, memory) if scan.audit else None
        return self.batch.keep(item, result, Outcome.NOTED, text, memory, seen=seen)

    def _keep_applied(
        self, item: Prepared, result: dict[str, Any], memory: Memory
    ) -> dict[str, Any]:
        place = self.batch.names.place(memory.state.location_id)
        person = self.batch.names.person(memory.state.custodian_id)
        text = sentences.applied(
            item.scan.intent,
            thing=memory.thing,
            place=place.name if place else None,
            custodian=person.name if person else None,
            due_at=memory.state.due_at,
        )
        seen = self.batch.seen(item, memory) if item.scan.audit else None
        return self.batch.keep(item, result, Outcome.APPLIED, text, memory, seen=seen)

    def _take_late(self, item: Prepared, result: dict[str, Any], memory: Memory) -> dict[str, Any]:
        """A scan older than what is known: fold the history with it at its place."""
        self.batch.write()  # what came before it in this batch belongs to the history
        scan = item.scan
        events = load_events(self.batch.session, asset_id=memory.id)
        event = ScanEvent(
            item.effective_at, scan.intent, id_of(item.place), id_of(item.custodian), scan.due_at
        )
        history = fold(insert_event(events, event), home_id=memory.home_id)
        changed = history.state != memory.state
        # The state may be what it was and the way to it still another one.
        replace_history(self.batch.session, asset_id=memory.id, history=history)
        memory.state = history.state
        memory.state_at = history.state_at or memory.state_at
        _note_seen(item, memory)
        seen = self.batch.seen(item, memory) if scan.audit else None
        if not changed:
            text = sentences.late(thing=memory.thing)
            return self.batch.keep(item, result, Outcome.NOTED, text, memory, seen=seen)
        # What it asked for may not be what came of it: scans after it were judged anew.
        place = self.batch.names.place(memory.state.location_id)
        person = self.batch.names.person(memory.state.custodian_id)
        text = sentences.late_changed(
            thing=memory.thing,
            place=place.name if place else None,
            custodian=person.name if person else None,
            stage=LABELS[memory.state.status],
        )
        return self.batch.keep(item, result, Outcome.APPLIED, text, memory, seen=seen)

    def _take_void(self, item: Prepared) -> dict[str, Any]:
        """An undo: a new scan that voids an old one; the old one stays in the log."""
        self.batch.write()  # the scan it undoes may stand earlier in this batch
        result = self.batch.blank(item, NOTHING)
        result["kind"] = None
        target = self.batch.session.execute(
            select(
                Scan.scan_id,
                Scan.intent,
                Scan.actor,
                Scan.audit_id,
                Scan.asset_id,
                Scan.code,
                Scan.code_key,
            ).where(Scan.scan_id == item.scan.voids)
        ).one_or_none()
        if target is None:
            if item.scan.voids is not None:
                self.batch.undone_early.add(item.scan.voids)
            return self.batch.keep(item, result, Outcome.NOTED, sentences.VOID_KEPT, None)
        memory = None
        if target.asset_id is not None:
            self.batch.load_assets([target.asset_id])
            memory = self.batch.assets[target.asset_id]
            result["kind"] = "asset"
        thing = memory.thing if memory else sentences.show_code(target.code)
        refusal = self._refuse_void(target)
        if refusal is not None:
            return self._keep_refused(item, result, refusal, memory)
        if memory is not None:
            if target.intent in STATE_INTENTS:
                events = load_events(self.batch.session, asset_id=memory.id, without=target.scan_id)
                history = fold(events, home_id=memory.home_id)
                replace_history(self.batch.session, asset_id=memory.id, history=history)
                memory.state = history.state
                memory.state_at = history.state_at or memory.state_at
            memory.wants_last_seen = True
            memory.is_dirty = True
        self.batch.keep(item, result, Outcome.APPLIED, sentences.voided(thing=thing), memory)
        if target.audit_id is not None:
            self.batch.pending[-1].audit_id = target.audit_id
        self.batch.write()  # a finding is counted anew from a log that holds the undo
        if target.audit_id is not None:
            recompute_findings(
                self.batch.session,
                audit_id=target.audit_id,
                asset_ids=[] if target.asset_id is None else [target.asset_id],
                code_keys=[] if target.asset_id is not None else [target.code_key],
            )
        return result

    def _refuse_void(self, target: Any) -> Refusal | None:
        if target.intent is Intent.VOID:
            return Refusal.UNKNOWN_SCAN
        if target.actor != self.batch.author and not self.batch.may_void_any:
            return Refusal.NOT_YOUR_SCAN
        if target.audit_id is not None:
            audits = self.batch.load_audits([target.audit_id])
            if audits.get(target.audit_id) is not AuditState.COUNTING:
                return Refusal.AUDIT_NOT_COUNTING
        undone = self.batch.session.scalar(
            select(Scan.id)
            .where(
                Scan.voids == target.scan_id,
                Scan.outcome.in_((Outcome.APPLIED, Outcome.NOTED)),
            )
            .limit(1)
        )
        return Refusal.ALREADY_VOIDED if undone is not None else None

    def _thing(self, item: Prepared, memory: Memory | None) -> str:
        return memory.thing if memory else sentences.show_code(item.scan.code)

    def _keep_refused(
        self, item: Prepared, result: dict[str, Any], refusal: Refusal, memory: Memory | None
    ) -> dict[str, Any]:
        scan = item.scan
        person = self.batch.names.person(memory.state.custodian_id) if memory else None
        is_place = refusal is Refusal.UNKNOWN_LOCATION
        result["refusal"] = refusal.value
        result["answer"] = "refused"
        text = sentences.refused(
            refusal,
            thing=self._thing(item, memory),
            custodian=person.name if person else None,
            given=scan.location if is_place else scan.custodian,
            stage=memory.state.status.value if memory else None,
        )
        # Refused by the state, it was still seen: an auditor wants to know of it.
        seen = None
        if scan.audit and memory is not None and refusal in STATE_REFUSALS:
            seen = self.batch.seen(item, memory)
        return self.batch.keep(item, result, Outcome.REFUSED, text, memory, seen=seen)


def _note_seen(item: Prepared, memory: Memory) -> None:
    memory.note_seen(item.effective_at, id_of(item.place), item.scan.condition)
