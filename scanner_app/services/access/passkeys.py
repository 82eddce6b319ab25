"""Passkeys: registered by their owner, answered at the sign-in page, revoked at any time.

A challenge travels signed (`make_challenge`), so that asking for one writes nothing. An answer is
taken once: its challenge is kept when it is used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import webauthn
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.models import Passkey, UsedChallenge, User
from scanner_app.services.access.passwords import hash_secret

CHALLENGE_LIFE = timedelta(minutes=5)
MAX_PASSKEYS = 20
MAX_NAME = 60
REFUSED = "This passkey does not work here. Use another one, or your password."
# What the library raises for an answer of another form or signature, besides its own errors.
_WRONG = (WebAuthnException, ValueError, KeyError, TypeError)


@dataclass(frozen=True, slots=True)
class Party:
    """This service as a browser knows it.

    :param host: the host name, without its port, to which passkeys are bound.
    :param origins: the addresses that an answer may come from.
    """

    host: str
    name: str
    origins: tuple[str, ...]
    secret_key: str

    def signer(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.secret_key, salt=f"passkey-{purpose}")


def offer_registration(session: Session, party: Party, *, user: User) -> dict[str, Any]:
    """Return what a browser needs to make a passkey for a user."""
    known = session.scalars(select(Passkey.credential_id).where(Passkey.user_id == user.id))
    options = webauthn.generate_registration_options(
        rp_id=party.host,
        rp_name=party.name,
        user_id=f"user:{user.id}".encode(),
        user_name=user.email,
        user_display_name=user.name,
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known
        ],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    return _offer(party.signer(f"new-{user.id}"), options)


def offer_sign_in(party: Party) -> dict[str, Any]:
    """Return what a browser needs to ask for any passkey of this service."""
    options = webauthn.generate_authentication_options(
        rp_id=party.host, user_verification=UserVerificationRequirement.REQUIRED
    )
    return _offer(party.signer("sign-in"), options)


def _offer(signer: URLSafeTimedSerializer, options: Any) -> dict[str, Any]:
    state = signer.dumps(bytes_to_base64url(options.challenge))
    return {"state": state, "options": json.loads(webauthn.options_to_json(options))}


def add_passkey(
    session: Session, party: Party, *, user: User, body: Mapping[str, Any], now: datetime
) -> Passkey:
    """Keep the passkey that a browser made.

    :param body: `state` as it was offered, `credential`, and a `name`.
    :raises Invalid: the answer cannot be used, or the user has too many passkeys.
    """
    challenge = _use_challenge(session, party.signer(f"new-{user.id}"), body, now=now)
    try:
        found = webauthn.verify_registration_response(
            credential=body["credential"],
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=list(party.origins),
            require_user_verification=True,
        )
    except _WRONG as error:
        raise Invalid("This passkey cannot be added. Try again.") from error
    count = session.scalar(select(func.count(Passkey.id)).where(Passkey.user_id == user.id))
    if (count or 0) >= MAX_PASSKEYS:
        raise Invalid(f"You have {MAX_PASSKEYS} passkeys. Remove one first.")
    name = "".join(c for c in str(body.get("name") or "") if c.isprintable()).strip()
    passkey = Passkey(
        user_id=user.id,
        credential_id=bytes_to_base64url(found.credential_id),
        public_key=bytes_to_base64url(found.credential_public_key),
        sign_count=found.sign_count,
        name=name[:MAX_NAME] or "Passkey",
        created_at=now,
    )
    session.add(passkey)
    session.flush()
    return passkey


def find_user_by_passkey(
    session: Session, party: Party, *, body: Mapping[str, Any], now: datetime
) -> int:
    """Return the id of the user whose passkey answered, and note its use.

    :param body: `state` as it was offered, and `credential`.
    :raises Invalid: the passkey is unknown or revoked, its owner is suspended, or the answer is
        wrong, old or was used before. The message does not say which.
    """
    challenge = _use_challenge(session, party.signer("sign-in"), body, now=now)
    try:
        passkey = session.scalar(
            select(Passkey)
            .join(User, User.id == Passkey.user_id)
            .where(Passkey.credential_id == str(body["credential"]["id"])[:1024], User.is_active)
            .with_for_update(of=Passkey)
        )
        if passkey is None:
            raise Invalid(REFUSED)
        found = webauthn.verify_authentication_response(
            credential=body["credential"],
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=list(party.origins),
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except _WRONG as error:
        raise Invalid(REFUSED) from error
    passkey.sign_count = found.new_sign_count
    passkey.last_used_at = now
    return passkey.user_id


def _use_challenge(
    session: Session, signer: URLSafeTimedSerializer, body: Mapping[str, Any], *, now: datetime
) -> bytes:
    if not isinstance(body.get("credential"), dict):
        raise Invalid(REFUSED)
    try:
        text = signer.loads(str(body.get("state")), max_age=int(CHALLENGE_LIFE.total_seconds()))
    except BadData as error:
        raise Invalid("That took too long. Try again.") from error
    session.execute(delete(UsedChallenge).where(UsedChallenge.used_at < now - 2 * CHALLENGE_LIFE))
    key = hash_secret(text)
    if session.get(UsedChallenge, key) is not None:
        raise Invalid(REFUSED)
    try:
        with session.begin_nested():
            session.add(UsedChallenge(challenge_hash=key, used_at=now))
    except IntegrityError as error:  # the same answer was taken in another request meanwhile
        raise Invalid(REFUSED) from error
    return base64url_to_bytes(text)


def list_passkeys(session: Session, *, user_id: int) -> list[Passkey]:
    """Return a user's passkeys, the oldest first."""
    return list(
        session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id))
    )


def remove_passkey(session: Session, *, user_id: int, passkey_id: int) -> None:
    """Revoke a passkey of a user. It opens nothing from now on.

    :raises NotFound: the user has no such passkey.
    """
    passkey = session.get(Passkey, passkey_id)
    if passkey is None or passkey.user_id != user_id:
        raise NotFound("This passkey is not there. It may have been removed.")
    session.delete(passkey)
