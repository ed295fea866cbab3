"""Find audiences by a query in the manner of Lucene: `segmentName:gold* AND folderId:f1`."""

import re

from django.db.models import Q, QuerySet

from core.errors import Invalid
from core.sandboxes.models import Sandbox
from profiles.segmentation.folders import COLUMN
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.queries import count_by_namespace, live, parse_uuid

_FIELDS = {
    "segmentName": "name",
    "segmentDescription": "description",
    "segmentId": "audience_id",
    "folderId": COLUMN,
    "parentFolderId": COLUMN,
    "folderLocation": COLUMN,
    # What known clients write for the first two.
    "name": "name",
    "description": "description",
}
_TERM = re.compile(r'(?:(\w+):)?(?:"([^"]*)"|(\S+))')
_LONGEST, _MOST_TERMS = 500, 20


def count_found(*, sandbox: Sandbox, text: str) -> dict[str, int]:
    """How many audiences match, by audience namespace."""
    return count_by_namespace(_rows(sandbox).filter(parse(text)))


def find(
    *, sandbox: Sandbox, text: str, namespace: str, folder: str = ""
) -> QuerySet[SegmentDefinition]:
    """Audiences of a namespace that match, by name; `folder` narrows to one folder."""
    rows = _rows(sandbox).filter(parse(text), namespace__iexact=namespace)
    if folder:
        rows = rows.filter(**{COLUMN: folder})
    return rows.order_by("name", "number")


def find_entity(*, sandbox: Sandbox, entity_id: str) -> SegmentDefinition | None:
    """The audience with this id, or with this id of its source."""
    named = Q(audience_id=entity_id)
    key = parse_uuid(entity_id)
    return _rows(sandbox).filter(named | Q(pk=key) if key else named).order_by("number").first()


def parse(text: str) -> Q:
    """The condition a query stands for; none, or a bare `*`, is fulfilled by all.

    Terms side by side, like those joined by OR, are alternatives, as in Lucene; AND binds tighter.
    """
    if len(text) > _LONGEST:
        message = f"s must have at most {_LONGEST} characters."
        raise Invalid(message, path="s", received=len(text))
    terms = list(_TERM.finditer(text))
    if len(terms) > _MOST_TERMS:
        raise Invalid(f"s must have at most {_MOST_TERMS} terms.", path="s", received=len(terms))
    alternatives: list[Q] = []
    joined = False
    for term in terms:
        if term[0] in {"AND", "OR"}:
            joined = term[0] == "AND"
            continue
        condition = _condition(term[1], term[3] if term[2] is None else term[2])
        if joined and alternatives:
            alternatives[-1] &= condition
        else:
            alternatives.append(condition)
        joined = False
    found = Q()
    for each in alternatives:
        found |= each
    return found


def _condition(field: str | None, value: str) -> Q:
    if field is None:
        return Q() | _matches("name", value) if value != "*" else _everything()
    column = _FIELDS.get(field)
    if column is None:
        message = f"s knows the fields {', '.join(_FIELDS)}."
        raise Invalid(message, path="s", received=field)
    return _everything() if value == "*" else _matches(column, value)


def _matches(column: str, value: str) -> Q:
    """Contained in any case; `*` and `?` stand for any characters and for one."""
    if "*" not in value and "?" not in value:
        return Q(**{f"{column}__icontains": value})
    pattern = re.escape(value).replace(r"\*", ".*").replace(r"\?", ".")
    return Q(**{f"{column}__iregex": f"^{pattern}$"})


def _everything() -> Q:
    return Q(pk__isnull=False)


def _rows(sandbox: Sandbox) -> QuerySet[SegmentDefinition]:
    return live(sandbox).exclude(state=SegmentDefinition.State.ARCHIVED)
