import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../lambdas/core/ports.ts';
import type { ApiFault, Fault, Location, ZohoSimulator } from '../zoho/zoho-simulator.ts';
import type { LastingFault } from './fault-requests.ts';

/** A fault that waits for its requests. */
type ActiveFault = LastingFault & {
  readonly since: string;
  /** How many requests it still affects; all, if left out. */
  readonly timesLeft?: number;
};

/** The faults that were injected from outside. The oldest that applies to a request is taken. */
export class InjectedFaults {
  readonly #clock: Clock;
  #active: ActiveFault[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get active(): readonly ActiveFault[] {
    return this.#active;
  }

  add(fault: LastingFault): ActiveFault {
    const since = new Date(this.#clock.now()).toISOString();
    const active = { ...fault, since, ...(fault.times !== undefined && { timesLeft: fault.times }) };
    this.#active.push(active);
    return active;
  }

  /** Removes all. Returns how many there were. Requests that hang go on hanging. */
  clear(): number {
    return this.#active.splice(0).length;
  }

  /** The fault of a request of one kind or another, which then affects one request less. */
  take(applies: (fault: LastingFault) => boolean): LastingFault | undefined {
    const index = this.#active.findIndex(applies);
    const fault = this.#active[index];
    if (fault?.timesLeft === undefined) return fault;
    if (fault.timesLeft === 1) this.#active.splice(index, 1);
    else this.#active[index] = { ...fault, timesLeft: fault.timesLeft - 1 };
    return fault;
  }
}

/** Lets the faults of Zoho happen in the simulator. */
export function injectInto(zoho: ZohoSimulator, faults: InjectedFaults): void {
  zoho.onTokenRequest(({ dataCenter }) => {
    const fault = faults.take((each) => placeOf(each) === 'tokens' && isOf(dataCenter, each));
    return fault === undefined ? undefined : tokenFault(fault);
  });
  zoho.onApiRequest(({ dataCenter }) => {
    const fault = faults.take((each) => placeOf(each) === 'api' && isOf(dataCenter, each));
    return fault === undefined ? undefined : apiFault(fault);
  });
}

/** The fault of a request to AWS: only reads of a secret and invocations have any. */
export function takeAwsFault(
  faults: InjectedFaults,
  service: string,
  { url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>,
): 'hang' | 'denied' | undefined {
  const isRead = service === 'secretsmanager' && headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
  const isInvocation = service === 'lambda' && url.endsWith('/invocations');
  if (!isRead && !isInvocation) return undefined;
  switch (faults.take((fault) => 'service' in fault && fault.service === service)?.kind) {
    case 'aws-hang':
      return 'hang';
    case 'aws-denied':
      return 'denied';
    default:
      return undefined;
  }
}

/** Where a fault happens. */
function placeOf(fault: LastingFault): 'api' | 'tokens' | 'aws' {
  switch (fault.kind) {
    case 'throttle':
      return 'tokens';
    case 'missing-scope':
    case 'proxy-401':
      return 'api';
    case 'aws-hang':
    case 'aws-denied':
      return 'aws';
    default:
      return fault.at;
  }
}

function isOf(dataCenter: Location, fault: LastingFault): boolean {
  return !('dataCenter' in fault) || fault.dataCenter === undefined || fault.dataCenter === dataCenter;
}

function tokenFault(fault: LastingFault): Fault | undefined {
  return fault.kind === 'throttle' ? { kind: 'throttle' } : faultOfBoth(fault);
}

function apiFault(fault: LastingFault): ApiFault | undefined {
  if (fault.kind === 'missing-scope') return { kind: 'missing-scope' };
  return fault.kind === 'proxy-401' ? { kind: 'html-401' } : faultOfBoth(fault);
}

function faultOfBoth(fault: LastingFault) {
  switch (fault.kind) {
    case 'zoho-5xx':
      return { kind: 'html-5xx' } as const;
    case 'zoho-hang':
      return { kind: 'hang' } as const;
    case 'zoho-slow':
      return { kind: 'late', afterMs: fault.seconds * 1000 } as const;
    default:
      return undefined;
  }
}
