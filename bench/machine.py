"""On what the measurement ran: figures without it say nothing."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import psutil

BUSY_LOAD = 0.5  # waiting programs per processor, before we begin, that spoil the figures


def describe(browser_version: str) -> dict[str, Any]:
    """Return processors, versions, the commit, and how busy the computer was before."""
    load = os.getloadavg()[0]
    return {
        "processor": _processor(),
        "processors": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "browser": browser_version,
        "commit": _git("rev-parse", "--short", "HEAD"),
        "changed_files": len((_git("status", "--porcelain") or "").splitlines()),
        "load_before": round(load, 2),
        "was_busy": load > BUSY_LOAD * (psutil.cpu_count() or 1),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def _git(*arguments: str) -> str | None:
    command = ["git", "-C", str(Path(__file__).parent), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout.strip() if result.returncode == 0 else None
