"""Where live nodes deliver their reports (docs/protocol/report.md)."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from conclave import report
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
    key = _node_key()
    for index, text in enumerate(delivery.reports):
        try:
            each = report.verify(text, key)
        except report.ReportError:
            refused.append(index)
            continue
        reports.take(report=each, now=timezone.now())
        accepted.append(each.id)
    return JsonResponse({"accepted": accepted, "refused": refused})


def _node_key() -> Ed25519PublicKey:
    key = load_pem_public_key(settings.INSTANCE.report_public_key.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError("the report key must be an Ed25519 key")
    return key
