"""What a reader gets: tables, workbooks, figures and text, all made of a `Result` and nothing else."""
