"""Writes the simulated site for people to look at: ``python -m sightline.sample FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from sightline.errors import BadInput
from sightline.sample.site import write_site


def main(arguments: list[str]) -> int:
    """Write the site; 0 when written, 2 for wrong use or a folder that cannot be used."""
    if len(arguments) != 1:
        sys.stderr.write("use: python -m sightline.sample FOLDER\n")
        return 2
    try:
        count = write_site(Path(arguments[0]))
    except BadInput as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{arguments[0]}: {count} pages and files, all simulated\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
