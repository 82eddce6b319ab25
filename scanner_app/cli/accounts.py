"""`scanner-app users` and `scanner-app tokens`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.cli.context import open_app
from scanner_app.config import Settings
from scanner_app.domain.access.accounts import normalize_email
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.domain.numbers import MAX_ID
from scanner_app.models import User
from scanner_app.queries.access import list_tokens as select_tokens
from scanner_app.queries.access import list_users as select_users
from scanner_app.services.access import links, passwords, tokens, users
from scanner_app.storage.database import reading, unit_of_work

ROLES = click.Choice([role.value for role in Role])
# Anyone who can run this command owns the database anyway.
OPERATOR = Actor(kind="command", id=0, name="command line", role=Role.ADMIN)


def _find(session: Session, email: str) -> User:
    user = session.scalar(select(User).where(User.email == normalize_email(email)))
    if user is None:
        raise NotFound(f"There is no user {email}. Run: scanner-app users list")
    return user


def _print_stopped(names: list[str]) -> None:
    if names:
        click.echo(
            f"Tokens that stopped with their owner: {', '.join(names)}. An admin can take them "
            f"over on the Tokens page."
        )


def _print_link(secret: str) -> None:
    base = Settings.from_env().base_url.rstrip("/")
    click.echo("Open this link within 24 hours to choose a password. It works once:")
    click.echo(f"  {base or 'https://<address of this service>'}/links/{secret}")


@click.group("users")
def users_command() -> None:
    """Add and list the people who may sign in."""


@users_command.command("add")
@click.argument("email")
@click.option("--role", type=ROLES, required=True)
@click.option("--name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add_user(email: str, role: str, name: str | None, password_stdin: bool) -> None:
    """Add a user. Ask for a password; without a terminal, print a one-time link instead."""
    password: str | None = None
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise click.UsageError("No password arrived on standard input.")
    elif sys.stdin.isatty():
        password = click.prompt(
            "Password (empty: print a link instead)",
            default="",
            show_default=False,
            hide_input=True,
            confirmation_prompt=True,
        )
    password_hash = passwords.hash_password(password) if password else None
    now = datetime.now(UTC)
    link = None
    with open_app(), unit_of_work() as session:
        user = users.add_user(
            session, email=email, role=Role(role), name=name, password_hash=password_hash, now=now
        )
        address = user.email
        if password_hash is None:
            link = links.make_link(session, purpose="password", user_id=user.id, now=now)
    # Print after the commit, so that only what really happened is printed.
    click.echo(f"{address} added as {role}.")
    if link is not None:
        _print_link(link)


@users_command.command("list")
def list_users() -> None:
    """List users with their role and whether they are switched on."""
    with open_app(), reading() as session:
        for user in select_users(session):
            standing = "off" if not user.is_active else "active" if user.has_password else "invited"
            click.echo(f"{user.email}\t{user.role.value}\t{standing}\t{user.name}")


@users_command.command("link")
@click.argument("email")
def make_link(email: str) -> None:
    """Print a one-time link with which a user chooses a new password."""
    with open_app(), unit_of_work() as session:
        user = _find(session, email)
        if not user.is_active:
            raise Conflict(f"{user.email} is switched off. Run: scanner-app users on {user.email}")
        link = links.make_link(session, purpose="password", user_id=user.id, now=datetime.now(UTC))
    _print_link(link)


@users_command.command("role")
@click.argument("email")
@click.argument("role", type=ROLES)
def change_role(email: str, role: str) -> None:
    """Change a user's role from the next request on."""
    with open_app(), unit_of_work() as session:
        user = users.change_user(
            session, user_id=_find(session, email).id, acting=OPERATOR, role=Role(role)
        )
        address = user.email
        stopped = tokens.list_stopped_tokens(session, owner=user, now=datetime.now(UTC))
    click.echo(f"{address} is now {role}.")
    _print_stopped(stopped)


def _switch(email: str, *, is_active: bool) -> tuple[str, list[str]]:
    """Switch an account, and return its address and the tokens that stopped with it."""
    with open_app(), unit_of_work() as session:
        user = users.change_user(
            session, user_id=_find(session, email).id, acting=OPERATOR, is_active=is_active
        )
        stopped = tokens.list_stopped_tokens(session, owner=user, now=datetime.now(UTC))
        return user.email, stopped


@users_command.command("off")
@click.argument("email")
def switch_off(email: str) -> None:
    """Switch a user off. Their sign-ins, links and tokens stop at once."""
    address, stopped = _switch(email, is_active=False)
    click.echo(f"{address} is switched off.")
    _print_stopped(stopped)


@users_command.command("on")
@click.argument("email")
def switch_on(email: str) -> None:
    """Switch a user on again."""
    address, stopped = _switch(email, is_active=True)
    click.echo(f"{address} is switched on.")
    _print_stopped(stopped)


@click.group("tokens")
def tokens_command() -> None:
    """Make, list and revoke API tokens."""


@tokens_command.command("add")
@click.argument("name")
@click.option("--role", type=ROLES, required=True)
@click.option(
    "--days", type=click.IntRange(1, 3650), help="The number of days after which the token expires."
)
@click.option(
    "--owner",
    metavar="EMAIL",
    help="The user behind the program. The token stops with them.",
)
def add_token(name: str, role: str, days: int | None, owner: str | None) -> None:
    """Make a token and print it. This is the only time it can be seen."""
    now = datetime.now(UTC)
    with open_app(), unit_of_work() as session:
        token = tokens.add_token(
            session,
            name=name,
            role=Role(role),
            created_by="command line",
            now=now,
            expires_at=now + timedelta(days=days) if days else None,
            owner_id=_find(session, owner).id if owner is not None else None,
        )
    click.echo(token.secret)


@tokens_command.command("list")
def list_tokens() -> None:
    """List tokens: id, name, role, state, last use and owner."""
    with open_app(), reading() as session:
        for token in select_tokens(session, now=datetime.now(UTC)):
            used = token.last_used_at.isoformat(timespec="minutes") if token.last_used_at else "-"
            words = (token.id, token.name, token.role.value, token.state, used)
            click.echo("\t".join(map(str, (*words, token.owner_email or "-"))))


@tokens_command.command("revoke")
@click.argument("token_id", type=click.IntRange(1, MAX_ID))
def revoke_token(token_id: int) -> None:
    """Revoke a token by the id that `tokens list` prints."""
    with open_app(), unit_of_work() as session:
        tokens.revoke_token(session, token_id=token_id, now=datetime.now(UTC))
    click.echo(f"Token {token_id} is revoked.")
