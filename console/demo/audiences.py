"""The sample world's audiences, of each kind one a person would look for. Twice is safe."""

from console.demo.client import Client
from console.demo.model import say_made

DEFINITIONS = "/data/core/ups/segment/definitions"
_BOUGHT = 'eventType = "commerce.purchases" and timestamp occurs <= {} before now'


def create_audiences(client: Client, *, tenant: str) -> None:
    """Find or create them; they are evaluated by themselves from now on."""
    known = {one["name"] for one in client.get(DEFINITIONS, limit="100")["segments"]}
    for name, description, rule, method in _audiences(tenant):
        if name not in known:
            client.post(DEFINITIONS, {"description": description, **definition(name, rule, method)})
        say_made("audience", name, method)


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


def definition(name: str, rule: str, method: str) -> dict[str, object]:
    """The body that makes an audience, evaluated by one method."""
    return {
        "name": name,
        "schema": {"name": "_xdm.context.profile"},
        "expression": {"type": "PQL", "format": "pql/text", "value": rule},
        "evaluationInfo": {
            one: {"enabled": one == method} for one in ("batch", "continuous", "synchronous")
        },
    }
