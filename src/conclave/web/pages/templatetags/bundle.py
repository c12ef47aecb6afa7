"""`{% bundle "src/pages/site.ts" %}`: the tags of one entry of the client's bundle."""

from __future__ import annotations

from django import template
from django.core.exceptions import ImproperlyConfigured
from django.utils.safestring import SafeString
from django_vite.core.asset_loader import DjangoViteAssetLoader
from django_vite.core.exceptions import DjangoViteAssetNotFoundError

register = template.Library()


@register.simple_tag
def bundle(entry: str) -> SafeString:
    try:
        return SafeString(DjangoViteAssetLoader.instance().generate_vite_asset(entry, "default"))
    except DjangoViteAssetNotFoundError as error:
        raise ImproperlyConfigured(
            f"The client's bundle has no {entry}: run `make bundle`, then start again."
        ) from error
