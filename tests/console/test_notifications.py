"""The bell and the list: whom it concerns, who may still see it, read and unread."""

import re
from pathlib import Path

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.access.models import Role, User
from core.access.permissions import EVERYTHING
from core.access.types import Actor
from core.notifications.actions import KEPT_MS, forget_old, tell_person, tell_sandbox
from core.notifications.models import Notification
from core.notifications.types import Kind, Notice
from core.sandboxes.actions import copy_configuration, delete_sandbox, reset_sandbox
from core.sandboxes.models import Sandbox
from ingestion.backfill.actions import continue_backfill, start_backfill
from ingestion.uploads.actions import change_upload, continue_import, keep_file, start_import
from ingestion.uploads.files import path_of
from ingestion.uploads.models import Upload
from tests.console.conftest import World
from tests.factories.core import make_sandbox
from tests.factories.loyalty import append, process

pytestmark = pytest.mark.django_db(transaction=True)
ALL = "/s/prod/notifications/"


def actor_for(person: User) -> Actor:
    return Actor(kind="user", id=str(person.pk), name=person.username, grants=(EVERYTHING,))


def titles(client: Client, address: str = ALL) -> list[str]:
    return [line.title for line in client.get(address).context["page"].lines]


def bell(client: Client) -> str:
    """What the summary of the bell says."""
    page = client.get("/s/prod/").content.decode()
    found = re.search(r'<summary aria-label="(Notifications[^"]*)"', page)
    assert found is not None
    return found[1]


def upload(world: World, person: User, text: bytes) -> str:
    """An import under way of this CSV file."""
    sandbox = world.loyalty.sandbox
    kept = keep_file(
        actor=actor_for(person),
        sandbox=sandbox,
        dataset_id=world.loyalty.members.pk,
        name="members.csv",
        chunks=[text],
    )
    mapping = [{"source": "id", "target": f"{world.loyalty.tenant}.crmId"}]
    change_upload(kept, options={}, mapping=mapping)
    start_import(actor=actor_for(person), upload=kept)
    return str(kept.pk)


def test_who_began_an_import_is_told_of_its_end_once(
    signed_in: Client, person: User, world: World
) -> None:
    other = User.objects.create_superuser(username="bo", password="correct horse")
    key = upload(world, person, b"id\nc1\nc2\n")
    continue_import(key)
    continue_import(key)
    assert titles(signed_in) == ["Import of members.csv finished"]
    assert bell(signed_in) == "Notifications, 1 unread"
    (row,) = Notification.objects.all()
    assert row.text == "2 rows went to Members."
    assert row.user != other
    answer = signed_in.get(f"{ALL}{row.pk}/")
    assert answer["Location"] == f"/s/prod/sources/upload/{key}/progress/"
    assert signed_in.get(answer["Location"]).status_code == 200
    assert bell(signed_in) == "Notifications"


def test_a_failed_import_is_told_with_its_reason(
    signed_in: Client, person: User, world: World
) -> None:
    key = upload(world, person, b"id\nc1\n")
    Path(path_of(Upload.objects.get(pk=key))).unlink()
    continue_import(key)
    assert titles(signed_in) == ["Import of members.csv failed"]
    assert "No such file" in Notification.objects.get().text


def test_a_finished_backfill_is_told(signed_in: Client, person: User, world: World) -> None:
    loyalty = world.loyalty
    append(loyalty, loyalty.member("c1"), loyalty.member("c2"))
    process(loyalty.sandbox)
    started = start_backfill(
        actor=actor_for(person), sandbox=loyalty.sandbox, dataset_id=loyalty.members.pk, total=2
    )
    assert not continue_backfill(started.pk)
    assert not continue_backfill(started.pk)
    assert titles(signed_in) == ["Backfill of Members finished"]
    assert Notification.objects.get().text == "2 older records were sent to profiles."


def test_all_who_reach_a_sandbox_are_told_what_became_of_it(
    signed_in: Client, person: User, sandbox: Sandbox
) -> None:
    lab = make_sandbox(sandbox.organization, name="lab")
    narrow = Role.objects.create(
        organization=sandbox.organization, name="Lab only", in_all_sandboxes=False
    )
    narrow.sandboxes.set([sandbox])
    outsider = User.objects.create_user(username="bo")
    outsider.roles.set([narrow])
    actor, organization = actor_for(person), sandbox.organization
    copy_configuration(actor=actor, organization=organization, source="prod", target="lab")
    reset_sandbox(actor=actor, organization=organization, name="lab")
    (reset, copied) = signed_in.get(ALL).context["page"].lines
    assert copied.title == "The configuration of Production was copied into lab"
    assert reset.title == "Sandbox lab was reset"
    assert signed_in.get(reset.href)["Location"] == "/s/lab/"
    delete_sandbox(actor=actor, organization=organization, name="lab")
    deleted, *_ = signed_in.get(ALL).context["page"].lines
    assert deleted.title == f"Sandbox {lab.title} was deleted"
    # Nothing is left to open but the list itself.
    assert signed_in.get(deleted.href)["Location"] == signed_in.get(reset.href)["Location"] == ALL
    assert not Notification.objects.filter(user=outsider).exists()


def test_reading_one_and_reading_all(signed_in: Client, person: User, sandbox: Sandbox) -> None:
    for number in range(1, 9):
        notice = Notice(Kind.BACKFILL_FINISHED, f"Number {number}")
        tell_person(str(person.pk), notice, sandbox=sandbox)
    assert bell(signed_in) == "Notifications, 8 unread"
    first = signed_in.get(ALL).context["page"].lines[0]
    assert first.title == "Number 8"
    back = {"number": first.number, "next": f"{ALL}?show=unread"}
    assert signed_in.post(f"{ALL}read/", back)["Location"] == f"{ALL}?show=unread"
    assert "Number 8" not in titles(signed_in, f"{ALL}?show=unread")
    assert "Number 8" in titles(signed_in)
    away = {"next": "https://elsewhere.example/"}
    assert signed_in.post(f"{ALL}read/", away)["Location"] == ALL
    assert titles(signed_in, f"{ALL}?show=unread") == []
    assert bell(signed_in) == "Notifications"


def test_a_flood_is_counted_up_to_ninety_nine(
    signed_in: Client, person: User, sandbox: Sandbox
) -> None:
    Notification.objects.bulk_create(
        Notification(user=person, sandbox=sandbox, kind="x", title=f"N{n}", created_ms=n)
        for n in range(150)
    )
    assert bell(signed_in) == "Notifications, 99+ unread"
    page = signed_in.get(ALL).context["page"]
    assert [line.title for line in page.lines] == [f"N{n}" for n in range(149, 124, -1)]
    assert page.paging.more
    later = signed_in.get(f"{ALL}?after={page.paging.next_token}").context["page"]
    assert later.lines[0].title == "N124"


def test_nobody_reads_what_concerns_others_or_what_they_may_no_longer_see(
    signed_in: Client, person: User, sandbox: Sandbox
) -> None:
    notice = Notice(Kind.FAILURE_RATIO, "Secret", permission="view-monitoring-dashboard")
    tell_sandbox(notice, sandbox=sandbox)
    assert titles(signed_in) == ["Secret"]
    stranger = User.objects.create_user(username="bo")
    stranger.roles.set(Role.objects.filter(name="Marketer"))
    other = Client()
    other.force_login(stranger)
    row = Notification.objects.get(user=person)
    assert other.get(f"{ALL}{row.pk}/").status_code == 404
    other.post(f"{ALL}read/", {"number": row.pk})
    row.refresh_from_db()
    assert row.read_ms is None
    person.roles.set(Role.objects.filter(name="Marketer"))
    assert titles(signed_in) == []
    assert bell(signed_in) == "Notifications"
    assert signed_in.get(f"{ALL}{row.pk}/").status_code == 404


def test_a_poll_answers_only_when_something_changed(
    signed_in: Client, person: User, sandbox: Sandbox
) -> None:
    part = {"HX-Request": "true"}
    html = signed_in.get("/s/prod/").content.decode()
    found = re.search(r'hx-get="(/s/prod/notifications/bell/\?known=[^"]+)"', html)
    assert found is not None
    signed_in.get(found[1], headers=part)
    with CaptureQueriesContext(database) as queries:
        assert signed_in.get(found[1], headers=part).status_code == 204
    assert len(queries) <= 6, [q["sql"][:90] for q in queries]
    tell_person(str(person.pk), Notice(Kind.BACKFILL_FINISHED, "Done"), sandbox=sandbox)
    answer = signed_in.get(found[1], headers=part)
    assert answer.content.decode().lstrip().startswith('<div id="bell"')
    assert b"Done" in answer.content
    assert signed_in.get(found[1])["Location"] == ALL


def test_programs_have_no_bell_and_old_notifications_go(person: User, sandbox: Sandbox) -> None:
    tell_person("X@techacct.adobe.com", Notice(Kind.IMPORT_FINISHED, "Done"), sandbox=sandbox)
    tell_person("999999", Notice(Kind.IMPORT_FINISHED, "Done"), sandbox=sandbox)
    assert not Notification.objects.exists()
    tell_person(str(person.pk), Notice(Kind.IMPORT_FINISHED, "Done"), sandbox=sandbox)
    forget_old()
    assert Notification.objects.count() == 1
    Notification.objects.update(created_ms=Notification.objects.get().created_ms - KEPT_MS - 1)
    forget_old()
    assert not Notification.objects.exists()
