"""`/data/core/ca/attributes`, and `withCA` of look-ups."""

from typing import Any

import pytest

from core.access.models import ApiCredential
from core.audit.models import AuditEvent
from core.sandboxes.models import Sandbox
from profiles.segmentation.computed_models import ComputedAttribute, ComputedRun
from tests.api_client import ApiClient
from tests.factories.computed import (
    BOUGHT,
    LAST_CURRENCY,
    SPENT,
    compute_all,
    make_attribute,
    make_shop,
    purchase,
    receive,
)
from tests.factories.loyalty import Loyalty
from tests.factories.segments import make_segment

PATH = "/data/core/ca/attributes"
ENTITIES = "/data/core/ups/access/entities"
IDA = "7" * 38
pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(sandbox: Sandbox) -> Loyalty:
    return make_shop(sandbox)


def body(name: str = "purchaseTotal4w", value: str = SPENT, **more: Any) -> dict[str, Any]:
    """An attribute as a program sends it."""
    return {
        "name": name,
        "displayName": f"Shown {name}",
        "description": "What they spent.",
        "expression": {"type": "PQL", "format": "pql/text", "value": value},
        "duration": {"count": 4, "unit": "WEEKS"},
        "status": "DRAFT",
        **more,
    }


def test_creates_a_draft_and_shows_it(api: ApiClient, shop: Loyalty) -> None:
    created = api.post(PATH, body())
    assert created.status_code == 200, created.content
    made = created.json()
    sandbox = shop.sandbox
    path = [shop.tenant, "SystemComputedAttributes"]
    assert made == {
        "id": made["id"],
        "type": "ComputedAttribute",
        **{name: body()[name] for name in ("name", "displayName", "description", "expression")},
        "duration": {"count": 4, "unit": "WEEKS"},
        "imsOrgId": sandbox.organization.ims_org_id,
        "sandbox": {
            "sandboxId": str(sandbox.uuid),
            "sandboxName": "prod",
            "type": "production",
            "isDefault": True,
        },
        "path": "/".join(path),
        "positionPath": path,
        "keepCurrent": False,
        "mergeFunction": {"value": "SUM"},
        "status": "DRAFT",
        "schema": {"name": "_xdm.context.profile"},
        "lastEvaluationTs": None,
        "returnSchema": {"meta:xdmType": "double"},
        "definedOn": [
            {
                "meta:resourceType": "unions",
                "meta:containerId": "tenant",
                "$ref": "https://ns.adobe.com/xdm/context/profile__union",
            }
        ],
        "createEpoch": made["createEpoch"],
        "updateEpoch": made["createEpoch"],
        "createdBy": made["createdBy"],
    }
    assert api.get(f"{PATH}/{made['id']}").json() == made
    # A draft is no field of profiles, and nothing computes it.
    assert not ComputedRun.objects.exists()


@pytest.mark.parametrize(
    ("value", "function", "schema"),
    [
        (BOUGHT, "COUNT", {"meta:xdmType": "long"}),
        (LAST_CURRENCY, "MOST_RECENT", {"meta:xdmType": "string"}),
        ("xEvent.max(timestamp)", "MAX", {"meta:xdmType": "date-time"}),
        ("xEvent.min(commerce.order.priceTotal)", "MIN", {"meta:xdmType": "double"}),
    ],
)
def test_the_function_decides_the_type(
    api: ApiClient, shop: Loyalty, value: str, function: str, schema: dict[str, str]
) -> None:
    made = api.post(PATH, body(value=value)).json()
    assert (made["mergeFunction"], made["returnSchema"]) == ({"value": function}, schema)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("xEvent.sum(", "line 1, column 12: "),
        (
            "xEvent.sum(commerce.order.priceTotals)",
            (
                "line 1, column 27: Could not lookup schema of the computed attribute for the"
                " provided path. commerce.order has no field priceTotals. Did you mean"
                " commerce.order.priceTotal?"
            ),
        ),
        ("person.name.firstName", "one function of a profile's events"),
        ("xEvent.average(commerce.order.priceTotal)", "one function of a profile's events"),
        ("xEvent[^.person.birthYear = 1990].count()", "about events alone; person is something"),
        ("xEvent[inSegment('a')].count()", "about events alone; inSegment is something else"),
        ("xEvent.sum(commerce.order.priceTotal * 2)", "takes one field of the event"),
        ("xEvent.sum(productListItems.quantity)", "outside of lists"),
        ("xEvent.max(commerce.order.currencyCode)", "MAX is of numbers and dates. Return schema"),
        ("xEvent.topN(timestamp, 1).head()", "gives an object. Return schema of the expression"),
        ("xEvent[eventType = 5].count() > 1", "one function of a profile's events"),
    ],
)
def test_refuses_an_expression_with_its_place(
    api: ApiClient, shop: Loyalty, value: str, problem: str
) -> None:
    refused = api.post(PATH, body(value=value))
    assert refused.status_code == 400
    assert problem in refused.json()["title"]
    assert not ComputedAttribute.objects.exists()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": "purchase_total"}, "letters and digits"),
        ({"name": ""}, "name is required"),
        ({"duration": {"count": 8, "unit": "DAYS"}}, "duration.count must be from 1 to 7 for DAYS"),
        ({"duration": {"count": 25, "unit": "HOURS"}}, "from 1 to 24"),
        ({"duration": {"count": 1, "unit": "YEARS"}}, "HOURS, DAYS, WEEKS, MONTHS"),
        ({"duration": {"count": "4", "unit": "WEEKS"}}, "whole number"),
        ({"status": "ENABLED"}, "status must be one of DRAFT, NEW"),
        ({"description": None}, "description is required"),
        ({"expression": {"value": ""}}, "expression.value is required"),
    ],
)
def test_refuses_what_breaks_a_rule(
    api: ApiClient, shop: Loyalty, change: dict[str, Any], problem: str
) -> None:
    refused = api.post(PATH, body() | change)
    assert refused.status_code == 400
    assert problem in refused.json()["title"]


def test_a_name_is_given_once(api: ApiClient, shop: Loyalty) -> None:
    api.post(PATH, body("spent"))
    refused = api.post(PATH, body("SPENT"))
    assert refused.status_code == 400
    assert refused.json()["title"].startswith(
        "Function with the same name already exists for the specified schema or definedOn"
    )


def test_a_draft_changes_until_it_is_published(api: ApiClient, shop: Loyalty) -> None:
    key = api.post(PATH, body()).json()["id"]
    changed = api.patch(f"{PATH}/{key}", {"displayName": "Spend", "keepCurrent": True}).json()
    assert (changed["displayName"], changed["keepCurrent"]) == ("Spend", True)
    assert changed["expression"]["value"] == SPENT
    published = api.patch(f"{PATH}/{key}", {"status": "NEW"})
    assert (published.status_code, published.json()["status"]) == (200, "NEW")
    (run,) = ComputedRun.objects.all()
    assert (run.attributes, run.source) == ([key], "publish")
    refused = api.patch(f"{PATH}/{key}", {"displayName": "Other"})
    assert refused.status_code == 400
    assert "only drafts can change" in refused.json()["title"]
    assert api.patch(f"{PATH}/{key}", {"status": "DISABLED"}).json()["status"] == "DISABLED"
    assert api.patch(f"{PATH}/{key}", {"status": "NEW"}).json()["status"] == "NEW"
    trail = AuditEvent.objects.filter(asset_id=key).order_by("pk")
    assert list(trail.values_list("action", flat=True)) == [
        *("Create", "Update", "Publish", "Deactivate", "Publish")
    ]


def test_lists_pages_in_the_order_asked_for(api: ApiClient, shop: Loyalty) -> None:
    for name in ("bbb", "aaa", "ccc"):
        api.post(PATH, body(name))
    page = api.get(PATH, query={"sortBy": "name", "limit": 2}).json()
    assert [each["name"] for each in page["children"]] == ["aaa", "bbb"]
    assert page["computedAttributes"] == page["children"]
    assert page["_page"] == {
        "offset": 0,
        "limit": 2,
        "count": 2,
        "totalCount": 3,
        "pageSize": 2,
    }
    assert page["_links"]["next"]["href"] == "@/attributes?offset=2&limit=2&sortBy=name"
    assert page["_links"]["prev"]["href"] == ""
    rest = api.get(PATH, query={"sortBy": "-name", "limit": 2, "offset": 2}).json()
    assert [each["name"] for each in rest["children"]] == ["aaa"]
    assert rest["_links"]["next"]["href"] == ""
    found = api.get(PATH, query={"property": "name==ccc"}).json()
    assert [each["name"] for each in found["children"]] == ["ccc"]
    for wrong in ({"limit": 41}, {"limit": 0}, {"sortBy": "size"}, {"property": "name=ccc"}):
        assert api.get(PATH, query=wrong).status_code == 400


def test_deletes_what_no_audience_uses(api: ApiClient, shop: Loyalty) -> None:
    attribute = make_attribute(shop.sandbox)
    field = f"{shop.tenant}.SystemComputedAttributes.spent"
    segment = make_segment(shop.sandbox, "Rich", f"{field} > 100")
    refused = api.delete(f"{PATH}/{attribute.pk}")
    assert refused.status_code == 422
    assert "used by the audience Rich" in refused.json()["title"]
    assert api.delete(f"/data/core/ups/segment/definitions/{segment.pk}").status_code == 200
    removed = api.delete(f"{PATH}/{attribute.pk}")
    assert (removed.status_code, removed.json()["id"]) == (202, str(attribute.pk))
    for method in ("get", "delete"):
        assert getattr(api, method)(f"{PATH}/{attribute.pk}").status_code == 404
    assert api.patch(f"{PATH}/nothing", {"status": "NEW"}).status_code == 404


def test_another_sandbox_does_not_see_it(
    api: ApiClient, shop: Loyalty, other_sandbox: Sandbox
) -> None:
    attribute = make_attribute(shop.sandbox)
    other = api.within(other_sandbox.name)
    assert other.get(PATH).json()["_page"]["totalCount"] == 0
    assert other.get(f"{PATH}/{attribute.pk}").status_code == 404
    assert other.delete(f"{PATH}/{attribute.pk}").status_code == 404


def test_needs_the_permissions_of_audiences(
    api: ApiClient, shop: Loyalty, credential: ApiCredential
) -> None:
    attribute = make_attribute(shop.sandbox)
    role = credential.roles.get()
    role.permissions = ["view-segments"]
    role.save()
    assert api.get(PATH).status_code == 200
    for refused in (api.post(PATH, body()), api.delete(f"{PATH}/{attribute.pk}")):
        assert refused.status_code == 403


@pytest.mark.django_db(transaction=True)
def test_look_ups_show_values_when_asked_to(api: ApiClient, shop: Loyalty) -> None:
    receive(
        shop,
        purchase(shop, "e1", 20.5, ECID=IDA),
        shop.member("C1", custom={"tier": "gold"}, identityMap={"ECID": [{"id": IDA}]}),
    )
    make_attribute(shop.sandbox)
    compute_all(shop.sandbox)
    query = {"schema.name": "_xdm.context.profile", "entityId": IDA, "entityIdNS": "ECID"}

    def own(**more: Any) -> Any:
        (found,) = api.get(ENTITIES, query=query | more).json().values()
        return found["entity"].get(shop.tenant)

    assert own() == {"crmId": "C1", "tier": "gold"}
    assert own(withCA="true") == {
        "crmId": "C1",
        "tier": "gold",
        "SystemComputedAttributes": {"spent": 20.5},
    }
    path = f"{shop.tenant}.SystemComputedAttributes.spent"
    assert own(withCA="true", fields=path) == {"SystemComputedAttributes": {"spent": 20.5}}
    many = {
        "schema": {"name": "_xdm.context.profile"},
        "identities": [{"entityId": IDA, "entityIdNS": {"code": "ECID"}}],
        "withCA": True,
    }
    (found,) = api.post(ENTITIES, many).json().values()
    assert found["entity"][shop.tenant]["SystemComputedAttributes"] == {"spent": 20.5}
    assert api.get(ENTITIES, query=query | {"withCA": "maybe"}).status_code == 400
