"""A world with orders, and computed attributes made by the actions."""

from typing import Any

from core import clock, sql
from core.access.types import SYSTEM
from core.sandboxes.models import Sandbox
from profiles.segmentation.computed.actions import create_attribute
from profiles.segmentation.computed.runs import compute
from profiles.segmentation.computed.types import AttributeInput
from profiles.segmentation.computed.windows import Duration
from profiles.segmentation.computed_models import ComputedAttribute, ComputedRun
from profiles.segmentation.types import Expression
from tests.factories.loyalty import XDM, Loyalty, append, make_loyalty, process

HOUR = 3_600_000
DAY = 24 * HOUR
PURCHASE = "commerce.purchases"
SPENT = f'xEvent[eventType = "{PURCHASE}"].sum(commerce.order.priceTotal)'
BOUGHT = f'xEvent[eventType = "{PURCHASE}"].count()'
LAST_CURRENCY = (
    f'xEvent[eventType = "{PURCHASE}"].topN(timestamp, 1).head().commerce.order.currencyCode'
)


def make_shop(sandbox: Sandbox) -> Loyalty:
    """The loyalty world, whose events can hold orders."""
    return make_loyalty(sandbox, event_parts=(f"{XDM}/context/experienceevent-commerce",))


def purchase(
    shop: Loyalty, key: str, total: float, *, ago_ms: int = HOUR, currency: str = "EUR", **maps: str
) -> bytes:
    """Message of an order of somebody, by an identity a namespace, the first primary."""
    identity_map = {
        code: [{"id": value, "primary": index == 0}]
        for index, (code, value) in enumerate(maps.items())
    }
    entity = {
        "_id": key,
        "timestamp": clock.iso_ms(clock.now_ms() - ago_ms),
        "eventType": PURCHASE,
        "commerce": {"order": {"priceTotal": total, "currencyCode": currency}},
        "identityMap": identity_map,
    }
    return shop.message(shop.events, entity)


def receive(shop: Loyalty, *messages: bytes) -> None:
    """Take the messages in and through the pipeline."""
    append(shop, *messages)
    process(shop.sandbox)


def attribute_input(name: str = "spent", value: str = SPENT, **more: Any) -> AttributeInput:
    """A published attribute over seven days."""
    given: dict[str, Any] = {
        "display_name": name.title(),
        "duration": Duration(7, "DAYS"),
        "published": True,
    }
    return AttributeInput(name=name, expression=Expression(value), **(given | more))


def make_attribute(
    sandbox: Sandbox, name: str = "spent", value: str = SPENT, **more: Any
) -> ComputedAttribute:
    """An attribute, published unless told otherwise; nothing is computed yet."""
    given = attribute_input(name, value, **more)
    return create_attribute(given, actor=SYSTEM, sandbox=sandbox)


def compute_all(sandbox: Sandbox) -> list[ComputedRun]:
    """Do all runs that wait, as the worker does; answers them."""
    rows = ComputedRun.objects.filter(sandbox=sandbox, status="NEW").order_by("created_ms")
    runs = list(rows)
    for run in runs:
        compute(str(run.pk))
        run.refresh_from_db()
    return runs


def stored_values(attribute: ComputedAttribute) -> list[Any]:
    """All values of an attribute, sorted."""
    with sql.connect() as connection:
        rows = connection.execute(
            "SELECT value FROM computed_value WHERE attribute = %s", [attribute.number]
        ).fetchall()
    return sorted(value for (value,) in rows)
