"""The board pack: static pages that are complete in themselves."""

from sightline.pack.write import PackSummary, write

__all__ = ["PackSummary", "write"]
