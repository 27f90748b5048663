"""Answers predictions over a unix socket. PyTorch, except in wire.py, which the API shares."""
