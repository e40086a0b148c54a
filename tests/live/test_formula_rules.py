"""Rules of a formula: every function has an example, and every fault is found in a formula made to have it."""

from __future__ import annotations

import math
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from formula_rules import LONGEST, PLAIN, PREFIXED, VOLATILE, Surroundings, formula_faults, is_cell
from libreoffice import needs_libreoffice, recalculated
from workbook_faults import faults_of

AROUND = Surroundings(
    frozenset({"first", "second sheet"}),
    {"os_1": "First!$A$1", "column_1": "First!$A$1:$A$9", "both": "'Second sheet'!$A$1:$B$1"},
)

#: A formula with each function, and its value from another source than a spreadsheet: by hand, or from scipy.
EXAMPLES = {
    "ABS(-2)": 2,
    "ACOS(0.5)": math.pi / 3,
    "AND(TRUE,1>2)": False,
    "ASIN(0.5)": math.pi / 6,
    "ATAN(1)": math.pi / 4,
    "AVERAGE(1,2,6)": 3,
    "AVERAGEIF(D1:D3,\">1\")": 2.5,
    "AVERAGEIFS(D1:D3,D1:D3,\"<3\")": 1.5,
    "BETADIST(0.3,2,3)": 0.3483,
    "BETAINV(0.3483,2,3)": 0.3,
    "CHOOSE(2,5,6)": 6,
    "COLUMN(C1)": 3,
    "COLUMNS(D1:F1)": 3,
    "COMBIN(5,2)": 10,
    'CONCATENATE("a","b")': "ab",
    "COS(0)": 1,
    "COSH(1)": math.cosh(1),
    "COUNT(D1:D3)": 3,
    "COUNTA(D1:D3)": 3,
    'COUNTIF(D1:D3,">1")': 2,
    'COUNTIFS(D1:D3,">1",D1:D3,"<3")': 1,
    "ERF(0.5)": math.erf(0.5),
    "ERFC(0.5)": math.erfc(0.5),
    'EXACT("a","A")': False,
    "EXP(1)": math.e,
    "EXPONDIST(2,0.5,TRUE)": 1 - math.exp(-1),
    "FACT(5)": 120,
    "FALSE()": False,
    'FIND("b","abc")': 2,
    "GAMMADIST(2,1,2,TRUE)": 1 - math.exp(-1),
    "GAMMAINV(0.5,1,2)": 2 * math.log(2),
    "GAMMALN(5)": math.log(24),
    "HLOOKUP(1,D1:E2,2,FALSE)": 2,
    "IF(1>2,3,4)": 4,
    "IFERROR(1/0,7)": 7,
    "INDEX(D1:D3,2)": 2,
    "INT(-1.5)": -2,
    "ISBLANK(Z99)": True,
    "ISERROR(1/0)": True,
    "ISNA(1)": False,
    "ISNUMBER(1)": True,
    'ISTEXT("a")': True,
    "LARGE(D1:D3,1)": 3,
    'LEFT("abc",2)': "ab",
    'LEN("abc")': 3,
    "LN(10)": math.log(10),
    "LOG(8,2)": 3,
    "LOG10(1000)": 3,
    "LOGINV(0.5,1,2)": math.e,
    "LOGNORMDIST(EXP(1),1,2)": 0.5,
    "LOOKUP(2.5,D1:D3)": 2,
    'LOWER("A")': "a",
    "MATCH(3,D1:D3,0)": 3,
    "MAX(1,2)": 2,
    "MEDIAN(1,5,2)": 2,
    'MID("abc",2,1)': "b",
    "MIN(1,2)": 1,
    "MOD(-1,3)": 2,
    "NORMDIST(1,1,2,TRUE)": 0.5,
    "NORMINV(0.5,1,2)": 1,
    "NOT(TRUE)": False,
    "OR(TRUE,FALSE)": True,
    "PERCENTILE(D1:D3,0.25)": 1.5,
    "PI()": math.pi,
    "POWER(2,3)": 8,
    "PRODUCT(2,3)": 6,
    "RANK(3,D1:D3)": 1,
    'REPT("a",3)': "aaa",
    'RIGHT("abc",2)': "bc",
    "ROUND(2.5,0)": 3,
    "ROUNDDOWN(2.9,0)": 2,
    "ROUNDUP(2.1,0)": 3,
    "ROW(A7)": 7,
    "ROWS(D1:D3)": 3,
    'SEARCH("B","abc")': 2,
    "SIGN(-3)": -1,
    "SIN(PI()/2)": 1,
    "SINH(1)": math.sinh(1),
    "SMALL(D1:D3,1)": 1,
    "SQRT(9)": 3,
    "STDEV(1,2,3)": 1,
    "STDEVP(1,3)": 1,
    'SUBSTITUTE("aXb","X","-")': "a-b",
    "SUM(D1:D3)": 6,
    'SUMIF(D1:D3,">1")': 5,
    'SUMIFS(D1:D3,D1:D3,">1")': 5,
    "SUMPRODUCT(D1:D3,D1:D3)": 14,
    "SUMSQ(1,2)": 5,
    "TAN(PI()/4)": 1,
    "TANH(1)": math.tanh(1),
    'TEXT(0.5,"0%")': "50%",
    'TRIM(" a ")': "a",
    "TRUE()": True,
    "TRUNC(-1.5)": -1,
    'UPPER("a")': "A",
    'VALUE(SUBSTITUTE("1.5",".",MID(1/2,2,1)))': 1.5,
    "VAR(1,2,3)": 1,
    "VARP(1,3)": 1,
    "VLOOKUP(2,D1:E3,1,FALSE)": 2,
    "WEIBULL(2,1,2,TRUE)": 1 - math.exp(-1),
    "BETA.DIST(0.3,2,3,TRUE)": 0.3483,
    "BETA.INV(0.3483,2,3)": 0.3,
    "ERF.PRECISE(0.5)": math.erf(0.5),
    "ERFC.PRECISE(0.5)": math.erfc(0.5),
    "EXPON.DIST(2,0.5,TRUE)": 1 - math.exp(-1),
    "GAMMA.DIST(2,1,2,TRUE)": 1 - math.exp(-1),
    "GAMMA.INV(0.5,1,2)": 2 * math.log(2),
    "GAMMALN.PRECISE(5)": math.log(24),
    "LOGNORM.DIST(EXP(1),1,2,TRUE)": 0.5,
    "LOGNORM.INV(0.5,1,2)": math.e,
    "NORM.DIST(1,1,2,TRUE)": 0.5,
    "NORM.INV(0.5,1,2)": 1,
    "NORM.S.DIST(0,TRUE)": 0.5,
    "NORM.S.INV(0.975)": 1.959963984540054,
    "PERCENTILE.INC(D1:D3,0.25)": 1.5,
    "RANK.EQ(3,D1:D3)": 1,
    "STDEV.P(1,3)": 1,
    "STDEV.S(1,2,3)": 1,
    "VAR.P(1,3)": 1,
    "VAR.S(1,2,3)": 1,
    "WEIBULL.DIST(2,1,2,TRUE)": 1 - math.exp(-1),
}  # fmt: skip


def function_of(example: str) -> str:
    return example.split("(")[0]


def examples_workbook(path: Path) -> Path:
    with xlsxwriter.Workbook(path, {"use_future_functions": True}) as book:
        sheet = book.add_worksheet("First")
        for row in range(3):
            sheet.write_row(row, 3, [row + 1, 10 * (row + 1)])
        for row, (example, value) in enumerate(EXAMPLES.items()):
            sheet.write_formula(row, 0, f"={example}", None, value)
    return path


def test_each_function_has_an_example() -> None:
    assert sorted(map(function_of, EXAMPLES)) == sorted(PLAIN | PREFIXED)
    assert not VOLATILE & (PLAIN | PREFIXED)


@needs_libreoffice
def test_libreoffice_has_each_function(tmp_path: Path) -> None:
    (values,) = recalculated([examples_workbook(tmp_path / "x.xlsx")])
    for row, (example, value) in enumerate(EXAMPLES.items()):
        found = values["First"][f"A{row + 1}"]
        assert found == (pytest.approx(value, rel=1e-12) if isinstance(value, float) else value), example


def test_functions_are_prefixed_as_another_list_prefixes_them(tmp_path: Path) -> None:
    """XlsxWriter has its own list of functions that came after Excel 2007."""
    sheet = openpyxl.load_workbook(examples_workbook(tmp_path / "x.xlsx"))["First"]
    written = {function_of(example): sheet.cell(row, 1).value for row, example in enumerate(EXAMPLES, start=1)}
    assert {name for name, formula in written.items() if formula.startswith("=_xlfn.")} == PREFIXED
    assert faults_of(tmp_path / "x.xlsx") == []


@pytest.mark.parametrize(
    "formula",
    [
        "A1*2",
        "-(A1^2)",
        "(-A1)^2",
        "2^-A1",
        "A1--(B1^2)",
        "os_1*First!$B$2",
        "'Second sheet'!A1/100%",
        "SUM(A1:A9)+SUM(column_1)",
        "SUMPRODUCT(A1:A9,B1:B9)",
        "SUMPRODUCT((A1:A9>2)*EXP(B1:B9))",
        "IF(A1>0,SUMPRODUCT(A1:A9*column_1),0)",
        "INDEX(A1:A9,MATCH(B1,column_1,0))",
        "SUM(A:A,2:2)",
        "IF(A1>0,,1)",
        'IF(A1="=-x^2","NOW()",PI())',
        "A1:A1*2",
        "-5*(A1-1)",
    ],
)
def test_good_formulas(formula: str) -> None:
    assert formula_faults(formula, AROUND) == []


@pytest.mark.parametrize(
    ("formula", "fault"),
    [
        ("NORM.S.DIST(A1,TRUE)", "NORM.S.DIST must be written as _xlfn.NORM.S.DIST"),
        ("_xlfn.SUM(A1,A2)", "SUM must be written without _xlfn."),
        ("_xlfn.IFS(A1>2,3)", "IFS is not among the functions"),
        ("LET(x,1,x)", "LET is not among the functions"),
        ("_xlfn.CHISQ.DIST.RT(A1,1)", "CHISQ.DIST.RT is not among the functions"),
        ("my_macro(A1)", "MY_MACRO is not among the functions"),
        *((f"1+{name}()", f"{name} is volatile") for name in sorted(VOLATILE)),
        ("=1+1", "text that begins with = is stored as a formula"),
        ("+44 20", "text that begins with + is stored as a formula"),
        ("@home", "text that begins with @ is stored as a formula"),
        ("-5 mg", "is not a formula"),
        ("A1 A2", "is not a formula"),
        ("1+", "is not a formula"),
        ("A1*/2", "is not a formula"),
        ("(A1", "is not a formula"),
        ("SUM((),1)", "is not a formula"),
        ("", "is not a formula"),
        ("cmd|'/c calc'!A1", "cannot be read"),
        ("-survival", "'survival' is neither a cell nor a defined name"),
        ("XFE1+1", "'XFE1' is neither a cell nor a defined name"),
        ("A1048577", "'A1048577' is neither a cell nor a defined name"),
        ("Third!A1", "there is no sheet 'Third'"),
        ("[1]First!A1", "there is no sheet '[1]First'"),
        ("1+#REF!", "holds the error #REF!"),
        ("SUM({1,2})", "holds an array constant"),
        ("A1:A9*2", "the range A1:A9 stands where one value is expected"),
        ("column_1", "the range column_1 stands where one value is expected"),
        ("both+1", "the range both stands where one value is expected"),
        ("EXP(A1:A9)", "the range A1:A9 stands where one value is expected"),
        ("SUM(A1:A9*B1)", "the range A1:A9 stands where one value is expected"),
        ("SUMPRODUCT(IF(A1:A9>1,1,0))", "the range A1:A9 stands where one value is expected"),
        ("SUM(A:A*2)", "the range A:A stands where one value is expected"),
        ("SUM(A1:INDEX(A1:A9,3))", "a range that a function ends"),
        ("A1--B1^2", "-a^b is (-a)^b"),
        ("-A1^2", "-a^b is (-a)^b"),
        ("EXP(-(A1/B1)^2)", "-a^b is (-a)^b"),
        ("2*-EXP(A1)^2", "-a^b is (-a)^b"),
    ],
)
def test_bad_formulas(formula: str, fault: str) -> None:
    found = formula_faults(formula, AROUND)
    assert any(fault in line for line in found), found


def test_a_formula_of_just_the_length() -> None:
    formula = "A1+" * 99 + "A1"
    assert len(formula) == LONGEST - 1
    assert formula_faults(formula, AROUND) == []
    assert formula_faults(formula.replace("A1", "A10", 1), AROUND) == ["301 characters, more than 300"]


@pytest.mark.parametrize(
    ("word", "cell"),
    [("OS1", True), ("pfs1", True), ("XFD1048576", True), ("XFE1", False), ("A1048577", False), ("os_1", False)],
)
def test_cells(word: str, cell: bool) -> None:
    assert is_cell(word) is cell
