"""Addresses of the console. Everything about data lives under its sandbox, so links can be shared."""

from django.urls import URLPattern, URLResolver, include, path

from console.views import components, home, preferences, search, session

in_sandbox: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("_components/", components.components, name="components"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", session.start, name="start"),
    path("sign-in/", session.sign_in, name="sign-in"),
    path("sign-out/", session.sign_out, name="sign-out"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("s/<slug:sandbox>/", include(in_sandbox)),
]
