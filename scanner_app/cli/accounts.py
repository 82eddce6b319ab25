"""`scanner-app users` and `scanner-app tokens`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click
from sqlalchemy import select

from scanner_app.cli.context import open_app
from scanner_app.domain.access import Role
from scanner_app.extensions.database import reading, unit_of_work
from scanner_app.models import User
from scanner_app.services import access

ROLES = click.Choice([role.value for role in Role])


@click.group("users")
def users_command() -> None:
    """Add and list the people who may sign in."""


@users_command.command("add")
@click.argument("email")
@click.option("--role", type=ROLES, required=True)
@click.option("--name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add_user(email: str, role: str, name: str | None, password_stdin: bool) -> None:
    """Add a user; asks for a password, or prints a one-time link where there is no terminal."""
    now = datetime.now(UTC)
    password: str | None = None
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise click.UsageError("No password came in on standard input.")
    elif sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    with open_app(), unit_of_work() as session:
        user = access.add_user(
            session, email=email, role=Role(role), name=name, password=password, now=now
        )
        click.echo(f"{user.email} added as {role}.")
        if password is None:
            link = access.make_link(session, purpose="password", user_id=user.id, now=now)
            click.echo(f"Open once to choose a password: /links/{link}")


@users_command.command("list")
def list_users() -> None:
    """List users with role and standing."""
    with open_app(), reading() as session:
        for user in session.scalars(select(User).order_by(User.email)):
            standing = "active" if user.is_active else "off"
            click.echo(f"{user.email}\t{user.role.value}\t{standing}\t{user.name}")


@click.group("tokens")
def tokens_command() -> None:
    """Make API tokens."""


@tokens_command.command("add")
@click.argument("name")
@click.option("--role", type=ROLES, required=True)
def add_token(name: str, role: str) -> None:
    """Make a token and print it, alone and once."""
    with open_app(), unit_of_work() as session:
        token = access.add_token(
            session, name=name, role=Role(role), created_by="command line", now=datetime.now(UTC)
        )
    click.echo(token.secret)
