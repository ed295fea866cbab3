"""Addresses of the Identities workspace and of merge policies."""

from django.urls import URLPattern, path

from console.views import (
    identities,
    identities_graph,
    identities_settings,
    identities_simulation,
)

patterns: list[URLPattern] = [
    path("identities/", identities.list_, name="identities"),
    path("identities/new/", identities.new, name="identity-namespace-new"),
    path("identities/graph/", identities_graph.graph, name="identity-graph"),
    path("identities/simulation/", identities_simulation.simulation, name="identity-simulation"),
    path("identities/settings/", identities_settings.rules, name="identity-settings"),
    path("identities/settings/effect/", identities_settings.effect, name="identity-effect"),
    path("identities/<int:number>/", identities.detail, name="identity-namespace"),
]
