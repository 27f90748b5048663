"""The commands of `trainshed`, a noun a file. Modules here load no HTTP library: `--help` must be quick."""
