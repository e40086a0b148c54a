"""The methods of SALib for global sensitivity analysis, a file each: the only room from which it is reached."""
