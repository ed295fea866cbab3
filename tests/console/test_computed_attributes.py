"""Pages of computed attributes, and their values on the page of a profile."""

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client

from console.builder.catalog import read_catalog
from console.computed import field_name, shown_value
from core.access.models import Role, User
from core.sandboxes.models import Sandbox
from profiles.lookup import directory
from profiles.segmentation import profile_types, sampling
from profiles.segmentation.computed_models import ComputedAttribute, ComputedRun
from tests.factories.computed import (
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

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/s/prod/profiles/computed-attributes/"
TOTAL = "commerce.order.priceTotal"
IDA, BO = "7" * 38, "8" * 38


@pytest.fixture(autouse=True)
def _no_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Reads remember configuration for a second; tasks go nowhere."""
    for each in (directory, profile_types, sampling):
        each.forget()
    monkeypatch.setattr("core.tasks._send", lambda name, kwargs: None)
    yield
    directory.forget()


@pytest.fixture
def shop(sandbox: Sandbox) -> Loyalty:
    return make_shop(sandbox)


def given(**more: Any) -> dict[str, Any]:
    """What the form sends."""
    return {
        "display_name": "Spend, 4 weeks",
        "name": "",
        "description": "",
        "function": "SUM",
        "field": TOTAL,
        "event_type": "commerce.purchases",
        "condition": "",
        "count": "4",
        "unit": "WEEKS",
        **more,
    }


def html(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    return unescape(" ".join(response.content.decode().split()))


def test_the_list_says_what_there_is(signed_in: Client, shop: Loyalty) -> None:
    page = html(signed_in.get(BASE))
    assert "No computed attributes yet" in page
    make_attribute(shop.sandbox, display_name="Spend", published=False)
    failed = make_attribute(shop.sandbox, "broken", display_name="Broken")
    ComputedAttribute.objects.filter(pk=failed.pk).update(status="FAILED", error="No such field.")
    page = html(signed_in.get(BASE))
    for words in ("Spend", "Draft", "Broken", "Failed", "No such field.", "Published", "Daily"):
        assert words in page
    assert 'aria-current="page">Computed attributes' in page


def test_the_form_offers_fields_and_types_of_events(signed_in: Client, shop: Loyalty) -> None:
    page = html(signed_in.get(f"{BASE}new/"))
    assert f'<option value="{TOTAL}">' in page
    assert '<option value="commerce.purchases">' in page
    # Lists hold many values.
    assert 'value="productListItems.SKU"' not in page


def test_a_draft_is_saved_changed_and_published(signed_in: Client, shop: Loyalty) -> None:
    response = signed_in.post(f"{BASE}new/", given(draft="on"))
    made = ComputedAttribute.objects.get()
    assert response.headers["Location"] == f"{BASE}{made.pk}/"
    assert (made.name, made.status, made.expression) == ("spend4Weeks", "DRAFT", SPENT)
    page = html(signed_in.get(f"{BASE}{made.pk}/"))
    assert "nothing is computed until it is published" in page
    assert "Evaluate now" not in page
    page = html(signed_in.get(f"{BASE}{made.pk}/edit/"))
    assert f'<option value="{TOTAL}" selected>' in page
    assert '<option value="commerce.purchases" selected>' in page
    change = given(name="spent", condition=f"{TOTAL} > 10", keep_current="on", publish="on")
    signed_in.post(f"{BASE}{made.pk}/edit/", change)
    made.refresh_from_db()
    assert (made.name, made.status, made.keep_current) == ("spent", "NEW", True)
    assert made.expression == f'xEvent[eventType = "commerce.purchases"][{TOTAL} > 10].sum({TOTAL})'
    assert ComputedRun.objects.filter(attributes=[str(made.pk)]).exists()
    response = signed_in.get(f"{BASE}{made.pk}/edit/", follow=True)
    assert "only drafts can change" in html(response)


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        ({"display_name": ""}, "display_name", "required"),
        ({"field": ""}, "field", "Choose the field: sum of what?"),
        ({"field": "commerce.order.currencyCode"}, "field", "sum works with numbers"),
        ({"condition": "commerce.order.total > 1"}, "condition", "line 1, column 16: "),
        ({"condition": "commerce.order.priceTotal >"}, "condition", "line 1, column "),
        ({"count": "5"}, "count", "from 1 to 4 for WEEKS"),
        ({"name": "a b"}, "name", "letters and digits"),
        ({"display_name": "…"}, "name", "Give a field name"),
    ],
)
def test_mistakes_are_shown_where_they_are_made(
    signed_in: Client, shop: Loyalty, change: dict[str, str], where: str, words: str
) -> None:
    response = signed_in.post(f"{BASE}new/", given(**change))
    html(response, 422)
    errors = response.context["page"].form.errors
    assert list(errors) == [where]
    assert words in str(errors[where])
    assert not ComputedAttribute.objects.exists()


def test_an_expression_without_parts_is_edited_as_code(signed_in: Client, shop: Loyalty) -> None:
    value = "xEvent.topN(timestamp, 1).head().timestamp"
    gone = "xEvent.sum(commerce.order.gone)"
    made = make_attribute(shop.sandbox, "last", value, published=False)
    ComputedAttribute.objects.filter(pk=made.pk).update(expression=gone, expression_value=gone)
    page = html(signed_in.get(f"{BASE}{made.pk}/edit/"))
    assert f">{gone}</textarea>" in page.replace("> ", ">")
    assert 'name="function"' not in page
    fixed = {"display_name": "Last", "count": "1", "unit": "DAYS", "expression": value}
    response = signed_in.post(f"{BASE}{made.pk}/edit/", {**fixed, "expression": gone})
    assert "Could not lookup schema" in html(response, 422)
    signed_in.post(f"{BASE}{made.pk}/edit/", fixed)
    made.refresh_from_db()
    assert (made.expression, made.duration_count) == (value, 1)


def test_the_page_shows_values_of_profiles(signed_in: Client, shop: Loyalty) -> None:
    receive(
        shop,
        purchase(shop, "e1", 1250.5, ECID=IDA),
        purchase(shop, "e2", 3, ECID=BO),
        shop.member(
            "C1",
            person={"name": {"firstName": "Ida", "lastName": "Berg"}},
            identityMap={"ECID": [{"id": IDA}]},
        ),
    )
    spent = make_attribute(shop.sandbox, display_name="Spend")
    page = html(signed_in.get(f"{BASE}{spent.pk}/"))
    assert "Queued" in page
    assert 'hx-trigger="every 1s"' in page
    compute_all(shop.sandbox)
    page = html(signed_in.get(f"{BASE}{spent.pk}/"))
    for words in ("Success", "Ida Berg", "1,250.5", "Sum of", "Evaluate now", "3 to 158.94"):
        assert words in page
    assert 'hx-trigger="every 1s"' not in page
    part = html(signed_in.get(f"{BASE}{spent.pk}/", headers={"HX-Request": "true"}))
    assert part.startswith('<div class="with-rail"')
    currency = make_attribute(shop.sandbox, "currency", LAST_CURRENCY)
    compute_all(shop.sandbox)
    assert "EUR" in html(signed_in.get(f"{BASE}{currency.pk}/"))
    found = signed_in.get(f"/s/prod/profiles/?q={IDA}", follow=True)
    page = html(found)
    for words in ("Computed attributes", "Spend", "1,250.5", "Sum, last 7 days"):
        assert words in page


def test_buttons_evaluate_deactivate_and_delete(signed_in: Client, shop: Loyalty) -> None:
    spent = make_attribute(shop.sandbox, display_name="Spend")
    compute_all(shop.sandbox)
    own = f"{BASE}{spent.pk}/"
    page = html(signed_in.post(f"{own}evaluate/", follow=True))
    assert "Computed attribute Spend is evaluated now." in page
    assert ComputedRun.objects.filter(status="NEW").count() == 1
    rule = f"{shop.tenant}.SystemComputedAttributes.spent > 1"
    segment = make_segment(shop.sandbox, "Rich", rule)
    page = html(signed_in.post(f"{own}deactivate/", follow=True))
    assert "cannot be deactivated. It is used by the audience Rich." in page
    signed_in.post(f"/s/prod/audiences/{segment.pk}/delete/", {"name": "Rich"})
    page = html(signed_in.post(f"{own}deactivate/", follow=True))
    assert "Inactive: profiles do not have it" in page
    assert "Published" in html(signed_in.post(f"{own}publish/", follow=True))
    page = html(signed_in.post(f"{own}delete/", {"name": "spend"}, follow=True))
    assert "Not deleted: type Spend to confirm." in page
    page = html(signed_in.post(f"{own}delete/", {"name": "Spend"}, follow=True))
    assert "Computed attribute Spend deleted with its values." in page
    assert signed_in.get(own).status_code == 404


def test_the_builder_offers_it_as_a_field_of_profiles(shop: Loyalty) -> None:
    make_attribute(shop.sandbox, display_name="Spend")
    make_attribute(shop.sandbox, "other", display_name="A draft", published=False)
    leaves = list(read_catalog(shop.sandbox).leaves("profile", everything=False))
    found = [leaf for leaf in leaves if "SystemComputedAttributes" in leaf.path]
    assert [(leaf.path, leaf.title, leaf.kind) for leaf in found] == [
        (f"{shop.tenant}.SystemComputedAttributes.spent", "Spend", "number")
    ]


def test_who_may_only_look_changes_nothing(shop: Loyalty) -> None:
    spent = make_attribute(shop.sandbox)
    user = User.objects.create_user(username="vera", password="correct horse")
    user.roles.set(Role.objects.filter(name="Viewer"))
    client = Client()
    client.force_login(user)
    page = html(client.get(f"{BASE}{spent.pk}/"))
    for words in ("Evaluate now", "Delete computed attribute", "Deactivate"):
        assert words not in page
    assert "Create computed attribute" not in html(client.get(BASE))
    assert client.get(f"{BASE}new/").status_code == 403
    for action in ("publish", "evaluate", "deactivate", "delete"):
        assert client.post(f"{BASE}{spent.pk}/{action}/", {"name": "Spent"}).status_code == 403


@pytest.mark.parametrize(
    ("display_name", "name"),
    [
        ("Spend, 4 weeks", "spend4Weeks"),
        ("LTV in euro", "ltvInEuro"),
        ("last product seen", "lastProductSeen"),
        ("7 days", "value7Days"),
        ("…", ""),
    ],
)
def test_field_names_are_derived_in_camel_case(display_name: str, name: str) -> None:
    assert field_name(display_name) == name


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1234, "1,234"),
        (10.0, "10"),
        (1250.5, "1,250.5"),
        (True, "true"),
        (["a", 1], "a, 1"),
        ("EUR", "EUR"),
    ],
)
def test_values_are_shown_as_people_read_them(value: object, shown: str) -> None:
    assert shown_value(value) == shown
