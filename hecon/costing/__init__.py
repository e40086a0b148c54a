"""What treatment costs: packs, doses, administrations, adverse events, and the ledger that adds them up.

Nothing here discounts or sums over time: a cost is a product of labelled factors, and the ledger's
`settle` does the rest.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
