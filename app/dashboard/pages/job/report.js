// The job as one file to send to a colleague.

import { ask } from "../../service/api.js";
import { notice } from "../../shell/notice.js";

/** Opens it in a tab of its own; fetched, because a browser sends no key by itself. */
export async function openReport(job) {
  try {
    const url = URL.createObjectURL(await (await ask(`/jobs/${job.id}/report`)).blob());
    open(url, "_blank");
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    notice(error.message, "bad");
  }
}
