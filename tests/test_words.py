"""Words that are made of others: names of cells, hints, yes and no, the end of a command that failed."""

import argparse
import errno

import numpy as np
import pytest

from hecon import failures
from hecon.analysis.health import FAIL, PASS
from hecon.arguments import _knots
from hecon.errors import HeconError, did_you_mean
from hecon.excel.addresses import range_name
from hecon.inputs.template import _plain
from hecon.measured import Measure
from hecon.report.equations.notation import Words, number
from hecon.verification.record import NotApplicable, agree, at_most


def test_a_name_of_an_input_is_no_address_of_a_cell():
    taken: set[str] = set()
    names = [range_name(words, taken) for words in ("a1", "A1", "xfd12", "r1c1", "2 drugs", "?", "drug price")]
    assert names == ["a1_", "a1__2", "xfd12_", "r1c1_", "input_2_drugs", "input", "drug_price"]
    assert set(names) == taken


def test_a_name_as_long_as_a_page_is_nothing_that_was_meant():
    assert did_you_mean("weibul" * 100, ["weibull"]) == ""


def test_yes_and_no_and_lists_are_written_as_people_type_them():
    assert [_plain(value) for value in (True, np.False_, [1, 2], np.float64(2.5), float("nan"), "", None)] == [
        "yes", "no", "1, 2", 2.5, None, None, None,
    ]  # fmt: skip


def test_knots_of_splines_are_whole_numbers_from_1_to_4_or_0_for_none():
    assert (_knots("1, 2"), _knots("0")) == ((1, 2), ())
    for text in ("", "5", "1.5", "two", "-1"):
        with pytest.raises(argparse.ArgumentTypeError, match="must be whole numbers from 1 to 4, such as 1,2; or 0"):
            _knots(text)


def test_a_number_that_is_none_is_undefined_on_paper():
    assert number(float("nan")) == Words("undefined")


def test_a_sum_of_two_units_that_clash_stays_one():
    money, time = Measure({"money": 1}, text="cost"), Measure({"time": 1}, text="years")
    clash = money.plus(time)
    assert clash.clash == "cost + years"
    assert clash.plus(money) is clash
    assert money.plus(clash) is clash
    assert money.plus(money).clash == ""


def test_answers_of_the_battery_say_what_they_found():
    assert agree([1, 2], [1, 2.5], what="costs").found == "costs: 2 where 2.5 was expected"
    assert agree([1, 2], [1, 2]).found == "equal"
    assert at_most([1, 2], [1, 2], "EVSI above the EVPI").verdict == PASS
    assert at_most([1, 3], [1, 2], "EVSI above the EVPI").verdict == FAIL
    for compare in (lambda: agree([], []), lambda: at_most([], [], "")):
        with pytest.raises(NotApplicable, match="there is nothing to compare"):
            compare()


def test_what_ends_a_command_is_one_line_and_a_status(monkeypatch, capsys):
    stopped = []
    monkeypatch.setattr(failures, "_stop_output", lambda: stopped.append(True))
    assert failures.failed(BrokenPipeError(), debug=False) == failures.OK
    assert len(stopped) == 1
    full = OSError(errno.ENOSPC, "No space left on device")
    for error, words in (
        (full, "hecon: the output cannot be written: No space left on device\n"),
        (OSError(errno.ENAMETOOLONG, "Too long", "a.csv"), "hecon: a.csv cannot be read or written: Too long"),
        (MemoryError("3 GiB"), "hecon: this computer has not enough memory for it (3 GiB); fewer draws"),
        (HeconError("no such thing"), "hecon: no such thing\n"),
    ):
        assert failures.failed(error, debug=False) == failures.BAD_INPUT
        assert capsys.readouterr().err.startswith(words)
    assert len(stopped) == 2  # a full output is not written to again
    assert failures.failed(KeyboardInterrupt(), debug=False) == failures.INTERRUPTED
    assert capsys.readouterr().err == "\nhecon: interrupted; nothing was written\n"
