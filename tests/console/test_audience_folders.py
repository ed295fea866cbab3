"""Folders of audiences: moving, finding by folder, and what the API sees of it."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.access.models import Role, User
from core.access.types import SYSTEM
from profiles.segmentation.actions import set_state
from profiles.segmentation.external import create_external
from profiles.segmentation.folders import folder_of, list_folders
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.types import ExternalInput
from tests.console.conftest import World
from tests.factories.segments import make_segment

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/s/prod/audiences/"
MOVE = f"{LIST}bulk/move/"


def make(world: World, name: str, folder: str = "", **more: object) -> SegmentDefinition:
    reference = {"audienceFolderId": folder} if folder else {}
    rule = f'{world.loyalty.tenant}.tier = "gold"'
    return make_segment(world.loyalty.sandbox, name, rule, linked_audience_ref=reference, **more)


def move(client: Client, folder: str, *segments: SegmentDefinition) -> str:
    given = {"id": [str(each.pk) for each in segments], "folder": folder}
    return unescape(client.post(MOVE, given, follow=True).content.decode())


def listed(client: Client, **query: str) -> list[str]:
    html = client.get(LIST, query).content.decode()
    return sorted(re.findall(r'class="row-name"[^>]*>([^<]+)</a>', html))


def test_a_row_is_moved_to_a_new_folder_and_found_in_it(signed_in: Client, world: World) -> None:
    one, two = make(world, "One"), make(world, "Two")
    question = signed_in.get(f"{MOVE}?id={one.pk}").content.decode()
    assert "Move 1 audience to a folder" in question
    assert "1 audience moved to Season & sale." in move(signed_in, " Season  & sale ", one)
    assert list_folders(sandbox=world.loyalty.sandbox) == [("Season & sale", 1)]
    assert listed(signed_in, folder="Season & sale") == ["One"]
    assert listed(signed_in) == ["One", "Two"]
    html = unescape(signed_in.get(LIST).content.decode())
    assert "Season & sale (1)" in html
    assert "Season & sale" in unescape(signed_in.get(f"{LIST}{one.pk}/").content.decode())
    assert "Season & sale" in unescape(signed_in.get(f"{LIST}{one.pk}/history/").content.decode())
    assert "Folder" not in signed_in.get(f"{LIST}{two.pk}/").content.decode()


def test_several_are_moved_at_once_and_the_others_say_why_not(
    signed_in: Client, world: World
) -> None:
    there, other = make(world, "There", "CRM"), make(world, "Other", "Web")
    sandbox = world.loyalty.sandbox
    elsewhere = create_external(ExternalInput(name="Listed"), actor=SYSTEM, sandbox=sandbox)
    archived = make(world, "Archived")
    set_state("archived", actor=SYSTEM, sandbox=sandbox, segment_id=str(archived.pk))
    done = move(signed_in, "CRM", there, other, elsewhere, archived)
    assert "2 audiences moved to CRM." in done
    assert "There: It lies there already." in done
    assert "Archived: An archived audience cannot change." in done
    assert listed(signed_in, folder="CRM") == ["Listed", "Other", "There"]
    assert list_folders(sandbox=sandbox) == [("CRM", 3)]


def test_without_a_name_it_leaves_its_folder_and_the_rest_of_the_reference_stays(
    signed_in: Client, world: World
) -> None:
    one = make(world, "One", "CRM")
    reference = {"audienceFolderId": "CRM", "flowId": "f1"}
    SegmentDefinition.objects.filter(pk=one.pk).update(linked_audience_ref=reference)
    assert 'value="CRM"' in signed_in.get(f"{MOVE}?id={one.pk}").content.decode()
    assert "1 audience taken out of folders." in move(signed_in, "", one)
    one.refresh_from_db()
    assert one.linked_audience_ref == {"flowId": "f1"}
    assert "Any folder" not in signed_in.get(LIST).content.decode()


def test_a_long_name_is_refused_beside_the_field(signed_in: Client, world: World) -> None:
    one = make(world, "One")
    given = {"id": [str(one.pk)], "folder": "x" * 121}
    answer = signed_in.post(MOVE, given)
    assert answer.status_code == 422
    assert "at most 120 characters" in answer.content.decode()
    one.refresh_from_db()
    assert folder_of(one) == ""


def test_moving_evaluates_nothing(signed_in: Client, world: World) -> None:
    one = make(world, "One")
    with CaptureQueriesContext(connection) as queries:
        move(signed_in, "CRM", one)
    assert not [q for q in queries if "profiles_segmentjob" in q["sql"] and "INSERT" in q["sql"]]


def test_who_may_not_edit_cannot_move(world: World) -> None:
    one = make(world, "One", "CRM")
    user = User.objects.create_user(username="vera", password="correct horse")
    user.roles.set(Role.objects.filter(name="Viewer"))
    client = Client()
    client.force_login(user)
    assert client.post(MOVE, {"id": [str(one.pk)], "folder": "Mine"}).status_code == 403
    html = client.get(LIST).content.decode()
    assert "Move to folder" not in html
    assert "CRM (1)" in html
