"""`/data/infrastructure/observability/insights/metrics`: counters over time."""

from datetime import UTC, datetime
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.errors import AppError, Invalid
from core.http.errors import status_of
from core.http.openapi import ANY_OBJECT, operation
from core.http.request_id import current_request_id
from core.http.views import ApiView, rights
from core.sandboxes.models import Sandbox
from ingestion.api.metric_series import METRICS, STEPS, Dimension, Granularity, read_series

_MOST_STEPS = 50_000
_MOST_METRICS = 50
_DIMENSIONS = {"datasetid": "dataSetId", "inletid": "inletId"}

Document = dict[str, Any]


class MetricsView(ApiView):
    """Metrics of a sandbox, added up by time step and, if asked for, by inlet or dataset."""

    permission = rights("view-monitoring-dashboard")
    service = "INSGHT"

    @operation("observability", body=ANY_OBJECT)
    def post(self, request: Request) -> Response:
        body = request.data
        if not isinstance(body, dict):
            raise _wrong("The body must be a JSON object", "body", body)
        sandbox = self.caller(request).sandbox
        granularity = _granularity(body.get("granularity", "day"))
        since, until = _minute(body, "start"), _minute(body, "end")
        if until < since or (until - since) // STEPS[granularity] > _MOST_STEPS:
            raise _wrong("start and end must span a sensible time", "end", body.get("end"))
        answers = [_answer(sandbox, metric, since, until, granularity) for metric in _metrics(body)]
        return Response({"metricResponses": answers})

    def error_body(self, error: AppError) -> dict[str, Any]:
        status = status_of(error)
        code = f"INSGHT-{'1000' if status < 500 else '1001'}-{status}"
        step = {
            "serviceId": "INSGHT",
            "errorCode": code,
            "invokingServiceId": "INSGHT",
            "unixTimeStampMs": clock.now_ms(),
        }
        return {
            "type": f"http://ns.adobe.com/aep/errors/{code}",
            "title": "Bad Request" if status == 400 else error.message,
            "status": status,
            "detail": error.message,
            "report": {
                "tenantInfo": self._tenant(),
                "additionalContext": dict(error.fields) or None,
                "request-id": current_request_id(),
            },
            "error-chain": [step],
        }

    def _tenant(self) -> Document:
        sandbox = self.caller(self.request).sandbox
        return {
            "sandboxName": sandbox.name,
            "sandboxId": str(sandbox.uuid),
            "imsOrgId": sandbox.organization.ims_org_id,
        }


def _wrong(message: str, path: str, received: Any) -> Invalid:
    return Invalid(message, path=path, received=received)


def _granularity(given: Any) -> Granularity:
    for known in STEPS:
        if isinstance(given, str) and given.lower() == known:
            return known  # type: ignore[return-value] # the keys of STEPS are its values
    raise _wrong(f"granularity must be one of {', '.join(STEPS)}", "granularity", given)


def _minute(body: Document, name: str) -> int:
    try:
        moment = datetime.fromisoformat(body[name])
    except (KeyError, TypeError, ValueError) as error:
        raise _wrong(f"{name} must be an ISO-8601 time", name, body.get(name)) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    # The end is exclusive: a part of a minute belongs to the minute it lies in.
    seconds = moment.timestamp()
    return -int(-seconds // 60) if name == "end" else int(seconds // 60)


def _metrics(body: Document) -> list[Document]:
    metrics = body.get("metrics")
    if not isinstance(metrics, list) or not 0 < len(metrics) <= _MOST_METRICS:
        raise _wrong("metrics must be a list of 1 to 50 metrics", "metrics", metrics)
    for metric in metrics:
        name = metric.get("name") if isinstance(metric, dict) else None
        if name not in METRICS:
            raise Invalid(
                f"Metric {name} is not collected here",
                path="metrics.name",
                received=name,
                expected=sorted(METRICS),
            )
    return metrics


def _answer(
    sandbox: Sandbox, metric: Document, since: int, until: int, granularity: Granularity
) -> Document:
    filters = metric.get("filters") or []
    series = read_series(
        sandbox,
        metric["name"],
        since=since,
        until=until,
        granularity=granularity,
        dimensions=_dimensions(filters),
    )
    return {
        "metric": metric["name"],
        "filters": filters,
        "datapoints": [
            {
                "groupBy": dict(one.group),
                "dps": {str(at): float(value) for at, value in sorted(one.values.items())},
            }
            for one in series
        ],
        "granularity": granularity.upper(),
    }


def _dimensions(filters: Any) -> list[Dimension]:
    if not isinstance(filters, list) or not all(isinstance(one, dict) for one in filters):
        raise _wrong("filters must be a list of objects", "metrics.filters", filters)
    found = []
    for one in filters:
        name = _DIMENSIONS.get(str(one.get("name", "")).lower())
        if name is None:
            raise Invalid(
                "A filter names dataSetId or inletId",
                path="metrics.filters.name",
                received=one.get("name"),
                expected=sorted(_DIMENSIONS.values()),
            )
        value = str(one.get("value") or "*")
        ids = frozenset() if value == "*" else frozenset(value.split("|"))
        found.append(Dimension(name, ids, bool(one.get("groupBy"))))  # type: ignore[arg-type]
    return found
