"""Addresses of audiences, of the Identities workspace and of merge policies."""

from django.urls import URLPattern, path

from console import audience_detail_routes, computed_routes
from console.views import (
    identities,
    identities_graph,
    identities_settings,
    identities_simulation,
    merge_policies,
    merge_policies_wizard,
    union_schema,
)

patterns: list[URLPattern] = [
    path("profiles/union/", union_schema.union, name="union-schema"),
    path("profiles/merge-policies/", merge_policies.list_, name="merge-policies"),
    path(
        "profiles/merge-policies/<uuid:policy_id>/delete/",
        merge_policies.delete,
        name="merge-policy-delete",
    ),
    path(
        "profiles/merge-policies/<slug:subject>/discard/",
        merge_policies_wizard.discard,
        name="merge-policy-discard",
    ),
    path(
        "profiles/merge-policies/<slug:subject>/",
        merge_policies_wizard.configure,
        name="merge-policy-configure",
    ),
    path(
        "profiles/merge-policies/<slug:subject>/datasets/",
        merge_policies_wizard.datasets,
        name="merge-policy-datasets",
    ),
    path(
        "profiles/merge-policies/<slug:subject>/review/",
        merge_policies_wizard.review,
        name="merge-policy-review",
    ),
    path("identities/", identities.list_, name="identities"),
    path("identities/new/", identities.new, name="identity-namespace-new"),
    path("identities/graph/", identities_graph.graph, name="identity-graph"),
    path("identities/simulation/", identities_simulation.simulation, name="identity-simulation"),
    path("identities/settings/", identities_settings.rules, name="identity-settings"),
    path("identities/settings/progress/", identities_settings.progress, name="identity-progress"),
    path("identities/settings/effect/", identities_settings.effect, name="identity-effect"),
    path("identities/<int:number>/", identities.detail, name="identity-namespace"),
    *computed_routes.patterns,
    *audience_detail_routes.patterns,
]
