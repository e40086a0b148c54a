"""Budget impact: what a payer spends with a new treatment and without it, year by year."""
