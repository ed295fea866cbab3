"""The standard library: complete, self-consistent, and holding the fields the public model has."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ingestion.xdm.library import LIBRARY_VERSION, load_library
from ingestion.xdm.names import XDM_NS, alt_id

type Json = dict[str, Any]

LIBRARY = {resource["$id"]: resource for resource in load_library()}
PROFILE = "context/profile"
EVENT = "context/experienceevent"


def walk(node: object) -> Iterator[Json]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from walk(child)
    elif isinstance(node, list):
        for child in node:
            yield from walk(child)


def resource_of(uri: str) -> Json:
    return LIBRARY[uri if "://" in uri else XDM_NS + uri]


def objects_of(resource: Json) -> Iterator[Json]:
    """Every object schema a resource consists of, its ancestors' too."""
    for part in resource["allOf"]:
        target = part["$ref"]
        if target.startswith("#/definitions/"):
            yield resource["definitions"][target.removeprefix("#/definitions/")]
        else:
            yield from objects_of(resource_of(target))


def objects_at(node: Json) -> Iterator[Json]:
    if "$ref" in node:
        yield from objects_of(resource_of(node["$ref"]))
    else:
        yield node


def field(uri: str, path: str) -> Json:
    """The schema at a path of a resource: `[]` steps into an array, `{}` into a map."""
    candidates = list(objects_of(resource_of(uri)))
    node: Json = {}
    for step in path.split("."):
        name = step.rstrip("[]{}")
        node = next(c["properties"][name] for c in candidates if name in c.get("properties", {}))
        rest = step.removeprefix(name)
        while rest:
            node = node["items"] if rest.startswith("[]") else node["additionalProperties"]
            rest = rest[2:]
        candidates = list(objects_at(node))
    return node


@pytest.mark.parametrize("resource", load_library(), ids=lambda r: r["meta:altId"])
def test_resource_has_the_shape_of_the_registry(resource: Json) -> None:
    assert resource["meta:altId"] == alt_id(resource["$id"])
    assert resource["meta:resourceType"] in {"behaviors", "classes", "datatypes", "mixins"}
    assert resource["meta:containerId"] == "global"
    assert resource["version"] == LIBRARY_VERSION
    assert resource["meta:registryMetadata"]["meta:globalLibVersion"] == LIBRARY_VERSION
    assert resource["type"] == resource["meta:xdmType"] == "object"
    assert resource["title"]
    assert resource["description"]
    assert resource["meta:extensible"]
    assert resource["meta:abstract"]
    assert isinstance(resource["allOf"], list)


def test_every_reference_leads_to_a_resource() -> None:
    for resource in load_library():
        targets = {node["$ref"] for node in walk(resource) if "$ref" in node}
        local = {target for target in targets if target.startswith("#")}
        assert local == {f"#/definitions/{key}" for key in resource.get("definitions", {})}
        assert sorted(targets - local) == resource["refs"]
        assert targets - local <= LIBRARY.keys()


def test_no_two_resources_share_an_id_or_a_title() -> None:
    assert len(LIBRARY) == len(load_library())
    assert len({r["meta:altId"] for r in load_library()}) == len(load_library())
    titles = [r["title"] for r in load_library()]
    assert sorted(titles) == sorted(set(titles))


def test_every_field_has_title_type_and_native_name() -> None:
    for resource in load_library():
        for node in walk(resource.get("definitions", {})):
            for name, value in (node.get("properties") or {}).items():
                assert value["type"], (resource["$id"], name)
                assert value["meta:xdmType"], (resource["$id"], name)
                if name not in {"_repo", "_schema", "_dc", "_channels", "_experience"}:
                    assert value["title"], (resource["$id"], name)
                    assert value["meta:xdmField"], (resource["$id"], name)


def test_resources_survive_a_trip_through_json() -> None:
    for resource in load_library():
        assert json.loads(json.dumps(resource)) == resource


def test_library_is_read_once() -> None:
    assert load_library() is load_library()


def test_a_class_says_which_behavior_it_has() -> None:
    behaviors = {r["$id"] for r in load_library() if r["meta:resourceType"] == "behaviors"}
    assert behaviors == {f"{XDM_NS}data/{name}" for name in ("record", "time-series", "adhoc")}
    for resource in load_library():
        if resource["meta:resourceType"] == "classes":
            assert len(behaviors & set(resource["meta:extends"])) == 1


def test_a_field_group_is_meant_for_known_classes() -> None:
    for resource in load_library():
        if resource["meta:resourceType"] == "mixins":
            targets = {
                LIBRARY[uri]["meta:resourceType"] for uri in resource["meta:intendedToExtend"]
            }
            assert targets
            assert targets <= {"classes", "behaviors"}


def test_events_need_an_id_and_a_timestamp_but_profiles_need_nothing() -> None:
    required = [name for o in objects_of(resource_of(EVENT)) for name in o.get("required", [])]
    assert sorted(required) == ["_id", "timestamp"]
    assert not any(o.get("required") for o in objects_of(resource_of(PROFILE)))


FIELDS = [
    (PROFILE, "_id", "string", {"format": "uri-reference", "meta:xdmField": "@id"}),
    (PROFILE, "_repo.createDate", "date-time", {"meta:xdmField": "repo:createDate"}),
    (PROFILE, "modifiedByBatchID", "string", {"format": "uri-reference"}),
    (PROFILE, "repositoryLastModifiedBy", "string", {}),
    (EVENT, "timestamp", "date-time", {"type": "string", "format": "date-time"}),
    (EVENT, "producedBy", "string", {"meta:xdmField": "xdm:producedBy"}),
    (EVENT, "identityMap", "map", {"type": "object"}),
    (EVENT, "identityMap{}[].authenticatedState", "string", {}),
    ("context/segmentdefinition", "segmentIdentity.namespace.code", "string", {}),
    ("classes/product", "productListPrice.amount", "number", {}),
    ("context/prospect-profile", "partnerID", "string", {}),
    ("context/account", "accountKey.key", "string", {}),
    ("context/profile-person-details", "person.name.firstName", "string", {"title": "First name"}),
    ("context/profile-person-details", "person.birthDate", "date", {"format": "date"}),
    ("context/profile-person-details", "person.birthYear", "int", {"minimum": 1, "maximum": 32767}),
    ("context/profile-person-details", "person.nationality", "string", {"pattern": "^[A-Z]{2}$"}),
    ("context/profile-personal-details", "personalEmail.address", "string", {"format": "email"}),
    ("context/profile-personal-details", "mobilePhone.validity", "string", {}),
    ("context/profile-personal-details", "homeAddress.stateProvince", "string", {}),
    ("context/profile-personal-details", "homeAddress._repo.modifyDate", "date-time", {}),
    (
        "context/profile-personal-details",
        "homeAddress._schema.latitude",
        "number",
        {"minimum": -90, "maximum": 90, "meta:xdmField": "schema:latitude"},
    ),
    ("context/profile-work-details", "organizations[]", "string", {}),
    ("context/profile-segmentation", "segmentMembership", "map", {}),
    ("context/profile-segmentation", "segmentMembership{}", "map", {}),
    ("context/profile-segmentation", "segmentMembership{}{}.validUntil", "date-time", {}),
    (
        "context/profile-segmentation",
        "segmentMembership{}{}.payload.payloadPropensityValue",
        "number",
        {"maximum": 1},
    ),
    ("mixins/profile-consents", "consents.collect.val", "string", {}),
    ("mixins/profile-consents", "consents.marketing.email.reason", "string", {"maxLength": 255}),
    (
        "mixins/profile-consents",
        "consents.marketing.sms.subscriptions{}.subscribers{}.source",
        "string",
        {"maxLength": 15},
    ),
    ("mixins/profile-consents", "consents.idSpecific{}{}.adID.idType", "string", {}),
    ("mixins/profile-consents", "consents.idSpecific{}{}.marketing.push.time", "date-time", {}),
    ("mixins/profile-consents", "consents.metadata.time", "date-time", {}),
    ("context/profile-preferences-details", "optInOut", "object", {"meta:status": "deprecated"}),
    (
        "context/profile-preferences-details",
        "optInOut._channels.direct-mail",
        "string",
        {"meta:xdmField": "https://ns.adobe.com/xdm/channels/direct-mail"},
    ),
    ("mixins/profile/profile-loyalty-details", "loyalty.pointsToNextTier", "string", {}),
    ("mixins/profile/profile-loyalty-details", "loyalty.loyaltyID[]", "string", {}),
    ("mixins/profile/profile-loyalty-details", "loyalty.points", "number", {}),
    (
        "mixins/profile/profile-loyalty-details",
        "loyalty.challenges[].tasks[].progress",
        "number",
        {},
    ),
    (
        "mixins/profile/profile-loyalty-details",
        "loyalty.rewards.coupons[].redemptionLimit",
        "int",
        {},
    ),
    (
        "mixins/profile/profile-user-account-details",
        "userAccount.contactDetails.homePhone.number",
        "string",
        {},
    ),
    (
        "context/profile-push-notification-details",
        "pushNotificationDetails[].identity.namespace.code",
        "string",
        {},
    ),
    ("context/profile-subscriptions", "subscriptions[].subscriber.gender", "string", {}),
    ("context/profile-test-profile", "testProfile", "boolean", {}),
    ("context/experienceevent-web", "web.webPageDetails.pageViews.value", "number", {}),
    ("context/experienceevent-web", "web.webReferrer.URL", "string", {"title": "URL"}),
    ("context/experienceevent-commerce", "commerce.order.payments[].currencyCode", "string", {}),
    ("context/experienceevent-commerce", "commerce.purchases.value", "number", {}),
    ("context/experienceevent-commerce", "productListItems[].SKU", "string", {"title": "SKU"}),
    ("context/experienceevent-commerce", "productListItems[].quantity", "int", {}),
    (
        "context/experienceevent-environment-details",
        "environment.ipV6",
        "string",
        {"format": "ipv6"},
    ),
    (
        "context/experienceevent-environment-details",
        "environment._dc.language",
        "string",
        {"meta:xdmField": "dc:language"},
    ),
    (
        "context/experienceevent-environment-details",
        "environment.browserDetails.userAgentClientHints.brands[].version",
        "string",
        {},
    ),
    (
        "context/experienceevent-environment-details",
        "placeContext.activePOIs[].beaconInteractionDetails.beaconMajor",
        "number",
        {},
    ),
    ("context/experienceevent-environment-details", "device.screenHeight", "int", {}),
    ("context/experienceevent-channel", "channel._type", "string", {"meta:xdmField": "@type"}),
    ("context/experienceevent-application", "application.launches.value", "number", {}),
    (
        "context/experienceevent-enduserids",
        "endUserIDs._experience.mcid.id",
        "string",
        {"meta:xdmField": "xdm:id"},
    ),
    (
        "context/experienceevent-enduserids",
        "endUserIDs._experience.mcid",
        "object",
        {"meta:xdmField": "https://ns.adobe.com/experience/mcid"},
    ),
    ("context/experienceevent-directmarketing", "directMarketing.opens.value", "number", {}),
    ("context/experienceevent-loyalty-details", "loyalty.pointsGained[].value", "number", {}),
    ("context/experienceevent-order-details", "order.payment.paymentType", "string", {}),
    ("mixins/experienceevent-user-login-details", "userAccount.login", "int", {}),
    ("context/experienceevent-consumer", "commerce.cart.cartID", "string", {}),
    ("context/experienceevent-consumer", "web.webInteraction.linkClicks.value", "number", {}),
]


@pytest.mark.parametrize(("uri", "path", "xdm_type", "more"), FIELDS)
def test_field_of_the_public_model_is_there(uri: str, path: str, xdm_type: str, more: Json) -> None:
    found = field(uri, path)
    assert found["meta:xdmType"] == xdm_type
    assert more.items() <= found.items()


def test_enumerated_values_are_validated_and_suggested_ones_are_not() -> None:
    gender = field("context/person", "gender")
    assert gender["enum"] == ["male", "female", "not_specified", "non_specific"]
    assert gender["meta:enum"]["not_specified"] == "Not specified"
    kind = field("context/device", "type")
    assert "enum" not in kind
    assert "tv screens" in kind["meta:enum"]


def test_event_types_are_suggested_with_labels() -> None:
    event_type = field(EVENT, "eventType")
    assert "enum" not in event_type
    assert len(event_type["meta:enum"]) > 80
    assert event_type["meta:enum"]["commerce.productViews"] == "Commerce product views"


def test_a_consent_choice_is_required_where_its_object_is() -> None:
    for path in ("collect", "marketing.email", "idSpecific{}{}.adID"):
        consent = field("mixins/profile-consents", f"consents.{path}")
        assert ["val"] in [o.get("required") for o in objects_at(consent)]
    choice = field("mixins/profile-consents", "consents.share.val")
    assert choice["enum"] == ["y", "n", "p", "u", "dy", "dn", "LI", "CT", "CP", "VI", "PI"]


def test_a_field_in_two_groups_of_a_class_has_one_type() -> None:
    seen: dict[tuple[str, str], str] = {}
    for resource in load_library():
        for class_uri in resource.get("meta:intendedToExtend", []):
            for part in objects_of(resource):
                for name, value in part.get("properties", {}).items():
                    shape = json.dumps([value.get("$ref"), value["meta:xdmType"]])
                    assert seen.setdefault((class_uri, name), shape) == shape or name == "order"
