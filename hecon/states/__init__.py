"""Where the patients are: shares of the cohort by state at every cycle edge."""
