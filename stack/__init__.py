"""The embedded default: a private Redis, a predictor, a worker and the API under one supervisor."""
