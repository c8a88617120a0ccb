"""The command line: `quart-passport`."""

import sys

import rich_click as click

from quart_passport import __version__
from quart_passport.cli.cache import cache
from quart_passport.cli.demo import demo
from quart_passport.cli.doctor import doctor
from quart_passport.cli.keys import keys
from quart_passport.cli.qr import qr
from quart_passport.cli.sandbox import sandbox
from quart_passport.cli.serve import migrate, serve
from quart_passport.cli.tenants import tenants
from quart_passport.cli.themes import themes
from quart_passport.errors import PassportError, SettingsError
from quart_passport.observability.logs import set_up_logs


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="quart-passport")
def cli() -> None:
    """Digital Product Passports for the products of an Akeneo PIM.

    Settings come from environment variables; `quart-passport doctor` checks them.
    """


for command in (cache, demo, doctor, keys, migrate, qr, sandbox, serve, tenants, themes):
    cli.add_command(command)


def main() -> None:
    """Run a command; what goes wrong is a sentence on standard error, and exit code 1 or 2."""
    set_up_logs("warning", as_json=False)
    try:
        cli(prog_name="quart-passport")
    except SettingsError as error:
        for problem in error.problems:
            click.echo(f"Setting {problem}", err=True)
        sys.exit(2)
    except PassportError as error:
        click.echo(f"{error}", err=True)
        sys.exit(1)
    except OSError as error:
        # A folder that cannot be written, a file in its place: files are the operator's.
        if error.filename is None:
            raise
        click.echo(f"{error.filename}: {error.strerror}", err=True)
        sys.exit(1)
