"""The workbook format, declared once: every sheet, every column, every bound.

The reader, the template writer with its drop-downs and its Guide sheet, and the documentation are
derived from the tables below. A new column is a line here and nowhere else.

Each sheet has a title in A1, a line of help in A2, its headers in row 4 and its rows from row 5 on.
Sheets may stand in any order; their names are exact. A sheet whose name starts with ``Notes`` is free,
and so is a column whose header starts with ``my``.
"""

# ruff: noqa: E501  (a table reads best with one row a line)
from __future__ import annotations

from dataclasses import replace

from hecon.domains import AT_LEAST_0, POSITIVE, SHARE, UTILITY, Domain
from hecon.inputs.columns import Column, Sheet
from hecon.inputs.common_columns import (
    ENDPOINT_COLUMN,
    NOTE_COLUMN,
    SOURCE_COLUMN,
    SOURCE_OF_ALL_COLUMN,
    STATUS_COLUMN,
    STATUS_IF_KNOWN_COLUMN,
    STRATEGY_COLUMN,
    TIME_UNIT_COLUMN,
    label_column,
)
from hecon.inputs.control_columns import CONTROL_SHEET
from hecon.inputs.cost_items import COST_ITEMS, ITEM_FLOWS, ITEM_KINDS, flow_words
from hecon.inputs.distributions import DISTRIBUTIONS, FIXED
from hecon.inputs.evidence_sheets import EVIDENCE_SHEETS
from hecon.inputs.expectations import EXPECTED
from hecon.inputs.likelihoods import LIKELIHOODS
from hecon.inputs.map_columns import MAP, MAP_COLUMNS
from hecon.inputs.quantities import (
    EFFECTS,
    FAMILY,
    FAMILY_COEFFICIENTS,
    INCLUDED_IN,
    TAILS,
    standard_error_of_mean,
)
from hecon.inputs.together import names as distributions
from hecon.inputs.together import natural_words
from hecon.survival.waning import WANING_SHAPES
from hecon.units import PRICES_PER, units_of_a_pack

HEADER_ROW = 4
FIRST_ROW = HEADER_ROW + 1
GUIDE = "Guide"
FREE_PREFIX = "Notes"
#: Columns whose headers begin so are the author's own: they are not read.
OWN_PREFIX = "my "
#: Sheets whose names begin so hold the formulas of a live workbook: they follow from the input sheets beside them.
CALCULATED_PREFIX = "Live "
DAYS_SEPARATOR = ", "

#: Columns of a parameter sheet that a template shows only where a row uses them.
TAIL = "tail"
#: Columns of Curves for what is done to a curve, in this order, after its reference and effect; shown where used.
CURVE_STEPS = ("waning", "wanes_to", "landmark")
#: Columns of Checks that are written where they are used.
CHANGES_FIRST, EXPECTED_THEN = "changed", "expected"
RARE = (
    "sd", "n", "coverage", "natural_1", "natural_2", "truncate_low", "truncate_high", "group", "include", "confidential",
    "list_value",
)  # fmt: skip
_ROUTES = ("iv", "sc", "oral")
DOSE_UNITS = ("mg", "mg/kg", "mg/m2")
_BODY_SIZES = ("mean", "distribution")
_INTENSITIES = ("doses", "amount")
DISPENSING = ("by_dose", "by_treatment_cycle")
TRANSITIONS = "Transitions"
#: Who is treated in the years after a decision, with what, and with what share of the market: no line of a model.
BUDGET_IMPACT, MARKET = "Budget impact", "Market"
TRANSITION_KINDS = ("probability", "rate", "count", "remaining")
SEXES = ("female", "male", "both")
#: Columns of Curves that a scenario may change.
CURVE_TARGETS = ("family", "reference", "reference_endpoint", "effect", *CURVE_STEPS)
#: Words that cannot name a dimension: they already mean something in a result or on a sheet.
RESERVED = ("draw", "cycle", "horizon", FAMILY)

_OUTCOMES = ("cost", "life_years", "progression_free_life_years", "qaly")
_INCREMENTS = tuple(f"incremental_{name}" for name in _OUTCOMES)
_MEASURES = (*_OUTCOMES, *(f"undiscounted_{name}" for name in _OUTCOMES), *_INCREMENTS, "icer")


#: Columns of Scenarios that say how uncertain a new value is.
SCENARIO_RANGE = ("low", "high", "distribution")

_PARAMETER_COLUMNS = (
    Column("parameter", "name", "Name of the parameter, as the model asks for it.", True, width=30),
    Column("value", "number", "Base-case value. A formula is fine once Excel has calculated it.", True, width=13),
    Column("unit", "text", "Unit of the value, such as USD, USD/mg, USD/year, per month, days, share, ratio, utility, or [one of your own]; it is compared with the name.", width=17),
    Column("low", "number", "Lower end: of the 95% interval, or of a uniform, triangular or pert distribution.", width=11),
    Column("high", "number", "Upper end, likewise.", width=11),
    Column("se", "number", "Standard error; where blank it follows from sd and n, or from low and high.", bounds=POSITIVE, width=11, follows=lambda row: standard_error_of_mean(row.get("sd"), row.get("n")), follows_where="sd"),
    Column("distribution", "choice", "How uncertain the value is; blank is fixed.", allowed=distributions(), default=FIXED),
    Column("sd", "number", "Standard deviation between patients, as a paper gives it: with n the standard error is sd / root of n.", bounds=POSITIVE, width=11),
    Column("n", "number", "Number of patients that sd is of.", bounds=Domain(1), whole=True, width=9),
    Column("coverage", "number", "Share of the distribution that lies between low and high; blank is 0.95.", bounds=Domain(0, 1, open_low=True)),
    Column("natural_1", "number", f"Instead of se or range: {natural_words(0)}."),
    Column("natural_2", "number", f"Instead of se or range: {natural_words(1)}."),
    Column("truncate_low", "number", "Cut the distribution off below."),
    Column("truncate_high", "number", "Cut the distribution off above."),
    Column("group", "text", "Rows with one group are drawn together: the shares of a dirichlet, empirical draws of one set."),
    Column("include", "choice", "Which analyses vary the row: blank all, tornado the one-way analysis alone, psa draws and what is made of them alone, no neither.", allowed=INCLUDED_IN, width=11),
    Column("confidential", "choice", "yes: hecon run --redact blanks it, and all that moves with it, in every file.", allowed=("yes", "no")),
    Column("list_value", "number", "The public number in the place of a confidential one, such as a list price."),
    Column("price_year", "number", "Year of a price or cost; moves it to the price year of Settings.", bounds=Domain(1900, 2200), whole=True, width=11),
    STATUS_COLUMN,
    SOURCE_COLUMN,
    NOTE_COLUMN,
)  # fmt: skip


_TRANSITION_COLUMNS = (
    label_column("state", "The state that is left.", name="from"),
    label_column("state", "The state that is entered; the same state is staying, which is what remains unless it is given.", name="to"),
    Column("kind", "choice", "probability: in a model cycle. rate: a year. count: observed transitions, shares of their row. remaining: what the others of its row leave.", True, allowed=TRANSITION_KINDS, width=13),
    replace(_PARAMETER_COLUMNS[1], meaning="The probability, rate or count; blank for remaining.", required=False),
    *_PARAMETER_COLUMNS[2:7],
    STATUS_IF_KNOWN_COLUMN,
    SOURCE_COLUMN,
    NOTE_COLUMN,
)  # fmt: skip

_ITEM_COLUMNS = (
    Column("item", "text", "Name of the item: a line of the results, another one than the model's own.", True, width=30),
    Column("kind", "choice", "cost, or qaly: QALYs gained (lost, if the value is negative).", allowed=ITEM_KINDS, default="cost", width=9),
    Column("flow", "choice", f"What the value is multiplied with. {flow_words()}", True, allowed=tuple(ITEM_FLOWS), width=17),
    label_column("state", "The state that is entered; for a transition.", required=False, name="to"),
    Column("year", "number", "Years since the start; for once_at.", bounds=AT_LEAST_0, unit="years", width=9),
    replace(_PARAMETER_COLUMNS[1], meaning="Cost, or QALYs, of one unit of the flow; for time, of the time in the unit."),
    replace(_PARAMETER_COLUMNS[2], meaning="Unit of the value: USD/month, USD/year, ... for time in a state or on treatment, USD for everything else; of QALYs a utility for time, QALY for everything else."),
    *_PARAMETER_COLUMNS[3:],
)  # fmt: skip


def _parameter_sheet(name: str, help_: str, *keys: str) -> Sheet:
    return Sheet(name, help_, _PARAMETER_COLUMNS, role="parameters", keys=keys, free_keys=True)


# --- the sheets ---

SHEETS: tuple[Sheet, ...] = (
    CONTROL_SHEET,
    Sheet(
        "Settings",
        "How the analysis is run. Change the yellow cells only.",
        (
            Column("setting", "name", "Name of the setting.", True, width=24),
            Column("value", "any", "Its value.", width=34),
            Column("allowed", "text", "What it may be.", width=44),
            Column("meaning", "text", "What it does.", width=70),
        ),
        role="settings",
        required=True,
        unique=("setting",),
    ),
    Sheet(
        "Labels",
        "The labels of every dimension, in the order in which results show them. Every other sheet uses these words.",
        (
            Column("dimension", "name", "The dimension: strategy, state, endpoint, drug, event, infusion, or your own.", True, width=20),
            Column("label", "text", "One of its labels; results show them in the order in which they stand here.", True, width=32),
            Column("description", "text", "For people; not used.", width=70),
        ),
        role="labels",
        required=True,
        unique=("dimension", "label"),
    ),
    Sheet(
        "Curves",
        "Which survival curve is in use for each strategy and endpoint: a family with coefficients on Survival, or a reference curve and an effect.",
        (
            STRATEGY_COLUMN,
            ENDPOINT_COLUMN,
            Column("family", "choice", "Survival family; blank when the row takes a reference curve.", allowed=tuple(FAMILY_COEFFICIENTS), width=22),
            replace(TIME_UNIT_COLUMN, meaning="Unit of time of the coefficients, and of the times of an effect."),
            label_column("strategy", "Take the curve of this strategy; blank with a reference_endpoint is the same strategy.", required=False, name="reference"),
            label_column("endpoint", "Take the curve of this endpoint; blank is the same endpoint.", required=False, name="reference_endpoint"),
            Column("effect", "choice", "What turns the reference curve into this one; its size stands on Survival.", allowed=EFFECTS, width=20),
            Column(CURVE_STEPS[0], "choice", "How the hazard ratio of the effect goes to 1 between waning_start and waning_end on Survival: linear, log_linear (its logarithm along a straight line), or at_once at waning_start.", allowed=WANING_SHAPES, width=11),
            label_column("strategy", "Strategy whose hazard, of the same endpoint, this curve goes over to between waning_start and waning_end on Survival.", required=False, name=CURVE_STEPS[1]),
            Column(CURVE_STEPS[2], "choice", "yes: survival is then held to landmark_survival at landmark_time of Survival, by a hazard ratio from landmark_since on.", allowed=("yes", "no"), width=10),
            Column(TAIL, "choice", "Family whose hazard goes on where the points of kaplan_meier or survival_table end, with coefficients on Survival. Needed where they end before a horizon.", allowed=TAILS, width=22),
            NOTE_COLUMN,
        ),
        unique=("strategy", "endpoint"),
    ),
    Sheet(
        "Curve weights",
        "Families among which each draw of a probabilistic analysis takes one, instead of the family on Curves: structural uncertainty. Without rows every draw has that family.",
        (
            ENDPOINT_COLUMN,
            label_column("strategy", "Which strategy chooses apart from the others; blank is all that have a family on Curves, which then take the same one.", required=False),
            Column("family", "choice", "A survival family with coefficients on Survival.", True, allowed=tuple(FAMILY_COEFFICIENTS), width=22),
            Column("weight", "number", "How likely the family is, against the others of the endpoint; they need not sum to 1.", bounds=AT_LEAST_0),
            Column("aic", "number", "Instead of weights: Akaike's criterion of each fit; a family weighs exp(-AIC / 2)."),
            NOTE_COLUMN,
        ),
        unique=("endpoint", "strategy", "family"),
    ),
    _parameter_sheet("Survival", "Coefficients of every fitted family, and the effects against a reference curve. Curves says which are in use.", "strategy", "endpoint", FAMILY),
    _parameter_sheet("Population", "Who the patients are."),
    _parameter_sheet("Prices", "Drug prices and the share of planned doses that is given.", "strategy", "drug"),
    Sheet(
        "Packs",
        "The packs each drug comes in. A pack costs priced_as x drug_price.",
        (
            label_column("drug", "The drug."),
            Column("size", "number", "Amount in one vial, syringe or capsule.", True, bounds=POSITIVE, unit="mg"),
            Column("unit", "choice", "Unit of the size.", allowed=("mg",), default="mg", width=9),
            Column("price_per", "choice", "What drug_price is the price of: mg, or pack (this vial, syringe, capsule or tablet). Blank is what the unit of drug_price says (USD/mg), or priced_as; where neither says it, it is needed.", allowed=PRICES_PER, width=11),
            Column("priced_as", "number", "Priced units in one pack, where that is not said by price_per: blank is its size when the price is per mg, 1 when it is per pack.", bounds=AT_LEAST_0, follows=lambda row: units_of_a_pack(row["price_per"], row["size"]), follows_where="price_per"),
            STATUS_IF_KNOWN_COLUMN,
            SOURCE_COLUMN,
            NOTE_COLUMN,
        ),
        unique=("drug", "size"),
    ),
    Sheet(
        "Schedules",
        "Doses by treatment cycle and day. The rows of one drug follow each other without a gap: from_cycle 1, then to_cycle + 1.",
        (
            STRATEGY_COLUMN,
            label_column("drug", "The drug."),
            Column("from_cycle", "number", "First treatment cycle of the row.", True, bounds=Domain(1), whole=True, width=11),
            Column("to_cycle", "number", "Last treatment cycle of the row; blank is onwards.", bounds=Domain(1), whole=True, width=11),
            Column("days", "days", "Days of the treatment cycle on which a dose is given.", True, width=24),
            Column("dose", "number", "Dose on each of those days.", True, bounds=AT_LEAST_0, width=9),
            Column("unit", "choice", "Unit of the dose.", True, allowed=DOSE_UNITS, width=9),
            Column("route", "choice", "How it is given.", True, allowed=_ROUTES, width=9),
            Column("cycle_days", "number", "Length of a treatment cycle.", bounds=Domain(1), whole=True, default=28, unit="days", width=11),
            Column("share", "number", "Share of patients on this row; the shares of rows that dose the same day sum to 1.", bounds=Domain(0, 1, open_low=True), default=1.0, width=9),
            Column("size_cap", "number", "Largest weight or surface that counts; blank is none.", bounds=POSITIVE, unit="kg or m2", width=9),
            Column("max_dose", "number", "Largest dose; blank is none.", bounds=POSITIVE, unit="mg", width=10),
            Column("body_size", "choice", "Dose for the mean patient, or over the distribution between patients.", allowed=_BODY_SIZES, default="mean"),
            Column("wastage", "yes_no", "yes: what is left in an opened vial is thrown away. no: vials are shared.", default="yes", width=10),
            Column("intensity", "choice", "What relative_dose_intensity reduces: the number of doses, or the amount of each.", allowed=_INTENSITIES, default="doses", width=11),
            Column("dispensed", "choice", "When the drug is paid: by_dose on the day of each dose, by_treatment_cycle all doses of the row on day 1 of their treatment cycle, by those then on treatment. Blank: by_treatment_cycle for oral drugs, by_dose for others. Without effect where the setting dose_timing is cycle_start.", allowed=DISPENSING, width=19),
            Column("paid_to_cycle", "number", "Last treatment cycle whose doses the payer pays; those of later ones are given free. Blank is all.", bounds=AT_LEAST_0, whole=True, width=13),
            STATUS_IF_KNOWN_COLUMN,
            SOURCE_COLUMN,
            NOTE_COLUMN,
        ),
        needs=("Packs", "Prices"),
    ),
    _parameter_sheet("Administration", "What it costs to give a dose.", "drug", "infusion"),
    _parameter_sheet("Adverse events", "How often side effects occur, what they cost and what they take from quality of life.", "strategy", "event"),
    _parameter_sheet("Care costs", "Disease management, later therapy and terminal care.", "strategy", "state"),
    _parameter_sheet("Utilities", "Quality of life: 1 is full health, 0 is dead.", "strategy", "state"),
    Sheet(
        TRANSITIONS,
        "Transitions of a Markov model. What is not here is 0; staying takes what remains. A strategy column is needed only where strategies differ.",
        _TRANSITION_COLUMNS,
        role="parameters",
        keys=("strategy",),
        free_keys=True,
        named_by=("from", "to"),
    ),
    Sheet(
        COST_ITEMS,
        "Costs and QALYs that the model does not know: each row is a line of the results, no code. Rows of one item have one kind, flow and unit; a strategy, state or drug without a row has none of it.",
        _ITEM_COLUMNS,
        role="parameters",
        keys=("strategy", "state", "drug"),
        free_keys=True,
        named_by=("item",),
    ),
    _parameter_sheet("Parameters", "Any other parameter that a model asks for."),
    _parameter_sheet(BUDGET_IMPACT, "Members of the plan and how many of them are treated each year. The shares of the treatments stand on Market."),
    Sheet(
        MARKET,
        "Share of each treatment among those who start one, by year after the decision: without the new treatment, and with it.",
        (
            STRATEGY_COLUMN,
            Column("year", "number", "Year after the decision: 1 is the first.", True, bounds=Domain(1, 20), whole=True, width=9),
            Column("scenario", "text", "Blank is the base case; a name is another market, which replaces all of its shares. A scenario on Scenarios of the same name goes with it.", width=24),
            Column("share_without", "number", "Share of those who start in the year, if the new treatment does not come.", True, bounds=SHARE, width=15),
            Column("share_with", "number", "Share of those who start in the year, if it comes: its uptake.", True, bounds=SHARE, width=15),
            STATUS_COLUMN,
            SOURCE_COLUMN,
            NOTE_COLUMN,
        ),
        unique=("strategy", "year", "scenario"),
        needs=(BUDGET_IMPACT,),
    ),
    Sheet(
        "Price index",
        "Moves costs from their price year to the price year of Settings.",
        (
            Column("year", "number", "Calendar year.", True, bounds=Domain(1900, 2200), whole=True),
            Column("index", "number", "Price index of the year.", True, bounds=POSITIVE),
            STATUS_IF_KNOWN_COLUMN,
            SOURCE_COLUMN,
        ),
        unique=("year",),
    ),
    *EVIDENCE_SHEETS,
    Sheet("Correlations", "Rank correlations between inputs that have distributions of their own.", (
        Column("input_1", "text", "An input: its parameter and labels, such as drug_price: daratumumab.", True, width=40),
        Column("input_2", "text", "Another input.", True, width=40),
        Column("correlation", "number", "Their rank correlation.", True, bounds=Domain(-1, 1)),
    ), unique=("input_1", "input_2")),
    Sheet("Order", "Inputs of which one is never above another, such as utilities before and after progression; draws keep the order.", (
        Column("higher", "text", "An input with a distribution of its own, such as utility: progression_free.", True, width=40),
        Column("lower", "text", "The input that is never above it, such as utility: progressed.", True, width=40),
        NOTE_COLUMN,
    ), unique=("higher", "lower")),
    Sheet("Draws", "Draws made elsewhere, such as a Bayesian posterior, of the inputs whose distribution is empirical.", (
        Column("draw", "number", "Number of the draw.", True, bounds=AT_LEAST_0, whole=True, width=9),
        Column("parameter", "name", "The parameter.", True, width=30),
        Column("value", "number", "Its value in the draw.", True),
    ), unique=("draw", "parameter"), free_keys=True),
    Sheet(
        "Life table",
        "Yearly probability of death of the general population, for models that bound survival by it (he.survival.general_population). Age and share_female stand on Population.",
        (
            Column("age", "number", "Age in whole years.", True, bounds=Domain(0, 130), whole=True, width=9),
            Column("sex", "choice", "Sex.", True, allowed=SEXES, width=9),
            Column("death_probability", "number", "Probability of death within the year.", True, bounds=SHARE, width=18),
            SOURCE_OF_ALL_COLUMN,
        ),
        unique=("age", "sex"),
    ),
    Sheet(
        "Utility norms",
        "Quality of life of the general population by age, for severity (QALE and shortfall) and for utilities that fall with age (he.states.age_adjustment).",
        (
            Column("age", "number", "Age in whole years from which on the norm holds, until the next one.", True, bounds=Domain(0, 130), whole=True, width=9),
            Column("sex", "choice", "Sex.", True, allowed=SEXES, width=9),
            Column("utility", "number", "Mean utility of the general population.", True, bounds=UTILITY, width=12),
            SOURCE_OF_ALL_COLUMN,
        ),
        unique=("age", "sex"),
    ),
    Sheet(
        "Scenarios",
        "Named sets of changes. Rows with the same scenario name belong together.",
        (
            Column("scenario", "text", "Name of the scenario.", True, width=34),
            Column("target", "name", "What changes: a parameter, a setting, or a column of a curve such as family, reference or effect.", True, width=26),
            label_column("strategy", "Which strategy; blank is all of them.", required=False),
            label_column("endpoint", "Which endpoint; blank is all of them.", required=False),
            label_column("drug", "Which drug; blank is all of them.", required=False),
            label_column("state", "Which state; blank is all of them.", required=False),
            label_column("event", "Which adverse event; blank is all of them.", required=False),
            Column("value", "any", "The new value.", width=20),
            Column("low", "number", "Lower end of the 95% interval, where the new value of a parameter is itself uncertain: the scenario is drawn too.", width=11),
            Column("high", "number", "Upper end, likewise.", width=11),
            Column("distribution", "choice", "How it is then drawn; blank is as the row of the parameter.", allowed=tuple(DISTRIBUTIONS)),
            Column("description", "text", "Why the scenario is of interest.", width=60),
        ),
        unique=("scenario", "target", "strategy", "endpoint", "drug", "state", "event"),
        free_keys=True,
    ),
    Sheet(
        MAP,
        "Axes of a decision map, and the pattern over horizons to look for in it: every combination of choices and values is run.",
        (
            *MAP_COLUMNS,
            NOTE_COLUMN,
        ),
        unique=("kind", "axis", "name"),
    ),
    Sheet(
        "Studies",
        "Studies that could be done, for the expected value of sample information. One row a measurement; rows with the same design belong together.",
        (
            Column("design", "text", "Name of the study.", True, width=30),
            Column("arm", "text", "Measurements of the same arm are made on the same persons, who count once.", width=16),
            Column("input", "text", "What is measured: an uncertain input, such as utility: progressed; for likelihood survival a curve, such as overall_survival: New treatment.", True, width=40),
            Column("likelihood", "choice", "What is observed. " + " ".join(f"{name}: {own.meaning}." for name, own in LIKELIHOODS.items()), True, allowed=tuple(LIKELIHOODS), width=13),
            Column("sample_size", "number", "Persons who are measured.", True, bounds=Domain(1), whole=True, width=13),
            Column("sd", "number", "Standard deviation between persons; for a normal.", bounds=POSITIVE, width=9),
            Column("follow_up", "number", "Follow-up of a person, in the time unit of the rate or curve; for a poisson, an exponential and survival.", bounds=POSITIVE, width=11),
            Column("event_share", "number", "Share of the persons with an event by the end; for a hazard_ratio. Blank is 1.", bounds=Domain(0, 1, open_low=True), width=12),
            Column("fixed_cost", "number", "Cost of the study whatever its size; once a design.", bounds=AT_LEAST_0, width=13),
            Column("cost_per_participant", "number", "Cost of each person in it; once a design.", bounds=AT_LEAST_0, width=20),
            Column("delay", "number", "Years until it reports; patients before then do not profit. Once a design.", bounds=AT_LEAST_0, unit="years", width=9),
            STATUS_COLUMN,
            SOURCE_COLUMN,
            NOTE_COLUMN,
        ),
        unique=("design", "arm", "input"),
    ),
    Sheet(
        "Checks",
        "Results that must come out, each with the range it must lie in; also after a change of inputs, which moves them as expected.",
        (
            Column("check", "text", "Name of the check.", True, width=34),
            STRATEGY_COLUMN,
            label_column("strategy", "Against which strategy; blank for a total.", required=False, name="comparator"),
            Column("horizon_years", "number", "Time horizon.", True, bounds=POSITIVE, unit="years"),
            Column("measure", "choice", "A column of summary.csv or incremental.csv.", True, allowed=_MEASURES, width=30),
            Column("changed", "text", "Inputs or settings that are changed first, such as drug_price: isatuximab = 0; utility * 0.9 (a name without labels is all of its rows). Blank: the base case.", width=40),
            Column("expected", "choice", "How the result then stands to that of the base case; blank where low and high say it.", allowed=EXPECTED, width=14),
            Column("low", "number", "At least.", width=14),
            Column("high", "number", "At most.", width=14),
            NOTE_COLUMN,
        ),
        unique=("check",),
    ),
)  # fmt: skip
SHEETS_BY_NAME = {sheet.name: sheet for sheet in SHEETS}
PARAMETER_SHEETS = tuple(sheet.name for sheet in SHEETS if sheet.role == "parameters")
STRUCTURE_SHEETS = tuple(sheet.name for sheet in SHEETS if sheet.role == "structure")
