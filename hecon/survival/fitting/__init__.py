"""From individual data to curves: likelihood, fits, what the data say and what they cannot say."""
