"""Every fault is found in a file made to have it, and a file without faults has none."""

from __future__ import annotations

import math
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from formula_rules import LONGEST, PLAIN, PREFIXED, VOLATILE, Surroundings, formula_faults, is_cell
from libreoffice import needs_libreoffice, recalculated
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula
from workbook_faults import faults_of

ROOT = Path(__file__).resolve().parents[2]
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


def small(path: Path, formula: str = "=A1*2", value: object = 3.0) -> Path:
    """Write a workbook without faults, but for what its one formula brings."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("First")
        sheet.write_number("A1", 1.5)
        sheet.write_formula("B1", formula, None, value)
        sheet.write_string("A2", "=1+1")
        sheet.write_string("A3", "@home")
        book.define_name("os_1", "=First!$A$1")
        sheet.data_validation("A1", {"validate": "list", "source": ["1.5", "2"]})
        sheet.data_validation("A4", {"validate": "decimal", "criteria": "<=", "value": "=os_1"})
        sheet.conditional_format("A1:A3", {"type": "formula", "criteria": "=$A1>1", "format": book.add_format()})
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=First!$A$1:$A$1"})
        sheet.insert_chart("D4", chart)
    return path


def altered(path: Path, part: str, old: str, new: str) -> Path:
    """Replace text inside one part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = parts[part].decode()
    assert old in text
    parts[part] = text.replace(old, new).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


BOOK, SHEET = "xl/workbook.xml", "xl/worksheets/sheet1.xml"


def test_a_file_without_faults(tmp_path: Path) -> None:
    assert faults_of(small(tmp_path / "x.xlsx")) == []
    assert faults_of(small(tmp_path / "y.xlsx", '=IF(A1>2,"large","small")', "small")) == []
    assert faults_of(small(tmp_path / "z.xlsx", "=A1>2", False)) == []


@pytest.mark.parametrize(
    ("formula", "value", "fault"),
    [
        ("=NOW()", 1.0, "First!B1  NOW is volatile"),
        ("=GAMMA.INV(0.5,1,2)", 1.0, "First!B1  GAMMA.INV must be written as _xlfn.GAMMA.INV"),
        ("=1/0", "#DIV/0!", "First!B1  holds the error #DIV/0!"),
        ("=A1", math.nan, "First!B1  the stored value nan is no finite number"),
        ("=A1", math.inf, "First!B1  the stored value inf is no finite number"),
        ("+44 20", 0.0, "First!B1  text that begins with + is stored as a formula"),
        ("=survival_1", 0.0, "First!B1  'survival_1' is neither a cell nor a defined name"),
    ],
)
def test_faults_of_a_formula_and_its_value(tmp_path: Path, formula: str, value: object, fault: str) -> None:
    assert faults_of(small(tmp_path / "x.xlsx", formula, value)) == [fault]


def test_a_label_stored_as_a_formula(tmp_path: Path) -> None:
    path = small(tmp_path / "x.xlsx", "=1+1", 2.0)
    assert faults_of(path) == []
    assert faults_of(path, texts=["=1+1", "drug"]) == ["First!B1  the text '1+1' is stored as a formula"]
    assert faults_of(small(tmp_path / "y.xlsx"), texts=["=1+1", "@home"]) == []


def test_a_formula_without_a_stored_value(tmp_path: Path) -> None:
    path = small(tmp_path / "x.xlsx")
    altered(path, SHEET, "<v>3.0</v></c>", "</c>")
    assert faults_of(path) == ["First!B1  the formula has no stored value"]
    assert faults_of(small(tmp_path / "y.xlsx", '=""', "")) == ["First!B1  the formula has no stored value"]


def test_each_row_of_a_filled_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("First")
        for row in range(1, 12):
            sheet.write_formula(row, 1, f"=A{row}*$A$1+{'NOW()' if row == 9 else row}", None, 0.0)
            sheet.write_formula(row, 2, f"=SUM(A{row}:A{row + 2})+A{row}:A{row + row // 11}", None, 0.0)
            sheet.write_formula(row, 3, f"=EXP(A{row})+price_{row}", None, 0.0)
        book.define_name("price_7", "=First!$A$1")
    found = faults_of(path)
    assert [fault for fault in found if "!B" in fault] == ["First!B10  NOW is volatile"]
    assert [fault.split()[0] for fault in found if "!C" in fault] == ["First!C12"]
    assert len([fault for fault in found if "!D" in fault]) == 10
    assert not any("!D8" in fault for fault in found)


def test_array_formulas(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("First")
        sheet.write_array_formula("A1:A2", "{=SUM(B1:B2*C1:C2)}", None, 0)
        sheet.write_dynamic_array_formula("D1:D1", "=SUM(B1:B2)", None, 0)
    found = faults_of(path)
    assert "First!A1  an array formula or data table" in found
    assert "First!D1  an array formula or data table" in found
    book = openpyxl.Workbook()
    book.active["A1"] = ArrayFormula("A1:A2", "=B1:B2*2")
    book.save(path)
    assert "Sheet!A1  an array formula or data table" in faults_of(path)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("OS1", "is the address of a cell"),
        ("PFS1", "is the address of a cell"),
        ("xfd1048576", "is the address of a cell"),
        ("R", "is a row or a column to Excel"),
        ("c", "is a row or a column to Excel"),
        ("R1C12", "is a row or a column to Excel"),
        ("TRUE", "is a value to Excel"),
        ("two words", "holds a character that a name must not hold"),
        ("1st", "holds a character that a name must not hold, or begins with a digit"),
        ("a-b", "holds a character that a name must not hold"),
        ("x" * 256, "has more than 255 characters"),
    ],
)
def test_illegal_names(tmp_path: Path, name: str, fault: str) -> None:
    book = openpyxl.Workbook()
    for legal in ("os_1", "XFE1", "hr_2.low", "größe", "_x", "rc_1", "\\a", "r_", "price"):
        book.defined_names[legal] = DefinedName(legal, attr_text="Sheet!$A$1")
    book.save(tmp_path / "x.xlsx")
    assert faults_of(tmp_path / "x.xlsx") == []
    book.defined_names[name] = DefinedName(name, attr_text="Sheet!$A$1")
    book.save(tmp_path / "x.xlsx")
    (found,) = faults_of(tmp_path / "x.xlsx")
    assert found.startswith(f"name '{name}'  ")
    assert fault in found


def test_names_that_lead_nowhere_or_are_there_twice(tmp_path: Path) -> None:
    path = altered(small(tmp_path / "x.xlsx"), BOOK, ">First!$A$1<", ">Gone!$A$1<")
    assert faults_of(path) == ["name 'os_1'  there is no sheet 'Gone'"]
    again = '<definedName name="OS_1">First!$A$1</definedName></definedNames>'
    path = altered(small(tmp_path / "y.xlsx"), BOOK, "</definedNames>", again)
    assert "name 'os_1'  is defined 2 times" in faults_of(path)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("x" * 32, "a sheet's name has 1 to 31 characters, this has 32"),
        ("a/b", "a sheet's name holds none of"),
        ("'a", "a sheet's name neither begins nor ends with an apostrophe"),
        ("History", "Excel keeps this name for itself"),
    ],
)
def test_illegal_sheet_names(tmp_path: Path, name: str, fault: str) -> None:
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        book.add_worksheet("First")
    found = faults_of(altered(tmp_path / "x.xlsx", BOOK, '"First"', f'"{name}"'))
    assert any(line.startswith(f"sheet '{name}'  {fault}") for line in found), found


def test_two_sheets_of_one_name(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        book.add_worksheet("First")
        book.add_worksheet("Second")
    assert faults_of(altered(tmp_path / "x.xlsx", BOOK, '"Second"', '"FIRST"')) == [
        "sheet 'first'  2 sheets have this name"
    ]


def test_faults_beside_the_cells(tmp_path: Path) -> None:
    path = altered(small(tmp_path / "a.xlsx"), SHEET, ">os_1<", ">TODAY()<")
    assert faults_of(path) == ["First!A4  data validation: TODAY is volatile"]
    path = altered(small(tmp_path / "b.xlsx"), SHEET, ">$A1&gt;1<", ">OFFSET($A1,1,0)&gt;1<")
    assert faults_of(path) == ["First!A1:A3  conditional format: OFFSET is volatile"]
    path = altered(small(tmp_path / "c.xlsx"), "xl/charts/chart1.xml", ">First!$A$1:$A$1<", ">Gone!$A$1:$A$1<")
    assert faults_of(path) == ["xl/charts/chart1.xml  there is no sheet 'Gone'"]
    path = altered(small(tmp_path / "d.xlsx"), SHEET, '"1.5,2"', '"' + "1,2," * 64 + '"')
    assert "data validation: formula1 has 258 characters, more than 255" in faults_of(path)[0]
    path = altered(small(tmp_path / "e.xlsx"), SHEET, 'sqref="A4"', f'sqref="A4" error="{"x" * 256}"')
    assert "data validation: error has 256 characters, more than 255" in faults_of(path)[0]


def test_a_file_that_does_not_open_or_warns(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"no workbook")
    assert re.match("openpyxl cannot open it: BadZipFile", faults_of(path)[0])
    extension = '<extLst><ext uri="{78C0D931-6437-407d-A8EE-F0AAD7539E65}"/></extLst></worksheet>'
    assert faults_of(altered(small(tmp_path / "y.xlsx"), SHEET, "</worksheet>", extension)) == [
        "openpyxl warns: Conditional Formatting extension is not supported and will be removed"
    ]


@pytest.mark.parametrize("path", sorted((ROOT / "inputs").glob("*.xlsx")), ids=lambda path: path.stem)
def test_shipped_workbooks_have_no_faults(path: Path) -> None:
    assert faults_of(path) == []
