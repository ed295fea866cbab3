"""What all `/data/core/ups` services share: their error shape and how they show a sandbox."""

from typing import Any

from core.errors import AppError
from core.http.errors import status_of
from core.http.request_id import current_request_id
from core.http.views import ApiView, rights
from core.sandboxes.models import Sandbox

# The numbered codes clients may compare; other refusals carry their status alone.
_SERVICE_CODES = {
    "bad_request": "UPLIB-101206-500",
    "not_found": "UPAPI-113000-404",
    "invalid_pql": "UPAPI-113434-400",
}


class UpsView(ApiView):
    """An endpoint of the profile service."""

    permission = rights("view-profile-configs", "manage-profile-configs")
    service = "UPAPI"

    def error_body(self, error: AppError) -> dict[str, Any]:
        status = status_of(error)
        numbered = error.code if error.code.startswith("UPAPI-") else f"UPAPI-{status}"
        code = _SERVICE_CODES.get(error.code, numbered)
        return {
            "requestId": current_request_id(),
            "errors": {str(status): [{"code": status, "message": error.message}]},
            "type": f"https://ns.adobe.com/aep/errors/{code}",
            "title": error.message,
            "status": status,
        }


def sandbox_body(sandbox: Sandbox) -> dict[str, Any]:
    """The sandbox as objects of this service name it."""
    return {
        "sandboxId": str(sandbox.uuid),
        "sandboxName": sandbox.name,
        "type": sandbox.type,
        "default": sandbox.is_default,
    }
