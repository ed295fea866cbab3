import pytest

from ingestion.xdm.accept import AcceptError, parse_accept
from ingestion.xdm.views import render
from tests.ingestion.xdm.fixtures import LOYALTY, MEMBER, PROFILE, Raw, registry

PREFIX = "application/vnd.adobe."


def view(uri: str, form: str, *descriptors: Raw) -> Raw:
    resources = registry()
    return render(
        resources[uri],
        parse_accept(f"{PREFIX}{form}"),
        lookup=resources.get,
        tenant_field="_acmeco",
        descriptors=descriptors,
    )


@pytest.mark.parametrize(
    ("header", "naming", "flags"),
    [
        ("xed+json", "xed", set()),
        ("xed-id+json", "xed", {"id"}),
        ("xed-full+json; version=1", "xed", {"full"}),
        ("xdm-full-notext+json;version=1.0", "xdm", {"full", "notext"}),
        ("xed-full-desc+json; version=1", "xed", {"full", "desc"}),
        ("xed-deprecatefield+json; version=1", "xed", {"deprecatefield"}),
        (
            "xed-full-notext-flat-deprecatefield+json",
            "xed",
            {"full", "notext", "flat", "deprecatefield"},
        ),
        ("xdm-v2-link+json", "xdm", {"v2", "link"}),
    ],
)
def test_reads_accept_header(header: str, naming: str, flags: set[str]) -> None:
    form = parse_accept(PREFIX + header)
    assert form.naming == naming
    assert form.flags == frozenset(flags)
    assert form.version == 1


def test_takes_the_first_known_form_of_several() -> None:
    assert parse_accept(f"text/html, {PREFIX}xed-id+json;q=0.9, */*").id_only


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "XDM-1006-400"),
        ("", "XDM-1006-400"),
        ("application/json", "XDM-1007-400"),
        ("*/*", "XDM-1007-400"),
        (f"{PREFIX}xed-fancy+json", "XDM-1007-400"),
        (f"{PREFIX}xed-full+json; version=2", "XDM-1008-400"),
    ],
)
def test_refuses_accept_header(header: str | None, code: str) -> None:
    with pytest.raises(AcceptError) as caught:
        parse_accept(header)
    assert caught.value.code == code


def test_id_form_is_a_summary() -> None:
    assert view(MEMBER, "xed-id+json") == {
        "$id": MEMBER,
        "title": "Loyalty member",
        "version": "1.0",
    }


def test_raw_form_keeps_references() -> None:
    assert view(MEMBER, "xed+json") == registry()[MEMBER]


def test_full_form_has_one_tree_and_no_references() -> None:
    document = view(MEMBER, "xed-full+json")
    assert "_acmeco" in document["properties"]
    assert not {"allOf", "definitions", "refs"} & set(document)
    assert document["meta:class"] == PROFILE


def test_notext_drops_texts_but_no_field_of_that_name() -> None:
    raw = registry()[LOYALTY]
    raw["definitions"]["own"]["properties"]["_acmeco"]["properties"]["title"] = {"type": "string"}
    document = render(
        raw,
        parse_accept(f"{PREFIX}xed-notext+json"),
        lookup=lambda _: None,
        tenant_field="_acmeco",
    )
    fields = document["definitions"]["own"]["properties"]["_acmeco"]["properties"]
    assert "title" not in document
    assert "title" not in fields["loyaltyID"]
    assert "title" in fields


def test_native_form_dissolves_prefix_objects_and_keeps_tenant_names() -> None:
    properties = view(MEMBER, "xdm-full+json; version=1")["properties"]
    assert {"@id", "repo:createDate", "xdm:person", "_acmeco"} == set(properties)
    assert "xdm:firstName" in properties["xdm:person"]["properties"]["xdm:name"]["properties"]
    assert "loyaltyID" in properties["_acmeco"]["properties"]


def test_native_form_renames_required_keys() -> None:
    document = view("https://ns.adobe.com/xdm/context/experienceevent", "xdm-full+json")
    assert document["required"] == ["@id", "xdm:timestamp"]


def test_deprecated_fields_show_on_request_only() -> None:
    hidden = view(MEMBER, "xed-full+json")["properties"]["_acmeco"]["properties"]
    shown = view(MEMBER, "xed-full-deprecatefield+json")["properties"]["_acmeco"]["properties"]
    assert "old" not in hidden
    assert shown["old"]["meta:status"] == "deprecated"


@pytest.mark.parametrize("source", ["/person/gender", ["/person/gender"]])
def test_deprecation_descriptor_hides_a_standard_field(source: object) -> None:
    descriptor = {"@type": "xdm:descriptorDeprecated", "xdm:sourceProperty": source}
    person = view(MEMBER, "xed-full+json", descriptor)["properties"]["person"]["properties"]
    assert "gender" not in person
    assert "birthYear" in person


def test_desc_form_lists_descriptors() -> None:
    descriptor = {
        "@type": "xdm:descriptorIdentity",
        "xdm:sourceProperty": "/_acmeco/loyaltyID",
    }
    document = view(MEMBER, "xed-full-desc+json", descriptor)
    assert document["meta:descriptors"] == [descriptor]


def test_flat_form_keys_leaves_by_path() -> None:
    properties = view(MEMBER, "xed-full-flat+json")["properties"]
    assert properties["person/name/firstName"]["type"] == "string"
    assert "_acmeco/tags/[*]" in properties
    assert "person" not in properties
