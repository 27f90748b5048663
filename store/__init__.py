"""What is kept, and where: job records, metric series, models; Redis and files; and the doorbell."""
