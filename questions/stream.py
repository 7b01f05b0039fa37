"""Randomness that no library can change: SHA-256 over a label and a counter."""

from __future__ import annotations

import hashlib
from typing import Any


class Stream:
    """An endless supply of unbiased integers, fixed by its label."""

    def __init__(self, label: str) -> None:
        self._label = label.encode()
        self._counter = 0
        self._bytes = b""

    def below(self, bound: int) -> int:
        """An integer from 0 to bound - 1, each equally likely."""
        size = max(1, (bound - 1).bit_length() + 7 >> 3)
        limit = 256**size - 256**size % bound
        while True:
            number = int.from_bytes(self._take(size), "big")
            if number < limit:
                return number % bound

    def shuffled(self, items: list[Any]) -> list[Any]:
        """The items in random order."""
        result = list(items)
        for i in range(len(result) - 1, 0, -1):
            j = self.below(i + 1)
            result[i], result[j] = result[j], result[i]
        return result

    def _take(self, count: int) -> bytes:
        while len(self._bytes) < count:
            self._bytes += hashlib.sha256(self._label + b"|" + str(self._counter).encode()).digest()
            self._counter += 1
        taken, self._bytes = self._bytes[:count], self._bytes[count:]
        return taken
