import pytest
from three_arms import make_inputs, outcome

import hecon as he
from hecon.analysis.scenarios import run_scenarios


@pytest.fixture(scope="session")
def inputs() -> he.Inputs:
    return make_inputs()


@pytest.fixture(scope="session")
def result(inputs) -> he.Result:
    return he.run(inputs.base_case(outcome))


@pytest.fixture(scope="session")
def scenarios(inputs) -> dict[str, he.Result]:
    return run_scenarios(inputs, model=outcome)


@pytest.fixture(scope="session")
def batch(inputs) -> he.Result:
    return he.run(inputs.draws(50, seed=1, model=outcome))


@pytest.fixture(scope="session")
def suite() -> he.Suite:
    """Every analysis of the three arms, with few draws."""
    return he.run_suite(make_inputs(draws=300, sobol_samples=64), model=outcome)
