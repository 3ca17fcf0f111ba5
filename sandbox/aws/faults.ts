import { type AwsError, type AwsFaultCode, awsFault } from './aws-error.ts';

/** A name, in which `*` stands for anything (as in an IAM policy), or a regular expression. */
export type Pattern = string | RegExp;

/** A request as it is logged and matched with faults: its operation and the name of what it is about. Never a value. */
export type ObservedCall<Subject extends string> = { readonly operation: string } & {
  readonly [Each in Subject]: string | undefined;
};

/** Which requests a fault affects: every key given must match; a key left out matches everything. */
export type FaultTarget<Operation extends string, Subject extends string> = {
  readonly operation: Operation | '*';
} & { readonly [Each in Subject]?: Pattern };

/** What becomes of one request. `afterEffect`: the operation takes effect, only its answer is lost. */
export type Fault =
  | { readonly kind: 'error'; readonly error: AwsError; readonly afterEffect: boolean }
  | { readonly kind: 'drop'; readonly afterEffect: boolean }
  | {
      readonly kind: 'hang';
      readonly afterEffect: boolean;
      readonly reached: () => void;
      readonly released: Promise<void>;
    };

/** A request that hangs. */
interface Hold {
  /** Resolves when the request has arrived (and, with `afterEffect`, has taken effect). */
  readonly reached: Promise<void>;
  /** Lets the request go on. Without `afterEffect` it takes effect now, though its caller may be gone. */
  release(): void;
}

/** How many of the matching requests are struck (default 1), and whether they take effect (default false). */
interface FaultOptions {
  readonly times?: number;
  readonly afterEffect?: boolean;
}

interface PlannedFault {
  readonly target: object;
  readonly fault: Fault;
  remaining: number;
}

interface Denial {
  readonly target: object;
  /** IAM's refusal when undefined. */
  readonly error: AwsError | undefined;
}

/**
 * The faults that a stand-in is to make. `Target` says which requests: every key given must match, a key left
 * out matches everything. Faults strike in the order in which they were planned; a denial goes before all.
 */
export class Faults<Target extends object> {
  readonly #service: string;
  #planned: PlannedFault[] = [];
  #denials: Denial[] = [];

  /** `service` as it stands in IAM actions, e.g. `secretsmanager`. */
  constructor(service: string) {
    this.#service = service;
  }

  /** The next matching requests are answered with this error. */
  failNext(fault: Target & FaultOptions & { readonly error: AwsFaultCode; readonly message?: string }): void {
    const { error, message, times = 1, afterEffect = false, ...target } = fault;
    this.#plan(target, times, { kind: 'error', error: awsFault(error, message), afterEffect });
  }

  /** The connection of the next matching requests is cut without an answer. */
  dropNext(fault: Target & FaultOptions): void {
    const { times = 1, afterEffect = false, ...target } = fault;
    this.#plan(target, times, { kind: 'drop', afterEffect });
  }

  /** The next matching request gets no answer until it is released, or for ever. */
  hangNext(fault: Target & Omit<FaultOptions, 'times'>): Hold {
    const { afterEffect = false, ...target } = fault;
    const reached = deferred();
    const released = deferred();
    this.#plan(target, 1, {
      kind: 'hang',
      afterEffect,
      reached: reached.resolve,
      released: released.promise,
    });
    return { reached: reached.promise, release: released.resolve };
  }

  /** Every matching request is refused, without effect, until the function returned is called or `clear` is. */
  deny(target: Target, error?: AwsError): () => void {
    const denial: Denial = { target, error };
    this.#denials.push(denial);
    return () => {
      this.#denials = this.#denials.filter((other) => other !== denial);
    };
  }

  /** Forgets every fault that has not struck yet, and every denial. A request that hangs goes on hanging. */
  clear(): void {
    this.#planned = [];
    this.#denials = [];
  }

  /** What is to become of this request; for the endpoints. Uses the fault up. */
  take(call: ObservedCall<never>): Fault | undefined {
    const denial = this.#denials.find(({ target }) => matchesTarget(target, call));
    if (denial !== undefined) {
      return { kind: 'error', error: denial.error ?? refusedByIam(this.#service, call), afterEffect: false };
    }
    const planned = this.#planned.find(({ target }) => matchesTarget(target, call));
    if (planned === undefined) {
      return undefined;
    }
    planned.remaining -= 1;
    if (planned.remaining <= 0) {
      this.#planned = this.#planned.filter((other) => other !== planned);
    }
    return planned.fault;
  }

  #plan(target: object, remaining: number, fault: Fault): void {
    this.#planned.push({ target, remaining, fault });
  }
}

function matchesTarget(target: object, call: Readonly<Record<string, string | undefined>>): boolean {
  return Object.entries(target).every(
    ([key, pattern]: [string, Pattern | undefined]) =>
      pattern === undefined || matchesPattern(pattern, call[key]),
  );
}

function matchesPattern(pattern: Pattern, name: string | undefined): boolean {
  if (name === undefined) {
    return false;
  }
  if (typeof pattern === 'string') {
    const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${escaped.join('.*')}$`, 's').test(name);
  }
  // search() and not test(): a pattern with the flag g would remember where it stopped.
  return name.search(pattern) >= 0;
}

function refusedByIam(service: string, { operation, ...about }: ObservedCall<never>): AwsError {
  const action = `${service}:${operation}`;
  const resource = Object.values(about).find((name) => name !== undefined) ?? '*';
  return awsFault(
    'AccessDeniedException',
    `User: arn:aws:iam::000000000000:user/sandbox is not authorized to perform: ${action} on resource: ` +
      `${resource} because no identity-based policy allows the ${action} action`,
  );
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
