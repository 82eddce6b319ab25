"""The console script `scanner-app`.

Each command opens the app, one unit of work and one service.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from scanner_app.config import SettingsError
from scanner_app.domain.errors import Invalid, ScannerAppError

# Where each command is. A command is imported only when it is called, so that a short command does
# not wait for the decoder to load.
COMMANDS = {
    "serve": "scanner_app.cli.serve",
    "db": "scanner_app.cli.db",
    "backup": "scanner_app.cli.db",
    "restore": "scanner_app.cli.db",
    "demo": "scanner_app.cli.demo",
    "users": "scanner_app.cli.accounts",
    "tokens": "scanner_app.cli.accounts",
    "import": "scanner_app.cli.imports",
    "decode": "scanner_app.cli.decode",
    "audits": "scanner_app.cli.audits",
    "log": "scanner_app.cli.log",
    "export": "scanner_app.cli.export",
    "epc": "scanner_app.cli.epc.commands",
    "labels": "scanner_app.cli.labels",
    "handovers": "scanner_app.cli.handovers",
    "certificates": "scanner_app.cli.certificates",
    "worker": "scanner_app.cli.worker.command",
    "keys": "scanner_app.cli.nodes.keys",
    "check": "scanner_app.cli.nodes.check",
    "stock": "scanner_app.cli.stock.commands",
    "contracts": "scanner_app.cli.contracts.commands",
    "devices": "scanner_app.cli.health.commands",
}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module = import_module(COMMANDS[cmd_name])
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command


@click.group(cls=LazyGroup)
@click.version_option(package_name="scanner-app")
def group() -> None:
    """Physical audits of IT assets by barcode and RFID."""


def main() -> None:
    """Run the console script.

    An error that the operator can fix is printed as one sentence, without a traceback.
    """
    # What is written is for its owner alone: the register, keys, backups.
    os.umask(0o077)
    try:
        group(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except (SettingsError, ScannerAppError) as error:
        click.echo(f"scanner-app: {error}", err=True)
        if isinstance(error, Invalid):
            for name, texts in error.errors.items():
                click.echo(f"  {name}: {' '.join(texts)}", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"scanner-app: {describe_file_trouble(error)}", err=True)
        sys.exit(2)
    except Exception as error:
        # By name: SQLAlchemy takes a second to import, and most errors are not its own.
        original = getattr(error, "orig", None)
        if type(error).__name__ != "OperationalError" or original is None:
            raise
        click.echo(f"scanner-app: The database cannot be used: {original}.", err=True)
        sys.exit(2)


def describe_file_trouble(error: OSError) -> str:
    """Return one sentence about a file or a folder that cannot be used."""
    where = f"{error.filename} cannot be used" if error.filename else "A file cannot be used"
    return f"{where}: {error.strerror or error}."
