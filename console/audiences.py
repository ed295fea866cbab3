"""What all pages of one audience share: its head, its state and rule in words, its open job."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.http import Http404
from django.urls import reverse

from console.pages import Crumb, Tab
from console.rule_words import Phrase, rule_in_words
from core.access.queries import names_of_actors
from core.access.types import SYSTEM
from core.errors import NotFound
from core.sandboxes.models import Sandbox
from profiles.segmentation.jobs import OPEN, list_jobs
from profiles.segmentation.lifecycle import EVALUATED
from profiles.segmentation.models import SegmentDefinition, SegmentJob
from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.profile_types import profile_type
from profiles.segmentation.queries import get_segment, names_of

State = SegmentDefinition.State
EXTERNAL = SegmentDefinition.Kind.EXTERNAL
STATES: Final[dict[str, tuple[str, str]]] = {
    State.DRAFT: ("notice", "Draft"),
    State.PUBLISHED: ("positive", "Published"),
    State.INACTIVE: ("neutral", "Inactive"),
    State.ARCHIVED: ("neutral", "Archived"),
}
METHODS: Final[dict[str, str]] = {"batch": "Batch", "streaming": "Streaming", "edge": "Edge"}
ORIGINS: Final[dict[str, str]] = {
    "REAL_TIME_CUSTOMER_PROFILE": "Segmentation Service",
    "CUSTOM_UPLOAD": "Custom upload",
    "AUDIENCE_ORCHESTRATION": "Audience Composition",
    "AUDIENCE_MANAGER": "Audience Manager",
    "AUDIENCE_MATCH": "Audience match",
}
JOB_STATES: Final[dict[str, tuple[str, str]]] = {
    "NEW": ("informative", "Queued"),
    "QUEUED": ("informative", "Queued"),
    "PROCESSING": ("informative", "Evaluating"),
    "SUCCEEDED": ("positive", "Success"),
    "FAILED": ("negative", "Failed"),
    "CANCELLING": ("notice", "Cancelling"),
    "CANCELLED": ("neutral", "Cancelled"),
}
# Some audiences were left as they were.
PARTLY: Final = ("notice", "Completed with errors")
SOURCES: Final[dict[str, str]] = {
    "api": "On demand",
    "scheduler": "Scheduled",
    "system": "After a change",
}


@dataclass(frozen=True, slots=True)
class AudienceHead:
    """The frame of an audience's pages. `obstacle`: why it is not evaluated; empty: nothing."""

    segment: SegmentDefinition
    tone: str
    state: str
    tabs: tuple[Tab, ...]
    edit_href: str
    is_external: bool
    is_evaluated: bool
    obstacle: str


@dataclass(frozen=True, slots=True)
class JobRow:
    """An evaluation, as tables and panels show it; times in ms."""

    job: SegmentJob
    tone: str
    state: str
    source: str
    audiences: str
    duration_ms: int | None
    percent: int
    problem: str

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self.job.status in OPEN


def audiences_href(sandbox: Sandbox) -> str:
    """The list of audiences."""
    return reverse("audiences", args=[sandbox.name])


def audience_crumbs(sandbox: Sandbox, segment: SegmentDefinition, *more: str) -> tuple[Crumb, ...]:
    """The way to a page of an audience."""
    listed = Crumb("Audiences", audiences_href(sandbox))
    if not more:
        return (listed, Crumb(segment.name))
    own = Crumb(segment.name, reverse("audience", args=[sandbox.name, segment.pk]))
    return (listed, own, *map(Crumb, more))


def audience_head(sandbox: Sandbox, segment_id: object, *, tab: str) -> AudienceHead:
    """The audience with this id; raises Http404."""
    try:
        segment = get_segment(sandbox=sandbox, segment_id=str(segment_id))
    except NotFound as error:
        raise Http404(error.message) from error
    tone, word = STATES[segment.state]
    is_external = segment.kind == EXTERNAL
    tabs = [("audience", "Overview"), ("audience-history", "History")]
    tabs.append(("audience-imports", "Imports") if is_external else ("audience-jobs", "Jobs"))
    return AudienceHead(
        segment=segment,
        tone=tone,
        state=word,
        tabs=tuple(
            Tab(label, reverse(name, args=[sandbox.name, segment.pk]), current=name == tab)
            for name, label in tabs
        ),
        edit_href=reverse("audience-edit", args=[sandbox.name, segment.pk]),
        is_external=is_external,
        is_evaluated=not is_external and segment.state in EVALUATED,
        obstacle="" if is_external else obstacle_of(sandbox, segment),
    )


def obstacle_of(sandbox: Sandbox, segment: SegmentDefinition) -> str:
    """Why jobs leave out an audience that is to be evaluated; empty: nothing is in the way."""
    if segment.state not in EVALUATED:
        return ""
    try:
        check_segment(segment.expression, profile_type(sandbox, segment.schema_name))
    except PqlError as error:
        return f"Members stay as they are: the rule no longer fits the schemas. {error.message}"
    return ""


def words_of(sandbox: Sandbox, segment: SegmentDefinition) -> Phrase | None:
    """The rule in words; None for a list, or for a rule that no longer fits the schemas."""
    if segment.kind == EXTERNAL:
        return None
    try:
        tree = check_segment(segment.expression, profile_type(sandbox, segment.schema_name))
    except PqlError:
        return None
    used = [str(each.pk) for each in segment.depends_on.all()]
    names = names_of(sandbox=sandbox, segment_ids=used)
    return rule_in_words(tree, segment.expression, names)


def job_row(job: SegmentJob) -> JobRow:
    """The job in words."""
    partly = job.status == SegmentJob.Status.SUCCEEDED and bool(job.errors)
    tone, word = PARTLY if partly else JOB_STATES[job.status]
    end = job.finished_ms
    problem = job.errors[0].get("message", "") if job.errors else ""
    total = job.profiles_total or 0
    return JobRow(
        job=job,
        tone=tone,
        state=word,
        source=SOURCES.get(job.source, job.source),
        audiences=_audiences(job),
        duration_ms=end - job.started_ms if end and job.started_ms else None,
        percent=min(99, round(100 * job.profiles_read / total)) if total else 0,
        problem=problem,
    )


def _audiences(job: SegmentJob) -> str:
    if job.everything:
        return "All audiences"
    return f"{len(job.segments)} audience{'' if len(job.segments) == 1 else 's'}"


def open_job(sandbox: Sandbox, segment: SegmentDefinition) -> JobRow | None:
    """The evaluation of the audience that waits or runs; the one that runs, of several."""
    rows = list_jobs(sandbox=sandbox, segment_id=str(segment.pk), oldest_first=True)
    found = rows.filter(status__in=OPEN).first()
    return None if found is None else job_row(found)


def last_job(sandbox: Sandbox, segment: SegmentDefinition) -> JobRow | None:
    """The evaluation of the audience that ended last."""
    rows = list_jobs(sandbox=sandbox, segment_id=str(segment.pk))
    found = rows.filter(finished_ms__isnull=False).order_by("-finished_ms").first()
    return None if found is None else job_row(found)


def people_of(ids: Iterable[str]) -> dict[str, str]:
    """What to call who did something: a name, "Onefold" for itself, the id of who is gone."""
    wanted = set(ids)
    names = names_of_actors(wanted)
    return {each: "Onefold" if each == SYSTEM.id else names.get(each, each) for each in wanted}
