"""What AEP's gateway checks before a service sees the call: token, key, organization, sandbox."""

from dataclasses import dataclass
from threading import Lock

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from core import clock
from core.access.models import ApiCredential
from core.access.queries import actor_of_credential
from core.access.tokens import Claims, InvalidToken, verify
from core.access.types import Actor
from core.http.errors import GatewayError
from core.sandboxes.models import Organization, Sandbox

DEFAULT_SANDBOX = "prod"
_KNOWN_FOR_MS = 1000


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated program, its organization and the sandbox it addressed."""

    actor: Actor
    client_id: str
    organization: Organization
    sandbox: Sandbox


class GatewayAuthentication(BaseAuthentication):
    """DRF authentication: `request.user` is the Actor, `request.auth` the Caller."""

    def authenticate(self, request: Request) -> tuple[Actor, Caller]:
        caller = authenticate(request._request)  # noqa: SLF001 - DRF's documented wrapped request
        return caller.actor, caller

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def authenticate(request: HttpRequest) -> Caller:
    """Caller of a Django request; raises GatewayError in the gateway's order of checks."""
    claims = _claims(request.headers.get("authorization", ""))
    key = request.headers.get("x-api-key")
    if not key:
        raise GatewayError(403, "403000", "Api Key is required")
    if key != claims.client_id:
        raise GatewayError(403, "403003", "Api Key is invalid")
    org = request.headers.get("x-gw-ims-org-id")
    if not org:
        raise GatewayError(400, "400003", "Missing header")
    if org != claims.ims_org_id:
        raise GatewayError(403, "403025", "Profile is not valid")
    return _in_sandbox(_directory.caller(claims, _sandbox_name(request)), request)


def _sandbox_name(request: HttpRequest) -> str:
    return request.headers.get("x-sandbox-name") or DEFAULT_SANDBOX


def _in_sandbox(caller: Caller, request: HttpRequest) -> Caller:
    given = request.headers.get("x-sandbox-id")
    if given and given.lower() != str(caller.sandbox.uuid):
        message = f"Header=[x-sandbox-id] does not name sandbox {caller.sandbox.name}"
        raise GatewayError(400, "400001", message)
    return caller


def _claims(authorization: str) -> Claims:
    if not authorization.strip():
        raise GatewayError(403, "403010", "Oauth token is missing.")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise GatewayError(401, "401013", "Oauth token is not valid")
    try:
        return verify(token.strip())
    except InvalidToken as error:
        raise GatewayError(401, "401013", "Oauth token is not valid") from error


def _active_sandbox(organization: Organization, name: str) -> Sandbox:
    active = {
        sandbox.name: sandbox
        for sandbox in Sandbox.objects.filter(organization=organization, state=Sandbox.State.ACTIVE)
    }
    if not active:
        raise GatewayError(403, "403027", "User region is missing")
    if name not in active:
        raise _unknown_sandbox(name)
    active[name].organization = organization
    return active[name]


def _unknown_sandbox(name: str) -> GatewayError:
    return GatewayError(404, "404003", f"Sandbox {name} does not exist or is not active")


class _Directory:
    """Callers seen within the last second: spares three queries a request, bounds staleness."""

    def __init__(self) -> None:
        self._callers: dict[tuple[str, str], tuple[int, Caller]] = {}
        self._lock = Lock()

    def caller(self, claims: Claims, sandbox_name: str) -> Caller:
        key = (claims.client_id, sandbox_name)
        found = self._callers.get(key)
        if found is not None and clock.now_ms() - found[0] < _KNOWN_FOR_MS:
            return found[1]
        caller = self._load(claims, sandbox_name)
        with self._lock:
            if len(self._callers) > 1000:
                self._callers.clear()
            self._callers[key] = (clock.now_ms(), caller)
        return caller

    def clear(self) -> None:
        with self._lock:
            self._callers.clear()

    @staticmethod
    def _load(claims: Claims, sandbox_name: str) -> Caller:
        credential = (
            ApiCredential.objects.select_related("organization")
            .filter(client_id=claims.client_id)
            .first()
        )
        if credential is None or not credential.enabled:
            raise GatewayError(403, "403003", "Api Key is invalid")
        if credential.organization.ims_org_id != claims.ims_org_id:
            raise GatewayError(403, "403025", "Profile is not valid")
        actor = actor_of_credential(credential)
        sandbox = _active_sandbox(credential.organization, sandbox_name)
        if actor.grants and not actor.sees(sandbox.pk):
            # As if it did not exist. Without any role, each service names what is missing.
            raise _unknown_sandbox(sandbox_name)
        return Caller(
            actor=actor,
            client_id=credential.client_id,
            organization=credential.organization,
            sandbox=sandbox,
        )


_directory = _Directory()
forget_callers = _directory.clear
