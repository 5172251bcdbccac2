/** Questions to the Jupyter server extension: answered without a kernel. */
import { URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";

import { RequestError } from "../core/host.js";
import type { Json, JsonObject, Operation } from "../core/model/spec.js";
import { SERVER_OPERATIONS } from "../generated/constants.js";
import type { Failure, Reply } from "../generated/types.js";

/** Nobody is there: the server is gone, or has no archlab. Editing goes on. */
export class AbsentError extends RequestError {}

/** Whether the server answers that, so that no kernel is needed. */
export function isServerOperation(op: string): boolean {
  return (SERVER_OPERATIONS as readonly string[]).includes(op);
}

export async function askServer(
  settings: ServerConnection.ISettings,
  op: Operation,
  payload: JsonObject,
): Promise<Json> {
  const url = URLExt.join(settings.baseUrl, "archlab", "api", op);
  let response: Response;
  try {
    response = await ServerConnection.makeRequest(
      url,
      { method: "POST", body: JSON.stringify({ ...payload, id: 0 }) },
      settings,
    );
  } catch {
    throw new AbsentError("The Jupyter server does not answer.");
  }
  const answer = await archlabAnswer(response);
  if (answer?.type === "reply") return answer.value;
  if (answer?.type === "error") throw new RequestError(answer.message, answer.hint);
  if (response.status === 404) {
    throw new AbsentError(
      "This Jupyter server has no archlab extension.",
      "Install archlab where the server runs (pip install archlab) and restart the server.",
    );
  }
  if (response.status >= 500 || response.status === 403 || response.status === 401) {
    throw new AbsentError(`The Jupyter server answers with ${response.status} ${response.statusText}.`);
  }
  throw new RequestError(`The server refused "${op}".`);
}

/** What archlab says in a response, whatever its status; null for one that comes from somebody else, such as a 404. */
async function archlabAnswer(response: Response): Promise<Reply | Failure | null> {
  try {
    const answer = await response.json();
    return answer?.type === "reply" || answer?.type === "error" ? answer : null;
  } catch {
    return null;
  }
}
