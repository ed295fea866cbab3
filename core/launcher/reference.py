"""`docs/configuration.md`, made from the table of settings."""

from core.config import SETTINGS, Area, Setting

TITLES: dict[Area, str] = {
    "network": "Network",
    "storage": "Storage",
    "identity": "Organization and first accounts",
    "processes": "Processes",
    "limits": "Limits",
    "logging": "Logging",
}

INTRODUCTION = """# Configuration

Everything is set by environment variables; there are no settings files. `make up` works without
any. A wrong value, or a misspelt `ONEFOLD_` name, stops the start with a hint.

```sh
ONEFOLD_PORT=9000 ONEFOLD_COLLECTOR_PORT=9001 make up
```

This page is made from the table in `core/config.py` by
`python -m core.launcher settings > docs/configuration.md`; a test keeps the two equal.
"""

SECRETS = """## Secrets

Passwords and keys are generated at first start, one file each under `<ONEFOLD_VAR>/secrets`, mode
0600: `admin_password` (console), `api_client_secret` (first API credential), `service_account_key`
(its key for the legacy JWT exchange), `token_signing_key`, `django_secret_key` and
`postgres_password`. There is no default password. `make env` prints what an API client needs.

Replace `token_signing_key` or `django_secret_key` by writing another value and starting again:
tokens and sessions made before then end. The other files only show what was set at first start.

## Set-up

`make` itself reads `PYTHON` (the interpreter to build `.venv` with), and the installers their own
variables, for mirrors above all: `UV_DEFAULT_INDEX`, `PIP_INDEX_URL`, `npm_config_registry`.
"""


def render() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for area, title in TITLES.items():
        rows = [_row(setting) for setting in SETTINGS if setting.area == area]
        parts.append(
            "\n".join(
                [f"## {title}\n", "| Variable | Default | Meaning |", "|---|---|---|", *rows, ""]
            )
        )
    return "\n".join([*parts, SECRETS])


def _row(setting: Setting) -> str:
    default = f"`{setting.default}`" if setting.default else "unset"
    return f"| `{setting.name}` | {default} | {setting.help} |"
