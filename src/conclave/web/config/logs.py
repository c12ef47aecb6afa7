"""Log lines without what people typed: no exception's words, no path that may hold the key of a mailed link."""

from __future__ import annotations

import logging
import traceback
from types import TracebackType


class DiscreetFormatter(logging.Formatter):
    """Names errors by their class and place."""

    def formatException(  # noqa: N802  # the name is logging's
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        kind, _error, trace = ei
        return "".join(traceback.format_tb(trace)) + (kind.__name__ if kind else "")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the name is logging's
        if record.name.startswith("django.request") and record.args:
            record.message = str(record.args[0] if isinstance(record.args, tuple) else record.msg)
        return super().formatMessage(record)
