"""The analyses of a CSV file from another tool, and what is said of a file that is wrong."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hecon.analysis.psa import file
from hecon.analysis.psa.file import groups_from, psa_tables, read_psa
from hecon.analysis.value.decision import ceac
from hecon.analysis.value.evppi import evppi
from hecon.analysis.value.perfect_information import evpi
from hecon.errors import HeconError, InputError, UnknownNameError

HEAD = "cost_old,cost_new,qaly_old,qaly_new,price"
ROWS = ["10,30,1,2,5", "11,40,1,2,6", "12,35,1,3,7"]


@pytest.fixture
def write(tmp_path):
    def write(*lines, name="psa.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding=encoding)
        return path

    return write


@pytest.fixture(scope="module")
def frame():
    stream = np.random.default_rng(6)
    table = pd.DataFrame({"price": stream.gamma(20, 5, 800), "response": stream.beta(4, 6, 800)})
    table["cost_A"], table["cost_B"] = 1000.0, 1000 + 300 * table.price
    table["qaly_A"], table["qaly_B"] = 1.0, 1 + table.response
    return table


def test_tables_are_those_of_the_arrays(frame, tmp_path):
    path = tmp_path / "psa.csv"
    frame.to_csv(path, index=False)
    costs, effects = frame[["cost_A", "cost_B"]].to_numpy(), frame[["qaly_A", "qaly_B"]].to_numpy()
    tables = psa_tables(path, [50_000, 90_000], groups={"both": ["price", "response"]}, population=1000)
    pd.testing.assert_frame_equal(tables["evpi"], evpi(costs, effects, [50_000, 90_000], 1000, ["A", "B"]))
    expected = evppi(costs, effects, frame, {"both": ["price", "response"]}, [50_000, 90_000], population=1000)
    # Older pandas reads the last bit of a number otherwise than it was written, and a fit makes more of it.
    pd.testing.assert_frame_equal(tables["evppi"], expected, rtol=1e-3)
    curve = tables["ceac"]
    assert curve.willingness_to_pay.min() == 0
    assert curve.willingness_to_pay.max() == 180_000
    part = curve[curve.willingness_to_pay == 50_000].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, ceac(costs, effects, 50_000, ["A", "B"]))
    assert set(tables) == {
        "incremental_analysis", "net_benefit", "plane", "expected_loss", "evpi", "evppi", "ceac", "ceaf", "evpi_curve",
    }  # fmt: skip
    assert tables["incremental_analysis"].cost.tolist() == pytest.approx(costs.mean(axis=0).tolist())
    assert psa_tables(path, 50_000)["evppi"].group.tolist() == ["price", "response"]
    with pytest.raises(UnknownNameError, match="group 'prices': there is no input 'prise'"):
        psa_tables(path, 50_000, groups=groups_from(["prices=prise"]))


def test_reading_by_name_in_any_order(write):
    path = write("e_max,qaly_new,cost_new,e_old,Cost_old,price", "7,2,30,1,10,5", "8,2,40,1,11,6")
    psa = read_psa(path)
    assert psa.strategies == ("new", "old")
    np.testing.assert_array_equal(psa.costs, [[30, 10], [40, 11]])
    np.testing.assert_array_equal(psa.effects, [[2, 1], [2, 1]])
    assert list(psa.parameters) == ["e_max", "price"]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_and_a_byte_order_mark(write, separator):
    psa = read_psa(write(*(line.replace(",", separator) for line in [HEAD, *ROWS]), encoding="utf-8-sig"))
    assert psa.strategies == ("old", "new")
    np.testing.assert_array_equal(psa.parameters.price, [5, 6, 7])


def test_numbers_of_draws_and_text_are_left_out_and_named(write):
    lines = [HEAD + ",draw,note", *(f"{row},{i},ok" for i, row in enumerate(ROWS))]
    psa = read_psa(write(*lines))
    assert psa.ignored == ("draw", "note")
    assert list(psa.parameters) == ["price"]
    # a column that only looks like it by its name is an input
    assert list(read_psa(write(HEAD + ",n", *(f"{row},{3 - i}" for i, row in enumerate(ROWS)))).parameters) == [
        "price",
        "n",
    ]
    quoted = read_psa(write('"",' + HEAD, *(f'"{i + 1}",{row}' for i, row in enumerate(ROWS))))
    assert quoted.ignored == ("",)


def test_every_wrong_cell_is_named_by_row_and_column(write):
    path = write(HEAD, "10,30,1,2,5", "11,,1,2,x", "12,inf,NA,2,6", "", "12,3,1,2,7")
    with pytest.raises(InputError) as caught:
        read_psa(path)
    found = {fault.where: fault.what for fault in caught.value.faults}
    assert found == {
        "row 3, cost_new": "is empty; every draw needs a number",
        "row 3, price": "'x' is not a number",
        "row 4, cost_new": "is inf; every draw needs a finite number",
        "row 4, qaly_old": "'NA' is not a number",
        "row 5": "is empty",
    }


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_decimal_commas_where_the_separator_is_another(write, separator):
    rows = ["10,5;30;1,25;2;-5,5e-1", "11;40,25;1;2;6"]
    psa = read_psa(write(*(line.replace(";", separator) for line in [HEAD.replace(",", ";"), *rows])))
    np.testing.assert_array_equal(psa.costs, [[10.5, 30], [11, 40.25]])
    np.testing.assert_array_equal(psa.effects, [[1.25, 2], [1, 2]])
    assert psa.parameters.price.tolist() == [-0.55, 6]


def test_decimal_commas_beside_decimal_points_are_faults(write):
    path = write(HEAD.replace(",", ";"), "10.5;30;1;2,5;5", "10;30;1;2;5")
    with pytest.raises(InputError, match=r"row 2, qaly_new +'2,5' has a decimal comma; write a decimal point in every"):
        read_psa(path)
    with pytest.raises(InputError, match=r"row 2, qaly_new +'2,5' has a decimal comma"):
        read_psa(write(HEAD, '10,30,1,"2,5",5', ROWS[0]))


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("Cost_Old,Cost_New,QALY_Old,QALY_New", ("Old", "New")),
        ("cost old,cost new,qaly old,qaly new", ("old", "new")),
        ("Costs.old,Costs.new,Effects.old,Effects.new", ("old", "new")),
        ("old_cost,new_cost,old_qaly,new_qaly", ("old", "new")),
        ("old cost,new cost,old QALYs,new QALYs", ("old", "new")),
        ("Cost (old),Cost (new),QALYs (old),QALYs (new)", ("old", "new")),
        ("old (cost),new (cost),old (effect),new (effect)", ("old", "new")),
        ("total_cost_old,total_cost_new,total_qaly_old,total_qaly_new", ("old", "new")),
        ("c.old,c.new,e.old,e.new", ("old", "new")),
        ("c1,c2,e1,e2", ("1", "2")),
        ("Cost1,Cost2,Effect1,Effect2", ("1", "2")),
        ("cost_Isa-Pd,cost_new drug,qaly_isa_pd,qaly_New.Drug", ("Isa-Pd", "new drug")),
    ],
)
def test_names_as_other_tools_write_them(write, head, names):
    psa = read_psa(write(head + ",price,e_max", "10,30,1,2,5,6", "11,40,1,2,6,7"))
    assert psa.strategies == names
    np.testing.assert_array_equal(psa.costs, [[10, 30], [11, 40]])
    np.testing.assert_array_equal(psa.effects, [[1, 2], [1, 2]])
    assert list(psa.parameters) == ["price", "e_max"]


def test_inputs_that_are_called_cost_too(write):
    path = write("cost_visit,cost_old,cost_new,qaly_old,qaly_new,qaly_loss", "7,10,30,1,2,5", "8,11,40,1,2,6")
    with pytest.raises(InputError) as caught:
        read_psa(path)
    assert "If 'cost_visit' is an input, name the strategies (hecon voi --strategies)" in str(caught.value)
    assert "column 'qaly_loss' has no column cost_loss" in str(caught.value)
    psa = read_psa(path, ["New", "old"])
    assert psa.strategies == ("New", "old")
    np.testing.assert_array_equal(psa.costs[0], [30, 10])
    assert list(psa.parameters) == ["cost_visit", "qaly_loss"]
    with pytest.raises(InputError, match="there is no column cost_other"):
        read_psa(path, ["old", "other"])
    assert psa_tables(path, 10, strategies=["old", "new"])["evppi"].group.tolist() == ["cost_visit", "qaly_loss"]


def test_lines_that_say_what_a_file_is_are_passed_over_and_counted(write):
    psa = read_psa(write("# made by a model", "# seed: 7", HEAD, *ROWS))
    assert psa.costs.shape == (3, 2)
    with pytest.raises(InputError, match=r"row 5, price +'x' is not a number"):
        read_psa(write("# made by a model", "# seed: 7", HEAD, ROWS[0], "1,2,3,4,x"))


def test_one_row_a_draw_and_strategy_is_another_shape(write):
    with pytest.raises(InputError, match="One row a draw is needed, with a column of costs and one of effects"):
        read_psa(write("draw,strategy,cost,qaly", "1,A,10,2", "1,B,20,3"))


def test_many_wrong_cells_are_counted(write):
    with pytest.raises(InputError, match=r"and +20 more cells"):
        read_psa(write(HEAD, *["10,30,1,2,"] * 30, ROWS[0]))


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("qaly_old,qaly_new,price", r"no column is called cost_<strategy>; the columns are qaly_old"),
        ("cost_old,cost_new,qaly_old", "strategy 'new' has costs but no column qaly_new. If 'cost_new' is an input"),
        (
            "cost_old,cost_new,qaly_old,qaly_nwe",
            "strategy 'new' has costs but no column qaly_new. Did you mean 'qaly_nwe'",
        ),
        ("cost_old,qaly_old,effect_old", "more than one column of effects: qaly_old, effect_old"),
        ("cost_old,qaly_old,effect_new", "'effect_new' has no column cost_new"),
        ("cost_old,qaly_old,price,price", "the name 'price' is used 2 times"),
        ("cost_,qaly_", "names no strategy"),
        ("cost_old,Cost old,qaly_old", "more than one column of costs: cost_old, Cost old"),
    ],
)
def test_wrong_names(write, head, message):
    row = ",".join("1" for _ in head.split(","))
    with pytest.raises(InputError, match=message):
        read_psa(write(head, row, row))


def test_wrong_files(write, tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_psa(tmp_path / "absent.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_psa(tmp_path)
    with pytest.raises(InputError, match="is empty"):
        read_psa(write("", ""))
    with pytest.raises(InputError, match="there are 1; an analysis needs at least 2 draws"):
        read_psa(write(HEAD, ROWS[0]))
    with pytest.raises(InputError, match=r"row 3 +has more cells than the 5 names of row 1"):
        read_psa(write(HEAD, ROWS[0], ROWS[1] + ",9"))
    with pytest.raises(InputError, match=r"row 3 +has more cells than the 5 names of row 1"):
        read_psa(write(HEAD, ROWS[0], ROWS[1] + ",9,9"))
    with pytest.raises(InputError, match="has more cells than the 5 names"):
        read_psa(write(HEAD, *(row + ",9" for row in ROWS)))
    with pytest.raises(InputError, match=r"row 3, price +is empty"):
        read_psa(write(HEAD, ROWS[0], "1,2,3,4", ROWS[1]))
    (tmp_path / "book.csv").write_bytes(b"PK\x03\x04 something")
    with pytest.raises(InputError, match="is an Excel workbook"):
        read_psa(tmp_path / "book.csv")
    (tmp_path / "latin.csv").write_bytes(HEAD.encode() + b"\n\xe9")
    with pytest.raises(InputError, match="is not UTF-8 text"):
        read_psa(tmp_path / "latin.csv")


def test_a_file_without_inputs_has_no_evppi(write):
    path = write("cost_a,qaly_a", "1,2", "2,3")
    tables = psa_tables(path, 10)
    assert "evppi" not in tables
    assert "plane" not in tables
    with pytest.raises(InputError, match="no sampled input"):
        psa_tables(path, 10, groups=["x"])


def test_groups_as_texts():
    assert groups_from(["a = b, c", "d"]) == {"a": ["b", "c"], "d": ["d"]}
    for wrong, message in (["a="], "names no input"), (["=b"], "names no input"), (["a", "a=b"], "twice"):
        with pytest.raises(HeconError, match=message):
            groups_from(wrong)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize(("mark", "plain"), [(".", "1.5 or 1500"), (",", "1.5 or 1500")])
def test_a_mark_that_may_be_thousands_is_refused_with_both_readings(write, separator, mark, plain):
    lines = [HEAD.replace(",", separator)]
    lines += [
        separator.join([f"1{mark}500", f"22{mark}250", "1", "2", "5"]),
        separator.join(["800", "30", "1", "2", "6"]),
    ]
    with pytest.raises(InputError, match=f"may mean {plain}; save it"):
        read_psa(write(*lines))
    lines[1] = lines[1].replace("22" + mark + "250", "22" + mark + "25")
    assert read_psa(write(*lines)).costs[0].tolist() == [1.5, 22.25]


def test_small_numbers_with_three_decimals_are_beyond_doubt(write):
    assert read_psa(write(HEAD.replace(",", ";"), "1.500;2;0.125;2;5", "3;4;0.250;2;6")).costs[0, 0] == 1.5


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [line + ",,," for line in lines],
        lambda lines: [*lines, ",,,,", ",,,,", ""],
        lambda lines: ["sep=;", *(line.replace(",", ";") for line in lines)],
        lambda lines: ['"sep=,"', *lines],
        lambda lines: [f",{line}," for line in lines],
    ],
)
def test_what_excel_leaves_behind_is_no_content(write, change):
    plain = read_psa(write(HEAD, *ROWS, name="plain.csv"))
    found = read_psa(write(*change([HEAD, *ROWS])))
    np.testing.assert_array_equal(found.costs, plain.costs)
    pd.testing.assert_frame_equal(found.parameters, plain.parameters)
    assert found.ignored == plain.ignored


def test_numbers_in_a_column_without_a_name_are_a_fault(write):
    with pytest.raises(InputError, match=r"row 1 +column F has no name"):
        read_psa(write(HEAD + ",,", *(row + f",{3 * number},{7 * number}" for number, row in enumerate(ROWS))))


def test_rows_are_counted_below_excels_own_line(write):
    with pytest.raises(InputError, match=r"row 3, cost_old +'x' is not a number"):
        read_psa(write("sep=,", HEAD, "x,30,1,2,5", *ROWS))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no such device")
def test_a_device_and_a_file_that_is_far_too_large_are_not_read(write, monkeypatch):
    with pytest.raises(InputError, match="cannot be read: it is a folder, a device or a pipe"):
        read_psa("/dev/zero")
    monkeypatch.setattr(file, "LARGEST_DRAWS", 1)
    with pytest.raises(InputError, match="at most 0 MB are read"):
        read_psa(write("cost_a,qaly_a\n1,2\n"))


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("1_000", "'1_000' is not a number"),  # as Python writes it
        ("\u0665", "'\u0665' is not a number"),  # a digit, of another script
        ("1e308", "is 1e+308; a number of at most 1e+100 is meant"),
        ("-1e150", "is -1e+150; a number of at most 1e+100 is meant"),
        ("9" * 400, "every draw needs a finite number"),
    ],
)
def test_what_is_a_number_elsewhere_is_named_too(write, cell, said):
    with pytest.raises(InputError) as caught:
        read_psa(write(HEAD, *ROWS[:2], f"12,35,1,3,{cell}"))
    (fault,) = caught.value.faults
    assert fault.where == "row 4, price"
    assert said in fault.what
    assert len(fault.what) < 300


def test_lines_may_end_as_old_macs_end_them(tmp_path):
    path = tmp_path / "psa.csv"
    path.write_bytes("\r".join([HEAD, *ROWS, ""]).encode())
    assert read_psa(path).costs.tolist() == [[10, 30], [11, 40], [12, 35]]


def test_a_name_without_an_end_is_a_fault(write):
    with pytest.raises(InputError, match="row 1"):
        read_psa(write('"' + "x" * 200_000 + f",{HEAD}", *ROWS))
