-- Purpose: take in what an evaluation found.
COPY computed_found (page, attribute, profile, value, moment) FROM STDIN
