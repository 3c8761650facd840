"""When things run: definitions, the nightly job, the command line."""

import os

# Nothing is told to anybody unless people ask for it; who wants to help Dagster's makers sets this to 0.
os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
