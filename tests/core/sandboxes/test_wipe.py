"""A reset or deleted sandbox leaves nothing behind, in whichever layer's table it was."""

import pytest
from django.db import connection

from core.access.permissions import EVERYTHING
from core.access.types import Actor, Grant
from core.errors import Forbidden, Invalid
from core.sandboxes import actions
from core.sandboxes.models import Sandbox
from core.sandboxes.wipe import KEPT, count_rows, tables_of_sandboxes
from ingestion.catalog.models import Dataset
from ingestion.connections.http_api import open_stream
from ingestion.connections.types import InletInput, Writer
from ingestion.schemas.models import Descriptor, RegistryResource
from ingestion.uploads.actions import keep_file
from ingestion.uploads.files import path_of
from profiles.store.models import MergePolicy
from tests.factories.loyalty import Loyalty, append, make_loyalty, process
from tests.factories.segments import fill_with_segments

pytestmark = pytest.mark.django_db(transaction=True)

# Tables of the data plane and of configuration that a filled sandbox has rows in.
FILLED = {
    "identity",
    "identity_edge",
    "ingestion_dataset",
    "ingestion_descriptor",
    "ingestion_flowobject",
    "ingestion_inlet",
    "ingestion_registryresource",
    "ingestion_registryrevision",
    "journal_record",
    "journal_reject",
    "metric_hour",
    "metric_minute",
    "pipeline_batch",
    "profile",
    "profile_event",
    "profile_fragment",
    "profiles_exportjob",
    "profiles_externalupload",
    "profiles_mergepolicy",
    "profiles_segmentcount",
    "profiles_segmentdefinition",
    "profiles_segmentjob",
    "profiles_segmentpreview",
    "profiles_segmentschedule",
    "profiles_segmentversion",
}


@pytest.fixture
def admin() -> Actor:
    return Actor(kind="user", id="1", name="ada", grants=(EVERYTHING,))


def fill(sandbox: Sandbox) -> Loyalty:
    """Something in every kind of table."""
    loyalty = make_loyalty(sandbox)
    writer = Writer(Actor(kind="system", id="system", name="system"))
    open_stream(
        writer=writer, sandbox=sandbox, given=InletInput(name="Shop"), dataset=loyalty.members
    )
    append(
        loyalty,
        loyalty.member("c1", email="ana@example.test", custom={"points": 3}),
        loyalty.event("e1", Email="ana@example.test", b2b_person="c1"),
        loyalty.member("c2", custom={"points": "many"}),
    )
    process(sandbox)
    fill_with_segments(sandbox)
    return loyalty


def test_a_reset_leaves_no_row_of_the_sandbox_and_every_row_of_the_others(
    sandbox: Sandbox, other_sandbox: Sandbox, admin: Actor
) -> None:
    fill(sandbox)
    fill(other_sandbox)
    before = count_rows(sandbox)
    assert set(before) >= FILLED
    actions.reset_sandbox(actor=admin, organization=sandbox.organization, name="dev1")
    assert count_rows(other_sandbox) == {"profiles_mergepolicy": 1}
    assert count_rows(sandbox) == before
    other_sandbox.refresh_from_db()
    assert other_sandbox.state == Sandbox.State.ACTIVE


def test_every_table_that_names_a_sandbox_is_wiped_or_kept_for_a_reason(sandbox: Sandbox) -> None:
    known = tables_of_sandboxes()
    assert set(known) >= FILLED | set(KEPT)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type <> 'boolean' AND column_name LIKE ANY"
            " (ARRAY['%sandbox%', '%stream%'])"
        )
        named = cursor.fetchall()
    partitions = {name for name, _ in named if name.startswith("journal_record")}
    assert {name for name, _ in named} - partitions <= set(known)


def test_a_reset_sandbox_takes_records_again_with_new_numbers(
    other_sandbox: Sandbox, admin: Actor
) -> None:
    fill(other_sandbox)
    actions.reset_sandbox(actor=admin, organization=other_sandbox.organization, name="dev1")
    loyalty = make_loyalty(other_sandbox)
    numbers = append(loyalty, loyalty.member("c9", email="ana@example.test"))
    assert numbers == [4]
    assert process(other_sandbox) == 1
    assert count_rows(other_sandbox)["profile"] == 1


def test_a_deleted_sandbox_keeps_its_name_and_nothing_else(
    other_sandbox: Sandbox, admin: Actor
) -> None:
    fill(other_sandbox)
    actions.delete_sandbox(actor=admin, organization=other_sandbox.organization, name="dev1")
    other_sandbox.refresh_from_db()
    assert other_sandbox.state == Sandbox.State.DELETED
    assert count_rows(other_sandbox) == {}


def test_a_reset_that_was_cut_off_can_be_repeated(other_sandbox: Sandbox, admin: Actor) -> None:
    fill(other_sandbox)
    Sandbox.objects.filter(pk=other_sandbox.pk).update(state=Sandbox.State.RESETTING)
    actions.reset_sandbox(actor=admin, organization=other_sandbox.organization, name="dev1")
    assert count_rows(other_sandbox) == {"profiles_mergepolicy": 1}


def test_a_configuration_is_copied_without_data_and_only_once(
    sandbox: Sandbox, other_sandbox: Sandbox, admin: Actor
) -> None:
    fill(sandbox)
    organization = sandbox.organization
    MergePolicy.objects.create(sandbox=sandbox, name="Loyal", updated_ms=1, updated_by="ada")
    copied = actions.copy_configuration(
        actor=admin, organization=organization, source="prod", target="dev1"
    )
    assert (copied["schemas"], copied["descriptors"], copied["merge policies"]) == (2, 2, 1)
    assert Descriptor.objects.filter(sandbox=other_sandbox).count() == 2
    mine = RegistryResource.objects.filter(sandbox=sandbox).values_list("uri", flat=True)
    theirs = RegistryResource.objects.filter(sandbox=other_sandbox).values_list("uri", flat=True)
    assert set(mine) == set(theirs)
    assert not Dataset.objects.filter(sandbox=other_sandbox).exists()
    again = actions.copy_configuration(
        actor=admin, organization=organization, source="prod", target="dev1"
    )
    assert set(again.values()) == {0}


def test_each_change_of_a_sandbox_needs_its_permission(
    sandbox: Sandbox, other_sandbox: Sandbox
) -> None:
    elsewhere = Grant(EVERYTHING.permissions, frozenset({sandbox.pk}))
    stranger = Actor(kind="user", id="2", name="bo", grants=(elsewhere,))
    organization = sandbox.organization
    with pytest.raises(Forbidden, match="reset-sandboxes"):
        actions.reset_sandbox(actor=stranger, organization=organization, name="dev1")
    with pytest.raises(Forbidden, match="manage-sandboxes"):
        actions.delete_sandbox(actor=stranger, organization=organization, name="dev1")
    with pytest.raises(Forbidden, match="manage-sandboxes"):
        actions.copy_configuration(
            actor=stranger, organization=organization, source="prod", target="dev1"
        )


def test_the_default_sandbox_is_never_deleted_nor_copied_onto_itself(
    sandbox: Sandbox, admin: Actor
) -> None:
    with pytest.raises(Invalid):
        actions.delete_sandbox(actor=admin, organization=sandbox.organization, name="prod")
    with pytest.raises(Invalid):
        actions.copy_configuration(
            actor=admin, organization=sandbox.organization, source="prod", target="prod"
        )


def test_uploaded_files_go_with_the_sandbox(other_sandbox: Sandbox, admin: Actor) -> None:
    loyalty = fill(other_sandbox)
    upload = keep_file(
        actor=admin,
        sandbox=other_sandbox,
        dataset_id=loyalty.members.id,
        name="people.csv",
        chunks=[b"crmId\nc1\n"],
    )
    assert path_of(upload).exists()
    actions.reset_sandbox(actor=admin, organization=other_sandbox.organization, name="dev1")
    assert not path_of(upload).exists()
