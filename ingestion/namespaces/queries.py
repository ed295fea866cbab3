"""Read identity namespaces. Codes are compared exactly first, then without case."""

from collections.abc import Iterable

from core.errors import NotFound
from core.sandboxes.models import Organization
from ingestion.namespaces.models import IdentityNamespace


def list_namespaces(*, organization: Organization) -> list[IdentityNamespace]:
    """Standard and custom namespaces, by number."""
    return list(IdentityNamespace.objects.filter(organization=organization).order_by("id"))


def get_namespace(*, organization: Organization, number: int) -> IdentityNamespace:
    """The namespace with this number; raises NotFound."""
    found = IdentityNamespace.objects.filter(organization=organization, id=number).first()
    if found is None:
        msg = f"Identity namespace {number} is not found."
        raise NotFound(msg, namespace=number)
    return found


def find_namespace(*, organization: Organization, code: str) -> IdentityNamespace | None:
    """The namespace a caller means by `code`: `email` finds `Email`."""
    candidates = IdentityNamespace.objects.filter(organization=organization, code__iexact=code)
    return pick_by_code(candidates.order_by("id"), code)


def pick_by_code(namespaces: Iterable[IdentityNamespace], code: str) -> IdentityNamespace | None:
    """The exact match, else the first that differs in case only."""
    lower = code.lower()
    same = [namespace for namespace in namespaces if namespace.code.lower() == lower]
    return next((n for n in same if n.code == code), same[0] if same else None)
