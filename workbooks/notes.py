"""The free sheets of text: what a workbook is, how far to trust it, and which published numbers it does not use."""

from __future__ import annotations

from workbooks import curves
from workbooks.book import Book

STATUS = (
    "Status. 'reported' was read in the source cited, often its abstract or one table. 'derived' was computed from reported "
    "numbers, as the note says. 'assumed' is a judgement, a placeholder or a number from memory that nobody has verified: these "
    "rows are tinted, and a result that rests on them needs them replaced."
)
STUDIES = (
    "Studies. The designs on sheet Studies and the number of patients on sheet Population are examples: their sizes, costs and "
    "delays are assumed. They say what the value of information would be if they were so."
)
INTENSITY = (
    "Doses. Every planned dose is given (relative dose intensity 100 %, ±10 % assumed): no intensity was seen for any regimen. "
    "Stopping for side effects (7.2 % with Isa-Pd, 12.8 % with Pd; 8.5 % with Isa-Kd, 13.9 % with Kd) is not in the base case, where "
    "treatment lasts until progression; the scenarios 'Treatment as reported' put bounds on what that overstates."
)
COSTS = (
    "Costs. List prices (wholesale acquisition costs) of 2020; what Medicare paid in 2019 is a scenario. Every cost has a price year "
    "and is moved to 2020 by the consumer price index of medical care. A further line is paid by those who progress. "
    "Terminal care is all that the last 30 days cost: the care after progression of these days is taken off, so that no month is "
    "paid twice."
)
NOT_USED = "Notes on unused evidence"
_BOTH_UNUSED = (
    "What is published and not used, and why. Numbers are reported unless said otherwise.",
    "Infections of grade 3 or worse: 43 % with Isa-Pd, 38 % with Isa-Kd (the review, sect. 5). Pneumonia alone has a cost; that of "
    "the other infections (18 and 19 points) was not seen.",
    "Second primary malignancies 3.9 % with Isa-Pd, 0.7 % with Pd, 7.3 % with Isa-Kd, 4.9 % with Kd; side effects that end in death 7.2, "
    "8.7, 3.4 and 3.3 %: deaths are in overall survival, late malignancies have no cost here.",
    "Infusions interrupted for a reaction: 28.9 % of patients with Isa-Pd, 29.9 % with Isa-Kd; isatuximab stopped for one 2.6 and "
    "0.6 %: vials lost to them are not known.",
    "Isatuximab infused in 30 minutes (interview with a clinician): the first hour is billed all the same; no result changes.",
    "Average Medicare spending on daratumumab 47.06, 49.90 and 48.89 USD per 10 mg in 2017-19, on carfilzomib 30.05, 31.14, 31.69, 31.34 "
    "and 33.27 USD per mg in 2015-19: net of sequestration and of what patients pay; the payment amounts are used instead.",
    "Bortezomib as Medicare paid in 2019 (44.82 USD per 0.1 mg), prices in Australia (daratumumab 584.19 and 2,336.76 AUD a vial, "
    "carfilzomib 200.92, 602.75, 1,205.49, pomalidomide 3,325.83, dexamethasone 4.84, infusion preparation 91.23), costs and "
    "utilities of the Monash Myeloma Model, German annual costs of daratumumab (162,462-241,307 EUR): other settings.",
    "Costs of the Monash Myeloma Model a year (initial 41,982, continuing 20,375, terminal 85,763 AUD of 2025): another setting.",
    "Relapse and mortality ratios of isatuximab or daratumumab with a backbone (IHME Vivarium, commit 20b645e: relapse 0.489 (0.292-0.818) "
    "with an immunomodulator, 0.640 (0.491-0.835) with a proteasome inhibitor; mortality 0.763 (0.429-1.357) and 0.761 (0.486-1.192); "
    "backbones 1.439 (1.045-1.98) and 1.310 (1.152-1.49), 1.196 and 1.336) set both antibodies equal by assumption: as the scenario 'No difference in efficacy' does. The same group's hazard ratios by drug, "
    "from trials (isatuximab 0.814, 0.593-1.056; daratumumab 0.949, 0.581-1.681) and from practice (1.283, 0.878-1.718; 1.146), are "
    "of second line and later, whatever the partner.",
    "Mean body size in Germany (G-BA, from Destatis 2018: 172 cm, 77 kg, 1.90 m2): the same vials as at 80 kg and 1.85 m2; no result changes.",
    "Body size in a public model of pomalidomide, daratumumab and carfilzomib (79.0 kg, 1.91 m2): where it comes from is not said.",
)
_PD_UNUSED = (
    "Response: at least partial 60 % with Isa-Pd, 35 % with Pd; very good partial or better 32 and 9 %: no state of the model.",
    "Time to next treatment 15.5 against 8.9 months (hazard ratio 0.56, 0.42-0.74) could date the further line, which is paid at "
    "progression here.",
    "Overall survival against Pd at 35.3 months of follow-up: hazard ratio 0.76 (0.58-1.01). The final 0.78 is used; this is the cut "
    "that an author of 2021 could have had.",
    "Side effects of grade 3 or worse without a cost here (Sarclisa label, Isa-Pd and Pd): upper respiratory infection 9.0 and 3.4 %, "
    "dyspnoea 5.0 and 1.3, diarrhoea 2.0 and 0.7, infusion reaction 2.6 and 0, lymphopenia of grade 3 42 and of grade 4 13 (Isa-Pd). Febrile "
    "neutropenia 12.3 % in the label's grouping, pneumonia 25.3 and 18.7 %: one grouping, that of the review, is used for both arms.",
    "Laboratory rates of Isa-Pd and Pd stand beside reported events of Dara-Pd (MMY1001), whose laboratory rates were not seen; "
    "APOLLO's rates with Pd were not seen either, so that they cannot be anchored. Coded as a side effect, neutropenia was 45.4 % with "
    "Isa-Pd: not the measure of MMY1001.",
    "Subgroups of the trials against Pd (Ann Hematol 2022;101:2123, Table 2) that no scenario takes: under 65 years 0.66 (0.40-1.07) and "
    "0.69 (0.44-1.09), anchored 0.957 (0.490-1.868); 2 or 3 lines 0.59 and 0.66, anchored 0.894 (0.536-1.490); normal renal function "
    "0.58 and 0.64, anchored 0.906 (0.526-1.562); standard risk 0.62 and 0.51, anchored 1.216 (0.660-2.240); of Isa-Pd alone 65-74 years "
    "0.64, plasmacytoma 0.22, 1q21 gain 0.50. All anchored ratios hold 1.",
    "Patients of 75 years and over in ICARIA-MM (ASH 2019, abstract 1893): hazard ratio against Pd 0.479 (0.242-0.946), medians 11.40 and 4.47 "
    "months; the table of both trials, with 0.48, is used.",
    "Medicare's spending on a capsule of pomalidomide in 2013-16 (509.93, 532.80, 567.92, 630.80 USD; 711.30 in 2017, Medicaid 690.83): the "
    "trend under the list price, of which that of 2017 is used.",
    "Results of the first version of this workbook are no inputs (all derived): the saving at 1 and 3 years and not at 5 with equal efficacy and "
    "daratumumab between 5.475 and 5.618 USD/mg; progression-free life years 0.703 against 0.629, 1.192 against 1.141 and 1.300 against 1.378 "
    "with both families of the published model, and 33,821 against 37,457, 32,572 against 32,863 and 32,427 against 31,900 USD a "
    "progression-free month (pre-progression costs), both with the published signs at 5.5 to 5.8 USD/mg; -46,094, -18,660 and 20,643 USD with the durations of the final analysis of ICARIA-MM "
    "and of APOLLO, 1,293, 101,705 and 160,154 with those of the primary analyses. The Map sheet, the scenarios and the average ratios "
    "give what this version has in their place.",
    "Median treatment of Isa-Pd of 41 weeks at the primary analysis is remembered, not verified; 9.6 months are reported and used.",
)
_KD_UNUSED = (
    "Another fit of the same steps of IKEMA's pooled curve (derived): AIC lognormal 1222.7 (median 27.025 months, sdlog 1.0267), log-logistic "
    "1226.8, gamma 1233.9, Weibull 1237.6, exponential 1246.2, Gompertz 1246.7. The fits behind this workbook lay the censored out "
    "evenly between two steps and differ by at most 0.4; the order is the same.",
    "Response: at least partial 86.6 % with Isa-Kd, 82.9 % with Kd; very good partial or better 72.6 and 56.1 %; no minimal residual "
    "disease 29.6 and 13.0 %: no state of the model. Any side effect of grade 3 or worse 77 and 67 %.",
    "Side effects of grade 3 or worse without a cost here (Sarclisa label, Isa-Kd and Kd): upper respiratory infection 9.0 and 7.0 %, "
    "fatigue 5.0 and 3.3, dyspnoea 5.0 and 0.8, infusion reaction 0.6 and 0; pneumonia in the label's wider grouping 22.4 and 17.5 %. "
    "CANDOR, Dara-Kd and Kd: respiratory infection 7.1 and 3.3 %, diarrhoea 3.9 and 0.7, fatigue 7.8 and 4.6.",
    "Subgroups (progression-free survival against Kd): IKEMA, renal impairment 0.27 (0.11-0.66), standard risk 0.440 (0.266-0.728), high "
    "risk 0.724 (0.361-1.451), 1q21+ alone 0.462 (0.219-0.972), with other high risk 0.678 (0.299-1.537); CANDOR, ISS 1-2 0.61 "
    "(0.43-0.86), ISS 3 0.72 (0.38-1.39), up to 65 years 0.57 (0.38-0.86), over 65 0.76 (0.48-1.22), frail 0.66 (0.38-1.14; medians 18.5 and 9.3 "
    "months). No subgroup is reported of both trials, so that none can be anchored: there is no scenario of one.",
    "A mixture of two lognormal arms on IKEMA's pooled curve has medians of 20.5 and 33.2 months, where 19.2 and 35.7 are published: the "
    "published ones are used, its spread of 0.930 (meanlog 3.0228) is a scenario. Its AIC is 1221.9 against 1247.0 exponential.",
)


def pomalidomide(book: Book) -> None:
    """Sheets of text of the workbook with pomalidomide."""
    book.notes["Notes"] = [
        "Isatuximab, pomalidomide and dexamethasone (Isa-Pd) against daratumumab, pomalidomide and dexamethasone (Dara-Pd) in heavily "
        "pre-treated relapsed or refractory multiple myeloma; US payer, 1, 3 and 5 years.",
        "Design. The base case follows a published partitioned survival model of this comparison as far as its methods are public "
        "(reference 58 of Isatuximab: A Review of Its Use in Multiple Myeloma (Target Oncol 2021)): three states; exponential and lognormal "
        "curves of ICARIA-MM for Isa-Pd and of MMY1001 for Dara-Pd, arms compared without adjustment; wholesale acquisition costs; "
        "premedication, management of side effects, routine care and monitoring, administration. Its numbers are not public, and "
        "nothing here claims to match them.",
        STATUS,
        "Weakest inputs. The price of pomalidomide (2020) is derived from those of 2017 and 2025, that of daratumumab from those of 2015 and "
        "2017. The later infusion times of daratumumab, the fees for chair time and several of its side effects are from memory. "
        "Monitoring, premedication and the cost of most side effects are placeholders within reported ranges.",
        "Curves. No number at risk and no digitised Kaplan-Meier curve of ICARIA-MM, MMY1001 or APOLLO was available: every curve rests on a "
        "median and at most one further point. Progression-free survival is exponential because one point allows no more; overall "
        "survival is lognormal through two points, with the covariance that gives their published intervals back (he.fit_published). Two "
        "points test no family: the exponential agrees with them too, and is a scenario. The scenario 'Dara-Pd PFS lognormal' has "
        "both families that the published model names.",
        "What the comparison can carry. MMY1001 was a phase 1b arm with a median of 4 prior lines against 3 in ICARIA-MM. Compared "
        "without adjustment, patients on Dara-Pd (MMY1001) live no longer than those on Pd alone in ICARIA-MM, which the randomised "
        "comparison in APOLLO does not bear out: the trials differ, not only the drugs. Anchored through their common comparator "
        "(ICARIA-MM and APOLLO), the randomised evidence shows no clear difference between the antibodies: see the anchored scenarios.",
        COSTS,
        "Costs beyond the published list of items (care after progression, the further line, terminal care) are included in the base "
        "case; the scenario 'Pre-progression costs only' leaves them out.",
        INTENSITY,
        "Reported durations of treatment were read at follow-ups that differ (52, 13 and 17 months): three scenarios pair them as "
        "bounds, and the sign of the cost turns between them.",
        "Uncertainty. A range that no source reports is marked 'assumed' in the note.",
        STUDIES,
    ]
    book.notes[NOT_USED] = [*_BOTH_UNUSED, *_PD_UNUSED]


def carfilzomib(book: Book) -> None:
    """Sheets of text of the workbook with carfilzomib."""
    book.notes["Notes"] = [
        "Isatuximab, carfilzomib and dexamethasone (Isa-Kd) against daratumumab, carfilzomib and dexamethasone (Dara-Kd) in relapsed or "
        "refractory multiple myeloma after 1 to 3 lines of therapy; US payer, 1, 3 and 5 years.",
        "Design. Three-state partitioned survival, in the manner of a published model of this comparison (reference 59 of Isatuximab: A "
        "Review of Its Use in Multiple Myeloma (Target Oncol 2021)), of which only the direction of its result at 1 year is known: "
        "nothing here claims to match it. Curves of IKEMA for Isa-Kd and Kd and of CANDOR for Dara-Kd, at their latest analyses; arms "
        "compared without adjustment; wholesale acquisition costs.",
        STATUS,
        "Weakest inputs. The wholesale price of carfilzomib (2020) and the rates of neutropenia, pneumonia and cardiac failure with Dara-Kd "
        "are from memory. Monitoring, premedication and the cost of most side effects are placeholders within reported ranges. Costs "
        "after progression are those of later lines, transferred.",
        "Curves. IKEMA's progression-free survival, both arms pooled, is public with its numbers at risk: survival 92.9, 79.3, 64.8, 53.0, 43.4, "
        "39.4, 35.1 and 32.1 % at 6, 12, ... 48 months, with 204, 164, 129, 100, 80, 68, 43 and 4 of 229 patients at risk and 132 events. Individual "
        "data rebuilt from its steps reject the exponential (AIC 1246.0 against 1222.5 lognormal), which was the former base case and is a "
        "scenario now. Each arm has its published median and the spread of the pooled arms, which for CANDOR is an assumption. Overall "
        "survival is lognormal through a median and the deaths at IKEMA's interim analysis; the exponential lies under the observed "
        "progression-free survival in the first months, which cannot be.",
        f"Families on IKEMA's pooled arms, by AIC (log-likelihood; derived by he.fit from individual data rebuilt from the figure): {_families()}.",
        "What the comparison can carry. Anchored through their common comparator Kd (IKEMA and CANDOR), the randomised evidence shows no clear "
        "difference between the antibodies, in progression-free or overall survival: see the anchored scenarios.",
        "Line of therapy. IKEMA's patients had had 1, 2 or at least 3 lines (44, 33 and 23 %), CANDOR's 1 or more (46 and 54 %): utilities are those "
        "of second and third line by their share.",
        "Side effects. The control arm of IKEMA is reported. Isa-Kd and Kd have laboratory rates of blood counts; those of Dara-Kd are put "
        "on that measure through Kd where CANDOR's Kd is reported too (thrombocytopenia, anaemia).",
        COSTS,
        INTENSITY,
        "Reported durations of treatment were read at follow-ups that differ (56.6 and 16.9 months): the scenarios pair them as bounds.",
        "Uncertainty. A range that no source reports is marked 'assumed' in the note.",
        STUDIES,
    ]
    book.notes[NOT_USED] = [*_BOTH_UNUSED, *_KD_UNUSED]


def _families() -> str:
    """Name every family fitted to the pooled arms with its AIC and log-likelihood, best first."""
    fits = sorted(curves.ikema_fits().items(), key=lambda item: item[1].aic)
    return ", ".join(
        f"{name.replace('loglogistic', 'log-logistic').replace('weibull', 'Weibull').replace('gompertz', 'Gompertz')} "
        f"{fit.aic:.1f} ({fit.loglik:.1f})"
        for name, fit in fits
    )
