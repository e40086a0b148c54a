"""The report: both files hold every number of every table, and what a reader of Word or a browser expects."""

import dataclasses
import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import docx
import pandas as pd
import pytest
from three_arms import make_inputs, outcome, plain_case

import hecon as he
from hecon.analysis.health import Finding, Health
from hecon.cli import main
from hecon.errors import HeconError, UnknownNameError
from hecon.report.analyses import Analyses
from hecon.report.document.chapters.model import conventions
from hecon.report.document.numbering import Numbering
from hecon.report.document.page import page
from hecon.report.document.parts import Document, Paragraph, Picture, ReportColumn, ReportTable, Section, cell_text
from hecon.report.document.profiles import PAYER_PROFILES, profile_of
from hecon.report.document.report import report_document
from hecon.report.document.word import word_document
from hecon.report.document.write import draws_at_rates
from hecon.report.figures.images import Image, images_of, pointed_at

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="module")
def written(suite):
    """The document of every analysis of a small model, and the two files made of it; few figures are really drawn."""
    health = Health([Finding("Shares sum to 1", "states", "TECH-VER", "nothing", "1", "0.9 at year 2", "fail")])
    document = report_document(suite.base, health=health, **suite.analyses)
    drawn = images_of([one for one in document.pictures() if one.key in ("diagram", "costs_figure", "evppi_0")])
    plain = replace(drawn["diagram"], svg="<svg></svg>", lines=(), spots=())
    images = {one.key: drawn.get(one.key, plain) for one in document.pictures()}
    return document, word_document(document, images), page(document, images)


class Page(HTMLParser):
    """Reads tables, what is loaded, and anchors of a page."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.loads, self.ids, self.links = {}, [], set(), []
        self._table, self._cell, self._figure = None, None, ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        own = dict(attributes)
        if "id" in own:
            assert own["id"] not in self.ids
            self.ids.add(own["id"])
        if tag == "figure":
            self._figure = own["id"]
        if tag == "table":
            self._table = self.tables.setdefault(self._figure, [])
        if tag == "tr" and self._table is not None:
            self._table.append([])
        if tag in ("td", "th") and self._table is not None:
            self._cell = [own.get("data-value"), ""]
            self._table[-1].append(self._cell)
        if tag in ("img", "script", "link", "iframe", "source", "object", "embed", "image"):
            self.loads += [own[name] for name in ("src", "href", "xlink:href", "data") if name in own]
        if tag == "a":
            self.links.append(own["href"])

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._cell = None
        if tag == "table":
            self._table = None

    def handle_data(self, data):
        if self._cell is not None:
            self._cell[1] += data


def number_in(text):
    return float(text.replace(",", "").removesuffix("%")) / (100 if text.endswith("%") else 1)


def close(text, value, style):
    """Whether a text shows a number to the digits of its style."""
    digits = {"money": 0.5, "number": 0.0005, "percent": 0.0005, "whole": 0.5}.get(style, 0)
    return abs(number_in(text) - value) <= max(digits, 1e-5 * abs(value)) + 1e-12


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def test_every_number_of_every_table_is_read_back_from_both_files(written):
    document, word, html = written
    numbers, opened = Numbering.of(document), docx.Document(io.BytesIO(word))
    read, count = Page(html), 0
    assert len(opened.tables) == len(document.tables()) == len(read.tables) > 15
    for table, in_word in zip(document.tables(), opened.tables, strict=True):
        in_page = read.tables[numbers[table.key].anchor]
        cells = [[cell.text for cell in row.cells] for row in in_word.rows]
        assert cells[0] == [column.title for column in table.columns] == [text for _, text in in_page[0]]
        for values, shown, (*exact,) in zip(table.values(), cells[1:], in_page[1:], strict=True):
            for column, value, text, (full, same) in zip(table.columns, values, shown, exact, strict=True):
                assert text == same
                if is_number(value) and abs(value) < float("inf"):
                    assert float(full) == value
                    assert close(text, value, column.style), (table.key, column.name, text, value)
                    count += 1
    assert count > 400


def test_tables_of_the_report_are_those_of_the_results(written, suite):
    tables = {table.key: table for table in written[0].tables()}
    own = tables["base_case_results"].frame.set_index(["strategy", "horizon_years"])
    for row in suite.base.table().to_dict("records"):
        found = own.loc[(row["strategy"], row["horizon_years"])]
        assert (found["cost"], found["qaly"]) == (row["cost"], row["qaly"])
    pair = suite.base.incremental(comparator=suite.base.case.comparator).set_index(["strategy", "horizon_years"])
    for at, row in pair.iterrows():
        assert own.loc[at, "incremental_cost"] == row["incremental_cost"]
        assert own.loc[at, "icer"] in (row["icer"], "dominant", "dominated") or row["quadrant"] == "SW"
    for kind in ("cost", "qaly"):
        for key, table in tables.items():
            if key.startswith(f"{kind}_") and "own" in table.frame:
                totals = table.frame[table.frame["part"] == "Total"].set_index("horizon_years")["own"]
                every = suite.base.table().set_index("horizon_years")
                expected = every[every["strategy"] == key.removeprefix(f"{kind}_")][kind]
                pd.testing.assert_series_equal(totals, expected, check_names=False)
                shares = table.frame[table.frame["part"] != "Total"].groupby("horizon_years")["share"].sum()
                assert shares.tolist() == pytest.approx([1.0] * len(shares))


def test_word_has_headings_captions_contents_and_alternative_texts(written):
    document, word, _ = written
    opened = docx.Document(io.BytesIO(word))
    styles = [(paragraph.style.name, paragraph.text) for paragraph in opened.paragraphs]
    headings = [text for style, text in styles if style.startswith("Heading")]
    assert len(headings) == len([block for block in document.walk() if isinstance(block, Section)])
    assert headings[0] == "1  Summary"
    body = opened.element.body
    fields = "".join(node.text for node in body.iter(f"{W}instrText"))
    captions = [text for style, text in styles if style == "Caption"]
    assert len(captions) == len(document.tables()) + len(document.pictures())
    assert fields.count("SEQ Table") == len(document.tables())
    assert fields.count("SEQ Figure") == len(document.pictures())
    assert [text.split(".")[0] for text in captions if text.startswith("Table")] == [
        f"Table {place}" for place in range(1, len(document.tables()) + 1)
    ]
    assert ' TOC \\o "1-2"' in fields
    drawn = [node.get("descr") for node in body.iter() if node.tag.endswith("}docPr")]
    assert len(drawn) == len(document.pictures()) > 5
    assert all(len(text) > 20 for text in drawn)
    marks = {node.get(f"{W}name") for node in body.iter(f"{W}bookmarkStart")}
    assert set(re.findall(r"REF (\w+)", fields)) <= marks
    assert {table.style.name for table in opened.tables} == {"Hecon Table"}


def test_word_has_every_figure_as_a_drawing_too_and_updates_its_page_numbers(written):
    document, word = written[0], written[1]
    with zipfile.ZipFile(io.BytesIO(word)) as archive:
        names = archive.namelist()
        drawings = [name for name in names if name.startswith("word/media/") and name.endswith(".svg")]
        assert len(drawings) == len(document.pictures())
        assert all(archive.read(name).startswith(b"<svg") for name in drawings)
        body = archive.read("word/document.xml").decode()
        links = archive.read("word/_rels/document.xml.rels").decode()
        for mark in re.findall(r'svgBlip[^>]*r:embed="(\w+)"', body):
            assert re.search(
                rf'Id="{mark}"[^>]*Target="media/drawing\d+\.svg"|Target="media/drawing\d+\.svg"[^>]*Id="{mark}"', links
            )
        assert body.count("svgBlip") >= len(drawings)
        assert 'w:updateFields w:val="true"' in archive.read("word/settings.xml").decode()
        assert "image/svg+xml" in archive.read("[Content_Types].xml").decode()


def test_no_section_is_empty(written):
    document = written[0]
    assert not any(block.is_empty for block in document.walk() if isinstance(block, Section))
    hollow = Document("A", "", (), (Section("a", "A", (Section("b", "B"),)), Section("c", "C", (Paragraph("x"),))))
    assert [section.key for section in hollow.without_empty().sections] == ["c"]


def test_the_page_loads_nothing_and_its_links_lead_somewhere(written):
    html = written[2]
    read = Page(html)
    assert all(place.startswith("data:") for place in read.loads)
    assert not re.search(r"@import|url\(\s*['\"]?(?!#|data:)", html)
    assert all(link[1:] in read.ids for link in read.links if link.startswith("#"))
    assert "default-src 'none'" in html
    assert "@media print" in html
    assert html.count('role="img" aria-label="') == len(written[0].pictures())
    assert html.count('<rect class="spot"') > 20


def test_every_figure_of_the_page_responds_to_pointing(written):
    silent, said = [], {}
    for picture in written[0].pictures():
        lines, spots = pointed_at(picture.draw())
        if not lines and not spots:
            silent.append(picture.key)
        said[picture.key] = [spot.words for spot in spots], {line.name: line.points for line in lines}
    assert not silent
    assert {"Progressed", "Progressed to Dead: fall of the curves"} <= set(said["diagram"][0])
    shares = [float(points[0][3].rstrip("%")) for points in said["occupancy"][1].values()]
    assert sum(shares) == pytest.approx(100)
    assert any(words.startswith("Isa-Pd: 95% ellipse of the draws; QALYs ") for words in said["plane_2"][0])
    assert any(words.startswith("Isa-Pd: Incremental QALYs ") for words in said["plane_2"][0])
    grid = said["price_grid"][0]
    assert len(grid) == 100
    assert re.fullmatch(r"Discount off .*: 0%; Discount off .*: 0%; Incremental net benefit at .*: -?[\d,]+", grid[0])
    assert "<title>Progressed to Dead: fall of the curves</title></polyline>" in written[2]


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node to read JavaScript with")
def test_the_script_of_the_page_is_javascript(tmp_path):
    script = he.__path__[0] + "/report/document/page.js"
    assert subprocess.run(["node", "--check", script], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def myeloma():
    return he.run(he.read_workbook("inputs/isa_dara_pd_us.xlsx").base_case())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"discount_rate_cost": 0.05}, "5% a year for costs"),
        ({"discount_form": "continuous"}, "exp(-r t)"),
        ({"discount_timing": "cycle_start"}, "at the start of each cycle"),
        ({"cycle_length": 2.0}, "Cycles of 2"),
        ({"accrual": "start"}, "as it stands at the start of a cycle"),
        ({"days_per_year": 365.0}, "A year has 365 days"),
        ({"horizons": (2.0, 4.0)}, "at 2 and 4 years"),
        ({"crossing": "raise_os"}, "the outer curve was raised"),
        ({"dose_timing": "cycle_start"}, "at the start of the model cycle that holds their day"),
        ({"price_year": 2021}, "of 2021"),
        ({"currency": "EUR"}, "EUR"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_setting_changes_its_sentence(result, myeloma, change, said):
    if "dose_timing" in change or "price_year" in change:
        result = myeloma
    before = "\n".join(conventions(material_of(result)))
    case = result.case
    if "currency" in change:  # rows in another currency are refused, so that these have none
        case = dataclasses.replace(case, inputs=case.inputs.assign(unit=None))
    after = "\n".join(conventions(material_of(he.run(case.with_settings(**change)))))
    assert said in after
    assert said not in before or "currency" in change


def material_of(result):
    from hecon.report.analyses import Analyses
    from hecon.report.document.material import Material
    from hecon.report.document.profiles import NO_PROFILE

    return Material(result, Analyses(result), NO_PROFILE)


def test_a_curve_says_what_it_is(result):
    from hecon.report.document.chapters.model import curves_in_use

    said = list(curves_in_use(material_of(result)))
    assert any(text.startswith("Overall survival of Pd: exponential (rate 0.47") for text in said)
    assert len(said) == len(result.curves) * len(result.strategies)


def test_a_template_restyles_the_report(written, tmp_path):
    template = docx.Document()
    template.add_paragraph("What stands in a template goes.")
    template.styles["Heading 1"].font.name = "Courier New"
    template.sections[0].footer.paragraphs[0].text = "Our company"
    path = tmp_path / "ours.docx"
    template.save(path)
    document = Document("T", "S", (), (Section("a", "A", (Paragraph("See [[a]]."),)),))
    opened = docx.Document(io.BytesIO(word_document(document, {}, path)))
    assert opened.styles["Heading 1"].font.name == "Courier New"
    assert opened.sections[0].footer.paragraphs[0].text == "Our company"
    assert "What stands in a template goes." not in [paragraph.text for paragraph in opened.paragraphs]
    assert "See Section 1." in [paragraph.text for paragraph in opened.paragraphs]
    for name in ("none.docx", "not_word.docx"):
        (tmp_path / "not_word.docx").write_bytes(b"nothing")
        with pytest.raises(HeconError, match=name):
            word_document(document, {}, tmp_path / name)


def test_parts_are_numbered_once_and_pointers_must_lead_somewhere():
    table = ReportTable("t", "T", pd.DataFrame({"a": [1.0]}), (ReportColumn("a", "A", "number"),))
    twice = Document("A", "", (), (Section("t", "A", (table,)),))
    with pytest.raises(HeconError, match="two parts of the report have the key 't'"):
        Numbering.of(twice)
    nowhere = Document("A", "", (), (Section("a", "A", (Paragraph("see [[b]]"),)),))
    with pytest.raises(HeconError, match="points to 'b'"):
        page(nowhere, {})
    with pytest.raises(HeconError, match="a column is of style"):
        ReportColumn("a", "A", "dollars")


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [
        (-0.2, "money", "0"),
        (-0.0001, "number", "0.000"),
        (float("inf"), "general", "unlimited"),
        (float("nan"), "money", "–"),
        (None, "text", ""),
        (True, "text", "yes"),
        (1_234_567.0, "general", "1,234,567"),
        (2026.0, "digits", "2026"),
    ],
)
def test_cells_are_written_as_their_column_says(value, style, text):
    assert cell_text(value, style) == text


def test_a_model_without_states_or_qalys_has_a_report(suite):
    def outcome(p, time):
        return he.Outcome(None, [he.cost("Drug", he.at_start(time), p.price)])

    case = he.Case(outcome, {"price": {"A": 5.0, "B": 4.0}}, labels={"strategy": ["A", "B"]})
    document = report_document(he.run(case))
    titles = [block.title for block in document.walk() if isinstance(block, Section)]
    assert "Fully incremental analysis" not in titles
    assert page(document, images_of(document.pictures())).count("<h1>") == 1


def test_an_analysis_without_blocks_is_told_by_its_tables_and_figures(result, monkeypatch):
    import cost_of_a_year
    import cost_of_a_year_sheet

    from hecon.analysis.registry import ANALYSES
    from hecon.report.registry import PRESENTATIONS

    monkeypatch.setitem(ANALYSES, "cost_of_a_year", "cost_of_a_year")
    monkeypatch.setitem(PRESENTATIONS, "cost_of_a_year", "cost_of_a_year_sheet")
    found = cost_of_a_year.cost_of_a_year(result)
    document = report_document(result, cost_of_a_year=found)
    section = next(block for block in document.walk() if isinstance(block, Section) and block.title == "Cost of a year")
    (table,) = [block for block in section.blocks if isinstance(block, ReportTable)]
    assert table.values() == found.values.tolist()
    assert any(isinstance(block, Picture) for block in section.blocks)
    assert cost_of_a_year_sheet.PRESENTATION.blocks is None


def opens_documents():
    """Whether there is a LibreOffice, with its word processor."""
    program = shutil.which("soffice")
    return program is not None and any(Path(program).resolve().parent.glob("libswlo.*"))


@pytest.mark.slow
@pytest.mark.skipif(not opens_documents(), reason="there is no LibreOffice Writer to open the report with")
def test_the_report_opens_in_libreoffice(suite, tmp_path):
    he.write_report(suite.base, tmp_path, profile="cda", **suite.analyses)
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "txt:Text", "--outdir", tmp_path, "report.docx"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    text = (tmp_path / "report.txt").read_text(encoding="utf-8", errors="replace")
    assert "Pharmacoeconomic submission" in text
    assert "Table 1. The answer in numbers" in text
    assert "Error: Reference source not found" not in text


@pytest.mark.slow
def test_the_command_writes_a_report_and_says_where(tmp_path, capsys):
    words = ["run", "inputs/hip_replacement.xlsx", "--out", str(tmp_path), "--no-sensitivity", "--report"]
    assert main(words) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"results.xlsx", "tables", "report.docx", "report.html"}
    assert "report.html" in capsys.readouterr().out
    assert zipfile.is_zipfile(tmp_path / "report.docx")


def test_what_would_stop_a_report_stops_it_before_anything_runs(tmp_path, capsys):
    words = ["report", "inputs/hip_replacement.xlsx", "--out", str(tmp_path / "out")]
    assert main([*words, "--profile", "nise"]) == 1
    assert "there is no profile 'nise' (nice, amcp, cda, icer). Did you mean 'nice'?" in capsys.readouterr().err
    assert main([*words, "--template", str(tmp_path / "none.docx")]) == 1
    assert "there is no such file" in capsys.readouterr().err
    assert main(["run", *words[1:], "--profile", "nice"]) == 1
    assert "--profile is of the report: add --report" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("library", "name"), [("docx", "python-docx"), ("jinja2", "jinja2")])
def test_a_missing_library_is_named_with_its_cure(monkeypatch, library, name):
    import sys

    from hecon.report.document.write import refuse_report

    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(HeconError, match=rf"{name}: python -m pip install \"hecon\[report\]\""):
        refuse_report("", None)


def test_profiles_are_those_of_the_command_line():
    from hecon.arguments import PAYERS

    assert tuple(PAYER_PROFILES) == PAYERS
    with pytest.raises(UnknownNameError):
        profile_of("cadth")


def test_the_document_may_be_redacted_before_anything_is_written(tmp_path):
    base = he.run(plain_case())

    def blanked(block):
        if isinstance(block, Section):
            return replace(block, blocks=tuple(map(blanked, block.blocks)))
        if isinstance(block, ReportTable) and block.key == "undiscounted":
            return replace(block, frame=block.frame.assign(undiscounted_cost="confidential"))
        return block

    def redacted(document):
        return replace(
            document, notice="Some prices are confidential.", sections=tuple(map(blanked, document.sections))
        )

    he.write_report(base, tmp_path, redacted=redacted)
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Some prices are confidential." in html
    shown = Page(html).tables
    assert [text for rows in shown.values() for row in rows for _, text in row].count("confidential") == 6
    told = docx.Document(tmp_path / "report.docx")
    assert any(cell.text == "confidential" for table in told.tables for row in table.rows for cell in row.cells)


@pytest.mark.parametrize("name", PAYER_PROFILES)
def test_a_profile_orders_and_filters_chapters_and_numbers_follow(suite, name):
    from hecon.report.document.index import CHAPTERS

    plain = report_document(suite.base, **suite.analyses)
    document = report_document(suite.base, profile=profile_of(name), **suite.analyses)
    keys = [section.key for section in document.sections]
    asked = {one.key: one.asked_by(name) for one in CHAPTERS}
    assert [key for key in keys if key in asked and asked[key] is None] == []
    places = [asked[key][0] for key in keys if key in asked]
    assert places == sorted(places)
    assert "analysis_sobol" in [section.key for section in plain.sections]
    assert "analysis_sobol" not in keys
    numbers = Numbering.of(document)
    (template,) = [table for table in document.tables() if table.key == "template"]
    for row in template.texts():
        assert row[1] == "not in this analysis" or numbers.plain(row[1]).startswith("Section ")
    nothing = Image((1, 1), b"", "<svg></svg>", "", (), ())
    page(document, {one.key: nothing for one in document.pictures()})


def test_the_probabilistic_answer_stands_first_for_canada(suite):
    cda = [one.key for one in report_document(suite.base, profile=profile_of("cda"), **suite.analyses).sections]
    nice = [one.key for one in report_document(suite.base, profile=profile_of("nice"), **suite.analyses).sections]
    assert cda.index("analysis_psa") < cda.index("base_case")
    assert nice.index("analysis_psa") > nice.index("base_case")


def test_columns_of_the_base_case_follow_the_profile(suite):
    def columns(name):
        document = report_document(suite.base, profile=profile_of(name), **suite.analyses)
        table = next(table for table in document.tables() if table.key == "base_case_results")
        return [column.name for column in table.columns]

    assert columns("nice")[2:5] == ["cost", "life_years", "qaly"]
    assert columns("amcp")[2:5] == ["cost", "qaly", "life_years"]
    assert "life_years" not in columns("cda")


def test_the_draws_stand_at_the_rates_of_a_payer_whose_base_case_is_probabilistic(suite):
    inputs, given = make_inputs(draws=300, sobol_samples=64), Analyses.given(suite.base, suite.analyses)
    assert draws_at_rates(inputs, given, profile_of("nice")) is None
    found = draws_at_rates(inputs, given, profile_of("cda"))
    document = report_document(suite.base, profile=profile_of("cda"), drawn_at_rates=found, **suite.analyses)
    tables = {table.key: table.frame.set_index(["strategy", "horizon_years"]) for table in document.tables()
              if table.key in ("psa_results", "payers_rates_drawn")}  # fmt: skip
    case = inputs.draws(300, model=outcome).with_settings(discount_rate_cost=0.015, discount_rate_effect=0.015)
    own = he.run(case).incremental(comparator="Dara-Pd").set_index(["strategy", "horizon_years"])
    for name in ("incremental_cost", "incremental_qaly"):
        shown = tables["payers_rates_drawn"][name]
        assert shown.to_dict() == pytest.approx(own[name].reindex(shown.index).to_dict(), rel=1e-12)
        assert (shown[:, 5.0].abs() > tables["psa_results"][name][:, 5.0].abs()).all()


def test_departures_from_the_reference_case_are_said_and_worked_out(suite):
    document = report_document(suite.base, profile=profile_of("nice"), **suite.analyses)
    tables = {table.key: table for table in document.tables()}
    rate = next(row for row in tables["departures"].texts() if row[0] == "Discount rate")
    assert rate[1:] == ["3.5% for costs and effects", "3%, 3%", "no"]
    again = he.run(suite.base.case.with_settings(discount_rate_cost=0.035, discount_rate_effect=0.035))
    shown = tables["payers_rates"].frame.set_index(["strategy", "horizon_years"])["cost"]
    for row in again.table().to_dict("records"):
        assert shown.loc[(row["strategy"], row["horizon_years"])] == row["cost"]
    same = report_document(again, profile=profile_of("nice"))
    assert "payers_rates" not in {table.key for table in same.tables()}


def test_checklists_have_every_item_and_say_where_and_what_is_left(suite):
    document = report_document(suite.base, **suite.analyses)
    numbers = Numbering.of(document)
    tables = {table.key: table for table in document.tables()}
    cheers = tables["cheers"].texts()
    assert [row[0] for row in cheers] == [str(number) for number in range(1, 29)]
    assert [row[0] for row in cheers if row[3] == "to be written"] == ["3", "4", "18", "19", "21", "25", "27", "28"]
    assert all(row[4] for row in cheers if row[3] != "answered")
    where = numbers.plain(next(row for row in cheers if row[0] == "22")[2])
    assert where == numbers["inputs"].called
    advishe = tables["advishe"].texts()
    assert len(advishe) == 13
    assert {row[4] for row in advishe} == {"answered", "partly", "to be written"}
    assert all(row[5] for row in advishe if row[4] == "to be written")


def test_a_profile_asks_for_tables_and_says_where_they_are(suite):
    answered = {}
    for name in PAYER_PROFILES:
        document = report_document(suite.base, profile=profile_of(name), **suite.analyses)
        numbers = Numbering.of(document)
        (table,) = [table for table in document.tables() if table.key == "template_tables"]
        answered[name] = {words: numbers.plain(where) for words, where in table.texts()}
        for where in answered[name].values():
            assert where == "not in this analysis" or where.startswith("Table ")
        (places,) = [table for table in document.tables() if table.key == "template"]
        # No heading is called a payer's own but where its guide was read.
        assert ("hecon's own, from knowledge" in places.note) == (name != "nice")
    assert answered["cda"]["Sequential analysis, probabilistic"].startswith("Table ")
    assert answered["cda"]["ICER at reduced prices"].startswith("Table ")
    assert answered["icer"]["Cost per QALY, per life year and per evLY"].startswith("Table ")
    assert answered["amcp"]["Budget impact per member per month and per year"] == "not in this analysis"


def test_canada_reads_the_frontier_off_the_draws_first_and_prices_reduced(suite):
    document = report_document(suite.base, profile=profile_of("cda"), **suite.analyses)
    tables = {table.key: table for table in document.tables()}
    assert list(tables).index("sequential_draws") < list(tables).index("full_incremental")
    psa = suite.analyses["psa"]
    shown = tables["sequential_draws"].frame.set_index(["horizon_years", "strategy"])
    for row in psa.full_incremental().to_dict("records"):
        assert shown.loc[(row["horizon_years"], row["strategy"]), "cost"] == row["cost"]
    grid = suite.analyses["price_grid"]
    reduced = tables["price_reductions"].frame
    assert reduced["discount"].tolist() == sorted(set(grid["first_discount"]))
    for row in grid[(grid["second_discount"] == 0) & (grid["quadrant"] == "NE")].to_dict("records"):
        at = reduced[reduced["discount"] == row["first_discount"]].iloc[0]
        assert at[f"at_{row['horizon_years']:g}"] == row["icer"]


@pytest.mark.parametrize(
    ("name", "asked", "done"),
    [("cda", "1.5% for costs and effects", "3%, 3%"), ("icer", "100,000, 150,000", "50,000, 100,000, 150,000")],
)
def test_what_differs_from_a_convention_is_said_on_the_screen_too(suite, name, asked, done):
    from hecon.report.document.write import departures_said

    document = report_document(suite.base, profile=profile_of(name), **suite.analyses)
    rows = next(table for table in document.tables() if table.key == "departures").texts()
    row = next(row for row in rows if row[1] == asked)
    assert row[2] == done
    (said,) = departures_said(suite.base, name, **suite.analyses)
    assert (f"{asked} ({done} here)" in said) == (row[3] == "no")
    assert all((f"{other[0].lower()}: " in said) == (other[3] == "no") for other in rows)
    assert departures_said(suite.base, "", **suite.analyses) == []
    assert any(row[0] == "Price year" and row[3] in ("yes", "no") for row in rows)
    assert any(row[0] == "Prices of drugs" and row[3] == "to be judged" for row in rows)
