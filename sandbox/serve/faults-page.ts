import type { IncomingMessage } from 'node:http';
import { explainFault, FAULT_EXAMPLES, faultSchema, type SuddenFault } from './fault-requests.ts';
import type { InjectedFaults } from './injected-faults.ts';
import { jsonPage, type OwnAnswer, readJson, refusal } from './own-answer.ts';
import type { Happened } from './sudden-faults.ts';

/** What the page changes. */
interface FaultsPageParts {
  readonly faults: InjectedFaults;
  /** Says what happened, or throws an error that says why nothing did. */
  readonly happen: (fault: SuddenFault) => Happened;
}

/** `/faults`: GET lists the active ones, POST injects one, DELETE removes all. */
export async function answerFaults(
  incoming: IncomingMessage,
  { faults, happen }: FaultsPageParts,
): Promise<OwnAnswer> {
  switch (incoming.method) {
    case 'GET':
      return jsonPage(200, { active: faults.active, examples: FAULT_EXAMPLES.map(({ body }) => body) });
    case 'DELETE':
      return jsonPage(200, { removed: faults.clear() });
    case 'POST':
      break;
    default:
      return refusal(405, `Only GET, POST and DELETE are supported, was ${incoming.method}.`);
  }

  const body = await readJson(incoming);
  if (!body.ok) return body.refusal;
  const parsed = faultSchema.safeParse(body.json);
  if (!parsed.success) return refusal(400, explainFault(parsed.error, body.json));
  const fault = parsed.data;
  if (!('connection' in fault)) return jsonPage(201, { active: faults.add(fault) });
  try {
    return jsonPage(200, happen(fault));
  } catch (error) {
    return refusal(400, (error as Error).message);
  }
}
