"""What treatment costs: packs, doses, administrations, adverse events, and the ledger that adds them up.

Nothing here discounts or sums over time: a cost is a product of labelled factors, and the ledger's
`settle` does the rest.
"""
