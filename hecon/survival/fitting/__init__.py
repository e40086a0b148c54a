"""From evidence to curves: individual data, digitised figures and published summaries."""
