"""The command line of ``hecon``: what each command does, and with what status it ends.

Exit status: 0 all well, 1 wrong input (the message says where), 2 wrong usage, 3 a bug in hecon, 130 interrupted. A run
that fails leaves nothing behind. It is also 1 where a result that the sheet Checks states does not come out (all is
written all the same) and where `verify` finds a failure. Everything heavy is imported inside the commands, so
``hecon --help`` is instant.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hecon.analysis.registry import ANALYSES, analysis
from hecon.arguments import command_parser
from hecon.errors import HeconError
from hecon.failures import FAILS, INTERRUPTED, OK, failed
from hecon.progress import Progress, Stages

if TYPE_CHECKING:
    from hecon.analysis.result import Result
    from hecon.analysis.suite import Suite
    from hecon.inputs.case import Inputs
    from hecon.report.analyses import Analyses

RESULTS, _TABLES = "results.xlsx", "tables"
#: Folder of the run with list values, beside a run without confidential numbers.
_LISTED = "list_prices"
_REPORTS = ("report.docx", "report.html")
#: Options of ``hecon run`` that stand for a setting of the same name.
_SETTINGS = ("horizons", "draws", "seed", "sobol_samples")
#: Options of ``hecon run`` that decide what comes out; an export says them.
_OF_THE_RUN = (*_SETTINGS, "only", "no_scenarios", "no_sensitivity")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A Windows console may know fewer letters than a workbook: what it cannot show becomes a question mark.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    parser = command_parser()
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        status = int(_COMMANDS[options.command](options))
        sys.stdout.flush()
        return status
    except (Exception, KeyboardInterrupt) as error:
        return failed(error, debug=options.debug)


def _read(options: argparse.Namespace) -> Inputs:
    from hecon.inputs.workbook import read_workbook

    inputs = read_workbook(options.workbook, models=options.models)
    given = {name: getattr(options, name, None) for name in _SETTINGS}
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(inputs, settings=inputs.settings.with_changes(**changes)) if changes else inputs


def _run(options: argparse.Namespace) -> int:
    from hecon.report.analyses import Analyses
    from hecon.report.delivery import Delivery, refuse_file
    from hecon.report.reproduction import command
    from hecon.report.tables import table_files

    folder = Path(options.out) if options.out else Path("results") / Path(options.workbook).stem
    refuse_file(folder)
    _refuse_report(options)
    inputs = _read(options)
    if options.redact:
        return _run_redacted(options, inputs, folder)
    where = {"engine": options.engine, "workers": options.workers, "store": options.store}
    suite = _results(inputs, _wanted(options), quiet=options.quiet, **where)
    given = Analyses.given(suite.base, suite.analyses)
    files = [RESULTS, *_REPORTS, *(f"{_TABLES}/{name}" for name in table_files())]
    said = command(Path(options.workbook).resolve(), {name: getattr(options, name) for name in _OF_THE_RUN})
    with Delivery(folder, replaces=files) as delivery:
        content = _write_export(suite.base, given, delivery.stage, said)
        reports = _write_report(options, inputs, suite, given, delivery.stage)
    if not options.quiet:
        _print_results(inputs, suite, given, whole=options.verbose)
        print(f"Written: {folder / RESULTS}{'' if options.verbose else ' (more on its cover, or by --verbose)'}")
        for path in reports:
            print(f"         {folder / path}")
        print(f"         {folder / _TABLES}{os.sep} ({content} tables as CSV)")
        _say_departures(options, suite.base, given)
    if suite.interrupted:
        hint = "The same command goes on" if options.store else "With --store DIR the same command would go on"
        print(f"hecon: {suite.interrupted}; what was done by then is written. {hint} from there.", file=sys.stderr)
        return INTERRUPTED
    return _stated(suite.base)


def _write_export(base: Result, given: Analyses, folder: Path, command: str = "") -> int:
    """Write the results workbook and the tables into a folder, and give the number of tables."""
    from hecon.report.tables import tables, write_csv
    from hecon.report.workbook import write_workbook

    write_workbook(base, folder / RESULTS, command=command, **given.by_name())
    (folder / _TABLES).mkdir()
    content = tables(base, **given.by_name())
    write_csv(content, folder / _TABLES)
    return len(content)


def _run_redacted(options: argparse.Namespace, inputs: Inputs, folder: Path) -> int:
    """Run twice, with confidential and with public numbers, and deliver what is the same in both."""
    import shutil
    import tempfile

    from hecon.inputs.confidential import has_list_values, pack_sizes, public_inputs, secrets_of
    from hecon.report.analyses import Analyses
    from hecon.report.delivery import Delivery
    from hecon.report.provenance import at_one_time
    from hecon.report.redaction import redact_folder
    from hecon.report.tables import table_files

    if options.store:
        raise HeconError("--redact and --store do not go together: a store holds every draw of every input")
    where = {"engine": options.engine, "workers": options.workers, "store": None}
    exports = [RESULTS, *_REPORTS, *(f"{_TABLES}/{name}" for name in table_files())]
    listed, public = has_list_values(inputs), public_inputs(inputs, complete=options.report)
    with tempfile.TemporaryDirectory() as work, at_one_time():
        for name, own in (("real", inputs), ("shown", public)):
            suite = _results(own, _wanted(options), quiet=options.quiet, **where)
            if suite.interrupted:
                raise KeyboardInterrupt
            given = Analyses.given(suite.base, suite.analyses)
            (Path(work) / name).mkdir()
            _write_export(suite.base, given, Path(work) / name)
            _write_report(options, own, suite, given, Path(work) / name)
        with Delivery(folder, replaces=[*exports, *(f"{_LISTED}/{name}" for name in exports)]) as delivery:
            redact_folder(
                Path(work) / "real", Path(work) / "shown", delivery.stage, secrets_of(inputs), pack_sizes(inputs)
            )
            if listed:
                shutil.copytree(Path(work) / "shown", delivery.stage / _LISTED)
    if not options.quiet:
        if listed:
            _print_results(inputs, suite, given, whole=options.verbose)
            print(f"At list values, as above{', with the report' if options.report else ''}: {folder / _LISTED}")
        print(f"Written without confidential numbers: {folder / RESULTS}\n         {folder / _TABLES}{os.sep}")
    return OK


def _say_departures(options: argparse.Namespace, base: Result, given: Analyses) -> None:
    """Say where the analysis is not as the payer of the profile asks for."""
    if options.report and options.profile:
        from hecon.report.document.write import departures_said
        from hecon.report.terminal import paragraphs

        print(paragraphs(departures_said(base, options.profile, **given.by_name())))


def _refuse_report(options: argparse.Namespace) -> None:
    """Stop before anything runs, where a report could not be written at the end."""
    if options.report:
        from hecon.report.document.write import refuse_report

        refuse_report(options.profile, options.template)
    elif options.profile or options.template:
        name = "--profile" if options.profile else "--template"
        raise HeconError(f"{name} is of the report: add --report, or use hecon report")


def _write_report(
    options: argparse.Namespace, inputs: Inputs, suite: Suite, given: Analyses, folder: Path
) -> tuple[str, ...]:
    """Write the report where it was asked for, and give the names of its files."""
    if not options.report:
        return ()
    from hecon.report.document.write import write_report

    own = {"profile": options.profile, "template": options.template}
    write_report(suite.base, folder, inputs=inputs, **own, **given.by_name())
    return _REPORTS


def _stated(base: Result) -> int:
    """Say which results that the sheet Checks states did not come out; the exit status tells."""
    from hecon.analysis.stated_results import expectation, stated_results

    failed = [row for row in stated_results(base).itertuples() if not row.passes]
    for row in failed:
        after = " after " + str(row.changed) if row.changed else ""
        what = f"{row.measure}{after} is {row.value:.6g}; it should {expectation(row)}"
        print(f"hecon: {row.cell}: '{row.check}' fails: {what}", file=sys.stderr)
    return FAILS if failed else OK


def _wanted(options: argparse.Namespace) -> list[str]:
    """Names of the analyses that the options ask for."""
    names = list(options.only if options.only is not None else ANALYSES)
    if options.no_sensitivity:
        names = [name for name in names if not analysis(name).sensitivity]
    names = [name for name in names if name != "scenarios"] if options.no_scenarios else names
    return ["health", *(name for name in names if name != "health")]


def _results(inputs: Inputs, wanted: Sequence[str], *, quiet: bool, **where: Any) -> Suite:
    from hecon.analysis.suite import run_suite

    with Stages(len(wanted), quiet=quiet) as progress:
        return run_suite(inputs, wanted, progress=progress, aside=True, **where)


def _print_results(inputs: Inputs, suite: Suite, given: Analyses, *, whole: bool) -> None:
    from hecon.report.terminal import whole_screen

    print(whole_screen(inputs, suite, given, workbook=RESULTS, whole=whole))
    print()


def _reproduce(options: argparse.Namespace) -> int:
    from tempfile import TemporaryDirectory

    from hecon.report.reproduction import compare_exports, read_export

    export = read_export(options.results)
    workbook = export.inputs(options.workbook, options.models).path
    try:
        with contextlib.redirect_stderr(io.StringIO()) as said:
            again = command_parser().parse_args(["run", str(workbook), *export.arguments[1:]])
    except SystemExit:
        raise HeconError(f"{options.results} cannot be run again by its command: {said.getvalue().strip()}") from None
    # Where models may come from, and where results go, is said by whoever runs it again, never by the export.
    again.models, again.store, again.engine, again.workers = options.models, None, "threads", None
    again.report, again.quiet = False, True
    with TemporaryDirectory(prefix="hecon-") as folder:
        again.out = str(Path(folder) / "again")
        _run(again)
        found = compare_exports(export, Path(again.out), RESULTS, _TABLES)
    if not options.quiet:
        print(found.sentence)
    return FAILS if found.differences else OK


def _live(options: argparse.Namespace) -> int:
    from hecon.inputs.confidential import public_inputs
    from hecon.report.equations.equations import refuse_suffix, write_equations
    from hecon.report.live.workbook import write_live_workbook
    from hecon.verification.battery import quick_checks

    source = Path(options.workbook)
    path = Path(options.out) if options.out else Path(f"{source.stem}_live.xlsx")
    if path.suffix.lower() != ".xlsx":
        raise HeconError(f"--out is '{options.out}'; a live workbook is a file that ends in .xlsx")
    if path.resolve() == source.resolve():
        raise HeconError(f"--out is '{options.out}', the workbook itself; give the live workbook another name")
    if options.equations:
        refuse_suffix(Path(options.equations))
    inputs = _read(options)
    if options.redact:
        inputs = public_inputs(inputs, complete=True)
    with Progress("scenarios", quiet=options.quiet) as progress:
        write_live_workbook(inputs, path, health=quick_checks(inputs), progress=progress)
    written = [path, *([write_equations(inputs, options.equations)] if options.equations else [])]
    if not options.quiet:
        print("Written: " + "\n         ".join(map(str, written)))
        print("         Change a yellow cell there, or choose a scenario, and everything follows.")
    return OK


def _check(options: argparse.Namespace) -> int:
    from hecon.report.provenance import status_sentence
    from hecon.report.terminal import indented, paragraphs
    from hecon.verification.battery import quick_checks

    inputs = _read(options)
    suite = _results(inputs, ["scenarios"], quiet=False)
    base, scenarios = suite.base, suite.scenarios
    print(f"OK  {inputs.source} can be run (model {inputs.model}).")
    print(f"    {len(base.strategies)} strategies: {', '.join(base.strategies)}.")
    print(f"    {status_sentence(base.case)}")
    print(f"    {max(len(scenarios) - 1, 0)} scenarios, each of them tried out.")
    print(f"    {len(inputs.notes)} note{'s' * (len(inputs.notes) != 1)}{':' if inputs.notes else '.'}")
    for note in inputs.notes:
        print(f"      {note}")
    print(indented(paragraphs(quick_checks(inputs).sentences)))
    return _stated(base)


def _verify(options: argparse.Namespace) -> int:
    from hecon.analysis.health import RED
    from hecon.report.delivery import Delivery, refuse_file
    from hecon.report.tables import write_csv
    from hecon.report.terminal import health_text
    from hecon.verification.battery import verify

    if options.out:
        refuse_file(Path(options.out))
    inputs = _read(options)
    with Progress("checks", quiet=options.quiet) as progress:
        health = verify(inputs, short=options.short, progress=progress)
    if options.out:
        with Delivery(Path(options.out), replaces=["health.csv"]) as delivery:
            write_csv({"health": health.table}, delivery.stage)
    if not options.quiet:
        print(health_text(health, every=options.all))
        if options.out:
            print(f"\nWritten: {Path(options.out) / 'health.csv'}")
    return FAILS if health.light == RED else OK


def _diff(options: argparse.Namespace) -> int:
    from hecon.analysis.versions.difference import compare_workbooks
    from hecon.report.delivery import refuse_file
    from hecon.report.versions.text import difference_text
    from hecon.report.versions.workbook import deliver_difference

    if options.out:
        refuse_file(Path(options.out))
    with Progress("changes tried alone", quiet=False) as progress:
        difference = compare_workbooks(options.old, options.new, models=options.models, progress=progress)
    written = deliver_difference(difference, Path(options.out)) if options.out else []
    print(difference_text(difference))
    if written:
        print("\nWritten: " + "\n         ".join(map(str, written)))
    return OK


def _compare(options: argparse.Namespace) -> int:
    from hecon.analysis.versions.settings import compare_settings
    from hecon.report.delivery import refuse_file
    from hecon.report.versions.settings import deliver_settings, settings_text

    if options.out:
        refuse_file(Path(options.out))
    found = compare_settings(options.workbooks, models=options.models)
    written = deliver_settings(found, Path(options.out)) if options.out else []
    print(settings_text(found))
    if written:
        print("\nWritten: " + "\n         ".join(map(str, written)))
    return OK


def _voi(options: argparse.Namespace) -> int:
    from hecon.analysis.psa.file import groups_from, psa_tables, read_psa
    from hecon.report.delivery import Delivery
    from hecon.report.notebook import table_as_text
    from hecon.report.tables import write_csv
    from hecon.report.words import in_words

    groups = groups_from(options.group) if options.group else None
    strategies = [name.strip() for name in options.strategies.split(",")] if options.strategies else None
    psa = read_psa(options.file, strategies)
    content = psa_tables(
        psa, options.willingness_to_pay, groups=groups, population=options.population, strategies=strategies
    )
    if options.out:
        with Delivery(options.out, replaces=[f"{name}.csv" for name in content]) as delivery:
            write_csv(content, delivery.stage)
    for name in ("incremental_analysis", "evpi", "evppi"):
        if name in content:
            print(f"{table_as_text(content[name], in_words(name))}\n")
    for note in psa.notes:
        print(f"Note: {note}.")
    if options.out:
        print(f"Written: {options.out}{os.sep} ({len(content)} tables as CSV)")
    return OK


def _new(options: argparse.Namespace) -> int:
    from hecon.inputs.project import new_project

    files = new_project(options.folder, options.example)
    print("Created:")
    for path in files:
        print(f"  {path}")
    workbook = next(path for path in files if path.suffix == ".xlsx")
    print(f"\nEdit the workbook, then run it:\n  hecon run {_quoted(workbook)}")
    return OK


def _fit(options: argparse.Namespace) -> int:
    from hecon.inputs.fitting import fit_workbook
    from hecon.report.terminal import fits_text
    from hecon.survival.fitting.fits import STANDARD

    fitted = fit_workbook(
        options.workbook, options.out, families=options.families or STANDARD, spline_knots=options.knots,
        cure=options.cure, models=options.models,
    )  # fmt: skip
    if not options.quiet:
        print(fits_text(fitted.fits, fitted.notes))
        print(f"\nWritten: {fitted.path}")
        print("         Choose the family of each curve there, on sheet Curves; every fit is on sheet Fits.")
    return OK


def _add(options: argparse.Namespace) -> int:
    from hecon.inputs.additions import add_to_workbook
    from hecon.inputs.checks.labels import TO_BE_CHECKED

    made = add_to_workbook(options.dimension, options.name, options.workbook, options.out, like=options.like)
    print(f"Written: {made.path}\n")
    print(f"Rows of {options.dimension} '{made.name}', like those of '{made.like}':")
    for sheet, count in made.rows.items():
        print(f"  {sheet:22} {count:4}{'  (no column for a mark)' if sheet in made.unmarked else ''}")
    for note in made.notes:
        print(f"Note: {note}.")
    print(f"\nEach is marked '{TO_BE_CHECKED}' in its note. hecon check lists the marks that are left:")
    print(f"  hecon check {_quoted(made.path)}")
    return OK


_COMMANDS = {
    "run": _run,
    "reproduce": _reproduce,
    "report": _run,
    "fit": _fit,
    "live": _live,
    "check": _check,
    "verify": _verify,
    "diff": _diff,
    "compare": _compare,
    "voi": _voi,
    "add": _add,
    "new": _new,
}


def _quoted(path: Path) -> str:
    return f'"{path}"' if " " in str(path) else str(path)
