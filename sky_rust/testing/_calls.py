"""A call: its arguments, and the world in which it is made."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sky_rust.testing._places import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager

    from sky_rust.testing._worlds import World


def _in_place(value: Any) -> Any:
    """An argument as the function gets it."""
    if isinstance(value, Place):
        return value.path()
    if type(value) is dict and any(isinstance(item, Place) for item in value.values()):
        return {key: _in_place(item) for key, item in value.items()}
    return value  # the object itself: what is in it more than once stays one object


@dataclass(frozen=True)
class Call:
    """One call: the arguments, and the world around it.

    args, kwargs: the arguments; a `Place` such as `File(b"..")` stands for the path of such a file.
    worlds: the parts of the world; each is entered before the call and left after it, each time the call is made.
    defaults: the function's `__defaults__` during the call; None: its own.
    """

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    worlds: tuple[World, ...] = ()
    defaults: tuple[object, ...] | None = None

    def __call__(self, function: Callable[..., Any]) -> Any:
        """Makes the call in the present world, without entering that of the call."""
        args, kwargs = self.arguments()
        return function(*args, **kwargs)

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments as the function gets them."""
        return tuple(map(_in_place, self.args)), {name: _in_place(value) for name, value in self.kwargs.items()}

    def world(self) -> AbstractContextManager[Any]:
        """The call's world but for its innermost parts, entered until the returned context ends."""
        self.arguments()  # makes the files, before the world may be one without descriptors
        return _entered(world for world in self.worlds if not world.innermost)

    def innermost(self) -> AbstractContextManager[Any]:
        """The innermost parts of the call's world, for which everything else has to be ready."""
        return _entered(world for world in self.worlds if world.innermost)


def _entered(worlds: Iterable[World]) -> AbstractContextManager[Any]:
    stack = ExitStack()
    for world in worlds:
        stack.enter_context(world.entered())
    return stack
