/** Questions to the Jupyter server extension: answered without a kernel. */
import { URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";

import { RequestError } from "../core/host.js";
import type { Json, JsonObject } from "../core/model/spec.js";

/** Nobody is there: the server is gone, or has no archlab. Editing goes on. */
export class AbsentError extends RequestError {}

export const SERVER_OPS = new Set(["catalog", "templates", "check", "read", "write", "export", "picture"]);

export async function askServer(settings: ServerConnection.ISettings, op: string, payload: JsonObject): Promise<Json> {
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
  if (response.status === 404) {
    throw new AbsentError(
      "This Jupyter server has no archlab extension.",
      "Install archlab where the server runs (pip install archlab) and restart the server.",
    );
  }
  if (response.status >= 500 || response.status === 403 || response.status === 401) {
    throw new AbsentError(`The Jupyter server answers with ${response.status} ${response.statusText}.`);
  }
  const answer = await response.json();
  if (answer.type === "reply") return answer.value;
  throw new RequestError(answer.message ?? `The server refused "${op}".`, answer.hint ?? "");
}
