"""Programs that train what we train, as users of other stacks write it. Each prints a row a batch, as ours does."""
