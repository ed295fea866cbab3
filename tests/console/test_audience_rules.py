"""What the builder does to several cards at once, and what it tells about fields, over HTTP."""

import re
from html import unescape

import pytest
from django.test import Client

from core.access.types import SYSTEM
from profiles.segmentation.external import create_external
from profiles.segmentation.types import ExternalInput
from tests.console.conftest import World
from tests.console.test_audiences import Builder
from tests.factories.segments import make_segment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_memory")]

HX = {"HX-Request": "true"}


def clock(page: str) -> str:
    """The control of every event; empty: it is not there."""
    found = re.search(r'<form class="item-form area-clock".*?</form>', page, re.DOTALL)
    return found[0] if found else ""


def chosen(control: str) -> list[str]:
    return re.findall(r'<option value="([^"]*)" selected>', control)


# --- The clock of the canvas


def test_a_time_rule_is_given_to_every_event_and_to_those_that_come(
    signed_in: Client, people: World
) -> None:
    builder = Builder(signed_in)
    page = builder.do(edit="add-event view")
    assert not clock(page)
    page = builder.do(edit="add-event purchase")
    assert chosen(clock(page)) == [""]
    page = builder.do(do="clock", node="events", when="inLast")
    assert chosen(clock(page)) == ["inLast", "day"]
    chain = 'CHAIN(xEvent, timestamp, [C0: WHAT(eventType = "{}") WHEN(<= 7 days before now)])'
    both = f"{chain.format('view')} and {chain.format('purchase')}"
    assert builder.pql == both
    builder.do(edit="add-event refund")
    assert builder.pql == f"{both} and {chain.format('refund')}"
    builder.do(edit="undo")
    builder.do(edit="undo")
    assert "WHEN" not in builder.pql


def test_events_that_differ_say_so_and_keep_what_they_have(
    signed_in: Client, people: World
) -> None:
    builder = Builder(signed_in)
    builder.do(edit="add-event view")
    page = builder.do(edit="add-event purchase")
    step = re.findall(r'<li class="step" id="node-(n\d+)"', page)[0]
    page = builder.do(do="set", node=step, when="today")
    assert chosen(clock(page)) == ["differs"]
    before = builder.pql
    builder.do(do="clock", node="events", when="differs")
    assert builder.pql == before
    page = builder.do(do="clock", node="events", when="")
    assert chosen(clock(page)) == [""]
    assert "WHEN" not in builder.pql


def test_the_clock_is_shown_for_code_whose_events_agree(signed_in: Client, people: World) -> None:
    builder = Builder(signed_in)
    link = 'CHAIN(xEvent, timestamp, [C0: WHAT(eventType = "{}") WHEN({})])'
    same = f"{link.format('a', 'today')} and {link.format('b', 'today')}"
    signed_in.post(f"{builder.address}code/", {"code": same})
    assert builder.pql == same
    assert chosen(clock(builder.page())) == ["today"]


# --- Convert to rules


def test_an_audience_is_replaced_by_a_copy_of_its_rule_and_comes_back(
    signed_in: Client, people: World
) -> None:
    tenant = people.loyalty.tenant
    gold = f'{tenant}.tier = "gold"'
    used = make_segment(people.loyalty.sandbox, "Gold members", gold)
    builder = Builder(signed_in)
    page = builder.do(edit=f"add-audience {used.pk}")
    assert 'value="convert n1"' in page
    page = builder.do(edit="convert n1")
    assert builder.pql == gold
    assert "Container 1" in page
    assert "Gold members" not in page
    builder.do(edit="undo")
    assert builder.pql == f'inSegment("{used.pk}")'


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("{tenant}.points + 5 = 10", "Its rule has no cards. It compares something other"),
        ("", "Its members come from elsewhere: it has no rule."),
    ],
)
def test_what_cannot_be_copied_says_why(
    signed_in: Client, people: World, rule: str, reason: str
) -> None:
    sandbox = people.loyalty.sandbox
    if rule:
        used = make_segment(sandbox, "Used", rule.format(tenant=people.loyalty.tenant))
    else:
        used = create_external(ExternalInput(name="Used"), actor=SYSTEM, sandbox=sandbox)
    builder = Builder(signed_in)
    page = builder.do(edit=f"add-audience {used.pk}")
    assert "Cannot be converted to rules." in page
    assert reason in page
    assert 'value="convert' not in page
    answer = signed_in.post(f"{builder.address}do/", {"edit": "convert n1"}, headers=HX)
    assert reason in unescape(answer.content.decode())
    assert builder.pql == f'inSegment("{used.pk}")'


# --- What a page that is being left asks for


def test_the_count_of_a_draft_that_is_gone_changes_nothing(
    signed_in: Client, people: World
) -> None:
    builder = Builder(signed_in)
    signed_in.post(f"{builder.address}discard/")
    for ask in (signed_in.get, signed_in.post):
        answer = ask(f"{builder.address}count/", headers=HX)
        assert (answer.status_code, answer.content) == (204, b"")
        assert ask(f"{builder.address}count/").status_code == 404


# --- Values of a field


def values_of(builder: Builder, path: str, **headers: str) -> tuple[int, str]:
    answer = builder.client.get(f"{builder.address}field/", {"path": path}, headers=headers)
    text = re.sub(r"<[^>]+>", " ", unescape(answer.content.decode()))
    return answer.status_code, " ".join(text.split())


def test_a_field_tells_how_many_have_a_value_and_which(signed_in: Client, people: World) -> None:
    tenant = people.loyalty.tenant
    builder = Builder(signed_in)
    address = f"{builder.address}field/?element=profile&path={tenant}.tier"
    assert f'href="{address}"' in builder.page()
    _, page = values_of(builder, f"{tenant}.tier")
    assert "3 of 4 sampled profiles have a value, 75 %. 2 different values." in page
    assert re.search(r"gold 67 % 2 67 % silver 33 % 1 33 %", page)
    assert "Back to the rule" in page
    _, dialog = values_of(builder, f"{tenant}.points", **HX)
    assert "Back to the rule" not in dialog
    for points in ("900", "1500", "2000"):
        assert f"{points} 33 %" in dialog


def test_fields_without_data_offer_no_values(signed_in: Client, people: World) -> None:
    builder = Builder(signed_in)
    assert "path=person.birthDate" not in builder.page("?all=on&q=birth")
    assert "0 of 4 sampled profiles have a value, 0 %." in values_of(builder, "person.birthDate")[1]
    assert values_of(builder, "person.nothing")[0] == 404
