"""The living style page: every component with made-up content, in debug mode only."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from console.components import Chart, Paging, Problem, Series, TraceStep
from console.ordering import OrderedList, ordered_items
from console.pages import Crumb, Tab, in_sandbox, render_page
from console.paging import SIZES
from console.selection import BulkAction, Selection
from console.tables import Column, Table, table_of
from core import clock
from core.sandboxes.models import Sandbox

_PROBLEM = Problem(
    what="/commerce/order/priceTotal must be a number",
    code="value_type",
    path="/commerce/order/priceTotal",
    received='"12,50"',
    expected="number, for example 12.5",
    fix="Send 12.5 without quotes.",
    reference="1-18204",
    link_label="Open field",
    link_href="#",
)
_DOCUMENT = {
    "_id": "3e1f9a",
    "timestamp": "2026-03-04T09:00:00Z",
    "commerce": {
        "order": {"priceTotal": "12,50", "currencyCode": "EUR"},
        "purchases": {"value": 1},
    },
    "identityMap": {"Email": [{"id": "ana@example.com", "primary": True}]},
    "productListItems": [{"SKU": "A-1", "quantity": 2}, {"SKU": "B-7", "quantity": 1}],
    "consent": None,
}


class _SampleForm(forms.Form):
    name = forms.CharField(label="Name", help_text="Shown to people; unique in this sandbox.")
    symbol = forms.CharField(label="Identity symbol", max_length=12)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"


@dataclass(frozen=True, slots=True)
class ComponentsPage:
    """Made-up content for each component."""

    now: int
    chart: Chart
    bars: Chart
    steps: tuple[TraceStep, ...]
    problem: Problem
    document: dict[str, Any]
    form: forms.Form
    tabs: tuple[Tab, ...]
    table: Table
    order: OrderedList
    spark: tuple[int, ...]
    tones: tuple[tuple[str, str], ...]


COLUMNS = (
    Column("name", "Name", order="name"),
    Column("schema", "Schema"),
    Column("profile", "Profile"),
    Column("records", "Records", number=True),
    Column("tags", "Tags", extra=True),
    Column("updated", "Last updated", order="updated", wide=True),
)


def _table(request: HttpRequest) -> Table:
    return table_of(
        request,
        "components",
        label="Sample datasets",
        columns=COLUMNS,
        order="name",
        paging=Paging(1, 25, 412, more=True, next_token="x", sizes=SIZES),  # noqa: S106 - of a page
        selection=Selection(
            href="#",
            ids=frozenset({"2"}),
            actions=(
                BulkAction("tag", "Add tag", icon="tag", href="#"),
                BulkAction("delete", "Delete", icon="trash", href="#", danger=True),
            ),
        ),
    )


def _page(request: HttpRequest) -> ComponentsPage:
    now = clock.now_us()
    hours = tuple(f"{hour:02d}:00" for hour in range(24))
    received = tuple(120 + (hour * 37) % 90 for hour in range(24))
    failed = tuple((hour * 7) % 11 for hour in range(24))
    form = _SampleForm({"name": "Loyalty", "symbol": "much-too-long-symbol"})
    form.is_valid()
    return ComponentsPage(
        now=now,
        chart=Chart(
            "demo-line",
            "Records an hour",
            "line",
            hours,
            (
                Series("Received", received),
                Series("Ingested", [r - f for r, f in zip(received, failed, strict=True)]),
            ),
        ),
        bars=Chart(
            "demo-bars",
            "Outcome an hour",
            "bar",
            hours,
            (Series("Ingested", received), Series("Failed", failed, tone="negative")),
            stacked=True,
        ),
        steps=(
            TraceStep("Received", "done", now - 84_000, 0, "HTTP API, 780 bytes"),
            TraceStep("Validated", "failed", now - 61_000, 23, problem=_PROBLEM),
            TraceStep("Stored in dataset", "skipped", detail="Not reached"),
            TraceStep("Profile updated", "waiting"),
        ),
        problem=_PROBLEM,
        document=_DOCUMENT,
        form=form,
        tabs=(
            Tab("Attributes", "#", current=True, count=18),
            Tab("Events", "#", count=412),
            Tab("Identities", "#"),
        ),
        table=_table(request),
        order=OrderedList(
            ordered_items(
                (("a", "Loyalty members", "Record", None), ("b", "Web orders", "Record", None))
            ),
            (("c", "Newsletter"),),
        ),
        spark=received,
        tones=(
            ("positive", "Active"),
            ("informative", "Processing"),
            ("notice", "Completed with errors"),
            ("negative", "Failed"),
            ("neutral", "Disabled"),
        ),
    )


@require_GET
@in_sandbox
def components(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """All components on one page."""
    if not settings.DEBUG:
        raise Http404
    return render_page(
        request,
        "console/components.html",
        _page(request),
        sandbox=sandbox,
        section="",
        title="Components",
        crumbs=(Crumb("Home", f"/s/{sandbox.name}/"), Crumb("Components")),
    )
