"""The Sobol design and indices against SALib's own `sample` and `analyze`, on the workbook that is shipped."""

from pathlib import Path

import numpy as np
import pytest

import hecon as he
from hecon.analysis.sensitivity.measure import evaluate, measure
from hecon.analysis.sensitivity.salib.bridge import RESAMPLED, kept_apart, problem, salib
from hecon.analysis.sensitivity.salib.methods import METHODS
from hecon.analysis.sensitivity.sampled import design
from hecon.analysis.sensitivity.sobol import _players, varied

WORKBOOK = Path(__file__).resolve().parents[2] / "inputs" / "isa_dara_pd_us.xlsx"
SEED, N = 7, 32
KEYS = ("S1", "S1_conf", "ST", "ST_conf")


def by_salib(made, outcome):
    with kept_apart(SEED):
        return salib("analyze.sobol").analyze(
            problem(len(made.player_of), made.groups),
            outcome,
            calc_second_order=made.second_order,
            seed=np.random.default_rng([SEED, 1]),
            **RESAMPLED,
        )


def here(made, outcome):
    with kept_apart(SEED):
        return METHODS["sobol"].analyse(made, outcome, made.raw, np.random.default_rng([SEED, 1]))


def sampled_by_salib(made):
    with kept_apart(SEED):
        return salib("sample.sobol").sample(
            problem(len(made.player_of), made.groups),
            made.n,
            calc_second_order=made.second_order,
            seed=np.random.default_rng(SEED),
        )


def test_the_shipped_workbook_has_the_design_and_the_indices_of_salib():
    inputs = he.read_workbook(WORKBOOK)
    uncertainty, case = varied(inputs), inputs.base_case()
    made = design("sobol", *_players(inputs, uncertainty, None, "sobol"), N, SEED)
    assert len(made.players) > 10
    np.testing.assert_array_equal(made.raw, sampled_by_salib(made))
    wanted = [
        measure(case, name, None, None, None) for name in ("incremental_net_monetary_benefit", "incremental_cost")
    ]
    for outcomes in evaluate(case, uncertainty.rows, uncertainty.from_uniforms(made.uniforms), wanted):
        for outcome in outcomes.T:
            ours, theirs = here(made, np.ascontiguousarray(outcome)), by_salib(made, np.ascontiguousarray(outcome))
            for key in KEYS:
                np.testing.assert_allclose(ours[key], theirs[key], rtol=0, atol=1e-12, err_msg=key)


@pytest.mark.parametrize("player_of", [(0, 1, 2, 3), (0, 1, 0, 2, 2)])
@pytest.mark.parametrize("second_order", [False, True])
def test_groups_and_pairs_are_those_of_salib(player_of, second_order):
    players = [f"p{i}" for i in range(max(player_of) + 1)]
    made = design("sobol", players, player_of, 64, SEED, second_order=second_order)
    np.testing.assert_array_equal(made.raw, sampled_by_salib(made))
    outcome = 1000 + np.exp(made.raw @ np.arange(1.0, len(player_of) + 1)) * (1 + made.raw[:, 0] * made.raw[:, -1])
    ours, theirs = here(made, outcome), by_salib(made, outcome)
    for key in (*KEYS, *(("S2", "S2_conf") if second_order else ())):
        np.testing.assert_allclose(ours[key], theirs[key], rtol=0, atol=1e-12, err_msg=key)
