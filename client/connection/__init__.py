"""Requests, streams and uploads, and what is done when they break."""
