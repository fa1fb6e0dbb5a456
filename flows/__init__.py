"""When it runs: Prefect, and nothing else."""

import os

# Read when Prefect is imported: no usage events leave the machine a review is kept on.
os.environ.setdefault("DO_NOT_TRACK", "1")
