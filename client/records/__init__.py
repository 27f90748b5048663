"""What the service answers, typed.

Losses are cross-entropy in nats, accuracies fractions of 1, sizes bytes, durations seconds.
"""

from client.records.batch import MetricsPage, Point
from client.records.checkpoint import Checkpoint, CheckpointScore
from client.records.job import FINISHED, Estimate, Happening, Job, JobError, LrRange, Progress, Transition
from client.records.plan import Layer, Plan
from client.records.record import Page, Record
from client.records.score import Calibration, ClassScore, Confidence, Evaluation, Mistake, Score
from client.records.server import Ready

__all__ = [
    "FINISHED",
    "Calibration",
    "Checkpoint",
    "CheckpointScore",
    "ClassScore",
    "Confidence",
    "Estimate",
    "Evaluation",
    "Happening",
    "Job",
    "JobError",
    "Layer",
    "LrRange",
    "MetricsPage",
    "Mistake",
    "Page",
    "Plan",
    "Point",
    "Progress",
    "Ready",
    "Record",
    "Score",
    "Transition",
]
