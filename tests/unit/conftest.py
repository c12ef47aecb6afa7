"""How properties are tried: without a deadline for each example, which measures the machine and not the code."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("ours", deadline=None)
settings.load_profile("ours")
