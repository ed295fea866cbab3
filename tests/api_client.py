"""Django's test client as an API program uses it: with gateway headers and JSON bodies."""

from typing import Any

import orjson
from django.conf import settings
from django.test import Client

from core.access.models import ApiCredential


class ApiClient:
    """Sends what real clients send. Headers given as None are left out."""

    def __init__(self, credential: ApiCredential, *, sandbox: str | None = "prod") -> None:
        self._client = Client(raise_request_exception=True)
        self.headers: dict[str, str | None] = {
            "authorization": f"Bearer {self._token(credential)}",
            "x-api-key": credential.client_id,
            "x-gw-ims-org-id": credential.organization.ims_org_id,
            "x-sandbox-name": sandbox,
        }

    def _token(self, credential: ApiCredential) -> str:
        response = self._client.post(
            "/ims/token/v3",
            "grant_type=client_credentials"
            f"&client_id={credential.client_id}"
            f"&client_secret={settings.CONFIG.secret('api_client_secret')}"
            "&scope=openid,AdobeID",
            content_type="application/x-www-form-urlencoded",
        )
        assert response.status_code == 200, response.content
        token: str = response.json()["access_token"]
        return token

    def within(self, sandbox: str) -> "ApiClient":
        """The same program, addressing another sandbox."""
        other = object.__new__(ApiClient)
        other._client = self._client
        other.headers = {**self.headers, "x-sandbox-name": sandbox}
        return other

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str | None] | None = None,
        content_type: str = "application/json",
        query: dict[str, Any] | None = None,
    ) -> Any:
        """Send; `body` is JSON unless it is bytes. Answers Django's response."""
        sent = {k: v for k, v in {**self.headers, **(headers or {})}.items() if v is not None}
        data = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        return self._client.generic(
            method, path, data, content_type=content_type, headers=sent, query_params=query
        )

    def get(self, path: str, **kwargs: Any) -> Any:
        return self.request("GET", path, **kwargs)

    def head(self, path: str, **kwargs: Any) -> Any:
        return self.request("HEAD", path, **kwargs)

    def post(self, path: str, body: Any = None, **kwargs: Any) -> Any:
        return self.request("POST", path, body, **kwargs)

    def put(self, path: str, body: Any = None, **kwargs: Any) -> Any:
        return self.request("PUT", path, body, **kwargs)

    def patch(self, path: str, body: Any = None, **kwargs: Any) -> Any:
        return self.request("PATCH", path, body, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> Any:
        return self.request("DELETE", path, **kwargs)
