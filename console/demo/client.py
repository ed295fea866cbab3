"""A small client of the public APIs, as any program would write one."""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class CallFailed(Exception):
    """The product refused a call; the message holds its answer."""


@dataclass(frozen=True, slots=True)
class Client:
    """Addresses and headers from the environment that `make env` prints."""

    gateway: str
    collector: str
    headers: Mapping[str, str]

    def get(self, path: str, **parameters: str) -> Any:
        """JSON of GET `path` on the API port."""
        query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        return _call("GET", self.gateway + path + query, headers=self.headers)

    def post(self, path: str, body: Any) -> Any:
        """JSON of POST `path` on the API port."""
        return _call("POST", self.gateway + path, body=body, headers=self.headers)

    def put(self, path: str, body: Any) -> Any:
        """JSON of PUT `path` on the API port."""
        return _call("PUT", self.gateway + path, body=body, headers=self.headers)

    def stream(self, inlet_id: str, messages: list[Any]) -> Any:
        """Answer of the collector to one batch of messages."""
        url = f"{self.collector}/collection/batch/{inlet_id}"
        return _call("POST", url, body={"messages": messages})


def client_from_environment() -> Client:
    """Client of the running product; raises KeyError when `make env` was not evaluated."""
    environment = os.environ
    return Client(
        gateway=environment["PLATFORM_GATEWAY"].rstrip("/"),
        collector=environment["COLLECTOR_URL"].rstrip("/"),
        headers={
            "Authorization": f"Bearer {environment['ACCESS_TOKEN']}",
            "x-api-key": environment["API_KEY"],
            "x-gw-ims-org-id": environment["IMS_ORG"],
            "x-sandbox-name": environment["SANDBOX_NAME"],
        },
    )


def _call(
    method: str, url: str, *, body: Any = None, headers: Mapping[str, str] | None = None
) -> Any:
    request = urllib.request.Request(  # noqa: S310 - the product's own http address
        url,
        data=None if body is None else json.dumps(body).encode(),
        method=method,
        headers={
            "Content-Type": "application/json",
            "Accept": "application/vnd.adobe.xed+json; version=1",
            **(headers or {}),
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
            text = answer.read()
    except urllib.error.HTTPError as error:
        detail = error.read().decode(errors="replace")
        msg = f"{method} {url} answered {error.code}: {detail}"
        raise CallFailed(msg) from error
    return json.loads(text) if text else None
