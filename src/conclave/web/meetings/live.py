"""Where live nodes deliver their reports (docs/protocol/report.md)."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from conclave import report
from conclave.instance import read_public_key
from conclave.web.meetings import reports, wire


@csrf_exempt  # a node has no session to be abused: what counts is the signature of each report
@require_POST
def take_reports(request: HttpRequest) -> JsonResponse:
    try:
        delivery = wire.decode_delivery(request.body)
    except wire.WireError:
        return JsonResponse({"error": "not a delivery of reports"}, status=400)
    accepted: list[str] = []
    refused: list[int] = []
    key = read_public_key(settings.INSTANCE.report_public_key)
    for index, text in enumerate(delivery.reports):
        try:
            each = report.verify(text, key)
        except report.ReportError:
            refused.append(index)
            continue
        reports.take(report=each, now=timezone.now())
        accepted.append(each.id)
    return JsonResponse({"accepted": accepted, "refused": refused})
