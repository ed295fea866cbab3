"""Addresses of administration, inside a sandbox and outside."""

from django.urls import URLPattern, path

from console.views import (
    admin_audits,
    admin_credentials,
    admin_password,
    admin_roles,
    admin_sandboxes,
    admin_users,
)

in_sandbox: list[URLPattern] = [
    path("users/", admin_users.list_, name="users"),
    path("users/new/", admin_users.new, name="user-new"),
    path("users/<slug:user_id>/", admin_users.detail, name="user"),
    path("users/<slug:user_id>/roles/", admin_users.roles, name="user-roles"),
    path("users/<slug:user_id>/switch/", admin_users.switch, name="user-switch"),
    path("users/<slug:user_id>/link/", admin_users.link, name="user-link"),
    path("roles/", admin_roles.list_, name="roles"),
    path("roles/new/", admin_roles.new, name="role-new"),
    path("roles/<slug:role_id>/", admin_roles.detail, name="role"),
    path("roles/<slug:role_id>/delete/", admin_roles.delete, name="role-delete"),
    path("credentials/", admin_credentials.list_, name="credentials"),
    path("credentials/new/", admin_credentials.new, name="credential-new"),
    path("credentials/<slug:client_id>/", admin_credentials.detail, name="credential"),
    path("credentials/<slug:client_id>/roles/", admin_credentials.roles, name="credential-roles"),
    path(
        "credentials/<slug:client_id>/switch/", admin_credentials.switch, name="credential-switch"
    ),
    path(
        "credentials/<slug:client_id>/rotate/", admin_credentials.rotate, name="credential-rotate"
    ),
    path("audits/", admin_audits.list_, name="audits"),
    path("audits/export/", admin_audits.export, name="audits-export"),
    path("audits/<slug:event_id>/", admin_audits.detail, name="audit"),
    path("sandboxes/", admin_sandboxes.list_, name="sandboxes"),
    path("sandboxes/new/", admin_sandboxes.new, name="sandbox-new"),
    path("sandboxes/<slug:name>/", admin_sandboxes.detail, name="sandbox"),
    path("sandboxes/<slug:name>/copy/", admin_sandboxes.copy, name="sandbox-copy"),
    path("sandboxes/<slug:name>/reset/", admin_sandboxes.reset, name="sandbox-reset"),
    path("sandboxes/<slug:name>/delete/", admin_sandboxes.delete, name="sandbox-delete"),
]

outside: list[URLPattern] = [
    path("password/", admin_password.change, name="password"),
    path("password/<str:uid>/<str:token>/", admin_password.choose, name="choose-password"),
]
