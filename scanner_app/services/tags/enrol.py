"""Tags bound to assets: the label says which asset, and from then on its tag is heard for it.

Label and tag come one after the other, in either order. This module decides whether a scanned code
is a label or a tag, by what it means and how it looks. If it could be both, a person is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.radio import bare_hex
from scanner_app.decoding.codes.read import TagRules, read_code, tag_key
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.text import visible
from scanner_app.models import Asset, RegisterChange
from scanner_app.queries.scanning.codes import values_of
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
# The two changes of a move take effect at most this far apart, because a device's clock may have
# run ahead.
SAME_MOMENT = timedelta(minutes=10)
# GS1 keys that name one item. A tag that carries one belongs to that item.
IDENTITIES = frozenset({"giai", "grai", "sgtin", "sscc"})
_HEX = re.compile(r"[0-9A-F]{8,128}", re.ASCII)
_SHORT_NUMBER = re.compile(r"[0-9A-Z]{4,32}", re.ASCII)
# Hexadecimal digits of this length with letters, or of a whole EPC's length, are never a printed
# label.
_SURELY_HEX, _EPC_DIGITS = 16, 24


class NeedsConfirmation(Conflict):
    """A step that is carried out only after a person confirms it.

    :param act: `move` takes the tag from the asset that has it; `tag` treats the code as a tag.
    """

    def __init__(self, message: str, *, act: str, tag: str) -> None:
        super().__init__(message, code=f"enrol_{act}")
        self.act = act
        self.tag = tag


@dataclass(frozen=True, slots=True)
class RadioTag:
    """A code as a tag carries it: what it is bound as, and whether it can only be a tag."""

    text: str
    codes: tuple[Code, ...]
    is_certain: bool


@dataclass(frozen=True, slots=True)
class EnrolResult:
    """The result of a code: bound by a change of the register, or kept until the other one comes.

    :param asset_tag: the label that waits for its tag.
    :param tag: the tag that waits for its label.
    """

    change_id: int | None = None
    asset_tag: str | None = None
    tag: str | None = None


def read_radio_tag(text: str, *, symbology: str | None = None) -> RadioTag | None:
    """Return a code as a tag carries it; None if no tag can carry it."""
    is_radio = symbology in RADIO
    bare = bare_hex(text) or tag_key(text)
    reading = read_code(bare, symbology="rfid")
    for candidate in reading.candidates:
        if candidate.scheme in IDENTITIES:
            is_bits = bool(_HEX.fullmatch(bare)) or bare.startswith("URN:EPC:")
            return RadioTag(bare, ((candidate.scheme, candidate.value),), is_bits or is_radio)
    numbers = [c.value for c in reading.candidates if c.scheme == "epc"]
    if numbers:
        # The last number is the form in whole words, which a tag's memory stores.
        is_long = len(bare) >= _SURELY_HEX and not bare.isdecimal()
        is_sure = is_radio or is_long or len(bare) >= _EPC_DIGITS
        return RadioTag(bare, (("epc", numbers[-1]),), is_sure)
    if _HEX.fullmatch(bare) or (is_radio and _SHORT_NUMBER.fullmatch(bare)):
        return RadioTag(bare, (("tid", bare),), is_radio)
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
    is_repeat: bool = False,
) -> EnrolResult:
    """Take the next code, which is a label or a tag. Bind them once both are known.

    :param act: `bind`, `tag` or `move` if a person chose this tag for the asset.
    :param asset_tag: the label that waits for its tag.
    :param tag: the tag that waits for its label.
    :param replaces: the tags that the asset has are gone.
    :param is_repeat: it may have been taken, and its answer lost. It is answered as before.
    :raises Invalid: the code is neither a label nor a tag.
    :raises NeedsConfirmation: a person must confirm first.
    :raises Conflict: it already means something else.
    """
    text = code.strip()
    if not text:
        raise Invalid("Scan a label or present a tag first.", errors={"code": ["Empty."]})
    asset = _find_waiting(session, asset_tag, rules, now)
    radio = read_radio_tag(text, symbology="rfid" if act else symbology)
    meant = find_meaning(session, read_code(text, symbology=symbology, rules=rules), now=now)
    if asset is not None and (act or _is_tag(radio, meant)):
        change = bind_tag(
            session,
            asset=asset,
            radio=_need_radio(radio, text),
            is_repeat=is_repeat,
            may_move=act == "move",
            replaces=replaces,
            actor=actor,
            now=now,
        )
        return EnrolResult(change_id=change)
    if meant.asset is not None:
        if tag is not None and not _is_tag(radio, meant):
            return _bind_waiting(
                session, meant.asset, tag, is_repeat=is_repeat, actor=actor, now=now
            )
        return EnrolResult(asset_tag=meant.asset.asset_tag)
    return _keep_tag(text, radio, meant, asset)


def _keep_tag(
    text: str, radio: RadioTag | None, meant: Meant, asset: Labelled | None
) -> EnrolResult:
    """Keep a code that means no asset as the tag of the next label, if it can only be a tag."""
    if meant.kind != "unregistered":
        raise Conflict(_say_other(text, meant), code="not_an_asset")
    if radio is not None and radio.is_certain:
        return EnrolResult(tag=radio.text)
    if radio is not None and asset is not None:
        raise NeedsConfirmation(
            f"{_short(text)} is not a label in the register. Is it the tag of {asset.asset_tag}?",
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
        raise NotFound(f"The asset {_short(asset_tag)} no longer exists. Scan its label again.")
    return asset


def _is_tag(radio: RadioTag | None, meant: Meant) -> bool:
    """Return whether a code is a tag's: by its meaning, or by its look if it has no meaning yet."""
    if radio is None:
        return False
    if meant.kind == "unregistered":
        return radio.is_certain
    if meant.asset is None:
        return False
    values = {value for _, value in radio.codes} | _spellings(radio)
    return any(value in values for _, value in meant.asset.codes)


def _need_radio(radio: RadioTag | None, text: str) -> RadioTag:
    if radio is None:
        raise Invalid(f"A tag cannot carry {_short(text)}.", errors={"code": ["Not a tag's code."]})
    return radio


def _spellings(radio: RadioTag) -> set[str]:
    """Return every value under which a tag may be registered."""
    reading = read_code(radio.text, symbology="rfid")
    spelled = reading.card.spellings if reading.card else ()
    return {radio.text, *values_of(reading), *spelled}


def _say_other(text: str, meant: Meant) -> str:
    if meant.kind == "ambiguous":
        return f"{_short(text)} means more than one item. Scan the asset's own label."
    return f"This is {meant.name}, not an asset. Scan the label of an asset."


def _bind_waiting(
    session: Session, asset: Labelled, tag: str, *, is_repeat: bool, actor: Actor, now: datetime
) -> EnrolResult:
    """Bind a tag that came first.

    If it belongs to another asset by now, the label waits for a new tag.
    """
    radio = read_radio_tag(tag, symbology="rfid")
    if radio is None:
        return EnrolResult(asset_tag=asset.asset_tag)
    holder = find_meaning(session, read_code(tag, symbology="rfid"), now=now)
    is_done = is_repeat and holder.asset is not None and holder.asset.id == asset.id
    if holder.kind != "unregistered" and not is_done:
        return EnrolResult(asset_tag=asset.asset_tag)
    change = bind_tag(
        session,
        asset=asset,
        radio=radio,
        is_repeat=is_repeat,
        may_move=False,
        replaces=False,
        actor=actor,
        now=now,
    )
    return EnrolResult(change_id=change)


def bind_tag(
    session: Session,
    *,
    asset: Labelled,
    radio: RadioTag,
    may_move: bool,
    replaces: bool,
    actor: Actor,
    now: datetime,
    is_repeat: bool = False,
) -> int:
    """Make a tag mean an asset from now on. Return the id of the change of the register.

    :param may_move: take it from the asset that has it.
    :param replaces: the tags that the asset had are gone.
    :param is_repeat: if it is this asset's already, the answer to that was lost.
    :raises NeedsConfirmation: another asset has it, and it may not be moved.
    :raises Conflict: it is this asset's already, or something else's.
    """
    reading = read_code(radio.text, symbology="rfid")
    holder = find_meaning(session, reading, now=now)
    if holder.asset is not None and holder.asset.id == asset.id:
        if is_repeat:
            return _newest_change(session, asset.id)
        raise Conflict(f"{asset.asset_tag} already has this tag.", code="tag_bound_here")
    if holder.asset is None and holder.kind != "unregistered":
        raise Conflict(_say_other(radio.text, holder), code="not_an_asset")
    if holder.asset is not None:
        if not may_move:
            raise NeedsConfirmation(
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
    session: Session, holder: Labelled, radio: RadioTag, *, beside: int, actor: Actor, now: datetime
) -> None:
    values = _spellings(radio)
    worn = [code for code in holder.codes if code[1] in values]
    if not worn:
        raise Conflict(
            f"This is the printed label of {_name(holder)} and cannot be moved.", code="own_label"
        )
    # Both in one call, so that they are locked in the order in which every writer locks assets.
    session.execute(
        select(Asset.id)
        .where(Asset.id.in_((holder.id, beside)))
        .order_by(Asset.id)
        .with_for_update()
    )
    _change(session, AssetChange(holder.id, {}, (), worn), actor=actor, now=now)


def undo_binding(session: Session, *, change_id: int, actor: Actor, now: datetime) -> int:
    """Undo a binding of the same actor. Return the id of the change that undid it.

    A tag that was moved goes back. Tags that were removed are bound again.

    :raises NotFound: the actor has no such change.
    :raises Conflict: the asset's codes have changed since.
    """
    done = session.get(RegisterChange, change_id)
    told = read_codes(done.changes) if done is not None else None
    if done is None or told is None or done.actor != actor.key:
        raise NotFound("You have nothing to undo here.")
    lost, gained = told
    asset = load_labelled(session, [done.asset_id])[done.asset_id]
    if not gained or not set(gained) <= set(asset.codes):
        raise Conflict(
            f"The codes of {asset.asset_tag} have changed since. Check the asset's page.",
            code="changed_since",
        )
    _change(session, AssetChange(asset.id, {}, lost, gained), actor=actor, now=now)
    change = _newest_change(session, asset.id)
    giver = _find_giver(session, done, gained)
    if giver is not None:
        _change(session, AssetChange(giver, {}, gained, ()), actor=actor, now=now)
    return change


def _find_giver(session: Session, done: RegisterChange, gained: tuple[Code, ...]) -> int | None:
    """Return the asset from which a move took the tag. Its change comes right before."""
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
