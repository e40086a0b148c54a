"""Slips that a type checker must find, each on a line that says so; this file is never run."""

import numpy as np

import hecon as he

inputs = he.read_workbook("model.xlsx")
case = inputs.base_case()
draws = np.ones((10, 2))
curve = he.Exponential(0.1)

he.runn(case)  # wrong
he.run("model.xlsx")  # wrong
he.run(case, blok=100)  # wrong
he.read_workbook(2026)  # wrong
he.Exponential()  # wrong
he.Weibull("1.2", 4.0)  # wrong
he.HazardRatio(0.7, curve)  # wrong
he.one_way(3, horizon=3)  # wrong
he.sensitivity.sobol(inputs, n="1024")  # wrong
he.run_psa(inputs, draws="many")  # wrong
he.Settings(horizon=(1.0, 3.0))  # wrong
he.write_workbook("results.xlsx", he.run(case))  # wrong
he.value.ceac(draws, draws)  # wrong
he.value.evpi(draws, draws, 50_000, populations=10)  # wrong
case.with_setting(cycle_length=1)  # wrong
he.survival.Gompertz(rate=0.1)  # wrong
he.sensitivity.value_based_price(inputs, "drug_price", strategy=3)  # wrong
he.run_suite(inputs).psa.total  # wrong
he.run_suite(inputs).sobol.ranked(index=3)  # wrong
he.sensitivity.global_sensitivity(inputs, ["a", "b"])  # wrong
he.Case(case.model, {"rate": 0.1}, {"strategy": 2})  # wrong
he.write_workbook(he.run(case), "results.xlsx", psa=3)  # wrong
he.write_workbook(he.run(case), "results.xlsx", tornado=he.one_way(inputs))  # wrong
he.value.evsi(he.run(case), willingness_to_pay="high")  # wrong
