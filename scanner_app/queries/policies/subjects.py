"""What results and waivers are about, by the names that people use."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from urllib.parse import quote

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.lifecycle.tasks import read_number, write_number
from scanner_app.domain.numbers import read_id
from scanner_app.domain.policies.gates import SubjectKind
from scanner_app.models import Asset, PurchaseOrder, Request, Task

Subject = tuple[SubjectKind, int]


def find_subject(session: Session, kind: SubjectKind, name: str) -> Subject:
    """Return a subject by its name: a tag, or the number of an order, a request or a task.

    :raises NotFound: nothing of this kind has that name.
    """
    name = name.strip()
    found: int | None = None
    match kind:
        case SubjectKind.ASSET:
            found = session.scalar(
                select(Asset.id).where(func.upper(Asset.asset_tag) == name.upper())
            )
        case SubjectKind.ORDER:
            found = session.scalar(
                select(PurchaseOrder.id).where(PurchaseOrder.number_key == name.casefold())
            )
        case SubjectKind.TASK:
            task_kind, id_ = read_number(name) or (None, 0)
            of_task = Task.id == id_, Task.kind == task_kind
            found = session.scalar(select(Task.id).where(*of_task))
        case SubjectKind.REQUEST:
            id_ = read_id(name[1:]) or 0 if name[:1].upper() == "R" else 0
            found = session.scalar(select(Request.id).where(Request.id == id_))
    if found is None:
        raise NotFound(f"There is no {kind.value} {name[:40]!r}.")
    return kind, found


def name_subjects(session: Session, subjects: Iterable[Subject]) -> dict[Subject, tuple[str, str]]:
    """Return the name of each subject, and the address of its page; what is gone has neither."""
    ids: dict[SubjectKind, set[int]] = {}
    for kind, id_ in subjects:
        ids.setdefault(kind, set()).add(id_)
    named: dict[Subject, tuple[str, str]] = {}
    for kind, wanted in ids.items():
        for id_, name, link in _name(session, kind, wanted):
            named[kind, id_] = name, link
    return named


def _name(session: Session, kind: SubjectKind, ids: Collection[int]) -> list[tuple[int, str, str]]:
    match kind:
        case SubjectKind.ASSET:
            assets = session.execute(select(Asset.id, Asset.asset_tag).where(Asset.id.in_(ids)))
            return [(id_, tag, f"/assets/{quote(tag, safe='')}") for id_, tag in assets]
        case SubjectKind.ORDER:
            orders = session.execute(
                select(PurchaseOrder.id, PurchaseOrder.number).where(PurchaseOrder.id.in_(ids))
            )
            return [(id_, name, f"/orders/{quote(name, safe='')}") for id_, name in orders]
        case SubjectKind.TASK:
            tasks = session.execute(select(Task.id, Task.kind).where(Task.id.in_(ids)))
            numbers = [(id_, write_number(task_kind, id_)) for id_, task_kind in tasks]
            return [(id_, number, f"/tasks/{number}") for id_, number in numbers]
        case SubjectKind.REQUEST:
            return [(id_, f"R{id_}", f"/requests/{id_}") for id_ in ids]
