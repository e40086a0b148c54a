"""The battery: black-box checks of a model, each with its source and a verdict."""
