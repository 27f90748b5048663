"""Every Redis key, drawn. No key is spelled anywhere else; ids are checked before they come here.

Three kinds of work have a queue and all that belongs to it: `<of>` is nothing for jobs, which train, `import:` for
uploads that become data sets, and `prediction:` for many pictures that a model is to name.

key                                  type    holds                                           lives
trainshed:<of>job:<id>               hash    the record (store/record.py)                    until deleted
trainshed:<of>job:<id>:history       list    transitions as JSON, oldest first               until deleted
trainshed:<of>job:<id>:metrics       string  24-byte records (model/training/metrics.py)     a week after the end
trainshed:<of>job:<id>:evaluations   hash    step -> evaluation as JSON                      until deleted
trainshed:<of>job:<id>:events        hash    "<token>:<number>" -> event as JSON             until deleted
trainshed:<of>job:<id>:users         set     ids of jobs under way that need it              until they end
trainshed:<of>jobs                   zset    ids, all scores 0: in order of creation         for ever
trainshed:<of>jobs:<state>           zset    ids in that state, likewise                     for ever
trainshed:<of>queue                  zset    ids of queued jobs; lowest score runs first     for ever
trainshed:<of>resting                zset    ids of queued jobs; score: not before, ms       for ever
trainshed:<of>leases                 zset    ids held by a worker; score: deadline, ms       for ever
trainshed:<of>sequence               string  counter: first in, first out                    for ever
trainshed:<of>counters               hash    how often what happened, for Prometheus         for ever
trainshed:<of>kept                   string  there while Redis has lost nothing              for ever
trainshed:<of>idempotency:<digest>   string  "<fingerprint> <id>" of a submission            24 hours
trainshed:<of>workers                set     names of workers, some of them gone perhaps     for ever
trainshed:<of>worker:<name>          string  what a live worker says of itself, JSON         1 lease
trainshed:<of>doorbell               list    Celery's messages; they say only "look"         -
trainshed:probe                      string  written to see whether it can be                a minute
trainshed:changes                    pubsub  id of a job, or of other work, that has news    -
"""

PREFIX = "trainshed:"
PROBE = f"{PREFIX}probe"
CHANGES = f"{PREFIX}changes"


class Keys:
    """Those of one kind of work."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.jobs, self.queue, self.resting = f"{prefix}jobs", f"{prefix}queue", f"{prefix}resting"
        self.leases, self.sequence, self.counters = (
            f"{prefix}leases",
            f"{prefix}sequence",
            f"{prefix}counters",
        )
        self.kept, self.workers, self.doorbell = f"{prefix}kept", f"{prefix}workers", f"{prefix}doorbell"

    def job(self, job_id: str) -> str:
        return f"{self._prefix}job:{job_id}"

    def history(self, job_id: str) -> str:
        return f"{self.job(job_id)}:history"

    def metrics(self, job_id: str) -> str:
        return f"{self.job(job_id)}:metrics"

    def evaluations(self, job_id: str) -> str:
        return f"{self.job(job_id)}:evaluations"

    def events(self, job_id: str) -> str:
        return f"{self.job(job_id)}:events"

    def users(self, job_id: str) -> str:
        return f"{self.job(job_id)}:users"

    def in_state(self, state: str) -> str:
        return f"{self.jobs}:{state}"

    def idempotency(self, digest: str) -> str:
        return f"{self._prefix}idempotency:{digest}"

    def worker(self, name: str) -> str:
        return f"{self._prefix}worker:{name}"

    def script(self, job_id: str, digest: str) -> list[str]:
        """What store/work.lua is given, in this order."""
        of_job = (self.job, self.history, self.metrics, self.evaluations, self.events)
        of_all = (self.jobs, self.queue, self.resting, self.leases, self.sequence, self.counters)
        return [*(key(job_id) for key in of_job), *of_all, self.idempotency(digest)]


TRAINING = Keys(PREFIX)
IMPORT = Keys(f"{PREFIX}import:")
PREDICTION = Keys(f"{PREFIX}prediction:")
