"""Every published model as an input workbook: written by `Case.to_workbook`, and read back to equal results."""

import numpy as np
import pytest
import test_conventions
import test_heemod_markov
import test_hesim_markov
import test_hesim_partitioned
import test_hip
import test_sick_sicker
from test_published_workbooks import NAMES, inputs

import hecon as he
from hecon.errors import HeconError

SICK = test_sick_sicker.VALUES


def of_draw(case, draw=3):
    """The case of one draw of a batch: a workbook has one value an input."""
    values = {name: array.isel(draw=draw) if "draw" in array.dims else array for name, array in case.values.items()}
    return he.Case(case.model, values, labels=case.labels, settings=case.settings)


MODELS = {
    **{f"workbook {name}": lambda name=name: inputs(name).base_case() for name in NAMES},
    **{f"heemod {name}": lambda name=name: test_heemod_markov.CASES[name] for name in test_heemod_markov.CASES},
    "hesim Markov": lambda: of_draw(test_hesim_markov.case()),
    "hesim partitioned, weibull": lambda: of_draw(test_hesim_partitioned.case("weibull")),
    "hesim partitioned, lognormal": lambda: of_draw(test_hesim_partitioned.case("lnorm")),
    "conventions": test_conventions.case,
    "hip replacement": test_hip.case,
    "Sick-Sicker": lambda: test_sick_sicker.case("sick_sicker", SICK),
    "Sick-Sicker by age": lambda: test_sick_sicker.case("sick_sicker_age", SICK | test_sick_sicker.BY_AGE),
    "Sick-Sicker by residence": test_sick_sicker.residence,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_a_model_reads_back_to_equal_results(name, tmp_path):
    case = MODELS[name]()
    again = he.read_workbook(case.to_workbook(tmp_path / "written.xlsx")).base_case(case.model)
    for setting, value in case.settings.as_dict().items():  # a cell holds 16 digits
        assert getattr(again.settings, setting) == (
            pytest.approx(value, rel=1e-15) if isinstance(value, float) else value
        )
    assert {dim: again.labels[dim] for dim in case.labels if dim != "family"} == {
        dim: labels for dim, labels in case.labels.items() if dim != "family"}  # fmt: skip
    before, after = he.run(case), he.run(again)
    assert [line.name for line in after.lines] == [line.name for line in before.lines]
    for kind, total in before.totals.items():
        np.testing.assert_allclose(after.totals[kind].values, total.values, rtol=1e-13, err_msg=kind)


def test_a_case_without_values_makes_no_workbook(tmp_path):
    def outcome(p, time):
        return he.Outcome(state := he.partition(time, overall=he.Exponential(0.1)), [
            he.life_years("Life years", he.years_in(time, state, "alive"))])  # fmt: skip

    with pytest.raises(HeconError, match="no values"):
        he.Case(outcome, {}, labels={"strategy": ["one"]}).to_workbook(tmp_path / "one.xlsx")
    assert not list(tmp_path.iterdir())
