"""What holds files: zip, tar in its compressions, or one file alone. Whatever a stranger put there stays there."""
