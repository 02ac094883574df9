import pytest

from tests.crm.shop import CrmShop


@pytest.fixture
def shop() -> CrmShop:
    return CrmShop()
