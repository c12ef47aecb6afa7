"""Two small things that Django does not do by itself."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.deprecation import MiddlewareMixin


class PermissionsPolicy(MiddlewareMixin):
    """Let only our own pages ask for screen, camera and microphone."""

    def process_response(self, _request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers["Permissions-Policy"] = settings.PERMISSIONS_POLICY
        return response


class OneAddress(MiddlewareMixin):
    """Send a person who came by another name of this computer to the name that the live plane expects."""

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        elsewhere = f"{request.scheme}://{request.get_host()}" != settings.INSTANCE.site_origin
        is_page = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        if settings.INSTANCE.is_local and is_page and elsewhere:
            return HttpResponseRedirect(settings.INSTANCE.site_origin + request.get_full_path())
        return None
