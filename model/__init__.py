"""The network and its training. Runs alone: `python -m model spec.json`. Knows no job, no Redis, no HTTP."""
