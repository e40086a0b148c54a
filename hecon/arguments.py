"""What can be said on the command line: the commands, their options, and how the text of an option is read."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from hecon.analysis.registry import ANALYSES
from hecon.errors import HeconError, InputError

#: Payers that have a form of report (`hecon.report.document.profiles`, which is not loaded for a list of names).
PAYERS = ("nice", "amcp", "cda", "icer")
#: Whose models may run.
_MODELS_HELP = (
    "look for the model in this folder first. A model is code: without this option only a model that comes with hecon, "
    "or one of a project that you made with hecon new, is run, never a file that merely lies beside the workbook or in "
    "the current folder"
)
_REDACT_HELP = (
    "blank confidential inputs (column confidential) and everything that moves with them, in every file; beside it, in "
    "list_prices, the run with their list values"
)


def command_parser() -> argparse.ArgumentParser:
    """Give the parser of the command line; it sets ``command`` to the name of the command."""
    from hecon import __version__

    parser = argparse.ArgumentParser(
        prog="hecon",
        description="Cost-effectiveness models from an Excel workbook.",
        epilog="Exit status: 0 all well, 1 wrong input or a check that fails, 2 wrong usage, 3 a bug in hecon, "
        "130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"hecon {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, help_, add_options in _COMMANDS:
        command = commands.add_parser(name, help=help_)
        command.add_argument("--debug", action="store_true", help="show where in the code an error arose")
        add_options(command)
        command.set_defaults(command=name)
    return parser


def _add_workbook(command: argparse.ArgumentParser) -> None:
    command.add_argument("workbook", metavar="WORKBOOK", help="the input workbook, an .xlsx file")
    _add_models(command)


def _add_models(command: argparse.ArgumentParser) -> None:
    command.add_argument("--models", metavar="DIR", help=_MODELS_HELP)


def _add_quiet(command: argparse.ArgumentParser, more: str = "") -> None:
    command.add_argument("--quiet", action="store_true", help=f"print nothing but errors{more}")


def _run(command: argparse.ArgumentParser) -> None:
    _add_workbook(command)
    command.add_argument("--report", action="store_true", help="write a report too: report.docx and report.html")
    _add_options_of_run(command)


def _reproduce(command: argparse.ArgumentParser) -> None:
    command.add_argument("results", metavar="RESULTS.xlsx", help="a results.xlsx that hecon run wrote")
    command.add_argument("--workbook", metavar="FILE", help="the input workbook, if it is no longer where it was")
    _add_models(command)
    _add_quiet(command, "; the exit status tells")


def _report(command: argparse.ArgumentParser) -> None:
    _add_workbook(command)
    _add_options_of_run(command)
    command.set_defaults(report=True)


def _live(command: argparse.ArgumentParser) -> None:
    _add_workbook(command)
    command.add_argument(
        "--out", metavar="FILE", help="the workbook to write (default: NAME OF THE WORKBOOK_live.xlsx)"
    )
    command.add_argument("--equations", metavar="FILE", help="write its equations there too, as LaTeX (.tex) or .html")
    command.add_argument("--redact", action="store_true", help="list values in the place of confidential ones")
    _add_quiet(command)


def _verify(command: argparse.ArgumentParser) -> None:
    _add_workbook(command)
    command.add_argument("--short", action="store_true", help="the quick checks only, as every run makes them")
    command.add_argument("--all", action="store_true", help="list the checks that passed and that do not apply too")
    command.add_argument("--out", metavar="DIR", help="write health.csv there: what was changed, expected and found")
    _add_quiet(command, "; the exit status tells")


def _diff(command: argparse.ArgumentParser) -> None:
    command.add_argument("old", metavar="OLD", help="the earlier input workbook")
    command.add_argument("new", metavar="NEW", help="the later one")
    _add_models(command)
    command.add_argument("--out", metavar="DIR", help="write diff.xlsx there, and every table as CSV")


def _compare(command: argparse.ArgumentParser) -> None:
    command.add_argument("workbooks", metavar="WORKBOOK", nargs="+", help="two or more input workbooks")
    _add_models(command)
    command.add_argument("--out", metavar="DIR", help="write compare.xlsx, compare.svg and every table as CSV there")


def _voi(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "file", metavar="FILE.csv", help="one row a draw: cost_NAME and qaly_NAME of each strategy, inputs"
    )
    command.add_argument("--strategies", metavar="NAMES", help="such as A,B; where inputs are called cost_... too")
    command.add_argument(
        "--willingness-to-pay", metavar="NUMBERS", type=_setting("willingness_to_pay"), help="such as 50000,100000"
    )
    command.add_argument(
        "--group", action="append", metavar="NAME=INPUT,INPUT", help="inputs to value together; repeat it"
    )
    command.add_argument("--population", type=float, metavar="N", help="people the decision is for")
    command.add_argument("--out", metavar="DIR", help="write every table there as CSV")


def _fit(command: argparse.ArgumentParser) -> None:
    _add_workbook(command)
    command.add_argument(
        "--out", metavar="NEW.xlsx", required=True, help="the new workbook; the one given is left alone"
    )
    command.add_argument(
        "--families", metavar="NAMES", type=_names, help="families to fit instead of the seven standard ones"
    )
    command.add_argument(
        "--knots", metavar="NUMBERS", type=_knots, default=(1, 2), help="inner knots of splines, such as 1,2,3, or 0"
    )
    command.add_argument(
        "--cure", metavar="FORMS", type=_names, default=(), help="cure models too: mixture, non_mixture or both"
    )
    _add_quiet(command)


def _add(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "dimension", metavar="WHAT", help="strategy, drug, state, scenario, or any other of sheet Labels"
    )
    command.add_argument("name", metavar="NAME", help="what it is called")
    command.add_argument("--like", metavar="OTHER", required=True, help="the one whose rows are copied and marked")
    command.add_argument("workbook", metavar="WORKBOOK", help="the input workbook, which is left alone")
    command.add_argument("--out", metavar="NEW.xlsx", required=True, help="the workbook to write; it must not exist")


def _new(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", metavar="DIR", help="a folder that does not exist yet, or is empty")
    command.add_argument(
        "--example", metavar="NAME", help="a workbook that comes with hecon, with its model, to start from"
    )


def _add_options_of_run(run: argparse.ArgumentParser) -> None:
    """Give a command the options of a run: which analyses, their sizes, where they run, and the form of a report."""
    run.add_argument("--out", metavar="DIR", help="folder for the results (default: results/NAME OF THE WORKBOOK)")
    run.add_argument(
        "--horizons",
        metavar="YEARS",
        type=_setting("horizons"),
        help="horizons instead of those on Settings, such as '1; 3; 5'",
    )
    run.add_argument("--no-scenarios", action="store_true", help="leave the scenarios out")
    run.add_argument(
        "--no-sensitivity", action="store_true", help="base case and scenarios only: no one-way, PSA, value, Sobol"
    )
    names = ", ".join(ANALYSES)
    run.add_argument("--only", metavar="NAMES", type=_analyses, help=f"beside the base case only some of {names}")
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
    run.add_argument(
        "--workers", metavar="N", type=_whole, help="threads or processes (default: one a processor); 1: one thread"
    )
    run.add_argument(
        "--profile", metavar="NAME", default="", help=f"the payer whose form the report takes: {', '.join(PAYERS)}"
    )
    run.add_argument(
        "--template", metavar="FILE", help="a .docx whose styles, page, header and footer the report takes"
    )
    run.add_argument("--redact", action="store_true", help=_REDACT_HELP)
    shown = run.add_mutually_exclusive_group()
    shown.add_argument("--verbose", action="store_true", help="print every table and finding, not the answer alone")
    shown.add_argument("--quiet", action="store_true", help="print nothing but errors")


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


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _knots(text: str) -> tuple[int, ...]:
    numbers = _names(text)
    if not numbers or not all(number.isdigit() and int(number) <= 4 for number in numbers):
        raise argparse.ArgumentTypeError("must be whole numbers from 1 to 4, such as 1,2; or 0 for no splines")
    return tuple(int(number) for number in numbers if int(number))


def _engine(text: str) -> str:
    from hecon.analysis.psa.engines import refuse_engine_name

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

    try:
        return tuple(one_of(name.strip(), ANALYSES, "analysis") for name in text.split(",") if name.strip())
    except HeconError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


#: Every command: its name, what it does, and what is said to it.
_COMMANDS: tuple[tuple[str, str, Callable[[argparse.ArgumentParser], None]], ...] = (
    ("run", "run a workbook and write the results", _run),
    ("reproduce", "run an export of hecon run again, and compare every number and text of it", _reproduce),
    ("report", "run a workbook and write everything, with a Word and an HTML report", _report),
    ("live", "write the model as a workbook of formulas that recomputes in Excel", _live),
    ("check", "read a workbook and try it out; write nothing", _add_workbook),
    ("verify", "try the model to death: every check of its health, with a verdict", _verify),
    ("diff", "list what differs between two workbooks, and what that does to the results", _diff),
    ("compare", "put workbooks side by side: inputs that differ, results by horizon", _compare),
    ("voi", "value of information of a probabilistic analysis from any tool", _voi),
    ("fit", "fit survival curves to the evidence in a workbook, into a new workbook", _fit),
    ("add", "write a new workbook with one more strategy, drug, state or scenario", _add),
    ("new", "create a project folder that runs", _new),
)
