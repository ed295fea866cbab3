import pytest

from ingestion.xdm import names, paths

NS = "https://ns.adobe.com/"


@pytest.mark.parametrize(
    ("uri", "alt"),
    [
        (f"{NS}acmeco/schemas/6f1d", "_acmeco.schemas.6f1d"),
        (f"{NS}xdm/context/profile", "_xdm.context.profile"),
        (f"{NS}xdm/context/profile__union", "_xdm.context.profile__union"),
        ("http://schema.org/GeoCoordinates", "_schema.org.GeoCoordinates"),
    ],
)
def test_alt_id_and_id_name_each_other(uri: str, alt: str) -> None:
    assert names.alt_id(uri) == alt
    assert names.uri_of(alt) == uri
    assert names.uri_of(uri) == uri


def test_id_survives_a_proxy_that_merges_slashes() -> None:
    assert names.uri_of("https:/ns.adobe.com/acmeco/schemas/6f1d") == f"{NS}acmeco/schemas/6f1d"


def test_field_groups_keep_the_older_word_in_ids() -> None:
    assert names.canonical_type("fieldgroups") == "mixins"
    assert names.resource_uri("acmeco", "fieldgroups", "0d4f") == f"{NS}acmeco/mixins/0d4f"
    assert names.is_tenant_uri(f"{NS}acmeco/mixins/0d4f", "acmeco")
    assert not names.is_tenant_uri(f"{NS}xdm/context/profile", "acmeco")


def test_union_id_names_its_class() -> None:
    assert names.class_of_union(names.union_uri(f"{NS}xdm/context/profile")) == (
        f"{NS}xdm/context/profile"
    )
    assert names.class_of_union(f"{NS}xdm/context/profile") is None


@pytest.mark.parametrize(
    ("native", "compat"),
    [
        ("xdm:personalEmail", "personalEmail"),
        ("@id", "_id"),
        ("@type", "_type"),
        ("repo:createDate", "_repo.createDate"),
        ("schema:latitude", "_schema.latitude"),
        ("dc:language", "_dc.language"),
        (f"{NS}experience/analytics/event1to100", "_experience.analytics.event1to100"),
        (f"{NS}xdm/channels/email", "_channels.email"),
    ],
)
def test_native_and_compatibility_names_translate_both_ways(native: str, compat: str) -> None:
    assert ".".join(names.compat_path(native)) == compat
    assert names.native_name(compat) == native


def test_tenant_fields_keep_their_names_in_native_form() -> None:
    assert names.native_name("_acmeco", tenant="_acmeco") == "_acmeco"
    assert names.native_name("_acmeco.points", tenant="_acmeco") == "points"


@pytest.mark.parametrize("name", ["points", "loyalty-id", "a_b", "1st"])
def test_accepts_custom_field_name(name: str) -> None:
    assert names.is_custom_name(name)


@pytest.mark.parametrize("name", ["_points", "a.b", "a b", "", "xdm:points", "größe"])
def test_refuses_custom_field_name(name: str) -> None:
    assert not names.is_custom_name(name)


def test_descriptor_path_and_steps_translate_both_ways() -> None:
    assert paths.split_descriptor_path("/_acmeco/loyaltyID") == ("_acmeco", "loyaltyID")
    assert paths.descriptor_path(("_acmeco", "loyaltyID")) == "/_acmeco/loyaltyID"


def test_dotted_path_writes_array_steps_in_brackets() -> None:
    path = ("productListItems", "[*]", "SKU")
    assert paths.dotted(path) == "productListItems[*].SKU"
    assert paths.split_dotted("productListItems[*].SKU") == path


def test_pointer_escapes_slash_and_tilde() -> None:
    assert paths.pointer(["a/b", "c~d", 0]) == "#/a~1b/c~0d/0"
    assert paths.unescape("a~1b~0c") == "a/b~c"


def test_finds_fields_through_objects_arrays_and_maps() -> None:
    leaf = {"type": "string"}
    items = {"type": "object", "properties": {"SKU": leaf}}
    tree = {
        "properties": {
            "list": {"type": "array", "items": items},
            "map": {"type": "object", "additionalProperties": leaf},
        }
    }
    assert paths.find_field(tree, ("list", "[*]", "SKU")) == leaf
    assert paths.find_field(tree, ("map", "anything")) == leaf
    assert paths.find_field(tree, ("list", "SKU")) is None
    assert paths.find_field(tree, ("gone", "deeper")) is None
    assert [path for path, _ in paths.walk(tree)] == [
        ("list",),
        ("list", "[*]"),
        ("list", "[*]", "SKU"),
        ("map",),
        ("map", "{}"),
    ]


def test_reads_value_by_object_steps() -> None:
    assert paths.value_at({"a": {"b": 1}}, ("a", "b")) == 1
    assert paths.value_at({"a": [1]}, ("a", "b")) is None
