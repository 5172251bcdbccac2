/** Whether what a run found out still holds for the document. */

export interface Checked {
  rev: number;
  /** Revision of the last answer, and what names the document that it was about; empty where it could not be read. */
  checkedRev: number;
  digest: string;
}

/**
 * True when a run was about the document as it stands. Revisions count from the opening of this page; only the digest
 * also tells for a run of an earlier page or of another view.
 */
export function isCurrent(state: Checked, run: { rev: number; digest: string }): boolean {
  if (run.digest && state.digest && state.checkedRev === state.rev) return run.digest === state.digest;
  return run.rev === state.rev;
}

/** True when the list of problems can be believed: somebody answered, and is there for what was typed a moment ago. */
export function isChecked(state: Pick<Checked, "rev" | "checkedRev"> & { status: { check: string } }): boolean {
  return state.checkedRev === state.rev || (state.checkedRev > 0 && state.status.check === "ready");
}
