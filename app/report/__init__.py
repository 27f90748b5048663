"""A job as one HTML file to send to a colleague: nothing outside it is needed to read it, and no script."""
