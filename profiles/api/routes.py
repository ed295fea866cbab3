"""Addresses of the profile-side APIs; every one works with and without a trailing slash."""

from django.urls import URLPattern, re_path

from core.http.views import ApiView
from profiles.api import (
    clusters,
    computed_attributes,
    entities,
    event_types,
    identity,
    merge_policies,
    namespaces,
    segment_routes,
)

_UPS = "data/core/ups"
_IDENTITY = "data/core/identity"
_NAMESPACES = "data/core/idnamespace"
_ID = r"(?P<policy_id>[^/]+)"


def _route(pattern: str, view: type[ApiView]) -> URLPattern:
    return re_path(rf"^{pattern}/?$", view.as_view())


urlpatterns: list[URLPattern] = [
    # First, because it is called most: patterns are tried one by one.
    _route(f"{_UPS}/access/entities", entities.EntitiesView),
    _route(f"{_NAMESPACES}/identities", namespaces.NamespacesView),
    _route(rf"{_NAMESPACES}/identities/(?P<number>\d{{1,9}})", namespaces.NamespaceView),
    _route(
        rf"{_NAMESPACES}/orgs/(?P<ims_org_id>[^/]+)/identities",
        namespaces.OrganizationNamespacesView,
    ),
    _route(f"{_IDENTITY}/identity", identity.XidView),
    _route(f"{_IDENTITY}/v2/graph", identity.GraphsView),
    _route(f"{_IDENTITY}/settings", identity.IdentitySettingsView),
    _route(f"{_IDENTITY}/cluster/members", clusters.ClusterMembersView),
    _route(f"{_IDENTITY}/clusters/members", clusters.ClustersMembersView),
    _route(f"{_IDENTITY}/cluster/history", clusters.ClusterHistoryView),
    _route(f"{_IDENTITY}/clusters/history", clusters.ClustersHistoryView),
    _route(f"{_IDENTITY}/mapping", clusters.MappingView),
    _route(f"{_IDENTITY}/mappings", clusters.MappingsView),
    _route(f"{_UPS}/config/eventTypes", event_types.EventTypesView),
    _route(rf"{_UPS}/config/eventTypes/(?P<code>[^/]+)", event_types.EventTypeView),
    _route(f"{_UPS}/config/mergePolicies", merge_policies.MergePoliciesView),
    _route(f"{_UPS}/config/mergePolicies/bulk-get", merge_policies.MergePoliciesBulkView),
    _route(f"{_UPS}/config/mergePolicies/{_ID}", merge_policies.MergePolicyView),
    _route("data/core/ca/attributes", computed_attributes.ComputedAttributesView),
    _route(
        r"data/core/ca/attributes/(?P<attribute_id>[^/]+)",
        computed_attributes.ComputedAttributeView,
    ),
    *segment_routes.urlpatterns,
]
