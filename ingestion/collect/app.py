"""What `uvicorn ingestion.collect.app:app` serves."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
django.setup()

from ingestion.collect.collector import Collector  # noqa: E402 - its models need the set-up above

app = Collector()
