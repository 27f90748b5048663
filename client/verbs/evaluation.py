"""The verbs of what a finished job says of its model."""

from client.records.picture import Pictures
from client.records.score import Evaluation
from client.records.suspect import Suspects
from client.verbs.place import place
from client.verbs.verbs import Verbs


class EvaluationVerbs(Verbs):
    """Each raises Conflict for a job that has not come to it."""

    def evaluation(self, job_id: str) -> Evaluation:
        """The newest test in full."""
        return self._server.ask(Evaluation, "GET", place("jobs", job_id, "evaluation"))

    def pictures(self, job_id: str) -> Pictures:
        """Test images that the job kept: its hardest mistakes, and some of each class."""
        return self._server.ask(Pictures, "GET", place("jobs", job_id, "pictures"))

    def picture_png(self, job_id: str, row: int) -> bytes:
        return self._server.send("GET", place("jobs", job_id, "pictures", str(row))).content

    def suspects(self, job_id: str) -> Suspects:
        """Training images whose labels are likely wrong."""
        return self._server.ask(Suspects, "GET", place("jobs", job_id, "suspects"))

    def report(self, job_id: str) -> bytes:
        """All about the job as one page of HTML that needs nothing else; of one that has not ended, what there is."""
        return self._server.send("GET", place("jobs", job_id, "report")).content
