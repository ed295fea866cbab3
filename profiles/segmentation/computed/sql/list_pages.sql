-- Purpose: the pages that have something to write.
SELECT DISTINCT page FROM computed_found ORDER BY page
