"""The words of `python -m core.launcher`: up, stop, env, settings, test-stop."""

import json
import shlex
import socket
import sys
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing
from urllib.parse import urlsplit

from core import secrets
from core.config import ROOT, Config, load
from core.launcher import folders, instance, parent, programs, reference
from core.launcher.errors import LaunchError
from core.launcher.output import Screen
from core.launcher.supervisor import Supervisor, run_id

TOKEN_SECONDS = 10.0
READY_LINE = "Onefold is ready."


def up(config: Config) -> None:
    """Start everything and stay until told to stop."""
    screen = Screen()
    run = run_id()
    folders.make_private(config.var)
    secrets.ensure_all(config.secrets_dir)
    parent.die_with_make()
    with instance.hold(config, run=run) as cleared:
        if cleared:
            screen.plain(f"Cleared away what a killed start left: {', '.join(cleared)}.")
        _refuse_taken_port(config, config.port, "ONEFOLD_PORT")
        _refuse_taken_port(config, config.collector_port, "ONEFOLD_COLLECTOR_PORT")
        supervisor = Supervisor(
            programs.stages(config, run=run), run_dir=config.run_dir, screen=screen
        )
        supervisor.run(
            on_ready=lambda: screen.plain(_welcome(config)),
            on_stop=lambda: instance.say_stopping(config),
        )


def stop(config: Config) -> None:
    """Stop the product that runs on this state folder."""
    stopped = instance.stop(config)
    Screen().plain("Stopped." if stopped else "Onefold was not running.")


def env(config: Config) -> None:
    """Print exports for a client, with a fresh access token."""
    for name, value in client_environ(config).items():
        Screen().plain(f"export {name}={shlex.quote(value)}")


def show_settings(_config: Config) -> None:
    """Print `docs/configuration.md`."""
    sys.stdout.write(reference.render())


def stop_tests(_config: Config) -> None:
    """Stop the servers tests leave running, and what killed tests left."""
    test = ROOT / "var" / "test"
    for folder in (test, test / "hurt", test / "browser"):
        instance.stop(load({"ONEFOLD_VAR": str(folder)}))


def client_environ(config: Config) -> dict[str, str]:
    """What a client needs to talk to this installation."""
    values = {
        "PLATFORM_GATEWAY": config.public_url,
        "COLLECTOR_URL": config.collector_public_url,
        "IMS_HOST": urlsplit(config.public_url).netloc,
        "IMS_ORG": config.org_id,
        "API_KEY": config.api_key,
        "CLIENT_SECRET": config.secret("api_client_secret"),
        "SANDBOX_NAME": "prod",
        "TENANT_ID": config.tenant_id,
    }
    return {
        **values,
        "ACCESS_TOKEN": _fetch_token(config),
        "CONSOLE_URL": config.public_url,
        "CONSOLE_USER": config.admin_user,
        "CONSOLE_PASSWORD": config.secret("admin_password"),
    }


def _fetch_token(config: Config) -> str:
    """An access token from the running product's own token endpoint."""
    body = urllib.parse.urlencode(
        {
            "grant_type": "client_credentials",
            "client_id": config.api_key,
            "client_secret": config.secret("api_client_secret"),
            "scope": "openid",
        }
    ).encode()
    url = f"http://{config.local_host}:{config.port}/ims/token/v3"
    try:
        with urllib.request.urlopen(url, body, timeout=TOKEN_SECONDS) as answer:
            return str(json.load(answer)["access_token"])
    except urllib.error.HTTPError as error:
        text = error.read(300).decode("utf-8", "replace")
        raise LaunchError(
            f"The token endpoint refused the default credential: {error.code} {text}",
            hint=f"Was its secret changed? Expected in {config.secrets_dir}/api_client_secret.",
        ) from error
    except (OSError, ValueError, KeyError) as error:
        raise LaunchError(
            f"Nothing answers at {url}: Onefold is not running.", hint="Start it with make up."
        ) from error


def _refuse_taken_port(config: Config, port: int, name: str) -> None:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, port))
        except OSError as error:
            raise LaunchError(
                f"Cannot listen on {config.host}:{port}: {error.strerror}.",
                hint=f"Set {name} (or ONEFOLD_HOST) to something free.",
            ) from error


def _welcome(config: Config) -> str:
    password = config.secrets_dir / "admin_password"
    shown = password.relative_to(ROOT) if password.is_relative_to(ROOT) else password
    return f"""
  {READY_LINE}

  Console and APIs   {config.public_url}
  Collector          {config.collector_public_url}
  Sign in as         {config.admin_user}, password in {shown}
  API client         make env prints its settings
  Stop               Ctrl-C
"""
