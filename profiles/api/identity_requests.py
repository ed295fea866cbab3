"""What callers of the identity APIs ask for, and the three forms in which they name identities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from core.errors import AppError, Invalid
from core.sandboxes.models import Sandbox
from profiles.api.bodies import Json, require_object
from profiles.identity.ids import parse_xid, xid, xid_text
from profiles.identity.types import Identity
from profiles.lookup.directory import Directory, directory_of

MOST_ASKED = 1000


class Form(Enum):
    """How a caller names identities; answers use the same form."""

    XID = "xid"
    CODE = "ns"
    NUMBER = "nsid"


@dataclass(frozen=True, slots=True)
class Asked:
    """Identities a caller asked for, those that cannot be named, and the form to answer in."""

    form: Form
    names: dict[bytes, Any]
    unnamed: tuple[Any, ...]


def namespace_number(directory: Directory, *, code: Any, number: Any) -> int:
    """The namespace meant by a code, or by a number when there is no code."""
    if code not in (None, ""):
        return directory.namespace(str(code)).id
    if number in (None, ""):
        msg = "A namespace is required: namespace or nsid."
        raise Invalid(msg, path="namespace")
    if str(number).isdigit() and int(number) in directory.namespaces.by_id:
        return int(number)
    msg = f"The identity namespace {number} does not exist."
    raise Invalid(msg, path="nsid", received=number)


def one_in_query(sandbox: Sandbox, params: Mapping[str, str]) -> Asked:
    """The identity of a query string: `xid`, or `id` with `namespace`, `ns` or `nsid`."""
    if params.get("xid"):
        return asked(sandbox, xids=[params["xid"]])
    if not params.get("id"):
        raise Invalid("xid, or id with a namespace, is required.", path="id")
    code = params.get("namespace") or params.get("ns")
    item = {"namespace": code} if code else {"nsid": params.get("nsid")}
    return asked(sandbox, composites=[{**item, "id": params["id"]}], strict=True)


def many_in_body(sandbox: Sandbox, body: Json) -> Asked:
    """The identities of a body of the legacy API."""
    composites = body.get("compositeXids") or body.get("compositeXidsWithNamespace")
    return asked(sandbox, xids=body.get("xids"), composites=composites)


def asked(
    sandbox: Sandbox, *, xids: Any = None, composites: Any = None, strict: bool = False
) -> Asked:
    """Identities as lists of XIDs or of `{ns | namespace | nsid, id}`; `strict`: no bad ones."""
    given = xids or composites
    if not isinstance(given, list) or not given:
        msg = "Identities are required: a list of XIDs, or of objects with a namespace and an id."
        raise Invalid(msg)
    if len(given) > MOST_ASKED:
        raise Invalid(f"At most {MOST_ASKED} identities can be asked for.", received=len(given))
    directory = directory_of(sandbox)
    names: dict[bytes, Any] = {}
    unnamed: list[Any] = []
    for item in given:
        try:
            names[_name(directory, item, is_xid=bool(xids))] = item
        except AppError:
            if strict:
                raise
            unnamed.append(item)
    form = Form.XID if xids else _form_of(given)
    return Asked(form=form, names=names, unnamed=tuple(unnamed))


def _name(directory: Directory, item: Any, *, is_xid: bool) -> bytes:
    if is_xid:
        name = parse_xid(item) if isinstance(item, str) else None
        if name is None:
            msg = f"{item} is no XID."
            raise Invalid(msg, path="xid", received=item)
        return name
    composite = require_object(item)
    value = composite.get("id")
    if not isinstance(value, str) or not value:
        raise Invalid("id must be a text.", path="id", received=value)
    code = composite.get("ns") or composite.get("namespace")
    return xid(namespace_number(directory, code=code, number=composite.get("nsid")), value)


def _form_of(composites: Sequence[Any]) -> Form:
    first = composites[0]
    coded = isinstance(first, dict) and (first.get("ns") or first.get("namespace"))
    return Form.CODE if coded else Form.NUMBER


def shown(identity: Identity, form: Form, directory: Directory) -> Any:
    """An identity in the form the caller used (v2)."""
    if form is Form.XID:
        return xid_text(identity.xid)
    if form is Form.CODE:
        return {"ns": directory.code_of(identity.namespace), "id": identity.value}
    return {"nsid": identity.namespace, "id": identity.value}


def shown_legacy(identity: Identity, form: Form, directory: Directory) -> Any:
    """An identity in the legacy API: an XID, or namespace number, code and value."""
    if form is Form.XID:
        return xid_text(identity.xid)
    return {
        "nsid": identity.namespace,
        "namespace": directory.code_of(identity.namespace),
        "id": identity.value,
    }
