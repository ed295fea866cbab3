"""The notation the library's files are written in."""

from typing import Any

import pytest

from ingestion.xdm.library.notation import NotationError, parse
from ingestion.xdm.library.resources import build, label_of, title_of

HEAD = "== datatype test/thing\ntitle: Thing\ndescription: A thing.\n\n"


def fields(body: str) -> dict[str, Any]:
    (entry,) = parse(HEAD + body)
    properties: dict[str, Any] = build(entry)["definitions"]["thing"]["properties"]
    return properties


def test_several_names_share_a_type() -> None:
    assert list(fields("first, last: str\n")) == ["first", "last"]


def test_marks_after_the_name_make_it_required_an_array_or_a_map() -> None:
    (entry,) = parse(HEAD + "tags[]*: str\nscores{game}[]: num\n")
    definition = build(entry)["definitions"]["thing"]
    assert definition["required"] == ["tags"]
    assert definition["properties"]["tags"]["items"]["type"] == "string"
    scores = definition["properties"]["scores"]
    assert scores["meta:xdmType"] == "map"
    assert scores["additionalProperties"]["items"]["type"] == "number"


def test_indented_lines_are_the_fields_of_an_object() -> None:
    place = fields("place:\n  city: str\n  point:\n    x, y: num\nname: str\n")
    assert list(place) == ["place", "name"]
    assert list(place["place"]["properties"]["point"]["properties"]) == ["x", "y"]


def test_limits_title_and_description_follow_the_type() -> None:
    found = fields('code: str /^[A-Z]+$/ max 8 "Short code"  # What it is called.\n')["code"]
    assert found == {
        "title": "Short code",
        "type": "string",
        "meta:xdmType": "string",
        "pattern": "^[A-Z]+$",
        "maxLength": 8,
        "description": "What it is called.",
        "meta:xdmField": "xdm:code",
    }


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("0..", (0, None)),
        ("..1", (None, 1)),
        ("-90..90", (-90, 90)),
        ("0.5..1.5", (0.5, 1.5)),
    ],
)
def test_either_end_of_a_range_may_be_open(
    text: str, limits: tuple[float | None, float | None]
) -> None:
    found = fields(f"x: num {text}\n")["x"]
    assert (found.get("minimum"), found.get("maximum")) == limits


def test_values_may_share_a_prefix_have_labels_and_span_lines() -> None:
    found = fields("kind: ~{a.(x y)\n  |b=The letter b\n  |not_c}\n")["kind"]
    assert found["meta:enum"] == {
        "a.x": "A x",
        "a.y": "A y",
        "b": "The letter b",
        "not_c": "Not c",
    }


def test_a_namespace_object_has_no_native_name_but_its_fields_do() -> None:
    found = fields("_dc:\n  language: str\n")["_dc"]
    assert "meta:xdmField" not in found
    assert found["properties"]["language"]["meta:xdmField"] == "dc:language"


@pytest.mark.parametrize(
    "body",
    [
        "no colon here\n",
        "bad name: str\n",
        "x: str ?\n",
        "x: \n",
        "x: str\n  y: str\n",
        "x: {a|b\n",
        "  x: str\n",
    ],
)
def test_a_line_that_makes_no_sense_is_refused(body: str) -> None:
    with pytest.raises(NotationError):
        parse(HEAD + body)


def test_an_unknown_kind_of_resource_is_refused() -> None:
    with pytest.raises(NotationError):
        parse("== thing test/thing\ntitle: Thing\n\n")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("firstName", "First name"),
        ("personID", "Person ID"),
        ("URL", "URL"),
        ("preferredURLText", "Preferred URL text"),
        ("IPLocalTime", "IP local time"),
        ("street1", "Street 1"),
        ("_id", "Identifier"),
    ],
)
def test_titles_are_made_from_names(name: str, title: str) -> None:
    assert title_of(name) == title


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("not_specified", "Not specified"),
        ("NOT_ALLOWED", "Not allowed"),
        ("https://ns.adobe.com/xdm/channel-types/web", "Web"),
        ("+", "+"),
    ],
)
def test_labels_are_made_from_values(value: str, label: str) -> None:
    assert label_of(value) == label
