"""``make ui``: Dagster's own pages, with the runs of the home."""

import os
import sys

from pipelines.job import open_instance
from sightline.home import Home


def main() -> None:
    """Give this process over to ``dagster dev``; the instance lies in the home."""
    home = Home.find().create()
    open_instance(home).dispose()
    print(f"home: {home.root}\nDagster opens on http://127.0.0.1:3000; end it with Ctrl-C", flush=True)  # noqa: T201
    os.environ |= {"DAGSTER_HOME": str(home.dagster), "SIGHTLINE_HOME": str(home.root)}
    command = [sys.executable, "-m", "dagster", "dev", "-m", "pipelines.definitions", "--host", "127.0.0.1", "--port", "3000"]
    os.execv(command[0], command)  # noqa: S606  our own interpreter, fixed words


if __name__ == "__main__":
    main()
