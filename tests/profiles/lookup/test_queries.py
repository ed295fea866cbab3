"""Reads the console uses, and their cost."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import NotFound
from core.sandboxes.models import Sandbox
from profiles.lookup import queries
from profiles.lookup.events import list_events
from profiles.lookup.properties import parse_properties
from profiles.lookup.types import EventFilter, Member
from tests.factories.profiles import (
    NOW_MS,
    add_event,
    add_fragment,
    add_graph,
    add_profile,
    make_dataset,
)

pytestmark = pytest.mark.django_db
EMAIL, PHONE, ECID = 6, 7, 4


def test_explains_each_value(sandbox: Sandbox) -> None:
    crm, web = make_dataset(sandbox, name="CRM"), make_dataset(sandbox, name="Web")
    mail, phone = add_graph(sandbox, (EMAIL, "ida@x.org"), (PHONE, "+49"))
    old = {"person": {"name": {"firstName": "Ida"}}, "vip": True}
    add_fragment(mail, old, dataset=crm, effective_at=NOW_MS * 1000, seq=7)
    new = {"person": {"name": {"firstName": "Idun"}}}
    add_fragment(phone, new, dataset=web, effective_at=NOW_MS * 1000 + 1, seq=8)
    explained = queries.explain_profile(sandbox=sandbox, name=mail.xid)
    assert explained.view.requested == Member(EMAIL, "ida@x.org")
    leaves = {leaf.path: leaf for leaf in explained.leaves}
    first_name = leaves["person.name.firstName"]
    assert first_name.value == "Idun"
    assert first_name.winner.dataset_name == "Web"
    assert first_name.winner.identity == Member(PHONE, "+49")
    assert first_name.winner.record_id == f"{sandbox.number}-8"
    (loser,) = first_name.losers
    assert (loser.value, loser.dataset_id, loser.record_id) == (
        "Ida",
        crm.id,
        f"{sandbox.number}-7",
    )
    assert leaves["vip"].losers == ()
    with pytest.raises(NotFound):
        queries.explain_profile(sandbox=sandbox, name=bytes(22))


def test_finds_an_identity_without_its_namespace(sandbox: Sandbox, other_sandbox: Sandbox) -> None:
    add_graph(sandbox, (EMAIL, "ida@x.org"), (PHONE, "ida"))
    add_graph(sandbox, (EMAIL, "idax"))
    add_graph(other_sandbox, (EMAIL, "ida@y.org"))
    found = queries.find_identities(sandbox=sandbox, text=" IDA ")
    assert [(one.identity, one.exact, one.graph_size) for one in found] == [
        (Member(PHONE, "ida"), True, 2)
    ]
    found = queries.find_identities(sandbox=sandbox, text="ida")
    assert [one.identity.value for one in found] == ["ida", "ida@x.org", "idax"]
    assert queries.find_identities(sandbox=sandbox, text="a%") == []
    assert queries.find_identities(sandbox=sandbox, text=" ") == []
    (by_xid,) = queries.find_identities(sandbox=sandbox, text=Member(EMAIL, "idax").xid)
    assert by_xid.identity == Member(EMAIL, "idax")


def test_samples_and_counts_profiles(sandbox: Sandbox, other_sandbox: Sandbox) -> None:
    dataset = make_dataset(sandbox)
    for number in range(3):
        graph = add_graph(sandbox, (EMAIL, f"{number}@x.org"), (ECID, str(number) * 38))
        add_profile(graph, {"n": number}, datasets=[dataset])
        add_event(graph[1], f"e{number}", {}, dataset=dataset, timestamp=NOW_MS + number)
    add_profile(add_graph(other_sandbox, (EMAIL, "z")), {}, datasets=[make_dataset(other_sandbox)])
    assert queries.count_profiles(sandbox=sandbox) == 3
    assert queries.profiles_by_namespace(sandbox=sandbox) == {"ECID": 3, "Email": 3}
    page = queries.sample_profiles(sandbox=sandbox, limit=2)
    rest = queries.sample_profiles(sandbox=sandbox, limit=2, after=page[-1].id)
    assert len(page) == 2
    assert sorted(one.attributes["n"] for one in [*page, *rest]) == [0, 1, 2]
    first = page[0]
    assert len(first.members) == 2
    assert first.last_event_at == NOW_MS + first.attributes["n"]


def test_a_look_up_is_one_statement(sandbox: Sandbox) -> None:
    (mail,) = add_graph(sandbox, (EMAIL, "ida@x.org"))
    add_profile([mail], {"vip": True}, datasets=[make_dataset(sandbox)])
    queries.get_profile(sandbox=sandbox, name=mail.xid)
    with CaptureQueriesContext(connection) as through_django:
        view = queries.get_profile(sandbox=sandbox, name=mail.xid)
    assert view.document == b'{"vip":true}'
    assert len(through_django) == 0


def test_filters_events_for_the_console(sandbox: Sandbox) -> None:
    web, shop = make_dataset(sandbox), make_dataset(sandbox)
    (mail,) = add_graph(sandbox, (EMAIL, "ida@x.org"))
    add_event(mail, "a", {"eventType": "web.visit"}, dataset=web, timestamp=1)
    add_event(mail, "b", {"eventType": "web.visit"}, dataset=shop, timestamp=2)
    add_event(mail, "c", {"eventType": "order"}, dataset=shop, timestamp=2, seq=9)

    def ids(**conditions: Any) -> list[str]:
        wanted = EventFilter(**conditions)
        page = list_events(sandbox=sandbox, name=mail.xid, wanted=wanted, newest_first=True)
        return [event.event_id for event in page.events]

    assert ids() == ["c", "b", "a"]
    assert ids(event_type="web.visit") == ["b", "a"]
    assert ids(dataset_id=shop.id) == ["c", "b"]
    assert ids(dataset_id="unknown") == []
    assert ids(start=2, end=3) == ["c", "b"]


def test_filters_reach_beyond_one_read(sandbox: Sandbox) -> None:
    dataset = make_dataset(sandbox)
    (mail,) = add_graph(sandbox, (EMAIL, "ida@x.org"))
    for number in range(1002):
        add_event(
            mail,
            f"e{number:04}",
            {"rare": number in (3, 1000, 1001)},
            dataset=dataset,
            timestamp=number // 7,
        )
    wanted = EventFilter(properties=parse_properties(["rare=true"]))
    first = list_events(sandbox=sandbox, name=mail.xid, wanted=wanted, limit=2)
    assert [event.event_id for event in first.events] == ["e0003", "e1000"]
    second = list_events(sandbox=sandbox, name=mail.xid, wanted=wanted, limit=2, start=first.next)
    assert [event.event_id for event in second.events] == ["e1001"]
    assert second.next == ""
