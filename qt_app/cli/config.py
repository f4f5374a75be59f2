"""``qt config show``, ``qt config check`` and ``qt config set-secret``."""
from __future__ import annotations

import sys

import click
import orjson

from qt_app.cli.options import example, home_option, json_option
from qt_app.config import KEYS, Config, ConfigProblems, load, parse_problems
from qt_app.config.show import as_rows, as_text
from qt_app.config.vault import Vault
from qt_app.errors import ConfigError
from qt_app.home import Home
from qt_app.redact import KNOWN


@click.group(epilog=example("qt config show --origin\n  qt config check"))
def config() -> None:
    """Show or check the configuration, store secrets."""


@config.command(epilog=example("qt config show --origin"))
@click.option("--origin", is_flag=True, help="Tell where each value came from.")
@json_option
@home_option
def show(home: Home, as_json: bool, origin: bool) -> None:
    """Print every key with its value in force; secrets stay hidden."""
    chosen = load(home)
    if as_json:
        document = {"home": str(home.root), "hash": chosen.hash, "keys": as_rows(chosen)}
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
    else:
        click.echo(as_text(chosen, origin))
    _tell_notes(chosen)


@config.command(epilog=example("qt config check --home C:\\quantum"))
@json_option
@home_option
def check(home: Home, as_json: bool) -> None:
    """Check all sources and report everything that is wrong at once."""
    chosen, problems = parse_problems(home)
    if as_json:
        rows = [{"key": p.key, "value": p.value, "allowed": p.allowed, "origin": p.origin,
                 "suggestion": p.suggestion or None} for p in problems]
        click.echo(orjson.dumps({"ok": not rows, "hash": chosen.hash, "problems": rows}).decode())
    if problems:
        raise ConfigProblems(problems)
    _tell_notes(chosen)
    if not as_json:
        click.echo(f"configuration of {home.root} is good (hash {chosen.hash})")


def _tell_notes(chosen: Config) -> None:
    """What its sources deserve to have said, beside what is printed."""
    for _, words in chosen.notes:
        click.echo(f"qt: {words}", err=True)


@config.command("set-secret", epilog=example("qt config set-secret PROFIT_PASSWORD\n"
                                             "  pass show profit | qt config set-secret PROFIT_PASSWORD -"))
@click.argument("name")
@click.argument("source", required=False)
@click.option("--remove", is_flag=True, help="Take it out of the keyring again.")
@home_option
def set_secret(home: Home, name: str, source: str | None, remove: bool) -> None:
    """Keep a secret in the operating system's keyring: asked for unseen, or read from standard input with `-`.

    NAME is one of the secret names that `qt config show` lists, such as PROFIT_KEY. What the keyring keeps comes before
    the environment and .env.production.
    """
    chosen = _secret_name(name)
    vault = Vault(home)
    if remove:
        vault.remove(chosen)
        click.echo(f"{chosen} is no longer kept in the keyring")
        return
    text = _read_secret(chosen, source)
    KNOWN.learn(text)
    home.root.mkdir(parents=True, exist_ok=True)
    vault.store(chosen, text)
    click.echo(f"{chosen} is kept in the keyring for {home.root}")


def _secret_name(name: str) -> str:
    known = {text: k.env for k in KEYS if k.secret for text in (k.env, k.path)}
    if name not in known:
        raise ConfigError(f"{name} is no secret: {', '.join(dict.fromkeys(known.values()))} are")
    return known[name]


def _read_secret(name: str, source: str | None) -> str:
    """From the terminal, twice; or from standard input without the newline at its end. Never from an argument."""
    if source not in (None, "-"):
        raise click.UsageError("a secret is never given on the command line, where every process can read it: leave it "
                               "out to be asked, or give - and pipe it in")
    if source is None and not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask at: give - and pipe the secret in")
    prompted = source is None
    text: str = click.prompt(name, hide_input=True, confirmation_prompt=True) if prompted else sys.stdin.read()
    text = text if prompted else text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise ConfigError(f"{name}: an empty text is no secret; take one out with --remove")
    return text
