"""Try an endpoint: a message made from the real schema, snippets for it, and sending one."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import orjson
from django.conf import settings

from console.components import Problem
from console.records import entity_of
from core import clock
from core.access import tokens
from core.access.models import ApiCredential
from ingestion.catalog.models import Dataset
from ingestion.connections.models import Inlet
from ingestion.connections.queries import inlet_url
from ingestion.schemas.queries import compiled_schema
from ingestion.xdm.samples import sample_document
from ingestion.xdm.validator import CompiledSchema

LANGUAGES = (("curl", "curl"), ("python", "Python"), ("javascript", "JavaScript"))
_SEND_TIMEOUT_S = 10
_MOST_PROBLEMS = 20
TOKEN = "Bearer $ACCESS_TOKEN"  # noqa: S105 - the shell fills it in


@dataclass(frozen=True, slots=True)
class Tryout:
    """Everything a snippet needs. `checked`: the collector validates it before it answers."""

    url: str
    headers: dict[str, str]
    message: dict[str, Any]
    checked: bool = True

    @property
    def query(self) -> str:
        """What asks for that."""
        return "?synchronousValidation=true" if self.checked else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the collector said. `record_id` names the stored record when it was accepted."""

    status: int
    ok: bool
    body: str
    record_id: str


def make_tryout(inlet: Inlet, dataset: Dataset, *, flow_id: str = "") -> Tryout:
    """A valid message for this dataset with required and identity fields filled."""
    headers = {"Content-Type": "application/json"}
    if flow_id:
        headers["x-adobe-flow-id"] = flow_id
    if inlet.authentication_required:
        headers["Authorization"] = TOKEN
    reference = {"id": dataset.schema_uri, "contentType": dataset.schema_content_type}
    message = {
        "header": {
            "schemaRef": reference,
            "imsOrgId": inlet.sandbox.organization.ims_org_id,
            "datasetId": dataset.pk,
        },
        "body": {"xdmMeta": {"schemaRef": reference}, "xdmEntity": _sample(inlet, dataset)},
    }
    return Tryout(inlet_url(inlet.inlet_id), headers, message)


def _sample(inlet: Inlet, dataset: Dataset) -> dict[str, Any]:
    schema = compiled_schema(inlet.sandbox_id, dataset.schema_uri)
    identities = [field.path for field in schema.identity_fields]
    if schema.has_identity_map and not identities:
        identities = [("identityMap",)]
    values: dict[tuple[str, ...], Any] = {}
    if schema.behavior == "time-series":
        values = {
            ("_id",): str(uuid.uuid4()),
            ("timestamp",): clock.iso_ms(clock.now_ms()),
            ("eventType",): "commerce.purchases",
        }
    return sample_document(schema.tree, only_required=True, include=identities, values=values)


def snippet(tryout: Tryout, language: str) -> str:
    """Code that sends the message."""
    makers = {"python": _python, "javascript": _javascript}
    return makers.get(language, _curl)(tryout, f"{tryout.url}{tryout.query}")


def _curl(tryout: Tryout, url: str) -> str:
    headers = " \\\n".join(f"  -H {_shell(f'{k}: {v}')}" for k, v in tryout.headers.items())
    body = json.dumps(tryout.message, indent=2, ensure_ascii=False).replace("'", "'\\''")
    return f"curl -X POST '{url}' \\\n{headers} \\\n  -d '{body}'"


def _shell(text: str) -> str:
    # Double quotes, so that the shell fills in $ACCESS_TOKEN.
    return f'"{text}"' if "$" in text else f"'{text}'"


def _python(tryout: Tryout, url: str) -> str:
    headers = _literal(tryout.headers).replace(f"'{TOKEN}'", 'f"Bearer {token}"')
    lead = (
        'import os\n\ntoken = os.environ["ACCESS_TOKEN"]\n'
        if "Authorization" in tryout.headers
        else ""
    )
    return (
        f"import requests\n{lead}\nresponse = requests.post(\n    {url!r},\n"
        f"    headers={headers},\n    json={_literal(tryout.message)},\n    timeout=10,\n)\n"
        "response.raise_for_status()\nprint(response.json())"
    )


def _literal(value: Any) -> str:
    """A Python literal, laid out like JSON."""
    return _indented(_layout(value), 4)


def _layout(value: Any) -> str:
    if isinstance(value, dict) and value:
        inner = "".join(f"\n{key!r}: {_layout(each)}," for key, each in value.items())
        return f"{{{_indented(inner, 4)}\n}}"
    if isinstance(value, list) and value:
        inner = "".join(f"\n{_layout(each)}," for each in value)
        return f"[{_indented(inner, 4)}\n]"
    return repr(value)


def _javascript(tryout: Tryout, url: str) -> str:
    headers = json.dumps(tryout.headers, indent=2).replace(
        f'"{TOKEN}"', "`Bearer ${process.env.ACCESS_TOKEN}`"
    )
    body = json.dumps(tryout.message, indent=2, ensure_ascii=False)
    return (
        f'const response = await fetch({json.dumps(url)}, {{\n  method: "POST",\n'
        f"  headers: {_indented(headers, 2)},\n"
        f"  body: JSON.stringify({_indented(body, 2)}),\n}});\n"
        "if (!response.ok) throw new Error(await response.text());\n"
        "console.log(await response.json());"
    )


def _indented(text: str, spaces: int) -> str:
    return text.replace("\n", "\n" + " " * spaces)


def send(inlet: Inlet, tryout: Tryout, *, body: bytes | None = None) -> Answer:
    """Send the message, or these bytes in its place, to the collector as any client would."""
    headers = dict(tryout.headers)
    if inlet.authentication_required:
        headers["Authorization"] = f"Bearer {_token(inlet)}"
    config = settings.CONFIG
    request = Request(
        f"http://{config.local_host}:{config.collector_port}/collection/{inlet.inlet_id}"
        f"{tryout.query}",
        data=orjson.dumps(tryout.message) if body is None else body,
        headers=headers,
        method="POST",
    )
    try:
        with urlopen(request, timeout=_SEND_TIMEOUT_S) as response:  # noqa: S310 - see above
            return _answer(response.status, response.read())
    except HTTPError as error:
        return _answer(error.code, error.read())
    except (URLError, TimeoutError) as error:
        return Answer(0, ok=False, body=f"The collector did not answer: {error}", record_id="")


def _token(inlet: Inlet) -> str:
    credential = ApiCredential.objects.filter(
        organization_id=inlet.sandbox.organization_id, enabled=True
    ).first()
    return tokens.issue(credential) if credential else ""


def _answer(status: int, body: bytes) -> Answer:
    try:
        parsed = orjson.loads(body)
        text = json.dumps(parsed, indent=2, ensure_ascii=False)
    except orjson.JSONDecodeError:
        parsed, text = {}, body.decode(errors="replace")
    parts = str(parsed.get("xactionId", "")).split(":") if isinstance(parsed, dict) else []
    record_id = f"{parts[1]}-{parts[2]}" if len(parts) == 3 else ""
    return Answer(status, ok=status < 300, body=text, record_id=record_id)


def validate(inlet: Inlet, dataset: Dataset, text: str) -> tuple[Problem, ...]:
    """What is wrong with a pasted record or message; nothing is stored."""
    document = read_json(text)
    if isinstance(document, Problem):
        return (document,)
    entity = entity_of(document) if "body" in document else document
    return problems_of(compiled_schema(inlet.sandbox_id, dataset.schema_uri), entity)


def read_json(text: str) -> dict[str, Any] | Problem:
    """The object a text is, or why it is none."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        fix = "Correct the JSON text; often a comma or a quote is missing."
        return Problem("This is no JSON", "json", where, expected=error.msg, fix=fix)
    if not isinstance(document, dict):
        return Problem("A record is one JSON object", "json", fix="Wrap the fields in { }.")
    return document


def problems_of(schema: CompiledSchema, entity: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Every rule of the schema that an entity breaks."""
    return tuple(
        Problem(
            what=violation.message,
            code=violation.code,
            path=violation.pointer.removeprefix("#") or "/",
            received="" if violation.received is None else _short(violation.received),
            expected=violation.expected,
            fix=f"Change the value there to match “{violation.expected}”.",
        )
        for violation in schema.violations(entity, limit=_MOST_PROBLEMS)
    )


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:119]}…"
