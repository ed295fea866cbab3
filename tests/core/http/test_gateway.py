"""What the gateway refuses before a service sees the call, in its own words."""

import pytest

from core.access.models import ApiCredential
from core.http.gateway import forget_callers
from core.sandboxes.models import Organization, Sandbox
from tests.api_client import ApiClient

pytestmark = pytest.mark.django_db

PATH = "/data/foundation/sandbox-management/"


@pytest.mark.parametrize(
    ("headers", "status", "code", "message"),
    [
        ({"authorization": None}, 403, "403010", "Oauth token is missing."),
        ({"authorization": "Bearer "}, 401, "401013", "Oauth token is not valid"),
        ({"authorization": "Bearer x.y.z"}, 401, "401013", "Oauth token is not valid"),
        ({"authorization": "Basic eDp5"}, 401, "401013", "Oauth token is not valid"),
        ({"x-api-key": None}, 403, "403000", "Api Key is required"),
        ({"x-api-key": "unknown"}, 403, "403003", "Api Key is invalid"),
        ({"x-gw-ims-org-id": None}, 400, "400003", "Missing header"),
        ({"x-gw-ims-org-id": "FF00@AdobeOrg"}, 403, "403025", "Profile is not valid"),
    ],
)
def test_each_missing_or_wrong_header_has_its_answer(
    api: ApiClient, headers: dict[str, str | None], status: int, code: str, message: str
) -> None:
    response = api.get(PATH, headers=headers)
    assert response.status_code == status
    body = response.json()
    assert (body["error_code"], body["message"]) == (code, message)
    assert body["request_id"] == response["x-request-id"]


def test_an_organization_without_an_active_sandbox_is_not_entitled(
    api: ApiClient, sandbox: Sandbox
) -> None:
    Sandbox.objects.update(state=Sandbox.State.DELETED)
    response = api.get(PATH)
    assert response.status_code == 403
    assert response.json()["error_code"] == "403027"
    assert response.json()["message"] == "User region is missing"


def test_a_disabled_credential_is_refused_though_its_token_is_valid(
    api: ApiClient, credential: ApiCredential
) -> None:
    assert api.get(PATH).status_code == 200
    ApiCredential.objects.filter(pk=credential.pk).update(enabled=False)
    forget_callers()
    assert api.get(PATH).json()["error_code"] == "403003"


def test_a_credential_moved_to_another_organization_loses_its_tokens(
    api: ApiClient, credential: ApiCredential
) -> None:
    other = Organization.objects.create(ims_org_id="EE@AdobeOrg", tenant_id="ee", name="EE")
    ApiCredential.objects.filter(pk=credential.pk).update(organization=other)
    assert api.get(PATH).json()["error_code"] == "403025"


def test_the_scheme_is_compared_without_case(api: ApiClient) -> None:
    token = str(api.headers["authorization"]).removeprefix("Bearer ")
    assert api.get(PATH, headers={"authorization": f"bearer {token}"}).status_code == 200


def test_without_a_sandbox_header_the_call_is_for_prod(api: ApiClient) -> None:
    response = api.get(PATH, headers={"x-sandbox-name": None})
    assert response.status_code == 200


def test_an_unknown_sandbox_is_not_found(api: ApiClient) -> None:
    response = api.within("nowhere").get(PATH)
    assert response.status_code == 404
    assert response.json()["error_code"] == "404003"


def test_a_sandbox_that_is_being_deleted_is_not_found(
    api: ApiClient, other_sandbox: Sandbox
) -> None:
    Sandbox.objects.filter(pk=other_sandbox.pk).update(state=Sandbox.State.DELETING)
    assert api.within("dev1").get(PATH).status_code == 404


def test_a_sandbox_id_must_belong_to_the_named_sandbox(api: ApiClient, sandbox: Sandbox) -> None:
    assert api.get(PATH, headers={"x-sandbox-id": str(sandbox.uuid)}).status_code == 200
    response = api.get(PATH, headers={"x-sandbox-id": "00000000-0000-0000-0000-000000000000"})
    assert response.status_code == 400


def test_a_body_that_is_not_declared_as_json_is_refused(api: ApiClient) -> None:
    response = api.post(
        "/data/foundation/sandbox-management/sandboxes",
        {"name": "x"},
        content_type="text/plain",
    )
    assert response.status_code == 400
    body = response.json()
    assert body["type"] == "/placeholder/type/uri"
    assert body["title"] == "BadRequestError"
    assert body["detail"] == "A valid content-type must be specified"
    assert body["request_id"]


def test_an_unparsable_body_is_a_bad_request_in_the_service_shape(
    api: ApiClient,
) -> None:
    response = api.post("/data/foundation/sandbox-management/sandboxes", b"{not json")
    assert response.status_code == 400
    assert response.json()["report"]["request-id"] == response["x-request-id"]


def test_an_unknown_path_is_not_found_as_json(api: ApiClient) -> None:
    response = api.get("/data/foundation/nothing/here")
    assert response.status_code == 404
    body = response.json()
    assert body["error_code"] == "404000"
    assert "/data/foundation/nothing/here" in body["message"]
    assert body["request_id"] == response["x-request-id"]


def test_an_unsupported_method_is_answered_as_json(api: ApiClient) -> None:
    response = api.delete(PATH)
    assert response.status_code == 405
    assert response.json()["status"] == 405


def test_a_harmless_request_id_is_echoed_and_another_is_replaced(
    api: ApiClient,
) -> None:
    assert api.get(PATH, headers={"x-request-id": "abc-1"})["x-request-id"] == "abc-1"
    assert api.get(PATH, headers={"x-request-id": "a b"})["x-request-id"] != "a b"
