"""What gives wrong numbers and no fault that a reader would see: each trap a module, joined in `find_traps`."""

from __future__ import annotations

from cxkit.data.faults import Fault
from cxkit.data.traps.base import Look, Trap

__all__ = ["TRAPS", "Look", "Trap", "find_traps"]

TRAPS: tuple[Trap, ...] = ()


def find_traps(look: Look) -> list[Fault]:
    """Everything in a source that would be read without complaint and be wrong."""
    return [fault for trap in TRAPS for fault in trap(look)]
