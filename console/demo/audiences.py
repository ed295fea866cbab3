"""The sample world's audiences, of each kind one a person would look for. Twice is safe."""

import sys

from console.demo.client import Client

_DEFINITIONS = "/data/core/ups/segment/definitions"
_BOUGHT = 'eventType = "commerce.purchases" and timestamp occurs <= {} before now'


def create_audiences(client: Client, *, tenant: str) -> None:
    """Find or create them; they are evaluated by themselves from now on."""
    known = {one["name"] for one in client.get(_DEFINITIONS, limit="100")["segments"]}
    for name, description, rule, method in _audiences(tenant):
        if name not in known:
            client.post(_DEFINITIONS, _definition(name, description, rule, method))
        sys.stdout.write(f"{'audience':<14} {name:<24} {method}\n")


def _audiences(tenant: str) -> list[tuple[str, str, str, str]]:
    """Name, description, rule and evaluation method."""
    return [
        (
            "Demo gold members",
            "Gold members with at least 5,000 points.",
            f'_{tenant}.tier = "gold" and _{tenant}.points >= 5000',
            "continuous",
        ),
        (
            "Demo buyers of the day",
            "Bought something in the last 24 hours.",
            f"xEvent[{_BOUGHT.format('24 hours')}]",
            "continuous",
        ),
        (
            "Demo regulars",
            "Bought at least twice in the last 30 days.",
            f"xEvent[{_BOUGHT.format('30 days')}].count() >= 2",
            "batch",
        ),
    ]


def _definition(name: str, description: str, rule: str, method: str) -> dict[str, object]:
    return {
        "name": name,
        "description": description,
        "schema": {"name": "_xdm.context.profile"},
        "expression": {"type": "PQL", "format": "pql/text", "value": rule},
        "evaluationInfo": {
            one: {"enabled": one == method} for one in ("batch", "continuous", "synchronous")
        },
    }
