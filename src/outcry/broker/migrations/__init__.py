"""Changes of the tables, one after the other; never edited once released."""
