"""Composition root: settings, urls, wsgi, celery and the console's pages."""

from console.celery import app as celery_app

__all__ = ["celery_app"]
