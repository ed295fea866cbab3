"""Names of identities."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.identity.ids import identity_id, namespace_of, parse_xid, xid, xid_text

texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.integers(0, 2**32 - 1), texts)
def test_an_xid_is_the_namespace_and_a_digest_of_the_value(namespace: int, value: str) -> None:
    name = xid(namespace, value)
    digest = hashlib.sha256(value.encode()).digest()
    assert name == namespace.to_bytes(4, "big") + digest[:18]
    assert namespace_of(name) == namespace


@given(st.integers(0, 2**32 - 1), texts)
def test_an_xid_reads_back_from_its_text(namespace: int, value: str) -> None:
    name = xid(namespace, value)
    text = xid_text(name)
    assert len(text) == 30
    assert parse_xid(text) == name


@pytest.mark.parametrize(
    "text",
    ["", "C-1001", "A" * 29, "A" * 31, "é" * 30, "A" * 29 + "=", "A" * 29 + "/", "A" * 29 + "B"],
)
def test_other_texts_are_no_xid(text: str) -> None:
    assert parse_xid(text) is None


def test_an_identity_has_another_id_in_each_sandbox() -> None:
    name = xid(6, "a@b.example")
    assert len(identity_id(1, name)) == 16
    assert identity_id(1, name) == identity_id(1, name)
    assert identity_id(1, name) != identity_id(2, name)


def test_ids_stay_the_same_for_ever() -> None:
    name = xid(6, "ida@example.test")
    digest = hashlib.blake2b(name, digest_size=16, person=(3).to_bytes(2, "big")).digest()
    assert identity_id(3, name) == digest


def test_a_lone_surrogate_has_no_xid() -> None:
    with pytest.raises(UnicodeEncodeError):
        xid(6, "\ud800")
