"""Selecting audiences, and doing the same to all of them."""

import re
from html import unescape

import pytest
from django.test import Client

from core.access.models import Role, User
from core.access.types import SYSTEM
from core.audit.models import AuditEvent
from profiles.segmentation.external import create_external
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.types import ExternalInput
from tests.console.conftest import World
from tests.factories.segments import make_segment

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/s/prod/audiences/"
HTMX = {"HX-Request": "true"}


def make(world: World, name: str, value: str = "", **more: object) -> SegmentDefinition:
    rule = value or f'{world.loyalty.tenant}.tier = "gold"'
    return make_segment(world.loyalty.sandbox, name, rule, **more)


def ask(client: Client, action: str, segments: list[SegmentDefinition]) -> str:
    ids = [str(each.pk) for each in segments]
    given = {"shown": ids, "chosen": ids, "next": LIST, "go": action}
    answer = client.post(f"{LIST}select/", given)
    assert answer["Location"] == f"{LIST}bulk/{action}/"
    return unescape(client.get(answer["Location"]).content.decode())


def confirm(client: Client, action: str, segments: list[SegmentDefinition], **more: str) -> str:
    given = {"id": [str(each.pk) for each in segments], **more}
    answer = client.post(f"{LIST}bulk/{action}/", given, follow=True)
    return unescape(answer.content.decode())


def states() -> dict[str, str]:
    return dict(SegmentDefinition.objects.filter(deleted_ms=None).values_list("name", "state"))


def test_rows_are_ticked_and_stay_ticked(signed_in: Client, world: World) -> None:
    one = make(world, "One")
    make(world, "Two")
    given = {"shown": [str(one.pk)], "chosen": [str(one.pk)], "next": LIST}
    bar = signed_in.post(f"{LIST}select/", given, headers=HTMX).content.decode()
    assert "1 selected" in bar
    for label in ("Publish", "Deactivate", "Add tag", "Delete"):
        assert label in bar
    page = signed_in.get(LIST).content.decode()
    assert re.findall(r'aria-label="Select ([^"]+)" checked', page) == ["One"]


def test_drafts_are_published_and_the_others_say_why_not(signed_in: Client, world: World) -> None:
    draft, present = make(world, "Draft", state="draft"), make(world, "Present")
    page = ask(signed_in, "publish", [draft, present])
    assert "Publish 1 audience" in page
    assert "1 audience stays as it is" in page
    assert "It is published already." in page
    done = confirm(signed_in, "publish", [draft, present])
    assert "1 audience published." in done
    assert "Present: It is published already." in done
    assert states() == {"Draft": "published", "Present": "published"}
    assert AuditEvent.objects.filter(asset_id=str(draft.pk), action="Publish").count() == 1


def test_an_audience_that_others_need_is_not_deactivated(signed_in: Client, world: World) -> None:
    used, free = make(world, "Used"), make(world, "Free")
    make(world, "User", f'inSegment("{used.pk}")')
    draft = make(world, "Draft", state="draft")
    page = ask(signed_in, "deactivate", [used, free, draft])
    assert "Deactivate 1 audience" in page
    assert "It is used by audience User." in page
    assert "An audience that is draft cannot become inactive." in page
    assert "1 audience deactivated." in confirm(signed_in, "deactivate", [used, free, draft])
    assert states() == {
        "Used": "published",
        "Free": "inactive",
        "User": "published",
        "Draft": "draft",
    }


def test_audiences_that_need_each_other_are_deleted_together(
    signed_in: Client, world: World
) -> None:
    used = make(world, "A used")
    user = make(world, "B user", f'inSegment("{used.pk}")')
    kept = make(world, "C kept")
    make(world, "D outside", f'inSegment("{kept.pk}")')
    chosen = [used, user, kept]
    page = ask(signed_in, "delete", chosen)
    assert "Delete 2 audiences" in page
    assert "It is used by audience D outside." in page
    refused = signed_in.post(
        f"{LIST}bulk/delete/", {"id": [str(each.pk) for each in chosen], "words": "delete 3"}
    )
    assert refused.status_code == 422
    assert len(states()) == 4
    assert "2 audiences deleted." in confirm(signed_in, "delete", chosen, words="delete 2")
    assert set(states()) == {"C kept", "D outside"}
    assert list(signed_in.session["selected"].values()) == [[str(kept.pk)]]


def test_a_tag_is_added_beside_those_there_are(signed_in: Client, world: World) -> None:
    one, two = make(world, "One", tags=("crm",)), make(world, "Two", tags=("web",))
    listed = create_external(
        ExternalInput(name="Listed"), actor=SYSTEM, sandbox=world.loyalty.sandbox
    )
    chosen = [one, two, listed]
    assert "The tag is added to 3 audiences" in ask(signed_in, "tag", chosen)
    done = confirm(signed_in, "tag", chosen, tag="crm")
    assert "2 audiences tagged crm." in done
    assert "One: It has the tag already." in done
    for each in chosen:
        each.refresh_from_db()
    assert [each.tags for each in chosen] == [["crm"], ["web", "crm"], ["crm"]]
    assert [each.version for each in chosen] == [1, 2, 2]


@pytest.mark.parametrize("tag", ["", "a, b"])
def test_what_is_no_tag_changes_nothing(signed_in: Client, world: World, tag: str) -> None:
    one = make(world, "One")
    answer = signed_in.post(f"{LIST}bulk/tag/", {"id": [str(one.pk)], "tag": tag})
    assert answer.status_code == 422
    one.refresh_from_db()
    assert one.tags == []


def test_people_who_may_only_look_select_nothing(world: World) -> None:
    one = make(world, "One")
    user = User.objects.create_user(username="eve", password="correct horse")
    organization = world.loyalty.sandbox.organization
    user.roles.add(
        Role.objects.create(
            organization=organization, name="Readers", permissions=["view-segments"]
        )
    )
    client = Client()
    client.force_login(user)
    assert "select-cell" not in client.get(LIST).content.decode()
    for action in ("publish", "deactivate", "tag", "delete"):
        given = {"id": [str(one.pk)], "words": "delete 1", "tag": "x"}
        assert client.post(f"{LIST}bulk/{action}/", given).status_code == 403
    assert states() == {"One": "published"}


def test_nothing_selected_leads_back_to_the_list(signed_in: Client, world: World) -> None:
    make(world, "One")
    for action in ("publish", "deactivate", "tag", "delete"):
        answer = signed_in.get(f"{LIST}bulk/{action}/", follow=True)
        assert "No audience is selected any more" in answer.content.decode()
