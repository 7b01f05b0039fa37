"""Things of a question file as keys of a cache: their contents can be lists, so that they have no hash of their own."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Same(Generic[T]):
    """The very object, equal to nothing else; kept alive for as long as the cache keeps the key."""

    __slots__ = ("object",)

    def __init__(self, object: T) -> None:  # noqa: A002 - what it holds may be anything
        self.object = object

    def __hash__(self) -> int:
        return id(self.object)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.object is self.object
