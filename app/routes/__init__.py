"""The routes, one file for each noun; each is a line or two around the store."""
