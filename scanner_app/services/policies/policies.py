"""Make a policy of a check, and change one: each change is a version, those before are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.money import MAX_CENTS
from scanner_app.domain.notices.kinds import NoticeKind
from scanner_app.domain.policies.bands import refuse_bands
from scanner_app.domain.policies.checks import Check, ParamKind, ParamRow, read_usual
from scanner_app.domain.policies.differences import list_differences
from scanner_app.domain.policies.dues import policy_topics, subject_topic
from scanner_app.domain.policies.gates import Gate, Mode, Scope, Severity, SubjectKind
from scanner_app.domain.text import is_storable
from scanner_app.models import Notice, Policy, PolicyVersion
from scanner_app.services.notices.raise_notice import clear_topics

MAX_CODE = 40
MAX_TITLE = 120
MAX_REFERENCE = 200
MAX_NAMES = 50

MAX_SUFFIX = 6
# The page of a policy has its code in its address.
RESERVED = frozenset({"new"})
_CODE = re.compile("[a-z][a-z0-9-]*")

Errors = dict[str, list[str]]


class Head(NamedTuple):
    """What of a policy never changes, and its stage: that of its gate, if it has one."""

    code: str
    check: Check
    stage: int


def add_policy(session: Session, *, values: Mapping[str, Any], actor: Actor, now: datetime) -> str:
    """Make a policy of a check, and return its code.

    :param values: `check` and `title`; `code`, such as ``laptops-encrypted``, is made of the title
        if it is missing; and what `change_policy` takes. A new policy warns, is in use, and is
        checked at the first gate of its check unless it says otherwise.
    :raises Invalid: a value cannot be used.
    :raises Conflict: another policy has this code (`code_taken`).
    """
    if values.get("check") not in set(Check):
        text = "Choose one of the list."
        raise Invalid("This policy cannot be saved. Check the fields.", errors={"check": [text]})
    check = Check(values["check"])
    code = str(values.get("code") or "").strip() or _make_code(session, str(values.get("title")))
    if not _CODE.fullmatch(code) or len(code) > MAX_CODE or code in RESERVED:
        text = f"Use 1 to {MAX_CODE} small letters, digits and hyphens, and begin with a letter."
        raise Invalid("This policy cannot be saved. Check the fields.", errors={"code": [text]})
    gate = check.facts.gates[0]
    usual: dict[str, Any] = {
        "title": "", "reference": "", "gate": gate.value, "mode": Mode.WARN.value,
        "severity": Severity.NORMAL.value, "is_active": True, "params": {}, "applies": {},
    }  # fmt: skip
    content = _read(Head(code, check, gate.facts.stage), {**usual, **values})
    if session.scalar(select(Policy.id).where(Policy.code == code)) is not None:
        raise Conflict(f"There is a policy {code} already.", code="code_taken")
    policy = Policy(code=code, check=check, version=1, changed_at=now, changed_by=actor.name)
    _set(policy, content)
    session.add(policy)
    session.flush()
    _keep_version(session, policy, content)
    return code


def change_policy(
    session: Session,
    *,
    code: str,
    values: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> dict[str, tuple[str, str]]:
    """Change a policy and return what changed, by word: the text before and the text after.

    What stays as it is makes no version.

    :param values: `title`, `reference`, `gate`, `mode`, `severity`, `is_active`, `params`,
        `applies`; what is missing stays.
    :param version: that the person saw; None not to ask.
    :raises NotFound: no policy has this code.
    :raises Invalid: a value cannot be used.
    :raises Conflict: it was changed meanwhile (`changed_meanwhile`).
    """
    policy = lock_policy(session, code)
    if version is not None and version != policy.version:
        raise Conflict(
            f"{policy.changed_by} changed this policy meanwhile. Look again, then change it.",
            code="changed_meanwhile",
        )
    before = show_content(policy)
    after = _read(Head(policy.code, policy.check, policy.stage), {**before, **values})
    if after == before:
        return {}
    _set(policy, after)
    policy.version += 1
    policy.changed_at, policy.changed_by = now, actor.name
    _keep_version(session, policy, after)
    if not policy.is_active or after["gate"] != before["gate"]:
        end_notices(session, policy.id, now=now)
    return {word: (old, new) for word, old, new in list_differences(before, after)}


def end_notices(session: Session, policy_id: int, *, now: datetime) -> None:
    """End the notices that a policy does not hold: it is checked no more, or elsewhere."""
    topics = session.scalars(
        select(Notice.topic)
        .where(
            Notice.kind == NoticeKind.POLICY_FAILED,
            Notice.cleared_at.is_(None),
            Notice.topic.startswith(policy_topics(policy_id)),
        )
        .distinct()
    )
    clear_topics(session, set(topics), now=now)


def end_notices_of(session: Session, kind: SubjectKind, subject_id: int, *, now: datetime) -> None:
    """End the notices that a thing does not keep policies: it is over."""
    ids = session.scalars(select(Policy.id))
    clear_topics(session, {subject_topic(id_, kind, subject_id) for id_ in ids}, now=now)


def lock_policy(session: Session, code: str) -> Policy:
    """Return a policy by its code, locked for the rest of the transaction.

    :raises NotFound: no policy has it.
    """
    policy = session.scalar(select(Policy).where(Policy.code == code).with_for_update())
    if policy is None:
        raise NotFound(f"There is no policy {code[:40]!r}. Choose one from the list.")
    return policy


def show_content(policy: Policy) -> dict[str, Any]:
    """Return what a policy says, as a version keeps it."""
    return {
        "code": policy.code,
        "title": policy.title,
        "reference": policy.reference,
        "stage": policy.stage,
        "applies": dict(policy.applies),
        "check": policy.check.value,
        "params": {**read_usual(policy.check), **policy.params},
        "gate": policy.gate.value,
        "mode": policy.mode.value,
        "severity": policy.severity.value,
        "is_active": policy.is_active,
    }


def _set(policy: Policy, content: Mapping[str, Any]) -> None:
    policy.title, policy.reference = content["title"], content["reference"]
    policy.gate, policy.mode = Gate(content["gate"]), Mode(content["mode"])
    policy.severity, policy.is_active = Severity(content["severity"]), content["is_active"]
    policy.stage, policy.params = content["stage"], content["params"]
    policy.applies = content["applies"]


def _keep_version(session: Session, policy: Policy, content: dict[str, Any]) -> None:
    session.add(
        PolicyVersion(
            policy_id=policy.id, version=policy.version, content=content, at=policy.changed_at,
            by=policy.changed_by,
        )
    )  # fmt: skip
    session.flush()


def _make_code(session: Session, title: str) -> str:
    """Return a code of the words of a title that no policy has."""
    words = re.sub("[^a-z0-9]+", "-", title.casefold()).strip("-").lstrip("-0123456789")
    stem = words[: MAX_CODE - MAX_SUFFIX].rstrip("-") or "policy"
    known = RESERVED | set(session.scalars(select(Policy.code).where(Policy.code.startswith(stem))))
    tries = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
    return next(code for code in tries if code not in known)


def _read(policy: Head, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content that the values say.

    :raises Invalid: one cannot be used.
    """
    errors: Errors = {}
    title = " ".join(str(values["title"]).split())
    reference = " ".join(str(values["reference"]).split())
    if not title or len(title) > MAX_TITLE or not is_storable(title):
        errors["title"] = [f"Enter 1 to {MAX_TITLE} characters."]
    if len(reference) > MAX_REFERENCE or not is_storable(reference):
        errors["reference"] = [f"At most {MAX_REFERENCE} characters."]
    if values["gate"] not in {gate.value for gate in policy.check.facts.gates}:
        errors["gate"] = ["This check is not made there. Choose one of the list."]
    for name, kind in (("mode", Mode), ("severity", Severity)):
        if values[name] not in set(kind):
            errors[name] = ["Choose one of the list."]
    params = _read_params(policy.check, values["params"], errors)
    applies = _read_applies(values["applies"], errors)
    if errors:
        raise Invalid("This policy cannot be saved. Check the fields.", errors=errors)
    gate = Gate(values["gate"])
    return {
        "code": policy.code,
        "title": title,
        "reference": reference,
        "stage": policy.stage if gate is Gate.NONE else gate.facts.stage,
        "applies": applies,
        "check": policy.check.value,
        "params": params,
        "gate": gate.value,
        "mode": Mode(values["mode"]).value,
        "severity": Severity(values["severity"]).value,
        "is_active": bool(values["is_active"]),
    }


def _read_applies(raw: Any, errors: Errors) -> dict[str, list[str]]:
    lists = raw if isinstance(raw, Mapping) else {}
    if set(lists) - set(Scope.__slots__):
        errors["applies"] = [f"Use {', '.join(Scope.__slots__)} only."]
        return {}
    texts = [text for one in lists.values() if isinstance(one, list) for text in one]
    if len(texts) > MAX_NAMES or not all(
        isinstance(text, str) and 0 < len(text) <= MAX_REFERENCE and is_storable(text)
        for text in texts
    ):
        errors["applies"] = [f"Enter at most {MAX_NAMES} names."]
        return {}
    return Scope.from_json(lists).to_json()


def _read_params(check: Check, raw: Any, errors: Errors) -> dict[str, Any]:
    given = raw if isinstance(raw, Mapping) else {}
    params = {**read_usual(check), **given}
    if set(params) != {row.name for row in check.facts.params}:
        errors["params"] = ["This check does not have all of these params."]
    for row in check.facts.params:
        fault = refuse_param(row, params[row.name])
        if fault:
            errors[f"params.{row.name}"] = [fault]
    return params


def refuse_param(row: ParamRow, value: Any) -> str:
    """Return why a value cannot be a param, empty if it can."""
    match row.kind:
        case ParamKind.FLAG:
            return "" if isinstance(value, bool) else "Say yes or no."
        case ParamKind.COUNT:
            fits = isinstance(value, int) and row.least <= value <= row.most
            return "" if fits else f"Enter a whole number from {row.least:,} to {row.most:,}."
        case ParamKind.MONEY:
            fits = isinstance(value, int) and 0 <= value < MAX_CENTS
            return "" if fits else "Enter an amount such as 1234.50."
        case ParamKind.WORDS:
            fits = isinstance(value, list) and all(
                isinstance(one, str) and is_storable(one) for one in value
            )
            return "" if fits and len(value) <= MAX_NAMES else f"Enter at most {MAX_NAMES} names."
        case ParamKind.BANDS:
            pairs = isinstance(value, list) and all(
                isinstance(one, list)
                and len(one) == 2  # noqa: PLR2004 - an amount and a count
                and all(isinstance(part, int) and 0 <= part < MAX_CENTS for part in one)
                for one in value
            )
            return refuse_bands(value) if pairs else "Enter amounts and numbers of approvals."
