"""Resources of the registry over HTTP: create, read in every form, list, change, delete."""

import re
from typing import Any
from urllib.parse import quote

import pytest

from tests.api_client import ApiClient
from tests.ingestion.api.registry_client import (
    BASE,
    EVENT,
    FULL,
    IDENTITY_MAP,
    IDS,
    NS,
    PERSON_DETAILS,
    PROFILE,
    XED,
    Registry,
    loyalty_fields,
    refused,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry(api: ApiClient) -> Registry:
    return Registry(api)


def test_stats_need_no_accept_and_take_a_trailing_slash(registry: Registry) -> None:
    schema = registry.schema(registry.group(), union=True)
    for path in (f"{BASE}/stats", f"{BASE}/stats/"):
        stats = registry.api.get(path).json()
        assert stats["tenantId"] == registry.tenant
        assert stats["imsOrg"].endswith("@AdobeOrg")
        assert stats["counts"] == {
            "schemas": 1,
            "mixins": 1,
            "datatypes": 0,
            "classes": 0,
            "unions": 1,
        }
        newest = stats["recentlyUpdatedResources"][0]
        assert newest["title"] == "Loyalty member"
        assert newest["meta:classTitle"] == "XDM Individual Profile"
        assert re.fullmatch(
            r"\w{3} \w{3} \d\d \d{4} \d\d:\d\d:\d\d GMT\+0000 \(UTC\)", newest["meta:updated"]
        )
        assert stats["classUsage"][PROFILE][0]["$id"] == schema["$id"]


def test_creates_a_field_group_with_everything_the_registry_adds(registry: Registry) -> None:
    group = registry.group()
    uri = group["$id"]
    assert re.fullmatch(rf"{NS}{registry.tenant}/mixins/[0-9a-f]{{48}}", uri)
    assert group["meta:altId"] == f"_{registry.tenant}.mixins.{uri.rpartition('/')[2]}"
    assert group["meta:resourceType"] == "mixins"
    assert group["version"] == "1.0"
    assert group["meta:containerId"] == "tenant"
    assert group["meta:tenantNamespace"] == registry.field
    assert group["meta:sandboxType"] == "production"
    assert group["meta:extensible"] is True
    metadata = group["meta:registryMetadata"]
    assert metadata["repo:createdDate"] == metadata["repo:lastModifiedDate"]
    assert metadata["meta:globalLibVersion"].startswith("1.40")


@pytest.mark.parametrize("kind", ["mixins", "mixins/", "fieldgroups"])
def test_both_words_for_field_groups_reach_the_same_resources(
    registry: Registry, kind: str
) -> None:
    created = registry.create(kind, registry.group_body("Extra"))
    assert "/mixins/" in created["$id"]
    for word in ("mixins", "fieldgroups"):
        assert registry.read(created["$id"], word)["title"] == "Extra"


def test_a_schema_knows_class_ancestors_and_references(registry: Registry) -> None:
    group = registry.group()
    schema = registry.schema({"$id": PERSON_DETAILS}, group)
    assert schema["meta:class"] == PROFILE
    assert schema["meta:extensible"] is False
    assert {PROFILE, PERSON_DETAILS, group["$id"], f"{NS}xdm/data/record"} <= set(
        schema["meta:extends"]
    )
    assert schema["refs"] == [PROFILE, PERSON_DETAILS, group["$id"]]
    assert schema["allOf"][0] == {"$ref": PROFILE, "type": "object", "meta:xdmType": "object"}


def test_a_tagged_schema_may_come_before_its_identity(registry: Registry) -> None:
    schema = registry.schema(registry.group(), union=True)
    assert schema["meta:immutableTags"] == ["union"]
    assert registry.identity(schema).status_code == 201


def test_classes_and_data_types_are_made_and_used(registry: Registry) -> None:
    card = registry.create(
        "datatypes",
        {
            "title": "Loyalty card",
            "type": "object",
            "definitions": {"card": {"properties": {"number": {"type": "string"}}}},
            "allOf": [{"$ref": "#/definitions/card"}],
        },
    )
    own = {"properties": {registry.field: {"properties": {"card": {"$ref": card["$id"]}}}}}
    record = f"{NS}xdm/data/record"
    property_class = registry.create(
        "classes",
        {
            "title": "Property",
            "type": "object",
            "meta:extends": [record],
            "definitions": {"property": own},
            "allOf": [{"$ref": record}, {"$ref": "#/definitions/property"}],
        },
    )
    schema = registry.schema(title="House", class_uri=property_class["$id"])
    tree = registry.read(schema["$id"], "schemas", FULL)
    field = tree["properties"][registry.field]["properties"]["card"]
    assert field["meta:referencedFrom"] == card["$id"]
    assert field["properties"]["number"]["type"] == "string"


def test_ids_are_found_encoded_plain_and_as_alt_id(registry: Registry) -> None:
    group = registry.group()
    uri = group["$id"]
    twice = quote(quote(uri, safe=""), safe="")
    for identifier in (quote(uri, safe=""), uri, group["meta:altId"], twice):
        for slash in ("", "/"):
            response = registry.get(f"tenant/mixins/{identifier}{slash}")
            assert response.status_code == 200, identifier
            assert response.json()["$id"] == uri


def test_standard_resources_are_found_by_both_ids(registry: Registry) -> None:
    for identifier in (quote(PROFILE, safe=""), "_xdm.context.profile"):
        document = registry.get(f"global/classes/{identifier}").json()
        assert document["title"] == "XDM Individual Profile"
    behaviors = registry.get("global/behaviors", IDS).json()["results"]
    assert {b["$id"].rpartition("/")[2] for b in behaviors} == {"record", "time-series", "adhoc"}
    assert registry.get("global/behaviors/_xdm.data.record").status_code == 200


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("tenant/schemas/_acme.schemas.gone", "XDM-1010-404"),
        ("tenant/classes/x", "XDM-1011-404"),
        ("tenant/fieldgroups/x", "XDM-1012-404"),
        ("tenant/datatypes/x", "XDM-1013-404"),
        ("tenant/descriptors/x", "XDM-1014-404"),
        ("tenant/unions/_xdm.context.profile__union", "XDM-1015-404"),
        ("global/behaviors/x", "XDM-1016-404"),
        ("tenant/gadgets", "XDM-1017-404"),
        ("tenant/gadgets/x", "XDM-1017-404"),
        ("global/unions", "XDM-1017-404"),
        ("global/schemas/x", "XDM-1010-404"),
        ("rpc/export/x", "XDM-1017-404"),
        ("rpc/sampledata/x", "XDM-1010-404"),
        ("rpc/auditlog/x", "XDM-1017-404"),
    ],
)
def test_unknown_ids_are_named_in_the_refusal(registry: Registry, path: str, code: str) -> None:
    body = refused(registry.get(path), code)
    assert body["title"] == "Resource not found"
    assert body["detail"].startswith("No ")


def test_a_resource_is_not_found_under_another_kind_or_sandbox(
    registry: Registry, other_sandbox: Any
) -> None:
    uri = quote(registry.group()["$id"], safe="")
    refused(registry.get(f"tenant/schemas/{uri}"), "XDM-1010-404")
    refused(registry.get(f"global/mixins/{uri}"), "XDM-1012-404")
    elsewhere = Registry(registry.api.within(other_sandbox.name))
    refused(elsewhere.get(f"tenant/mixins/{uri}"), "XDM-1012-404")
    assert elsewhere.get("tenant/mixins").json()["results"] == []


@pytest.mark.parametrize(
    ("accept", "code"),
    [
        ("*/*", "XDM-1007-400"),
        ("application/json", "XDM-1007-400"),
        ("application/vnd.adobe.xed-full+json; version=2", "XDM-1008-400"),
    ],
)
def test_reads_refuse_an_accept_header_they_do_not_know(
    registry: Registry, accept: str, code: str
) -> None:
    for path in ("global/classes", "global/classes/_xdm.context.profile", "tenant/descriptors"):
        assert refused(registry.get(path, accept), code)["title"] == "Accept header invalid"


def test_reads_refuse_a_missing_accept_header(registry: Registry) -> None:
    refused(registry.api.get(f"{BASE}/global/classes"), "XDM-1006-400")


def test_the_gateway_speaks_before_the_registry(registry: Registry) -> None:
    response = registry.api.get(f"{BASE}/stats", headers={"authorization": None})
    assert response.json()["error_code"] == "403010"


def test_forms_of_one_schema(registry: Registry) -> None:
    schema = registry.schema({"$id": PERSON_DETAILS}, registry.group())
    registry.identity(schema)
    uri = schema["$id"]

    def form(name: str) -> Any:
        return registry.read(uri, "schemas", f"application/vnd.adobe.{name}+json; version=1")

    assert form("xed") == schema
    assert form("xed-id") == {
        "$id": uri,
        "meta:altId": schema["meta:altId"],
        "version": "1.0",
        "title": "Loyalty member",
    }
    full = form("xed-full")
    assert full["properties"]["person"]["properties"]["name"]["properties"]["firstName"]
    assert full["properties"]["person"]["meta:xdmField"] == "xdm:person"
    assert "allOf" not in full
    assert "title" not in form("xed-full-notext")["properties"]["person"]
    (descriptor,) = form("xed-full-desc")["meta:descriptors"]
    assert descriptor["xdm:namespace"] == "Email"
    native = form("xdm-full")["properties"]
    assert "xdm:name" in native["xdm:person"]["properties"]
    assert "repo:createDate" in native
    assert registry.field in native
    assert "person/name/firstName" in form("xed-full-flat")["properties"]


def test_a_deprecated_field_is_shown_on_request(registry: Registry) -> None:
    fields = {**loyalty_fields(), "old": {"type": "string", "meta:status": "deprecated"}}
    schema = registry.schema(registry.group(**fields))
    descriptor = {
        "@type": "xdm:descriptorDeprecated",
        "xdm:sourceSchema": schema["$id"],
        "xdm:sourceVersion": 1,
        "xdm:sourceProperty": f"/{registry.field}/tier",
    }
    assert registry.call("POST", "tenant/descriptors", descriptor).status_code == 201
    for accept, visible in (("xed-full", False), ("xed-full-deprecatefield", True)):
        tree = registry.read(schema["$id"], "schemas", f"application/vnd.adobe.{accept}+json")
        shown = tree["properties"][registry.field]["properties"]
        assert ("old" in shown) is visible
        assert ("tier" in shown) is visible


def test_replace_counts_versions_and_keeps_creation(registry: Registry) -> None:
    group = registry.group()
    body = {**group, "title": "Renamed", "version": "9.9", "$id": "https://ns.adobe.com/evil"}
    path = f"tenant/mixins/{group['meta:altId']}"
    changed = registry.call("PUT", path, body).json()
    assert (changed["title"], changed["version"], changed["$id"]) == (
        "Renamed",
        "1.1",
        group["$id"],
    )
    before, after = group["meta:registryMetadata"], changed["meta:registryMetadata"]
    assert before["repo:createdDate"] == after["repo:createdDate"]
    assert before["repo:lastModifiedDate"] < after["repo:lastModifiedDate"]
    assert before["eTag"] != after["eTag"]


def test_patch_adds_field_group_and_derives_ancestors(registry: Registry) -> None:
    schema = registry.schema(registry.group())
    extends = {"op": "add", "path": "/meta:extends/-", "value": PERSON_DETAILS}
    add = {"op": "add", "path": "/allOf/-", "value": {"$ref": PERSON_DETAILS}}
    changed = registry.patch("schemas", schema["$id"], extends, add).json()
    assert changed["version"] == "1.1"
    assert changed["meta:extends"].count(PERSON_DETAILS) == 1
    assert PERSON_DETAILS in changed["refs"]
    tree = registry.read(schema["$id"], "schemas", FULL)
    assert "person" in tree["properties"]


def test_patch_reaches_fields_inside_definitions(registry: Registry) -> None:
    group = registry.group()
    path = f"/definitions/loyalty/properties/{registry.field}/properties/nick"
    operation = {"op": "add", "path": path, "value": {"type": "string", "title": "Nick"}}
    changed = registry.patch("mixins", group["$id"], operation).json()
    fields = changed["definitions"]["loyalty"]["properties"][registry.field]["properties"]
    assert fields["nick"]["title"] == "Nick"


@pytest.mark.parametrize("body", [{"op": "add"}, [{"op": "remove", "path": "/gone"}], ["x"]])
def test_refuses_a_patch_that_is_none(registry: Registry, body: Any) -> None:
    path = f"tenant/mixins/{registry.group()['meta:altId']}"
    refused(registry.call("PATCH", path, body), "XDM-1900-400")


def test_conditional_writes_see_the_etag(registry: Registry) -> None:
    group = registry.group()
    path = f"tenant/mixins/{group['meta:altId']}"
    etag = registry.get(path)["ETag"]
    rename = [{"op": "replace", "path": "/title", "value": "A"}]
    assert registry.call("PATCH", path, rename, if_match=etag).status_code == 200
    again = [{"op": "replace", "path": "/title", "value": "B"}]
    refused(registry.call("PATCH", path, again, if_match=etag), "XDM-1903-412")
    refused(registry.call("DELETE", path, if_match=etag), "XDM-1903-412")
    assert registry.call("DELETE", path, if_match="*").status_code == 204


def test_deleted_resources_are_gone(registry: Registry) -> None:
    group = registry.group()
    schema = registry.schema(group)
    descriptor = registry.identity(schema).json()["@id"]
    refused(registry.delete("mixins", group["$id"]), "XDM-1951-400")
    assert registry.delete("schemas", schema["$id"]).status_code == 204
    assert registry.get(f"tenant/descriptors/{descriptor}").status_code == 404
    assert registry.delete("mixins", group["$id"]).status_code == 204
    refused(registry.delete("mixins", group["$id"]), "XDM-1012-404")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_standard_resources_are_read_only(registry: Registry, method: str) -> None:
    refused(registry.call(method, "global/classes/_xdm.context.profile", []), "XDM-1902-403")
    refused(registry.call("POST", "global/classes", {}), "XDM-1902-403")


def test_titles_are_unique_over_all_kinds(registry: Registry) -> None:
    registry.group("Loyalty")
    body = {"title": "Loyalty", "type": "object", "allOf": [{"$ref": PROFILE}]}
    refusal = refused(registry.call("POST", "tenant/schemas", body), "XDM-1521-400")
    assert refusal["title"] == "Title not unique"
    other = registry.group("Other")
    rename = {"op": "replace", "path": "/title", "value": "Loyalty"}
    refused(registry.patch("mixins", other["$id"], rename), "XDM-1521-400")


def test_fields_belong_into_the_tenant_object(registry: Registry) -> None:
    body = registry.group_body("X")
    body["definitions"]["loyalty"]["properties"]["points"] = {"type": "string"}
    refusal = refused(registry.call("POST", "tenant/mixins", body), "XDM-1020-400")
    assert "points" in refusal["detail"]
    other = registry.group_body("X")
    properties = other["definitions"]["loyalty"]["properties"]
    properties["_somebodyelse"] = properties.pop(registry.field)
    refused(registry.call("POST", "tenant/mixins", other), "XDM-1020-400")


@pytest.mark.parametrize("name", ["_hidden", "a.b", "größe", "a b"])
def test_field_names_are_plain(registry: Registry, name: str) -> None:
    fields: dict[str, Any] = {name: {"type": "string"}}
    body = registry.group_body("X", **fields)
    refused(registry.call("POST", "tenant/mixins", body), "XDM-1021-400")


@pytest.mark.parametrize(
    ("kind", "change", "detail"),
    [
        ("mixins", {"title": ""}, "needs a title"),
        ("mixins", {"title": 7}, "needs a title"),
        ("mixins", {"title": "x" * 301}, "at most 300"),
        ("mixins", {"type": "string"}, "is object"),
        ("mixins", {"definitions": []}, "definitions has the wrong type"),
        ("mixins", {"allOf": ["x"]}, "allOf holds objects"),
        ("mixins", {"allOf": [{"$ref": "#/definitions/gone"}]}, "Cannot resolve"),
        ("mixins", {"meta:intendedToExtend": []}, "names the classes"),
        ("mixins", {"meta:intendedToExtend": "x"}, "array of strings"),
        ("classes", {}, "exactly one behavior"),
        ("schemas", {}, "exactly one class"),
        ("schemas", {"allOf": [{"$ref": f"{NS}gone"}]}, "Cannot resolve"),
        ("schemas", {"allOf": [{"$ref": PROFILE}, {"$ref": EVENT}]}, "exactly one class"),
        (
            "schemas",
            {"allOf": [{"$ref": EVENT}, {"$ref": f"{NS}xdm/mixins/profile-consents"}]},
            "not intended",
        ),
        (
            "schemas",
            {"allOf": [{"$ref": PROFILE}, {"$ref": f"{NS}xdm/context/person"}]},
            "neither a class nor a field group",
        ),
    ],
)
def test_refuses_a_malformed_resource(
    registry: Registry, kind: str, change: Any, detail: str
) -> None:
    body = {**registry.group_body("X"), **change}
    assert (
        detail in refused(registry.call("POST", f"tenant/{kind}", body), "XDM-1900-400")["detail"]
    )


@pytest.mark.parametrize(
    "node",
    [
        {"type": "text"},
        {"type": "string", "pattern": "("},
        {"type": "string", "maxLength": "many"},
        {"type": "integer", "minimum": "none"},
        {"type": "object", "properties": {"x": 1}},
    ],
)
def test_refuses_a_field_no_validator_can_hold(registry: Registry, node: Any) -> None:
    body = registry.group_body("X", bad=node)
    response = registry.call("POST", "tenant/mixins", body)
    assert response.status_code == 400, response.content


@pytest.mark.parametrize(
    "extra", [{"enum": 3}, {"meta:xdmType": {"x": 1}}, {"isRequired": True}, {"required": True}]
)
def test_keywords_without_meaning_are_kept_and_ignored(registry: Registry, extra: Any) -> None:
    node = {"type": "string", **extra}
    group = registry.create("mixins", registry.group_body("X", odd=node))
    stored = group["definitions"]["loyalty"]["properties"][registry.field]["properties"]["odd"]
    assert stored == node


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"null", b""])
def test_refuses_a_body_that_is_no_resource(registry: Registry, body: bytes) -> None:
    response = registry.api.post(f"{BASE}/tenant/schemas", body)
    assert response.status_code == 400
    assert response.json()["status"] == 400


def test_a_union_shows_all_tagged_schemas(registry: Registry) -> None:
    group = registry.group()
    registry.schema(group, union=True)
    listed = registry.get("tenant/unions", IDS).json()["results"]
    assert listed == [
        {
            "$id": f"{PROFILE}__union",
            "meta:altId": "_xdm.context.profile__union",
            "version": "1",
            "title": "Union object for XDM Individual Profile",
        }
    ]
    for kind in ("unions", "schemas"):
        union = registry.get(f"tenant/{kind}/_xdm.context.profile__union", FULL).json()
        assert {registry.field, "identityMap", "segmentMembership", "timeSeriesEvents"} <= set(
            union["properties"]
        )
    raw = registry.get(f"tenant/unions/{quote(PROFILE + '__union', safe='')}").json()
    assert group["$id"] in raw["meta:extends"]
    assert raw["meta:class"] == PROFILE


def test_schemas_of_one_union_agree_on_types(registry: Registry) -> None:
    tagged = {"meta:immutableTags": ["union"]}
    registry.schema(registry.group(), union=True)
    other = registry.group("Other", points={"type": "string"})
    body = {"title": "B", "allOf": [{"$ref": PROFILE}, {"$ref": other["$id"]}], **tagged}
    refusal = refused(registry.call("POST", "tenant/schemas", body), "XDM-1413-400")
    assert refusal["title"] == "Merge Schema Error"
    assert f"{registry.field}.points" in refusal["detail"]
    untagged = registry.schema(other, title="B")
    tag = {"op": "add", "path": "/meta:immutableTags", "value": ["union"]}
    refused(registry.patch("schemas", untagged["$id"], tag), "XDM-1413-400")


def test_changing_a_group_is_checked_in_every_union(registry: Registry) -> None:
    registry.schema(registry.group("A"), title="SA", union=True)
    second = registry.group("B", other={"type": "string"})
    registry.schema(second, title="SB", union=True)
    path = f"/definitions/loyalty/properties/{registry.field}/properties/points"
    add = {"op": "add", "path": path, "value": {"type": "string"}}
    refused(registry.patch("mixins", second["$id"], add), "XDM-1413-400")


def test_tagging_later_needs_an_identity(registry: Registry) -> None:
    tag = {"op": "add", "path": "/meta:immutableTags", "value": ["union"]}
    schema = registry.schema(registry.group())
    refused(registry.patch("schemas", schema["$id"], tag), "XDM-1528-400")
    assert registry.identity(schema).status_code == 201
    assert registry.patch("schemas", schema["$id"], tag).status_code == 200
    mapped = registry.schema({"$id": IDENTITY_MAP}, title="Mapped")
    assert registry.patch("schemas", mapped["$id"], tag).status_code == 200


def test_lists_page_by_the_last_value_seen(registry: Registry) -> None:
    for title in ("d", "a", "c", "b", "e"):
        registry.group(title)
    seen: list[str] = []
    url: str | None = f"{BASE}/tenant/mixins?orderby=title&limit=2"
    while url:
        page = registry.api.get(url, headers={"accept": IDS}).json()
        assert page["_page"]["count"] == len(page["results"]) <= 2
        seen += [item["title"] for item in page["results"]]
        url = (page["_links"]["next"] or {}).get("href")
        assert (url is None) == (page["_page"]["next"] is None)
    assert seen == ["a", "b", "c", "d", "e"]
    page = registry.get("tenant/mixins?orderby=-title&start=d", IDS).json()
    assert [item["title"] for item in page["results"]] == ["c", "b", "a"]
    links = registry.get("tenant/mixins", IDS).json()["_links"]
    assert links["global_mixins"]["href"].endswith(f"{BASE}/global/mixins")


def test_lists_order_by_update_unless_told_otherwise(registry: Registry) -> None:
    first, second = registry.group("first"), registry.group("second")
    registry.patch("mixins", first["$id"], {"op": "replace", "path": "/description", "value": "x"})
    titles = [item["title"] for item in registry.get("tenant/mixins", IDS).json()["results"]]
    assert titles == ["second", "first"]
    page = registry.get("tenant/mixins?limit=1", IDS).json()
    start = page["_page"]["next"]
    assert start == second["meta:registryMetadata"]["repo:lastModifiedDate"]
    rest = registry.get(f"tenant/mixins?limit=1&start={start}", IDS).json()["results"]
    assert [item["title"] for item in rest] == ["first"]


def test_standard_lists_page_to_their_end(registry: Registry) -> None:
    for order in ("title", "updated", "-updated"):
        seen: list[str] = []
        start = ""
        for _ in range(50):
            path = f"global/datatypes?orderby={order}&limit=7{start}"
            page = registry.get(path, IDS).json()
            assert len(page["results"]) <= 7
            seen += [item["$id"] for item in page["results"]]
            if page["_page"]["next"] is None:
                break
            start = f"&start={quote(str(page['_page']['next']))}"
        whole = registry.get("global/datatypes", IDS).json()["results"]
        assert sorted(seen) == sorted(item["$id"] for item in whole)


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        ("property=title==A", ["A"]),
        ("property=title!=A", ["B", "C"]),
        ("property=title>A", ["B", "C"]),
        ("property=title>=A&property=title<C", ["A", "B"]),
        ("property=meta:immutableTags==union", ["B"]),
        ("property=meta:immutableTags!=union", ["A", "C"]),
        ("property=meta:immutableTags", ["B"]),
        (f"property=meta:class=={PROFILE}", ["A", "B"]),
        (f"property=meta:class=={PROFILE},title==B", ["B"]),
        (f"property=meta:extends=={NS}xdm/data/time-series", ["C"]),
        (f"property=meta:extends!={NS}xdm/data/adhoc", ["A", "B", "C"]),
        ("property=meta:extensible==false&property=title<=B", ["A", "B"]),
        ("property=updated>0&property=title<B", ["A"]),
        ("property=nothing", []),
        ("property=title==%27; DROP", []),
    ],
)
def test_lists_filter_by_property(registry: Registry, filters: str, titles: list[str]) -> None:
    registry.schema(title="A")
    registry.schema(title="B", union=True)
    registry.schema(title="C", class_uri=EVENT)
    page = registry.get(f"tenant/schemas?orderby=title&{filters}", XED).json()
    assert [item["title"] for item in page["results"]] == titles


def test_standard_lists_filter_by_property(registry: Registry) -> None:
    path = f"global/fieldgroups?property=meta:intendedToExtend=={PROFILE}&orderby=title"
    found = {item["$id"] for item in registry.get(path, IDS).json()["results"]}
    assert PERSON_DETAILS in found
    assert f"{NS}xdm/context/experienceevent-web" not in found
    path = "global/classes?property=title==XDM%20Individual%20Profile"
    assert [item["$id"] for item in registry.get(path, IDS).json()["results"]] == [PROFILE]


@pytest.mark.parametrize("limit", ["0", "-1", "x", "9" * 30])
def test_refuses_an_impossible_limit(registry: Registry, limit: str) -> None:
    refused(registry.get(f"tenant/schemas?limit={limit}", IDS), "XDM-1900-400")


def test_lists_tolerate_what_known_clients_send(registry: Registry) -> None:
    registry.schema(title="A")
    for query in ("limit=300", "limit=1000", "requestDataSource=true", "orderby="):
        accept = "application/vnd.adobe.xdm-full+json; version=1"
        page = registry.get(f"tenant/schemas?{query}", accept).json()
        assert [item["title"] for item in page["results"]] == ["A"]
