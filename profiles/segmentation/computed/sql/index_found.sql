-- Purpose: find what was found by attribute and profile.
CREATE INDEX computed_found_key ON computed_found (attribute, profile)
