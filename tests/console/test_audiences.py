"""The audience portal and the segment builder over HTTP."""

import re
from html import unescape

import pytest
from django.test import Client

from core.access.models import Role, User
from core.access.types import SYSTEM
from core.drafts.models import Draft
from core.sandboxes.models import Sandbox
from profiles.segmentation.actions import change_segment, input_of
from profiles.segmentation.models import SegmentDefinition, SegmentPreview
from profiles.segmentation.run_others import run_preview
from profiles.segmentation.types import Expression, SegmentInput
from tests.console.conftest import World
from tests.factories.loyalty import append, process
from tests.factories.segments import make_segment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_memory")]

AUDIENCES = "/s/prod/audiences/"
HX = {"HX-Request": "true"}


class Builder:
    """A draft in the builder, as forms drive it."""

    def __init__(self, client: Client, **start: str) -> None:
        self.client = client
        self.address = client.post(f"{AUDIENCES}new/", start)["Location"]

    def page(self, query: str = "") -> str:
        response = self.client.get(f"{self.address}{query}")
        assert response.status_code == 200
        return unescape(response.content.decode())

    def do(self, query: str = "", **form: object) -> str:
        response = self.client.post(f"{self.address}do/{query}", form)
        assert response.status_code == 302, response.content
        return self.page(query)

    def save(self, do: str = "publish", **form: str) -> "tuple[int, str]":
        response = self.client.post(f"{self.address}save/", {"do": do, **form})
        return response.status_code, unescape(response.content.decode())

    @property
    def pql(self) -> str:
        found = re.search(r'<code id="pql">(.*?)</code>', self.page(), re.DOTALL)
        return found[1] if found else ""

    def gold(self, tenant: str) -> None:
        self.do(edit=f"add-field profile {tenant}.tier")
        self.do(do="set", node="n1", operator="equals", value="gold")


def named(name: str = "Gold members", **more: str) -> dict[str, str]:
    return {f"audience-{key}": value for key, value in {"name": name, **more}.items()}


def stored(name: str = "Gold members") -> SegmentDefinition:
    return SegmentDefinition.objects.get(name=name)


# --- The builder


def test_fields_with_data_are_offered_and_the_others_on_demand(
    signed_in: Client, people: World
) -> None:
    builder = Builder(signed_in)
    page = builder.page()
    assert "Fields with data in a sample of 4 profiles." in page
    assert f"add-field profile {people.loyalty.tenant}.tier" in page
    assert "add-field profile person.birthDate" not in page
    assert "add-field profile person.birthDate" in builder.page("?all=on&q=birth")
    assert "No field matches among those with data" in builder.page("?q=birth")


def test_search_finds_parts_of_words_in_titles_and_paths(signed_in: Client, people: World) -> None:
    builder = Builder(signed_in)
    for text in ("ier", "TIER", people.loyalty.tenant[2:5]):
        assert f"{people.loyalty.tenant}.tier" in builder.page(f"?q={text}")


def test_event_types_without_data_are_there_when_asked_for(
    signed_in: Client, people: World
) -> None:
    builder = Builder(signed_in)
    assert "commerce.purchases" not in builder.page("?tab=events")
    assert "commerce.purchases" in builder.page("?tab=events&all=on")


def test_a_card_is_added_filled_moved_and_taken_back(signed_in: Client, people: World) -> None:
    tenant = people.loyalty.tenant
    builder = Builder(signed_in)
    page = builder.do(edit=f"add-field profile {tenant}.tier")
    assert "A value is missing." in page
    assert builder.pql == ""
    builder.do(do="set", node="n1", operator="equals", value=["gold", "silver", ""])
    assert builder.pql == f'{tenant}.tier in ["gold", "silver"]'
    builder.do(edit=f"add-field profile {tenant}.points")
    builder.do(do="set", node="n2", operator="between", value=["10", "2000"])
    builder.do(edit="up n2")
    between = f"(10 <= {tenant}.points and {tenant}.points <= 2000)"
    assert builder.pql == f'{between} and {tenant}.tier in ["gold", "silver"]'
    builder.do(edit="join attributes or")
    assert " or " in builder.pql
    builder.do(edit="undo")
    builder.do(edit="undo")
    assert builder.pql.startswith(f"{tenant}.tier")
    builder.do(edit="redo")
    assert builder.pql.startswith("(10 <=")
    builder.do(edit="delete n1")
    assert builder.pql == between.strip("()")


def test_containers_nest_exclude_and_open_again(signed_in: Client, people: World) -> None:
    tenant = people.loyalty.tenant
    builder = Builder(signed_in)
    builder.gold(tenant)
    builder.do(edit="wrap n1")
    builder.do(do="set", node="n2", exclude="yes")
    assert builder.pql == f'not {tenant}.tier = "gold"'
    page = builder.do("?into=n2", edit=f"add-field profile {tenant}.points")
    assert "Adding here" in page
    builder.do(do="set", node="n3", operator="more", value="5")
    builder.do(edit="join n2 or")
    assert builder.pql == f'not ({tenant}.tier = "gold" or {tenant}.points > 5)'
    builder.do(edit="unwrap n2")
    assert builder.pql == f'{tenant}.tier = "gold" and {tenant}.points > 5'


def test_events_are_counted_timed_and_put_in_order(signed_in: Client, people: World) -> None:
    builder = Builder(signed_in)
    builder.do(edit="add-event commerce.purchases")
    step, rules = "n2", "n3"
    form = {"do": "set", "node": step, "measure": "count", "count-operator": "atLeast"}
    builder.do(**form, **{"count-value": "2", "when": "inLast"})
    builder.do(**form, **{"count-value": "2", "when": "inLast", "when-value": "7"})
    link = 'C0: WHAT(eventType = "commerce.purchases") WHEN(<= 7 days before now) COUNT(2)'
    assert builder.pql == f"CHAIN(xEvent, timestamp, [{link}])"
    builder.do(do="add-field", element="event", relative="on", into=rules, path="_id")
    builder.do(do="set", node="n4", operator="startsWith", value="p")
    builder.do(do="append-event", node="n1", type="commerce.purchases")
    builder.do(do="set", node="n5", within="2", **{"within-unit": "day"})
    assert 'eventType = "commerce.purchases" and _id.startsWith("p")' in builder.pql
    assert "WHEN(<= 2 days after C0)" in builder.pql
    builder.do(do="set", node="n1", exclude="yes")
    assert builder.pql.startswith("not CHAIN(")


def test_an_edit_that_does_not_fit_is_refused_and_changes_nothing(
    signed_in: Client, people: World
) -> None:
    builder = Builder(signed_in)
    builder.gold(people.loyalty.tenant)
    before = builder.pql
    for form in (
        {"edit": "move n1 n1"},
        {"edit": "move n1 events"},
        {"edit": "delete n99"},
        {"edit": "add-field profile no.such.field"},
        {"edit": "dance n1"},
    ):
        response = signed_in.post(f"{builder.address}do/", form, headers=HX)
        assert response.status_code == 200
        assert 'role="alert"' in response.content.decode(), form
    assert builder.pql == before


def test_htmx_gets_the_canvas_the_count_and_the_methods(signed_in: Client, people: World) -> None:
    builder = Builder(signed_in)
    response = signed_in.post(
        f"{builder.address}do/",
        {"edit": f"add-field profile {people.loyalty.tenant}.tier"},
        headers=HX,
    )
    content = response.content.decode()
    assert "<html" not in content
    for part in ('id="canvas"', "#count-slot", "#method-slot", "#said"):
        assert part in content
    assert response["Draft-Revision"] == "1"


def test_the_rule_is_counted_exactly_with_a_funnel(signed_in: Client, people: World) -> None:
    tenant = people.loyalty.tenant
    builder = Builder(signed_in)
    builder.gold(tenant)
    builder.do(edit=f"add-field profile {tenant}.points")
    builder.do(do="set", node="n2", operator="more", value="1000")
    waiting = builder.page()
    assert "load delay:1s" in waiting
    signed_in.post(f"{builder.address}count/", headers=HX)
    run_preview(str(SegmentPreview.objects.get().pk))
    content = signed_in.get(f"{builder.address}count/", headers=HX).content.decode()
    text = " ".join(re.sub(r"<[^>]+>", " ", content).split())
    assert "1 of 4 profiles" in text
    assert "Tier equals gold 2 2 left 2 alone" in text
    assert "Points is greater than 1,000 1 1 left 2 alone" in text
    sample = signed_in.get(f"{builder.address}profiles/").content.decode()
    # Ids in addresses may hold the same letters: what people read counts.
    assert set(re.findall(r"\bc[1-4]\b", re.sub(r"<[^>]+>", " ", sample))) == {"c1"}


def test_a_count_that_was_overtaken_is_dropped(signed_in: Client, people: World) -> None:
    builder = Builder(signed_in)
    builder.gold(people.loyalty.tenant)
    signed_in.post(f"{builder.address}count/", headers=HX)
    first = SegmentPreview.objects.get().pk
    signed_in.post(f"{builder.address}count/", headers=HX)
    assert SegmentPreview.objects.get().pk == first
    builder.do(do="set", node="n1", operator="equals", value="silver")
    signed_in.post(f"{builder.address}count/", headers=HX)
    assert SegmentPreview.objects.get().pk != first


# --- Code


def test_code_becomes_cards_and_cards_become_code(signed_in: Client, people: World) -> None:
    tenant = people.loyalty.tenant
    builder = Builder(signed_in)
    text = f'{tenant}.tier = "gold" and {tenant}.points >= 10'
    assert signed_in.post(f"{builder.address}code/", {"code": text}).status_code == 302
    assert builder.pql == text
    assert builder.page().count("data-node=") == 2
    assert text in builder.page("?view=code")


def test_a_mistake_in_the_code_is_pointed_at(signed_in: Client, people: World) -> None:
    builder = Builder(signed_in)
    text = f'{people.loyalty.tenant}.tier = "gold"\nand {people.loyalty.tenant}.poinds > 3'
    response = signed_in.post(f"{builder.address}code/", {"code": text}, headers=HX)
    assert response.status_code == 422
    content = unescape(response.content.decode())
    assert "Line 2, column" in content
    assert "<mark>poinds</mark>" in content
    assert "poinds" not in builder.page()


def test_code_beyond_the_canvas_stays_code_with_the_reason(
    signed_in: Client, people: World
) -> None:
    builder = Builder(signed_in)
    text = f"{people.loyalty.tenant}.points * 2 > 10"
    signed_in.post(f"{builder.address}code/", {"code": text})
    page = builder.page()
    assert "It compares something other than a field with a value." in page
    refused = signed_in.post(
        f"{builder.address}do/", {"edit": "add-event commerce.purchases"}, headers=HX
    )
    assert "The rule is code only" in refused.content.decode()
    status, _ = builder.save(**named("Twice"))
    assert status == 302
    assert stored("Twice").expression == text


# --- Saving


def test_a_rule_is_published_and_its_draft_is_gone(signed_in: Client, people: World) -> None:
    builder = Builder(signed_in)
    builder.gold(people.loyalty.tenant)
    status, _ = builder.save(**named(tags="crm, vip", description="All in gold"))
    made = stored()
    assert (status, made.state, made.method) == (302, "published", "batch")
    assert (made.tags, made.description) == (["crm", "vip"], "All in gold")
    assert made.expression == f'{people.loyalty.tenant}.tier = "gold"'
    assert not Draft.objects.filter(kind="audience").exists()
    assert signed_in.get(f"{AUDIENCES}{made.pk}/").status_code == 200


def test_what_is_missing_is_said_where_it_is_missing(signed_in: Client, people: World) -> None:
    builder = Builder(signed_in)
    status, page = builder.save(**named())
    assert (status, "The rule is empty" in page) == (422, True)
    builder.do(edit=f"add-field profile {people.loyalty.tenant}.points")
    builder.do(do="set", node="n1", operator="more", value="many")
    status, page = builder.save(**named(""))
    assert status == 422
    assert "“many” is no number." in page
    assert "A condition is not finished" in page
    assert "This field is required" in page
    assert not SegmentDefinition.objects.exists()


def test_a_taken_name_is_said_at_the_name(signed_in: Client, people: World) -> None:
    make_segment(people.loyalty.sandbox, "Gold members", f"{people.loyalty.tenant}.points > 1")
    builder = Builder(signed_in)
    builder.gold(people.loyalty.tenant)
    status, page = builder.save(**named())
    assert (status, "already exists" in page) == (422, True)


def test_the_method_never_changes_silently(signed_in: Client, people: World) -> None:
    builder = Builder(signed_in, template="browsed-not-bought")
    status, _ = builder.save(**named("Browsers", method="streaming"))
    assert (status, stored("Browsers").method) == (302, "streaming")
    response = signed_in.get(f"{AUDIENCES}{stored('Browsers').pk}/edit/")
    builder.address = response["Location"]
    node = re.findall(r'<li class="step" id="node-(n\d+)"', builder.page())[0]
    form = {"count-value": "3", "when": "inLast", "when-value": "3", "when-unit": "day"}
    page = builder.do(do="set", node=node, **form)
    assert "looks back 3 days; streaming looks back at most 24 hours" in page
    status, page = builder.save("save", **named("Browsers", method="streaming"))
    assert status == 422
    assert "This rule cannot be evaluated as Streaming" in page
    assert "looks back 3 days" in page
    assert (stored("Browsers").method, stored("Browsers").version) == ("streaming", 1)
    status, _ = builder.save("save", **named("Browsers"), instead="batch")
    assert (status, stored("Browsers").method) == (302, "batch")


def test_somebody_elses_change_is_shown_beside_mine(signed_in: Client, people: World) -> None:
    tenant, sandbox = people.loyalty.tenant, people.loyalty.sandbox
    segment = make_segment(sandbox, value=f'{tenant}.tier = "gold"', name="Gold members")
    edit = f"{AUDIENCES}{segment.pk}/edit/"
    builder = Builder(signed_in)
    builder.address = signed_in.get(edit)["Location"]
    assert signed_in.get(edit)["Location"] == builder.address
    builder.do(do="set", node="n1", operator="equals", value="silver")

    def theirs(kept: SegmentDefinition) -> SegmentInput:
        known = input_of(kept)
        values = {name: getattr(known, name) for name in SegmentInput.__slots__}
        return SegmentInput(**values | {"expression": Expression(f"{tenant}.points > 5")})

    change_segment(theirs, actor=SYSTEM, sandbox=sandbox, segment_id=str(segment.pk))
    assert "Gold members changed since you began" in builder.page()
    status, page = builder.save("save", **named())
    assert status == 409
    assert "Points is greater than 5" in page
    assert "Tier equals silver" in page
    assert stored().expression == f"{tenant}.points > 5"
    signed_in.post(f"{builder.address}resolve/", {"keep": "mine"})
    assert builder.save("save", **named())[0] == 302
    assert stored().expression == f'{tenant}.tier = "silver"'


def test_the_stored_version_can_be_taken_over_instead(signed_in: Client, people: World) -> None:
    tenant = people.loyalty.tenant
    segment = make_segment(people.loyalty.sandbox, "Gold members", f'{tenant}.tier = "gold"')
    builder = Builder(signed_in)
    builder.address = signed_in.get(f"{AUDIENCES}{segment.pk}/edit/")["Location"]
    builder.do(do="set", node="n1", operator="equals", value="silver")
    response = signed_in.post(f"{builder.address}resolve/", {"keep": "theirs"})
    builder.address = response["Location"]
    assert builder.pql == f'{tenant}.tier = "gold"'


def test_drafts_are_their_authors_alone(signed_in: Client, people: World) -> None:
    builder = Builder(signed_in)
    other = User.objects.create_user(username="bo", password="correct horse")
    other.roles.set(Role.objects.filter(name="Marketer"))
    elsewhere = Client()
    elsewhere.force_login(other)
    assert elsewhere.get(builder.address).status_code == 404
    assert elsewhere.post(f"{builder.address}do/", {"edit": "undo"}).status_code == 404


# --- The portal


def rows(client: Client, query: str = "") -> list[str]:
    content = client.get(f"{AUDIENCES}{query}").content.decode()
    return re.findall(r'class="row-name"[^>]*>([^<]+)', content)


def test_an_empty_portal_offers_rules_to_begin_with(signed_in: Client, world: World) -> None:
    content = signed_in.get(AUDIENCES).content.decode()
    assert "Group people by what they are or did." in content
    assert content.count('name="template"') == 3
    for template in ("repeat-buyers", "lapsed-buyers", "browsed-not-bought"):
        builder = Builder(signed_in, template=template)
        assert "commerce.purchases" in builder.pql


def test_audiences_are_found_and_filtered(signed_in: Client, people: World) -> None:
    sandbox, tenant = people.loyalty.sandbox, people.loyalty.tenant
    rule = f"{tenant}.points > 1"
    make_segment(sandbox, "Autumn sale", rule, tags=("sale", "crm"), method="streaming")
    make_segment(sandbox, "Spring sale", rule, tags=("sale",), state="draft")
    make_segment(sandbox, "Lapsed", rule)
    assert rows(signed_in, "?sort=name") == ["Autumn sale", "Lapsed", "Spring sale"]
    assert rows(signed_in, "?sort=name&q=SALE") == ["Autumn sale", "Spring sale"]
    assert rows(signed_in, "?state=draft") == ["Spring sale"]
    assert rows(signed_in, "?method=streaming") == ["Autumn sale"]
    assert rows(signed_in, "?tag=crm") == ["Autumn sale"]
    assert rows(signed_in, "?creator=nobody") == []
    assert rows(signed_in, "?origin=CUSTOM_UPLOAD") == []
    assert rows(signed_in, "?updated_to=2020-01-01") == []
    assert (
        "Remove filter Lifecycle: Draft"
        in signed_in.get(f"{AUDIENCES}?state=draft").content.decode()
    )


def test_row_actions_publish_copy_and_delete(signed_in: Client, people: World) -> None:
    sandbox, tenant = people.loyalty.sandbox, people.loyalty.tenant
    made = make_segment(sandbox, "Lapsed", f"{tenant}.points > 1", state="draft")
    address = f"{AUDIENCES}{made.pk}/"
    signed_in.post(f"{address}state/", {"to": "published"})
    assert stored("Lapsed").state == "published"
    signed_in.post(f"{address}copy/")
    signed_in.post(f"{address}copy/")
    assert {stored("Lapsed copy").state, stored("Lapsed copy 2").state} == {"draft"}
    signed_in.post(f"{address}delete/", {"name": "lapsed"})
    assert stored("Lapsed").deleted_ms is None
    signed_in.post(f"{address}delete/", {"name": "Lapsed"})
    assert rows(signed_in, "?sort=name") == ["Lapsed copy", "Lapsed copy 2"]


def test_an_audience_in_use_says_by_whom(signed_in: Client, people: World) -> None:
    sandbox, tenant = people.loyalty.sandbox, people.loyalty.tenant
    made = make_segment(sandbox, "Lapsed", f"{tenant}.points > 1")
    make_segment(sandbox, "Win back", f'inSegment("{made.pk}")')
    content = signed_in.get(AUDIENCES).content.decode()
    assert "Lapsed cannot be deleted while it is used by audience Win back." in content


def test_members_are_counted_live(signed_in: Client, people: World) -> None:
    sandbox, tenant = people.loyalty.sandbox, people.loyalty.tenant
    make_segment(sandbox, "Gold", f'{tenant}.tier = "gold"', method="streaming")
    assert "Not evaluated" in signed_in.get(AUDIENCES).content.decode()
    loyalty = people.loyalty
    append(loyalty, loyalty.member("c9", custom={"tier": "gold"}))
    process(sandbox)
    content = signed_in.get(AUDIENCES).content.decode()
    assert "1 realized · 0 exited" in content


def test_people_see_what_their_permissions_allow(people: World, sandbox: Sandbox) -> None:
    make_segment(sandbox, "Lapsed", f"{people.loyalty.tenant}.points > 1")
    viewer = User.objects.create_user(username="vi", password="correct horse")
    viewer.roles.set(Role.objects.filter(name="Viewer"))
    engineer = User.objects.create_user(username="en", password="correct horse")
    engineer.roles.set(Role.objects.filter(name="Data engineer"))
    client = Client()
    client.force_login(viewer)
    content = client.get(AUDIENCES).content.decode()
    assert "Lapsed</a>" in content
    assert "Create audience" not in content
    assert client.post(f"{AUDIENCES}new/").status_code == 403
    client.force_login(engineer)
    assert client.get(AUDIENCES).status_code == 403
    assert "Audiences" not in client.get("/s/prod/").content.decode()
