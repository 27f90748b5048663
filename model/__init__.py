"""The network and its training. Runs alone: `python -m model spec.json`. Knows no job, no Redis, no HTTP.

spec/        what a job is asked to do
data/        the images that a network learns from
network/     the network
hardware/    what it is trained and asked on
evaluation/  how good it is, and how far it can be trusted
engines/     what computes a finished network
finished/    what a finished network says of images, and its exports
training/    the training loop
estimate/    what a spec costs
runs/        a whole run, around the loop

A room imports only rooms above it. What lies beside them is for all: how a process is started (`launch.py`), how much
of the cores it takes (`priority.py`), whom it tells nothing (`telemetry.py`), files that survive a crash
(`durable.py`), what can go wrong (`errors.py`), and why a spec is refused (`refusal.py`).
"""
