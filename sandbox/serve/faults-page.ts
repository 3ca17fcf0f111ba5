import type { IncomingMessage } from 'node:http';
import {
  explainFault,
  FAULT_EXAMPLES,
  type FaultRequest,
  faultSchema,
  type SuddenFault,
} from './fault-requests.ts';
import type { InjectedFaults } from './injected-faults.ts';
import { jsonPage, type OwnAnswer, readJson, refusal } from './own-answer.ts';
import type { Schedules } from './schedules.ts';
import type { Happened } from './sudden-faults.ts';

/** What the page changes. */
interface FaultsPageParts {
  readonly faults: InjectedFaults;
  readonly schedules: Schedules;
  /** Says what happened, or throws an error that says why nothing did. */
  readonly happen: (fault: SuddenFault) => Promise<Happened>;
}

/** `/faults`: GET lists the active ones, POST injects one or starts what was stopped, DELETE removes all. */
export async function answerFaults(incoming: IncomingMessage, parts: FaultsPageParts): Promise<OwnAnswer> {
  const { faults, schedules } = parts;
  switch (incoming.method) {
    case 'GET': {
      const examples = FAULT_EXAMPLES.map(({ body }) => body);
      return jsonPage(200, { active: [...faults.active, ...schedules.stops], examples });
    }
    case 'DELETE':
      return jsonPage(200, { removed: faults.clear() + schedules.startAll() });
    case 'POST':
      break;
    default:
      return refusal(405, `Only GET, POST and DELETE are supported, was ${incoming.method}.`);
  }

  const body = await readJson(incoming);
  if (!body.ok) return body.refusal;
  const parsed = faultSchema.safeParse(body.json);
  if (!parsed.success) return refusal(400, explainFault(parsed.error, body.json));
  try {
    return await inject(parsed.data, parts);
  } catch (error) {
    return refusal(400, (error as Error).message);
  }
}

async function inject(
  fault: FaultRequest,
  { faults, schedules, happen }: FaultsPageParts,
): Promise<OwnAnswer> {
  switch (fault.kind) {
    case 'revoke-token':
    case 'expire-token':
    case 'revoke-authorization':
    case 'regenerate-secret':
      return jsonPage(200, await happen(fault));
    case 'stop-refresher':
    case 'stop-shard':
      return jsonPage(201, { active: schedules.stop(fault) });
    case 'start-refresher':
    case 'start-shard':
      return jsonPage(200, { removed: schedules.start(fault) });
    default:
      return jsonPage(201, { active: faults.add(fault) });
  }
}
