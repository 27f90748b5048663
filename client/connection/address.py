"""Which server is meant where none is named."""

import os


def default_url() -> str:
    """TRAINSHED_URL, else this machine at TRAINSHED_PORT, else at 8000."""
    return os.environ.get("TRAINSHED_URL") or f"http://127.0.0.1:{os.environ.get('TRAINSHED_PORT') or 8000}"
