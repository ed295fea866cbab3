"""A whole product, started as `make up` starts it, for tests that are its clients."""

from collections.abc import Iterator

import pytest

from core.launcher.testing import Product, start_product


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Started once for all tests of this folder."""
    with start_product(tmp_path_factory.mktemp("product")) as product:
        yield product
