"""Every Redis key, drawn. No key is spelled anywhere else; ids are checked before they come here.

key                              type    holds                                           lives
trainshed:job:<id>               hash    the record (fields: store/job.py)               until deleted
trainshed:job:<id>:history       list    transitions as JSON, oldest first               until deleted
trainshed:job:<id>:metrics       string  24-byte records, one a step (model/metrics.py)  a week after the end
trainshed:job:<id>:evaluations   hash    step -> evaluation as JSON                      until deleted
trainshed:job:<id>:events        hash    "<token>:<number>" -> event as JSON             until deleted
trainshed:jobs                   zset    ids, all scores 0: in order of creation         for ever
trainshed:jobs:<state>           zset    ids in that state, likewise                     for ever
trainshed:queue                  zset    ids of queued jobs; lowest score runs first     for ever
trainshed:resting                zset    ids of queued jobs; score: not before, ms       for ever
trainshed:leases                 zset    ids held by a worker; score: deadline, ms       for ever
trainshed:sequence               string  counter: first in, first out                    for ever
trainshed:counters               hash    how often what happened, for Prometheus         for ever
trainshed:kept                   string  there while Redis has lost nothing              for ever
trainshed:probe                  string  written to see whether it can be             a minute
trainshed:idempotency:<digest>   string  "<fingerprint> <id>" of a submission            24 hours
trainshed:workers                set     names of workers, some of them gone perhaps     for ever
trainshed:worker:<name>          string  what a live worker says of itself, JSON         1 lease
trainshed:changes                pubsub  id of a job that has news                       -
trainshed-doorbell               list    Celery's messages; they say only "look"         -
"""

PREFIX = "trainshed:"
JOBS = f"{PREFIX}jobs"
QUEUE = f"{PREFIX}queue"
RESTING = f"{PREFIX}resting"
LEASES = f"{PREFIX}leases"
SEQUENCE = f"{PREFIX}sequence"
COUNTERS = f"{PREFIX}counters"
PROBE = f"{PREFIX}probe"
KEPT = f"{PREFIX}kept"
CHANGES = f"{PREFIX}changes"
WORKERS = f"{PREFIX}workers"
DOORBELL = "trainshed-doorbell"


def job(job_id: str) -> str:
    return f"{PREFIX}job:{job_id}"


def history(job_id: str) -> str:
    return f"{job(job_id)}:history"


def metrics(job_id: str) -> str:
    return f"{job(job_id)}:metrics"


def evaluations(job_id: str) -> str:
    return f"{job(job_id)}:evaluations"


def events(job_id: str) -> str:
    return f"{job(job_id)}:events"


def in_state(state: str) -> str:
    return f"{JOBS}:{state}"


def idempotency(digest: str) -> str:
    return f"{PREFIX}idempotency:{digest}"


def worker(name: str) -> str:
    return f"{PREFIX}worker:{name}"


# What store/jobs.lua is given, in this order, and then the idempotency key.
OF_JOB = (job, history, metrics, evaluations, events)
OF_ALL = (JOBS, QUEUE, RESTING, LEASES, SEQUENCE, COUNTERS)
