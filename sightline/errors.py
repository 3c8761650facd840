"""What the reader of an error needs: where, what was expected, what was seen, what to do."""

from __future__ import annotations


class BadInput(ValueError):
    """Something handed in cannot be used: a file, a row, a page, a setting.

    Every part is a plain sentence fragment, safe to show on a terminal and (escaped) on a page.
    """

    def __init__(self, where: str, *, expected: str, seen: str, action: str) -> None:
        self.where, self.expected, self.seen, self.action = where, expected, seen, action
        super().__init__(f"{where}: expected {expected}; saw {seen}. What to do: {action}.")


class HomeInUse(BadInput):
    """Another run holds the home."""
