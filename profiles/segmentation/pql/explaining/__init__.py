"""Parts of a rule explained over the facts of one profile."""
