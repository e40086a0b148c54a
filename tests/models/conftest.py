import pytest
from shipped_workbooks import WORKBOOKS, read


@pytest.fixture(params=WORKBOOKS)
def inputs(request):
    return read(request.param)


@pytest.fixture
def pd_inputs():
    return read("isa_dara_pd_us")


@pytest.fixture
def kd_inputs():
    return read("isa_dara_kd_us")
