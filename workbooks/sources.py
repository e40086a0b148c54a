"""Where numbers come from: one name for each source, in the words in which the workbooks cite it."""

REVIEW = "Isatuximab: A Review of Its Use in Multiple Myeloma (Target Oncol 2021)"
REVIEW_SAFETY = f"{REVIEW}, sect. 5"
SARCLISA_PD = "Sarclisa label (ICARIA-MM safety). https://www.sarclisahcp.com/icaria-mm-safety-profile"
SARCLISA_KD = "Sarclisa label (IKEMA safety). https://www.sarclisahcp.com/ikema-safety-profile"
CANDOR_SAFETY = (
    "CANDOR, Kyprolis professional page (Amgen Canada). "
    "https://www.amgencompass.ca/en/kyprolis/safety-profile/candor-trial"
)
IKEMA_UPDATED = (
    "Martin, Blood Cancer J 2023, abstract (IKEMA, updated). https://doaj.org/article/8e61c702b45741d49f7cd38053f87ec5"
)
CANDOR_FINAL = "Usmani, Blood Adv 2023;7:3739, abstract (CANDOR, final). https://ashpublications.org/bloodadvances/article/7/14/3739/495704"
IKEMA_FIGURE = (
    "IKEMA, progression-free survival of both arms pooled, 229 of 302 patients: vector figure 3 of "
    "https://github.com/evenmm/mm-predict-ikema, commit 842c5da"
)
CARLSON = "Carlson, JMCP 2018;24:29, Table 1. https://pmc.ncbi.nlm.nih.gov/articles/PMC10398323/table/T1"
MEDICARE = (
    "CMS Part B spending dashboard 2019, payment amount (average sales price + 6 %). "
    "https://github.com/bschappa/usgov_drug_spending"
)
PART_D = "Medicare Part D spending by brand, 2013-17. https://github.com/USAFacts/drugprice"
LAUNCH = "BioCentury (launch price). https://www.biocentury.com/article/109943/darzalex-daratumumab-regulatory-update"
BMS = "BMS pricing page. https://bmspricinginformation.com/pomalyst"
CPI = "US consumer price index, medical care, annual average (Bureau of Labor Statistics), as it stands in a public R model"
FASPRO_FAQ = "Darzalex Faspro, frequently asked questions. https://www.darzalex.com/faspro/faq"
FEBRILE_STAY = "Hospital stays for febrile neutropenia, United States 2012. https://www.readbyqxmd.com/read/28437150"
SUBGROUPS = (
    "Ann Hematol 2022;101:2123, Table 2 (ICARIA-MM and APOLLO subgroups). "
    "https://pmc.ncbi.nlm.nih.gov/articles/PMC9463192/table/T2"
)
PRIMARY_DURATION = (
    "BMC Cancer 2021, meta-analysis, Table 1 (ICARIA-MM, primary analysis). "
    "https://bmccancer.biomedcentral.com/articles/10.1186/s12885-021-08588-9/tables/1"
)
ICARIA_FINAL = "ICARIA-MM final analysis, ASH 2022 abstract (excerpt). https://discovery.researcher.life/topic/meaningful-survival/3279223?page=4"
MEMORY = "from memory, unverified"
UNVERIFIED = "Unverified: replace before the result is used."
