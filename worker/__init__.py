"""Celery. Claims a job from the store, supervises a trainer process, ships what it says. No torch here."""
