"""Probabilistic analysis: draws, pages, engines and their store, structure as a draw, and draws from other tools."""
