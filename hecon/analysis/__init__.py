"""Running cases, and what is made of their results."""
