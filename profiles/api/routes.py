"""Addresses of the profile-side APIs; every one works with and without a trailing slash."""

from typing import Any

from django.urls import URLPattern, re_path

from profiles.api import merge_policies, namespaces

_UPS = "data/core/ups"
_NAMESPACES = "data/core/idnamespace"
_ID = r"(?P<policy_id>[^/]+)"


def _route(pattern: str, view: Any) -> URLPattern:
    return re_path(rf"^{pattern}/?$", view.as_view())


urlpatterns: list[URLPattern] = [
    _route(f"{_NAMESPACES}/identities", namespaces.NamespacesView),
    _route(rf"{_NAMESPACES}/identities/(?P<number>\d{{1,9}})", namespaces.NamespaceView),
    _route(
        rf"{_NAMESPACES}/orgs/(?P<ims_org_id>[^/]+)/identities",
        namespaces.OrganizationNamespacesView,
    ),
    _route(f"{_UPS}/config/mergePolicies", merge_policies.MergePoliciesView),
    _route(f"{_UPS}/config/mergePolicies/bulk-get", merge_policies.MergePoliciesBulkView),
    _route(f"{_UPS}/config/mergePolicies/{_ID}", merge_policies.MergePolicyView),
]
