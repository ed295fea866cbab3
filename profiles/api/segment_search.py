"""`/data/core/ups/search`: find audiences by name, description, id or folder."""

from base64 import urlsafe_b64encode

from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid, NotFound
from core.http.views import rights
from profiles.api.bodies import Json, whole_number
from profiles.api.segments import SegmentsView
from profiles.segmentation import search
from profiles.segmentation.folders import folder_of
from profiles.segmentation.models import SegmentDefinition

TAG = "Audience search"
_SCHEMA = "_xdm.context.segmentdefinition"
_VERSIONS = ("", "1.0")
_NAMES = {
    "AEPSegments": "Platform audiences",
    "CustomerAudienceUpload": "Uploaded audiences",
    "AO": "Audience compositions",
    "aam": "Audience Manager",
    "AAMSegments": "Audience Manager segments",
    "AAMTraits": "Audience Manager traits",
}
_FOUND: Json = {"message": "Success"}
_PARAMETERS = ("schema.name", "namespace", "s", "entityId", "limit", "page")


class SearchView(SegmentsView):
    """An endpoint of the search over audiences."""

    permission = rights("view-segments")

    def asked(self, request: Request) -> QueryDict:
        """The query, of a version and class this search knows."""
        version = request.headers.get("x-ups-search-version", "").strip()
        if version not in _VERSIONS:
            message = "x-ups-search-version must be 1.0."
            raise Invalid(message, path="x-ups-search-version", received=version)
        params = request.query_params
        schema = params.get("schema.name") or params.get("schemaClass") or _SCHEMA
        if schema != _SCHEMA:
            raise Invalid(f"schema.name must be {_SCHEMA}.", path="schema.name", received=schema)
        return params


class SearchNamespacesView(SearchView):
    """How many audiences each namespace has that match."""

    @extend_schema(
        tags=[TAG],
        summary="Count audiences by namespace",
        description="`s` is Lucene-like: `segmentName:gold*`, words joined by AND or OR.",
        parameters=[OpenApiParameter(name, str) for name in ("schema.name", "s")],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        params = self.asked(request)
        counts = search.count_found(sandbox=self.caller(request).sandbox, text=params.get("s", ""))
        namespaces = [
            {"namespace": name, "displayName": _NAMES.get(name, name), "count": count}
            for name, count in counts.items()
        ]
        total = sum(counts.values())
        return Response({"namespaces": namespaces, "totalCount": total, "status": _FOUND})


class SearchEntitiesView(SearchView):
    """Audiences of one namespace that match."""

    @extend_schema(
        tags=[TAG],
        summary="Find audiences of a namespace",
        parameters=[OpenApiParameter(name, str) for name in _PARAMETERS],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        params = self.asked(request)
        namespace = params.get("namespace")
        if not namespace:
            raise Invalid("namespace is required.", path="namespace")
        limit = whole_number(params.get("limit"), name="limit", default=50, least=1, most=50)
        page = whole_number(params.get("page"), name="page", default=0)
        rows = search.find(
            sandbox=self.caller(request).sandbox,
            text=params.get("s", ""),
            namespace=namespace,
            folder=params.get("entityId", ""),
        )
        total = rows.count()
        found = rows[page * limit : (page + 1) * limit]
        return Response(
            {
                "entities": [_entity(each) for each in found],
                "page": {
                    "totalCount": total,
                    # Never 0: a known client would wait for a page after the last for ever.
                    "totalPages": max(1, -(-total // limit)),
                    "pageOffset": page,
                    "pageSize": limit,
                },
                "status": _FOUND,
            }
        )


class SearchTaxonomyView(SearchView):
    """Where an audience lies: its folder, then itself."""

    @extend_schema(
        tags=[TAG],
        summary="Get the place of an audience",
        parameters=[OpenApiParameter(name, str) for name in _PARAMETERS],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        params = self.asked(request)
        entity_id = params.get("entityId")
        if not entity_id:
            raise Invalid("entityId is required.", path="entityId")
        segment = search.find_entity(sandbox=self.caller(request).sandbox, entity_id=entity_id)
        if segment is None:
            raise NotFound(f"The search object {entity_id} is not found.")
        folder = folder_of(segment)
        places = [_place(folder, folder, "")] if folder else []
        places.append(_place(segment.audience_id, segment.name, folder))
        return Response({"taxonomy": places, "status": _FOUND})


def _entity(segment: SegmentDefinition) -> Json:
    return {
        "id": str(segment.pk),
        "base64EncodedSourceId": _encoded(segment.audience_id),
        "sourceId": segment.audience_id,
        "isFolder": False,
        "parentFolderId": folder_of(segment),
        "name": segment.name,
        "description": segment.description,
    }


def _place(place_id: str, name: str, folder: str) -> Json:
    return {
        "id": place_id,
        "base64EncodedSourceId": _encoded(place_id),
        "name": name,
        "parentFolderId": folder,
    }


def _encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()
