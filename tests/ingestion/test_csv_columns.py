"""Types of CSV columns: whatever is proposed accepts every cell it was proposed for."""

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingestion.prep.convert import convert
from ingestion.uploads.csv_dataset import CsvColumn, names_for, troubles_with
from ingestion.xdm.infer import infer_columns, node_of_type
from ingestion.xdm.types import xdm_type

CELLS = st.one_of(
    st.integers(-(10**16), 10**16).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(str),
    st.booleans().map(str),
    st.dates().map(lambda day: day.isoformat()),
    st.datetimes().map(lambda moment: f"{moment.isoformat(timespec='seconds')}Z"),
    st.text(min_size=1, max_size=12),
    st.sampled_from(["007", "+49", "-0", "1e5", "1,5", "true", "2020-13-01", "12.", ".5"]),
).filter(lambda text: bool(text.strip()))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CELLS, min_size=1, max_size=8))
def test_every_cell_becomes_a_value_of_the_proposed_type(cells: list[str]) -> None:
    (column,) = infer_columns(({"c": cell} for cell in cells), ["c"])
    kind = xdm_type(node_of_type(column.type))
    for cell in cells:
        convert(cell, kind)


@given(st.lists(st.text(min_size=1, max_size=20), unique=True, max_size=6))
@example(["a b", "aB", "a-b", "", "_"])
def test_proposed_names_can_all_be_kept(headers: list[str]) -> None:
    names = names_for(headers)
    columns = [CsvColumn(h, n, "string") for h, n in zip(headers, names, strict=True)]
    assert troubles_with(columns) == {}


def test_a_header_that_is_a_name_stays_as_it_is() -> None:
    assert names_for(["store_id", "Area (m2)"]) == ["store_id", "areaM2"]


def test_a_column_without_cells_is_a_text() -> None:
    (column,) = infer_columns([], ["c"])
    assert (column.type, column.example) == ("string", "")


def test_cells_that_disagree_make_a_text_and_a_note() -> None:
    (column,) = infer_columns([{"c": "1"}, {"c": "x"}], ["c"])
    assert column.type == "string"
    assert column.conflict == "mixed types: long, string"
