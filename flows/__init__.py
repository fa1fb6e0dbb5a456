"""When it runs: Prefect, and nothing else."""
