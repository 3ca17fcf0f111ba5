import { UNKNOWN_PERSON } from '../../../lambdas/core/consent/authorized-by.ts';
import { InfrastructureError } from '../../../lambdas/core/failures.ts';
import type { ConsentPorts } from '../../../lambdas/core/invites/consent-ports.ts';

/**
 * What happens at one call of a port:
 * - `dies`: the process ends there. The call has taken effect; if it had not, the process would have died at the call before
 * - `answer-lost`: the call takes effect, and the process gets no answer
 * - `fails`: the call does not take effect, and the process gets an error
 * - `fails-then-dies`: the same, and the process ends at the next call
 */
export const FATES = ['dies', 'answer-lost', 'fails', 'fails-then-dies'] as const;
export type Fate = (typeof FATES)[number];

/** The process has ended: nothing of it runs any more. */
export class ProcessDied extends Error {
  override readonly name = 'ProcessDied';
}

/** The ports that call another machine, and the clock, the entropy and the log of the own one. */
const REMOTE = [
  'invites',
  'connections',
  'secrets',
  'clients',
  'sealer',
  'zoho',
  'refresher',
  'events',
] as const;

/** Counts the calls of a story, over all of its processes, and lets one of them have a fate. */
export class Fates {
  calls = 0;
  readonly #at: number;
  readonly #fate: Fate;
  #isDead = false;

  constructor(at: number, fate: Fate) {
    this.#at = at;
    this.#fate = fate;
  }

  /** The ports of a process that may have this fate. */
  portsOf(ports: ConsentPorts): ConsentPorts {
    const remote = REMOTE.map((name) => [name, this.#mortal(name, ports[name])] as const);
    return { ...ports, ...Object.fromEntries(remote) } as ConsentPorts;
  }

  #mortal(port: string, methods: object): object {
    return new Proxy(methods, {
      get: (target, method) => {
        const call = Reflect.get(target, method) as (...args: unknown[]) => Promise<unknown>;
        return (...args: unknown[]) => this.#run(`${port}.${String(method)}`, () => call(...args));
      },
    });
  }

  async #run(name: string, call: () => Promise<unknown>): Promise<unknown> {
    if (this.#isDead) throw new ProcessDied(name);
    this.calls += 1;
    const isNext = this.calls === this.#at + 1 && this.#fate === 'fails-then-dies';
    if (this.calls !== this.#at && !isNext) return await call();
    if (isNext) return this.#die(name);
    switch (this.#fate) {
      case 'dies':
        await call();
        return this.#die(name);
      case 'answer-lost':
        await call();
        return noAnswer(name);
      case 'fails':
      case 'fails-then-dies':
        return noAnswer(name);
    }
  }

  #die(name: string): never {
    this.#isDead = true;
    throw new ProcessDied(name);
  }
}

/** What the process gets in the place of an answer: a value where the port never throws. */
function noAnswer(name: string): unknown {
  const failure = { code: 'timeout', message: 'no answer' } as const;
  switch (name) {
    case 'zoho.exchange':
      return { kind: 'refused', failure };
    case 'zoho.identify':
      return UNKNOWN_PERSON;
    case 'zoho.revoke':
      return { failure };
    case 'refresher.refresh':
    case 'events.announce':
      return undefined;
    default:
      throw new InfrastructureError({ code: 'aws_unavailable', message: name });
  }
}
