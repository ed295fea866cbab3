"""The segment builder behind the Audiences pages: what it can choose from, its draft, its count."""
