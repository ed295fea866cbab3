"""The latest records of a dataset as a table."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from console.datasets import DatasetHead, dataset_crumbs, dataset_head
from console.pages import in_sandbox, render_page
from console.preview import Preview, preview_of
from core import clock
from core.sandboxes.models import Sandbox
from ingestion.connections.belonging import belonging_of
from ingestion.journal.dataset_records import list_dataset_records

MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """The latest records."""

    head: DatasetHead
    preview: Preview
    as_of: int


@require_GET
@in_sandbox
def preview(request: HttpRequest, sandbox: Sandbox, dataset_id: str) -> HttpResponse:
    """Up to 100 records, newest first, with only the fields that hold something."""
    head = dataset_head(sandbox, dataset_id, tab="dataset-preview")
    belonging = belonging_of(sandbox, head.dataset)
    found = list_dataset_records(sandbox.number, words=belonging.words, limit=MOST_ROWS)
    records = [each for each in found if belonging.claims(each.payload)]
    return render_page(
        request,
        "console/datasets/preview.html",
        PreviewPage(head, preview_of(sandbox, records), clock.now_us()),
        sandbox=sandbox,
        section="datasets",
        title=head.dataset.name,
        crumbs=dataset_crumbs(sandbox, head.dataset.name),
    )
