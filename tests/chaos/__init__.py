"""`make chaos`: whatever is killed, an accepted job reaches its one right end. Linux only: it reads /proc."""
