"""Turns an upload into a data set that trainers read as it is. Runs alone: `python -m ingest photos.zip`. No torch."""
