"""FastAPI: HTTP, live streams, predictions. No torch here."""
