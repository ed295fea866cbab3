"""Sign in, sign out, and the start page's redirect into a sandbox."""

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console import throttle
from console.forms.session import SignInForm
from console.pages import actor_of
from core.sandboxes.models import Sandbox

TOO_MANY = "Too many failed attempts. Wait five minutes, then try again."


def safe_next(request: HttpRequest, *, default: str) -> str:
    """The `next` address when it stays on this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if allowed else default


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page; a new session key at success, a pause after many failures."""
    target = safe_next(request, default=resolve_url(settings.LOGIN_REDIRECT_URL))
    if request.user.is_authenticated:
        return redirect(target)
    if request.method == "GET":
        return _show(request, SignInForm(request), target)
    username = request.POST.get("username", "")
    address = request.META.get("REMOTE_ADDR", "")
    form = SignInForm(request, data=request.POST)
    if throttle.is_blocked(username=username, address=address):
        return _show(request, SignInForm(request), target, problem=TOO_MANY, status=429)
    if not form.is_valid():
        throttle.note_failure(username=username, address=address)
        return _show(request, form, target, status=422)
    login(request, form.get_user())
    return redirect(target)


def _show(
    request: HttpRequest, form: SignInForm, target: str, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {"title": "Sign in", "form": form, "next": target, "problem": problem}
    return render(request, "console/session/sign_in.html", context, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session and forget its data."""
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@require_GET
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Into the default sandbox, or the first active one."""
    active = Sandbox.objects.filter(state=Sandbox.State.ACTIVE).order_by("-is_default", "number")
    actor = actor_of(request)
    seen = (each for each in active if not actor.grants or actor.sees(each.pk))
    sandbox = next(seen, None)
    if sandbox is None:
        return render(request, "404.html", {"title": "No sandbox"}, status=404)
    return redirect("home", sandbox.name)
