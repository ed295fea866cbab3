"""Passwords: change one's own, choose the first one with a one-time link."""

from typing import Any

from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlsafe_base64_decode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from console import throttle
from console.forms.admin import ChangePasswordForm, ChoosePasswordForm
from core.access.models import User
from core.access.types import Actor
from core.audit.actions import record

TOO_MANY = "Too many failed attempts. Wait five minutes, then try again."


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@login_required
def change(request: HttpRequest) -> HttpResponse:
    """A new password; other sessions of the person end, this one gets a new key."""
    user = request.user
    address = request.META.get("REMOTE_ADDR", "")
    form: Any = ChangePasswordForm(user, request.POST or None)
    if request.method == "GET":
        return _show(request, form, title="Change password")
    name = user.get_username()
    if throttle.is_blocked(username=name, address=address):
        fresh = ChangePasswordForm(user)
        return _show(request, fresh, title="Change password", problem=TOO_MANY, status=429)
    if not form.is_valid():
        if "old_password" in form.errors:
            throttle.note_failure(username=name, address=address)
        return _show(request, form, title="Change password", status=422)
    form.save()
    update_session_auth_hash(request, form.user)
    _note(form.user)
    return render(request, "console/admin/password_done.html", {"title": "Password changed"})


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Who holds a valid link chooses a password, once, and is signed in."""
    user = _user_of(uid)
    if user is None or not default_token_generator.check_token(user, token):
        context = {"title": "This link is no longer valid"}
        return render(request, "console/admin/password_link.html", context, status=410)
    form: Any = ChoosePasswordForm(user, request.POST or None)
    title = f"Choose a password, {user.title or user.username}"
    if request.method == "GET" or not form.is_valid():
        return _show(request, form, title=title, status=422 if form.is_bound else 200)
    form.save()
    _note(user)
    login(request, user)
    return redirect("start")


def _user_of(uid: str) -> User | None:
    try:
        number = int(urlsafe_base64_decode(uid))
    except (ValueError, OverflowError):
        return None
    return User.objects.filter(pk=number, is_active=True).first()


def _note(user: User) -> None:
    actor = Actor(kind="user", id=str(user.pk), name=user.username)
    record(actor=actor, action="Update", asset=("Password", str(user.pk), user.username))


def _show(
    request: HttpRequest, form: Any, *, title: str, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {"title": title, "form": form, "problem": problem}
    return render(request, "console/admin/password.html", context, status=status)
