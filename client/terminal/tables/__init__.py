"""What the service answers, as tables for people."""
