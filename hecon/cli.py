"""The command line: ``hecon run``, ``hecon live``, ``hecon check``, ``hecon diff``, ``hecon voi``, ``hecon new``.

Exit status: 0 all well, 1 wrong input (the message says where), 2 wrong usage, 3 a bug in hecon, 130 interrupted. A run
that fails leaves nothing behind. Everything heavy is imported inside the commands, so ``hecon --help`` is instant.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import sysconfig
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from hecon.errors import HeconError, InputError
from hecon.progress import Progress

if TYPE_CHECKING:
    from hecon.analysis.suite import Suite
    from hecon.inputs.case import Inputs

OK, BAD_INPUT, BAD_USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130
RESULTS, TABLES = "results.xlsx", "tables"
_ANALYSES = "scenarios, one_way, thresholds, psa, evppi, evsi, sobol"
#: Options of ``hecon run`` that stand for a setting of the same name.
_SETTINGS = ("horizons", "draws", "seed", "sobol_samples")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A Windows console may know fewer letters than a workbook: what it cannot show becomes a question mark.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    parser = _parser()
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        return int(options.command(options))
    except HeconError as error:
        if options.debug:
            traceback.print_exc()
        print(_message(error), file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("\nhecon: interrupted; nothing was written", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone, as in `hecon run ... | head`; the files are written all the same.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:
        return _unexpected(error, debug=options.debug)


def _parser() -> argparse.ArgumentParser:
    from hecon import __version__

    parser = argparse.ArgumentParser(
        prog="hecon",
        description="Cost-effectiveness models from an Excel workbook.",
        epilog="Exit status: 0 all well, 1 wrong input, 2 wrong usage, 3 a bug in hecon, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"hecon {__version__}")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--debug", action="store_true", help="show where in the code an error arose")
    reading = argparse.ArgumentParser(add_help=False)
    reading.add_argument("workbook", metavar="WORKBOOK", help="the input workbook, an .xlsx file")
    reading.add_argument("--models", metavar="DIR", help="look for the model in this folder first")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    run = commands.add_parser("run", parents=[shared, reading], help="run a workbook and write the results")
    run.add_argument("--out", metavar="DIR", help="folder for the results (default: results/NAME OF THE WORKBOOK)")
    run.add_argument(
        "--horizons",
        metavar="YEARS",
        type=_setting("horizons"),
        help="horizons instead of those on Settings, such as 1,3,5",
    )
    run.add_argument("--no-scenarios", action="store_true", help="leave the scenarios out")
    run.add_argument(
        "--no-sensitivity", action="store_true", help="base case and scenarios only: no one-way, PSA, value, Sobol"
    )
    run.add_argument("--only", metavar="NAMES", type=_analyses, help=f"beside the base case only some of {_ANALYSES}")
    run.add_argument("--draws", metavar="N", type=_setting("draws"), help="draws of the probabilistic analysis")
    run.add_argument("--seed", metavar="N", type=_setting("seed"), help="seed of the random streams")
    run.add_argument(
        "--sobol-samples", metavar="N", type=_setting("sobol_samples"), help="base sample of the Sobol indices, or 0"
    )
    run.add_argument(
        "--store", metavar="DIR", help="keep the draws there; the same command goes on where it was interrupted"
    )
    run.add_argument(
        "--engine",
        metavar="NAME",
        type=_engine,
        default="threads",
        help="what the draws run on: threads (default), processes, dask, or dask://host:port",
    )
    run.add_argument("--workers", metavar="N", type=_whole, help="threads or processes (default: one a processor)")
    run.add_argument("--quiet", action="store_true", help="print nothing but errors")
    run.set_defaults(command=_run)

    live = commands.add_parser(
        "live", parents=[shared, reading], help="write the model as a workbook of formulas that recomputes in Excel"
    )
    live.add_argument("--out", metavar="FILE", help="the workbook to write (default: NAME OF THE WORKBOOK_live.xlsx)")
    live.add_argument("--quiet", action="store_true", help="print nothing but errors")
    live.set_defaults(command=_live)

    check = commands.add_parser(
        "check", parents=[shared, reading], help="read a workbook and try it out; write nothing"
    )
    check.set_defaults(command=_check)

    diff = commands.add_parser(
        "diff", parents=[shared], help="list what differs between two workbooks, and what that does to the results"
    )
    diff.add_argument("old", metavar="OLD", help="the earlier input workbook")
    diff.add_argument("new", metavar="NEW", help="the later one")
    diff.add_argument("--models", metavar="DIR", help="look for the models in this folder first")
    diff.add_argument("--out", metavar="DIR", help="write diff.xlsx there, and every table as CSV")
    diff.set_defaults(command=_diff)

    voi = commands.add_parser(
        "voi", parents=[shared], help="value of information of a probabilistic analysis from any tool"
    )
    voi.add_argument(
        "file", metavar="FILE.csv", help="one row a draw: cost_NAME and qaly_NAME of each strategy, inputs"
    )
    voi.add_argument("--strategies", metavar="NAMES", help="such as A,B; where inputs are called cost_... too")
    voi.add_argument(
        "--willingness-to-pay", metavar="NUMBERS", type=_setting("willingness_to_pay"), help="such as 50000,100000"
    )
    voi.add_argument("--group", action="append", metavar="NAME=INPUT,INPUT", help="inputs to value together; repeat it")
    voi.add_argument("--population", type=float, metavar="N", help="people the decision is for")
    voi.add_argument("--out", metavar="DIR", help="write every table there as CSV")
    voi.set_defaults(command=_voi)

    new = commands.add_parser("new", parents=[shared], help="create a project folder that runs")
    new.add_argument("folder", metavar="DIR", help="a folder that does not exist yet, or is empty")
    new.set_defaults(command=_new)
    return parser


def _setting(name: str) -> Callable[[str], Any]:
    """Read an option as the setting of that name is read, so that it has the same rules."""

    def parse(text: str) -> Any:
        from hecon.settings import Settings

        try:
            value = text if isinstance(getattr(Settings, name), tuple) else float(text)
            return getattr(Settings().with_changes(**{name: value}), name)
        except ValueError:
            raise argparse.ArgumentTypeError("must be a number") from None
        except InputError as error:
            raise argparse.ArgumentTypeError(error.faults[0].what) from None

    return parse


def _engine(text: str) -> str:
    from hecon.analysis.engines import refuse_engine_name

    try:
        return refuse_engine_name(text)
    except HeconError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _whole(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number of at least 1")
    return int(text)


def _analyses(text: str) -> tuple[str, ...]:
    from hecon.labels import one_of

    known = _ANALYSES.split(", ")
    try:
        return tuple(one_of(name.strip(), known, "analysis") for name in text.split(",") if name.strip())
    except HeconError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _read(options: argparse.Namespace) -> Inputs:
    from hecon.inputs.workbook import read_workbook

    inputs = read_workbook(options.workbook, models=options.models)
    given = {name: getattr(options, name, None) for name in _SETTINGS}
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(inputs, settings=inputs.settings.with_changes(**changes)) if changes else inputs


def _run(options: argparse.Namespace) -> int:
    from hecon.report.delivery import Delivery, refuse_file
    from hecon.report.tables import table_files, tables, write_csv
    from hecon.report.workbook import write_workbook

    folder = Path(options.out) if options.out else Path("results") / Path(options.workbook).stem
    refuse_file(folder)
    inputs = _read(options)
    where = {"engine": options.engine, "workers": options.workers, "store": options.store}
    suite = _results(inputs, _wanted(options), quiet=options.quiet, **where)
    with Delivery(folder, replaces=[RESULTS, *(f"{TABLES}/{name}" for name in table_files())]) as delivery:
        write_workbook(suite.base, delivery.stage / RESULTS, **suite.analyses)
        (delivery.stage / TABLES).mkdir()
        content = tables(suite.base, **suite.analyses)
        write_csv(content, delivery.stage / TABLES)
    if not options.quiet:
        _print_results(inputs, suite)
        print(f"Written: {folder / RESULTS}\n         {folder / TABLES}{os.sep} ({len(content)} tables as CSV)")
    if suite.interrupted:
        hint = "The same command goes on" if options.store else "With --store DIR the same command would go on"
        print(f"hecon: {suite.interrupted}; what was done by then is written. {hint} from there.", file=sys.stderr)
        return INTERRUPTED
    return OK


def _wanted(options: argparse.Namespace) -> list[str]:
    """Names of the analyses that the options ask for."""
    names = list(options.only if options.only is not None else _ANALYSES.split(", "))
    if options.no_sensitivity:
        names = [name for name in names if name == "scenarios"]
    return [name for name in names if name != "scenarios"] if options.no_scenarios else names


def _results(inputs: Inputs, wanted: Sequence[str], *, quiet: bool, **where: Any) -> Suite:
    from hecon.analysis.suite import run_suite

    with _Stages(len(wanted), quiet=quiet) as progress:
        return run_suite(inputs, wanted, progress=progress, **where)


def _print_results(inputs: Inputs, suite: Suite) -> None:
    from hecon.report.analyses import Analyses
    from hecon.report.findings import findings, left_out_sentences
    from hecon.report.provenance import crossing_sentences, inflation_sentences, status_sentence
    from hecon.report.terminal import incremental_text, paragraphs, summary_text

    base, scenarios = suite.base, len(suite.scenarios) - 1
    title = base.case.settings.title or inputs.source
    said = "1 scenario is" if scenarios == 1 else f"{scenarios} scenarios are"
    more = f"{said} on sheet Scenarios of {RESULTS}." if scenarios > 0 else ""
    notes = [status_sentence(base.case), *crossing_sentences(base), *inflation_sentences(base.case), more]
    notes += left_out_sentences(suite.skipped)
    notes += [f"Note: {note}." for note in inputs.notes]
    uncertain = findings(Analyses.given(base, suite.analyses), base.case.settings.currency)
    parts = [title, summary_text(base), incremental_text(base), paragraphs(uncertain), paragraphs(notes)]
    print("\n\n".join(part for part in parts if part))
    print()


def _live(options: argparse.Namespace) -> int:
    from hecon.report.live.workbook import write_live_workbook

    source = Path(options.workbook)
    path = Path(options.out) if options.out else Path(f"{source.stem}_live.xlsx")
    if path.suffix.lower() != ".xlsx":
        raise HeconError(f"--out is '{options.out}'; a live workbook is a file that ends in .xlsx")
    if path.resolve() == source.resolve():
        raise HeconError(f"--out is '{options.out}', the workbook itself; give the live workbook another name")
    inputs = _read(options)
    with Progress("scenarios", quiet=options.quiet) as progress:
        write_live_workbook(inputs, path, progress=progress)
    if not options.quiet:
        print(f"Written: {path}\n         Change a yellow cell there, or choose a scenario, and everything follows.")
    return OK


def _check(options: argparse.Namespace) -> int:
    from hecon.report.provenance import status_sentence

    inputs = _read(options)
    suite = _results(inputs, ["scenarios"], quiet=False)
    base, scenarios = suite.base, suite.scenarios
    print(f"OK  {inputs.source} can be run (model {inputs.model}).")
    print(f"    {len(base.strategies)} strategies: {', '.join(base.strategies)}.")
    print(f"    {status_sentence(base.case)}")
    print(f"    {max(len(scenarios) - 1, 0)} scenarios, each of them tried out.")
    print(f"    {len(inputs.notes)} notes{':' if inputs.notes else '.'}")
    for note in inputs.notes:
        print(f"      {note}")
    return OK


def _diff(options: argparse.Namespace) -> int:
    from hecon.analysis.difference import compare_workbooks
    from hecon.report.delivery import refuse_file
    from hecon.report.difference import difference_text
    from hecon.report.difference_workbook import deliver_difference

    if options.out:
        refuse_file(Path(options.out))
    with Progress("changes tried alone", quiet=False) as progress:
        difference = compare_workbooks(options.old, options.new, models=options.models, progress=progress)
    written = deliver_difference(difference, Path(options.out)) if options.out else []
    print(difference_text(difference))
    if written:
        print("\nWritten: " + "\n         ".join(map(str, written)))
    return OK


def _voi(options: argparse.Namespace) -> int:
    from hecon.analysis.psa_file import groups_from, psa_tables
    from hecon.report.delivery import Delivery
    from hecon.report.tables import write_csv

    groups = groups_from(options.group) if options.group else None
    strategies = [name.strip() for name in options.strategies.split(",")] if options.strategies else None
    content = psa_tables(options.file, options.willingness_to_pay, groups, options.population, strategies)
    if options.out:
        with Delivery(options.out, replaces=[f"{name}.csv" for name in content]) as delivery:
            write_csv(content, delivery.stage)
    for name in ("incremental_analysis", "evpi", "evppi"):
        if name in content:
            print(f"{name}\n{content[name].to_string(index=False, float_format='{:,.4g}'.format)}\n")
    if options.out:
        print(f"Written: {options.out}{os.sep} ({len(content)} tables as CSV)")
    return OK


def _new(options: argparse.Namespace) -> int:
    from hecon.inputs.template import new_project

    files = new_project(options.folder)
    print("Created:")
    for path in files:
        print(f"  {path}")
    workbook = next(path for path in files if path.suffix == ".xlsx")
    print(f"\nEdit the workbook, then run it:\n  hecon run {_quoted(workbook)}")
    return OK


def _quoted(path: Path) -> str:
    return f'"{path}"' if " " in str(path) else str(path)


class _Stages(contextlib.AbstractContextManager["_Stages"]):
    """Progress of several pieces of work, one after the other: which one it is, how far, and how long it will take."""

    def __init__(self, count: int, *, quiet: bool) -> None:
        self._count, self._quiet = count, quiet
        self._names: list[str] = []
        self._shown: Progress | None = None

    def __call__(self, what: str, done: int, count: int) -> None:
        if what not in self._names:
            self.__exit__()
            self._names.append(what)
            self._shown = Progress(f"[{len(self._names)}/{self._count}] {what}", quiet=self._quiet)
        assert self._shown is not None
        self._shown(done, count)

    def __exit__(self, *_: object) -> None:
        if self._shown is not None:
            self._shown.__exit__()


def _message(error: HeconError) -> str:
    text = str(error)
    return text if isinstance(error, InputError) else f"hecon: {text}"


def _unexpected(error: Exception, *, debug: bool) -> int:
    """Say whose fault an unexpected error is: the model's, if it arose there and not in what hecon did for it."""
    if debug:
        traceback.print_exc()
    what = f"{type(error).__name__}: {error}"
    place = _model_line(error.__traceback__)
    more = "" if debug else " Run it again with --debug to see where it arose."
    if place:
        print(f"hecon: the model failed at {place}: {what}.{more}", file=sys.stderr)
        return BAD_INPUT
    print(f"hecon: this is a bug in hecon, not in your workbook. {what}.{more}", file=sys.stderr)
    return BUG


def _model_line(trace: TracebackType | None) -> str:
    """Give file and line of the model if it is there that the error arose, else nothing."""
    package = Path(__file__).resolve().parent
    libraries = {Path(path).resolve() for path in sysconfig.get_paths().values()}
    caller, place = "", ""
    for frame in traceback.extract_tb(trace):
        path = Path(frame.filename).resolve()
        own = package in path.parents and package / "_models" not in path.parents
        if own:
            caller, place = path.name, ""
        elif caller == "run.py" and path.exists() and not libraries & set(path.parents):
            place = f"{path.name}, line {frame.lineno}"
    return place
