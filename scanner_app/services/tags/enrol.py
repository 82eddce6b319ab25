"""Tags bound to assets: the label says which asset, the tag says by what it is heard from now on.

Label and tag come one after the other, in either order. What a scanned code is, label or tag, is
decided here by what it means and how it looks; a code that could be both is asked about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules, read_code, tag_key
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.text import visible
from scanner_app.models import Asset, RegisterChange
from scanner_app.queries.tags import (
    Code,
    Labelled,
    Meant,
    find_asset,
    find_meaning,
    load_labelled,
    read_codes,
)
from scanner_app.services.register.plan import AssetChange
from scanner_app.services.register.write import change_assets

RADIO = frozenset({"rfid", "nfc"})
# The two changes of a move take effect this near each other: a device's clock may have run ahead.
SAME_MOMENT = timedelta(minutes=10)
# GS1 keys that name one thing; a tag that carries one is that thing's.
IDENTITIES = frozenset({"giai", "grai", "sgtin", "sscc"})
_HEX = re.compile(r"[0-9A-F]{8,128}", re.ASCII)
_SHORT_NUMBER = re.compile(r"[0-9A-Z]{4,32}", re.ASCII)
# Hexadecimal of this length with letters in it, or of a whole EPC's length, is no printed label.
_SURELY_HEX, _EPC_DIGITS = 16, 24


class Offer(Conflict):
    """Something that is done only if somebody says so.

    :param act: `move` takes the tag from the asset that has it; `tag` takes the code for a tag.
    """

    def __init__(self, message: str, *, act: str, tag: str) -> None:
        super().__init__(message, code=f"enrol_{act}")
        self.act = act
        self.tag = tag


@dataclass(frozen=True, slots=True)
class Radio:
    """A code as a tag carries it: what it is bound as, and whether it can be anything else."""

    text: str
    codes: tuple[Code, ...]
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a code: bound by a change of the register, or kept until the other one comes.

    :param asset_tag: the label that waits for its tag.
    :param tag: the tag that waits for its label.
    """

    change_id: int | None = None
    asset_tag: str | None = None
    tag: str | None = None


def read_radio_tag(text: str, *, symbology: str | None = None) -> Radio | None:
    """Read a code as a tag's, None where no tag carries such a one."""
    is_radio = symbology in RADIO
    bare = tag_key(text)
    reading = read_code(text, symbology="rfid")
    for candidate in reading.candidates:
        if candidate.scheme in IDENTITIES:
            is_bits = bool(_HEX.fullmatch(bare)) or bare.startswith("URN:EPC:")
            return Radio(bare, ((candidate.scheme, candidate.value),), is_bits or is_radio)
    numbers = [c.value for c in reading.candidates if c.scheme == "epc"]
    if numbers:
        # The last is the form in whole words, as a tag's memory holds it.
        is_long = len(bare) >= _SURELY_HEX and not bare.isdecimal()
        is_sure = is_radio or is_long or len(bare) >= _EPC_DIGITS
        return Radio(bare, (("epc", numbers[-1]),), is_sure)
    if _HEX.fullmatch(bare) or (is_radio and _SHORT_NUMBER.fullmatch(bare)):
        return Radio(bare, (("tid", bare),), is_radio)
    return None


def take_code(
    session: Session,
    *,
    code: str,
    symbology: str | None,
    act: str | None,
    asset_tag: str | None,
    tag: str | None,
    replaces: bool,
    actor: Actor,
    now: datetime,
    rules: TagRules,
) -> Taken:
    """Take the next code: a label, or a tag, and bind where both are there.

    :param act: `bind`, `tag` or `move` where somebody chose this tag for the asset.
    :param asset_tag: the label that waits for its tag.
    :param tag: the tag that waits for its label.
    :param replaces: the tags that the asset has are gone.
    :raises Invalid: the code is neither a label nor a tag.
    :raises Offer: somebody has to say so first.
    :raises Conflict: it means something else already.
    """
    text = code.strip()
    if not text:
        raise Invalid("Scan a label or present a tag first.", errors={"code": ["Empty."]})
    asset = _find_waiting(session, asset_tag, rules, now)
    radio = read_radio_tag(text, symbology="rfid" if act else symbology)
    meant = find_meaning(session, read_code(text, symbology=symbology, rules=rules), now=now)
    if asset is not None and (act or _is_tag(radio, meant)):
        if radio is None:
            raise Invalid(f"No tag carries {_short(text)}.", errors={"code": ["No tag's code."]})
        change = bind_tag(
            session,
            asset=asset,
            radio=radio,
            may_move=act == "move",
            replaces=replaces,
            actor=actor,
            now=now,
        )
        return Taken(change_id=change)
    if meant.asset is not None:
        if tag is not None and not _is_tag(radio, meant):
            return _bind_waiting(session, meant.asset, tag, actor=actor, now=now)
        return Taken(asset_tag=meant.asset.asset_tag)
    if meant.kind != "unregistered":
        raise Conflict(_say_other(text, meant), code="not_an_asset")
    if radio is not None and radio.is_certain:
        return Taken(tag=radio.text)
    if radio is not None and asset is not None:
        raise Offer(
            f"{_short(text)} is no label of the register. Is it the tag of {asset.asset_tag}?",
            act="tag",
            tag=radio.text,
        )
    raise Invalid(
        f"No asset has the label {_short(text)}. Scan it again, or register the asset first.",
        errors={"code": ["No asset has this label."]},
    )


def _find_waiting(
    session: Session, asset_tag: str | None, rules: TagRules, now: datetime
) -> Labelled | None:
    if asset_tag is None:
        return None
    asset = find_asset(session, asset_tag, rules=rules, now=now)
    if asset is None:
        raise NotFound(f"There is no asset {_short(asset_tag)} any more. Scan its label again.")
    return asset


def _is_tag(radio: Radio | None, meant: Meant) -> bool:
    """Tell whether a code is a tag's: by what it means, or, where it means nothing, by its look."""
    if radio is None:
        return False
    if meant.kind == "unregistered":
        return radio.is_certain
    if meant.asset is None:
        return False
    values = {value for _, value in radio.codes} | {radio.text}
    return any(value in values for _, value in meant.asset.codes)


def _say_other(text: str, meant: Meant) -> str:
    if meant.kind == "ambiguous":
        return f"{_short(text)} means more than one thing. Scan the asset's own label."
    return f"This is {meant.name}, no asset. Scan the label of an asset."


def _bind_waiting(
    session: Session, asset: Labelled, tag: str, *, actor: Actor, now: datetime
) -> Taken:
    """Bind a tag that came first; where it is somebody's by now, the label waits for another."""
    radio = read_radio_tag(tag, symbology="rfid")
    if radio is None:
        return Taken(asset_tag=asset.asset_tag)
    if find_meaning(session, read_code(tag, symbology="rfid"), now=now).kind != "unregistered":
        return Taken(asset_tag=asset.asset_tag)
    change = bind_tag(
        session,
        asset=asset,
        radio=radio,
        may_move=False,
        replaces=False,
        actor=actor,
        now=now,
    )
    return Taken(change_id=change)


def bind_tag(
    session: Session,
    *,
    asset: Labelled,
    radio: Radio,
    may_move: bool,
    replaces: bool,
    actor: Actor,
    now: datetime,
) -> int:
    """Let a tag mean an asset from now on, and give the change of the register that says so.

    :param may_move: take it from the asset that has it.
    :param replaces: the tags that the asset had are gone.
    :raises Offer: another asset has it, and it may not be moved.
    :raises Conflict: it is this asset's already, or something else's.
    """
    reading = read_code(radio.text, symbology="rfid")
    holder = find_meaning(session, reading, now=now)
    if holder.asset is not None and holder.asset.id == asset.id:
        raise Conflict(f"{asset.asset_tag} has this tag already.", code="tag_bound_here")
    if holder.asset is None and holder.kind != "unregistered":
        raise Conflict(_say_other(radio.text, holder), code="not_an_asset")
    if holder.asset is not None:
        if not may_move:
            raise Offer(
                f"This tag is on {_name(holder.asset)}. Move it to {asset.asset_tag}?",
                act="move",
                tag=radio.text,
            )
        _take_off(session, holder.asset, radio, beside=asset.id, actor=actor, now=now)
    _change(
        session,
        AssetChange(asset.id, {}, radio.codes, asset.codes if replaces else ()),
        actor=actor,
        now=now,
    )
    return _newest_change(session, asset.id)


def _take_off(
    session: Session, holder: Labelled, radio: Radio, *, beside: int, actor: Actor, now: datetime
) -> None:
    values = {c.value for c in read_code(radio.text, symbology="rfid").candidates}
    worn = [code for code in holder.codes if code[1] in values]
    if not worn:
        raise Conflict(
            f"This is the label of {_name(holder)} itself and cannot be moved.", code="own_label"
        )
    # Both at once, in the order in which every writer locks them.
    session.execute(
        select(Asset.id)
        .where(Asset.id.in_((holder.id, beside)))
        .order_by(Asset.id)
        .with_for_update()
    )
    _change(session, AssetChange(holder.id, {}, (), worn), actor=actor, now=now)


def undo_binding(session: Session, *, change_id: int, actor: Actor, now: datetime) -> int:
    """Undo a binding of one's own, and give the change that undid it.

    A tag that was moved goes back; tags that were taken off are on again.

    :raises NotFound: there is no such change of the actor's.
    :raises Conflict: the asset's codes have changed since.
    """
    done = session.get(RegisterChange, change_id)
    told = read_codes(done.changes) if done is not None else None
    if done is None or told is None or done.actor != actor.key:
        raise NotFound("There is nothing of yours to undo.")
    lost, gained = told
    asset = load_labelled(session, [done.asset_id])[done.asset_id]
    if not gained or not set(gained) <= set(asset.codes):
        raise Conflict(
            f"The codes of {asset.asset_tag} have changed since. Look at the asset's page.",
            code="changed_since",
        )
    _change(session, AssetChange(asset.id, {}, lost, gained), actor=actor, now=now)
    change = _newest_change(session, asset.id)
    giver = _find_giver(session, done, gained)
    if giver is not None:
        _change(session, AssetChange(giver, {}, gained, ()), actor=actor, now=now)
    return change


def _find_giver(session: Session, done: RegisterChange, gained: tuple[Code, ...]) -> int | None:
    """Give the asset that a move took the tag from: its change stands right before."""
    before = session.scalar(
        select(RegisterChange)
        .where(
            RegisterChange.id < done.id,
            RegisterChange.actor == done.actor,
            RegisterChange.asset_id != done.asset_id,
        )
        .order_by(RegisterChange.id.desc())
        .limit(1)
    )
    told = read_codes(before.changes) if before is not None else None
    if before is None or told is None or abs(done.at - before.at) > SAME_MOMENT:
        return None
    lost, got = told
    return before.asset_id if not got and set(gained) & set(lost) else None


def _change(session: Session, change: AssetChange, *, actor: Actor, now: datetime) -> None:
    change_assets(session, changes=[change], kind=ChangeKind.EDITED, actor=actor.key, now=now)


def _newest_change(session: Session, asset_id: int) -> int:
    newest = session.scalar(
        select(func.max(RegisterChange.id)).where(RegisterChange.asset_id == asset_id)
    )
    assert newest is not None  # noqa: S101 - it was written just now
    return newest


def _name(asset: Labelled) -> str:
    return f"{asset.asset_tag}, {asset.name}" if asset.name else asset.asset_tag


def _short(text: str) -> str:
    shown = visible(text)
    return shown if len(shown) <= 40 else f"{shown[:39]}…"  # noqa: PLR2004 - a line of a phone
