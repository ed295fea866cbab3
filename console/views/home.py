"""The start page of a sandbox: set-up steps until they are done, health, and what failed last."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.components import Chart
from console.pages import actor_of, in_sandbox, render_page, wants_fragment
from console.traffic import HOUR, read_traffic, span_named
from core import clock
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.connections.models import Inlet
from ingestion.journal.queries import get_lag, list_rejects
from ingestion.journal.types import Lag, StoredReject
from ingestion.schemas.models import RegistryResource
from profiles.lookup.queries import count_profiles, profiles_by_namespace
from profiles.monitoring.queries import get_rates, get_totals
from profiles.monitoring.types import Totals


@dataclass(frozen=True, slots=True)
class Step:
    """A set-up step; done steps tick themselves off. Shown to those with the permission."""

    name: str
    help: str
    done: bool
    href: str
    permission: str


@dataclass(frozen=True, slots=True)
class Health:
    """The strip polled every ten seconds."""

    received_a_second: float
    ingested_a_second: float
    hour: Totals
    lag: Lag
    profiles: int
    as_of: int

    @property
    def waiting_ms(self) -> float | None:
        """Age of the oldest unprocessed record."""
        if not self.lag.records or self.lag.oldest_at is None:
            return None
        return max(0, self.as_of - self.lag.oldest_at) / 1000


@dataclass(frozen=True, slots=True)
class HomePage:
    """All of the start page; a poll fills the health strip alone."""

    health: Health
    steps: tuple[Step, ...] = ()
    done: int = 0
    namespaces: tuple[tuple[str, int], ...] = ()
    largest: int = 1
    failures: tuple[tuple[StoredReject, str], ...] = ()
    activity: Chart | None = None


@require_GET
@in_sandbox
def home(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Set-up and health; htmx polls the health strip alone."""
    health = _health(sandbox)
    if wants_fragment(request):
        return _render(request, sandbox, HomePage(health=health))
    actor = actor_of(request)
    steps = tuple(
        step for step in _steps(sandbox, health) if actor.may(step.permission, sandbox.pk)
    )
    counts = _namespaces(sandbox) if actor.may("view-profiles", sandbox.pk) else []
    watches = actor.may("view-monitoring-dashboard", sandbox.pk)
    page = HomePage(
        steps=steps,
        done=sum(step.done for step in steps),
        health=health,
        namespaces=tuple(counts[:6]),
        largest=max((count for _, count in counts), default=1),
        failures=_failures(sandbox) if watches else (),
        activity=read_traffic(sandbox.number, span_named("6h")).volume,
    )
    return _render(request, sandbox, page)


def _namespaces(sandbox: Sandbox) -> list[tuple[str, int]]:
    """Profiles by namespace, the largest first."""
    return sorted(profiles_by_namespace(sandbox=sandbox).items(), key=lambda each: -each[1])


def _failures(sandbox: Sandbox) -> tuple[tuple[StoredReject, str], ...]:
    """What failed last, with the address of its explanation."""
    return tuple(
        (each, reverse("record", args=[sandbox.name, each.record_id]))
        for each in list_rejects(sandbox.number, limit=5)
    )


def _render(request: HttpRequest, sandbox: Sandbox, page: HomePage) -> HttpResponse:
    return render_page(
        request,
        "console/home/home.html",
        page,
        sandbox=sandbox,
        section="home",
        title="Home",
        fragment="health",
    )


def _health(sandbox: Sandbox) -> Health:
    received, ingested = get_rates(sandbox.number)
    return Health(
        received_a_second=received,
        ingested_a_second=ingested,
        hour=get_totals(sandbox.number, HOUR.window),
        lag=get_lag(sandbox.number),
        profiles=count_profiles(sandbox=sandbox),
        as_of=clock.now_us(),
    )


def _steps(sandbox: Sandbox, health: Health) -> tuple[Step, ...]:
    name = sandbox.name
    datasets = Dataset.objects.filter(sandbox=sandbox, deleted_ms=None)
    schemas = RegistryResource.objects.filter(sandbox=sandbox, kind=RegistryResource.Kind.SCHEMAS)
    arrived = datasets.filter(first_record_ms__isnull=False).exists()
    return (
        Step(
            "Describe your data with a schema",
            "A class, field groups and the field that identifies a person.",
            schemas.exists(),
            reverse("schemas", args=[name]),
            "view-schemas",
        ),
        Step(
            "Create a dataset for Profile",
            "Where the records of the schema are kept; enable it for Profile.",
            datasets.filter(profile_enabled=True).exists(),
            reverse("datasets", args=[name]),
            "view-datasets",
        ),
        Step(
            "Set up a streaming connection",
            "An address that takes records over HTTP.",
            Inlet.objects.filter(sandbox=sandbox).exists(),
            reverse("sources", args=[name]),
            "view-sources",
        ),
        Step(
            "Send the first record",
            "The connection's page has a sample made from your schema.",
            arrived or health.profiles > 0,
            reverse("sources", args=[name]),
            "view-sources",
        ),
        Step(
            "Look at the first profile",
            "It appears within a second of the record.",
            health.profiles > 0,
            reverse("profiles", args=[name]),
            "view-profiles",
        ),
    )
