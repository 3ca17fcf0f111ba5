import type { IncomingMessage } from 'node:http';

/** An answer that the front door makes itself. */
export interface OwnAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const MAX_BYTES = 65_536;

/**
 * Reads a JSON body, or says why not. Only JSON is accepted, because a browser sends a form of another site without asking,
 * but not JSON. A body that is not JSON is undefined: the schema refuses that.
 */
export async function readJson(
  incoming: IncomingMessage,
): Promise<
  { readonly ok: true; readonly json: unknown } | { readonly ok: false; readonly refusal: OwnAnswer }
> {
  if (!/^application\/json\b/.test(incoming.headers['content-type'] ?? ''))
    return { ok: false, refusal: refusal(415, 'The content-type must be application/json.') };
  const body = await readBody(incoming);
  if (body === undefined)
    return { ok: false, refusal: refusal(413, `The body is longer than ${MAX_BYTES} bytes.`) };
  return { ok: true, json: parse(body) };
}

/** An answer in JSON that says what is wrong. */
export function refusal(status: number, error: string): OwnAnswer {
  return jsonPage(status, { error });
}

/** An answer in JSON. */
export function jsonPage(status: number, body: object): OwnAnswer {
  return { status, contentType: 'application/json', body: `${JSON.stringify(body)}\n` };
}

async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
