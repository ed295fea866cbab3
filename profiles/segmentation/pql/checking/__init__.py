"""Checking nodes against the profile's type, construct by construct; `check` puts it together."""
